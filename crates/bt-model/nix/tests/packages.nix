# pkgs: packages, stdenv, overlays and callPackage, with closed sets (real Nix has no open ones).
{ lib, pkgs, importNixpkgs, nixpkgs, importHelper }:
let
  for = args: importNixpkgs ({ system = "x86_64-linux"; } // args);
  isPath = suffix: path: lib.hasPrefix builtins.storeDir path && lib.hasSuffix suffix path;
  simple = pkgs.stdenv.mkDerivation { pname = "p"; version = "1"; src = throw "src"; buildInputs = throw "inputs"; installPhase = throw "phase"; meta.mainProgram = "pp"; passthru.tests = 5; };
  recursive = pkgs.stdenv.mkDerivation (finalAttrs: { pname = "r"; version = "2"; passthru = { v = finalAttrs.version; self = finalAttrs.finalPackage.name; }; src = "s-${finalAttrs.version}"; });
in
{
  name = { expr = [ pkgs.bashInteractive.pname pkgs.cacert.pname pkgs.nodejs_20.pname pkgs.nodejs_20.version pkgs.caddy.name ]; expected = [ "bash-interactive" "nss-cacert" "nodejs" "20" "caddy-0" ]; };
  guessed = { expr = map (n: let g = pkgs.__model.drv.guess n; in "${g.pname} ${g.version}") [ "go_1_22" "postgresql_16" "python311" "jdk17" "libxml2" "gtk3" "sqlite" "nodejs-slim_22" "php83" ]; expected = [ "go 1.22" "postgresql 16" "python3 3.11" "jdk 17" "libxml2 0" "gtk3 0" "sqlite 0" "nodejs-slim 22" "php 8.3" ]; };
  paths = { expr = [ (isPath "-caddy-0" "${pkgs.caddy}") (isPath ".drv" pkgs.caddy.drvPath) (pkgs.caddy.dev.outPath != pkgs.caddy.outPath) (isPath "-dev" "${pkgs.openssl.dev}") ]; expected = [ true true true true ]; };
  context = { expr = builtins.hasContext "${pkgs.caddy}/bin/caddy"; expected = true; };
  getExe = { expr = map (p: lib.last (lib.splitString "/" (lib.getExe p))) [ pkgs.caddy pkgs.ripgrep pkgs.nodejs pkgs.grafana-loki simple ]; expected = [ "caddy" "rg" "node" "loki" "pp" ]; };
  getExePath = { expr = lib.getExe pkgs.caddy == "${pkgs.caddy}/bin/caddy"; expected = true; };
  makeBinPath = { expr = lib.makeBinPath [ pkgs.jq ] == "${pkgs.jq}/bin"; expected = true; };
  makeLibraryPath = { expr = lib.makeLibraryPath [ pkgs.zlib ] == "${pkgs.zlib}/lib"; expected = true; };
  isDerivation = { expr = map lib.isDerivation [ pkgs.caddy pkgs.caddy.dev simple pkgs pkgs.python3Packages ]; expected = [ true true true false false ]; };
  mkDerivation = { expr = [ simple.name simple.pname simple.type simple.tests simple.outputs simple.system simple.meta.name (isPath "-p-1" simple.outPath) simple.btModel ]; expected = [ "p-1" "p" "derivation" 5 [ "out" ] "x86_64-linux" "p-1" true "mkDerivation" ]; };
  mkDerivationKeepsSource = { throws = simple.src; };
  outputs = { expr = let d = pkgs.stdenv.mkDerivation { name = "n"; outputs = [ "bin" "out" ]; }; in [ d.outputName (d.outPath == d.bin.outPath) (d.out.outPath != d.bin.outPath) (map (o: o.outputName) d.all) (lib.getBin d == d.bin) ]; expected = [ "bin" true true [ "bin" "out" ] true ]; };
  finalAttrs = { expr = [ recursive.v recursive.self recursive.src ]; expected = [ "2" "r-2" "s-2" ]; };
  overrideAttrs = { expr = let o = recursive.overrideAttrs (old: { version = "${old.version}.1"; }); in [ o.name o.v o.src o.self ]; expected = [ "r-2.1" "2.1" "s-2.1" "r-2.1" ]; };
  overrideAttrsFinal = { expr = (recursive.overrideAttrs (final: prev: { version = "3"; extra = "${prev.pname}${final.version}"; })).extra; expected = "r3"; };
  overrideAttrsSet = { expr = ((simple.overrideAttrs { version = "9"; }).overrideAttrs (o: { passthru = o.passthru // { x = 1; }; })).x; expected = 1; };
  packageOverrideAttrs = { expr = let o = pkgs.hello.overrideAttrs (old: { pname = "hi"; version = "3"; meta = old.meta // { mainProgram = "m"; }; foo = 1; }); in [ o.name o.foo o.meta.mainProgram (isPath "-hi-3" "${o}") ]; expected = [ "hi-3" 1 "m" true ]; };
  packageOverride = { expr = (pkgs.hello.override { stdenv = null; }).name; expected = "hello-2.12.2"; };
  addMeta = { expr = (lib.lowPrio pkgs.hello).meta.priority; expected = 10; };
  platform = { expr = [ pkgs.system pkgs.stdenv.hostPlatform.system pkgs.stdenv.isLinux pkgs.stdenv.isDarwin pkgs.stdenv.hostPlatform.isx86_64 pkgs.stdenv.buildPlatform.config ]; expected = [ "x86_64-linux" "x86_64-linux" true false true "x86_64-unknown-linux-gnu" ]; };
  systems = { expr = builtins.attrNames nixpkgs.legacyPackages; expected = lib.sort lib.lessThan lib.systems.flakeExposed; };
  otherSystem = { expr = let p = nixpkgs.legacyPackages.aarch64-darwin; in [ p.hello.system p.stdenv.isDarwin (p.hello.outPath != pkgs.hello.outPath) ]; expected = [ "aarch64-darwin" true true ]; };
  overlays = {
    expr =
      let
        p = for { overlays = [ (final: prev: { mine = final.hello; hello = prev.hello.overrideAttrs (_: { version = "9"; }); }) (_: prev: { mine2 = prev.mine; }) ]; };
      in
      [ p.mine.version p.mine2.version (p.callPackage ({ mine, hello ? null }: { v = mine.version + hello.version; }) { }).v ];
    expected = [ "9" "9" "99" ];
  };
  extend = { expr = let p = pkgs.extend (_: _: { added = 1; }); in [ p.added (p.extend (f: _: { more = f.added + 1; })).more (p.callPackage ({ added }: { inherit added; }) { }).added ]; expected = [ 1 2 1 ]; };
  appendOverlays = { expr = (pkgs.appendOverlays [ (_: _: { a = 1; }) (_: p: { a = p.a + 1; }) ]).a; expected = 2; };
  callPackage = { expr = let r = pkgs.callPackage ({ lib, stdenv, jq, mystery ? "default", x ? 1 }: stdenv.mkDerivation { pname = "c"; version = "1"; passthru = { inherit mystery x; j = jq.pname; }; }) { x = 2; }; in [ r.mystery r.x r.j (r.override { x = 3; }).x ((r.override { x = 3; }).overrideAttrs (_: { version = "2"; })).x ]; expected = [ "default" 2 "jq" 3 3 ]; };
  callPackages = { expr = (pkgs.callPackages ({ jq }: { a = jq; }) { }).a.pname; expected = "jq"; };
  newScope = { expr = (pkgs.newScope { own = 5; } ({ own, jq }: { v = own; }) { }).v; expected = 5; };
  config = { expr = (for { config.allowUnfree = true; }).config.allowUnfree; expected = true; };
  configFunction = { expr = (for { config = { pkgs, ... }: { x = 1; }; }).config.x; expected = 1; };
  noSystem = { expr = (importNixpkgs { localSystem = "aarch64-linux"; }).system; expected = "aarch64-linux"; };
  cross = { expr = let p = pkgs.pkgsCross.aarch64-multiplatform; in [ p.stdenv.hostPlatform.system p.stdenv.buildPlatform.system p.hello.name p.hello.system p.buildPackages.hello.name ]; expected = [ "aarch64-linux" "x86_64-linux" "hello-aarch64-unknown-linux-gnu-2.12.2" "x86_64-linux" "hello-2.12.2" ]; };
  static = { expr = [ pkgs.pkgsStatic.stdenv.hostPlatform.isMusl pkgs.pkgsStatic.stdenv.hostPlatform.isStatic pkgs.pkgsMusl.stdenv.hostPlatform.isMusl ]; expected = [ true true true ]; };
  crossOverlay = { expr = ((for { overlays = [ (_: _: { o = 1; }) ]; }).pkgsCross.musl64).o; expected = 1; };
  withPackages = { expr = let e = pkgs.python3.withPackages (_: [ pkgs.jq ]); in [ (map (p: p.pname) e.paths) (isPath "-env" "${e}") ]; expected = [ [ "jq" ] true ]; };
  python = { expr = [ pkgs.python312.version pkgs.python3.sitePackages pkgs.python311.pkgs.python.version (pkgs.python3.pkgs.buildPythonPackage { pname = "x"; version = "1"; }).name (pkgs.python3Packages.buildPythonApplication { pname = "x"; version = "1"; }).name ]; expected = [ "3.12" "lib/python3.13/site-packages" "3.11" "python3-x-1" "x-1" ]; };
  unknownCall = { expr = let r = pkgs.hello { pname = "called"; version = "7"; meta.mainProgram = "m"; }; in [ r.name r.btModel r.meta.mainProgram r.type ]; expected = [ "called-7" "call" "m" "derivation" ]; };
  unknownCallName = { expr = map (r: r.name) [ (pkgs.hello { name = "x-1.2"; }) (pkgs.hello "foo" { } "text") (pkgs.hello pkgs.jq) (pkgs.hello (ps: [ ps.x ])) ]; expected = [ "x-1.2" "foo-0" "jq-0" "hello-0" ]; };
  fetch = { expr = let f = pkgs.fetchFromGitHub { owner = "o"; repo = "r"; rev = "v1"; hash = throw "hash"; }; g = pkgs.fetchFromGitHub { owner = "o"; repo = "q"; rev = "v1"; hash = throw "hash"; }; in [ f.name f.repo (isPath "-source" "${f}") (f.outPath != g.outPath) (pkgs.fetchurl { url = "https://x/y-1.tgz?z"; hash = ""; }).name ]; expected = [ "source" "r" true true "y-1.tgz?z" ]; };
  go = { expr = let p = pkgs.buildGoModule { pname = "g"; version = "1"; src = throw "src"; vendorHash = throw "hash"; meta.mainProgram = "g"; }; in [ p.name p.btModel p.meta.mainProgram p.goModules.name (pkgs.buildGoModule.override { go = 1; } (f: { pname = "h"; version = "1"; })).name ]; expected = [ "g-1" "buildGoModule" "g" "g-1-go-modules" "h-1" ]; };
  rust = { expr = [ (pkgs.rustPlatform.buildRustPackage { pname = "r"; version = "1"; cargoHash = throw "x"; }).name ((pkgs.makeRustPlatform { cargo = 1; rustc = 2; }).buildRustPackage (f: { pname = "s"; version = "1"; })).pname ]; expected = [ "r-1" "s" ]; };
  npm = { expr = (pkgs.buildNpmPackage { pname = "n"; version = "1"; npmDepsHash = throw "x"; src = throw "y"; }).npmDeps.name; expected = "n-1-npm-deps"; };
  shell = { expr = let s = pkgs.mkShell { packages = [ pkgs.jq ]; shellHook = "x"; }; in [ s.name s.shellHook (map (p: p.pname) s.packages) (pkgs.mkShell { name = "named"; }).name ]; expected = [ "nix-shell" "x" [ "jq" ] "named" ]; };
  shellOverride = { expr = ((pkgs.mkShell.override { stdenv = pkgs.clangStdenv; }) { name = "s"; }).name; expected = "s"; };
  pythonBuildEnv = { expr = map (p: p.pname) (pkgs.python3.buildEnv.override { extraLibs = [ pkgs.jq ]; }).paths; expected = [ "jq" ]; };
  importNpmLock = { expr = let d = pkgs.importNpmLock { package = { name = "web"; version = "1.2"; }; packageLock = throw "l"; }; in [ d.pname d.version ]; expected = [ "web" "1.2" ]; };
  rustTargets = { expr = let p = pkgs.stdenv.hostPlatform; in [ (pkgs.rust.toRustTarget p) (pkgs.rust.toRustTargetSpec p) (pkgs.rust.toTargetArch p) ]; expected = [ "x86_64-unknown-linux-gnu" "x86_64-unknown-linux-gnu" "x86_64" ]; };
  runtimeShell = { expr = pkgs.runtimeShell == "${pkgs.bashNonInteractive}/bin/bash"; expected = true; };
  licenses = { expr = (pkgs.stdenv.mkDerivation { name = "n"; meta = with lib; { license = licenses.mit; platforms = platforms.linux; }; }).meta.license.spdxId; expected = "MIT"; };
  nixosTests = { expr = map (t: t.type) [ ((importHelper "nixpkgs/nixos/lib/testing-python.nix" { }).makeTest { }).driver (importHelper "nixpkgs/nixos/tests/make-test-python.nix" (throw "f") { }) ]; expected = [ "derivation" "derivation" ]; };
  nixosSystem = { expr = (nixpkgs.lib.nixosSystem { system = "x86_64-linux"; modules = [ (throw "m") ]; })._type; expected = "configuration"; };
  hostOf = { expr = pkgs.lib.getExe' pkgs.coreutils "ls" == "${pkgs.coreutils}/bin/ls"; expected = true; };
}
