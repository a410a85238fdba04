# What real Nix cannot show: names that nobody listed.
{ lib, pkgs, importNixpkgs, nixpkgs, flake-utils }:
let
  for = args: importNixpkgs ({ system = "x86_64-linux"; } // args);
  identity = package: package.btAttr;
  with' = with pkgs; [ surelyUnknown jq ];
in
{
  unknown = { expr = let p = pkgs.surelyUnknown; in [ p.name p.pname p.type p.meta.mainProgram p.outputs (identity p) ]; expected = [ "surelyUnknown-0" "surelyUnknown" "derivation" "surelyUnknown" [ "out" ] "surelyUnknown" ]; };
  memoised = { expr = pkgs.surelyUnknown == pkgs.surelyUnknown; expected = true; };
  withScope = { expr = map (p: p.pname) with'; expected = [ "surelyUnknown" "jq" ]; };
  nested = { expr = map identity [ pkgs.python3Packages.requests pkgs.nodePackages.prettier pkgs.xorg.libX11 pkgs.fooPackages.bar pkgs.vscode-extensions.ms-python.python pkgs.llvmPackages_18.libllvm pkgs.linuxPackages_latest.kernel pkgs.some.deep.thing ]; expected = [ "python3Packages.requests" "nodePackages.prettier" "xorg.libX11" "fooPackages.bar" "vscode-extensions.ms-python.python" "llvmPackages_18.libllvm" "linuxPackages_latest.kernel" "some.deep.thing" ]; };
  crossUnknown = { expr = [ pkgs.pkgsCross.aarch64-multiplatform.surely.name pkgs.pkgsStatic.surely.pname ]; expected = [ "surely-aarch64-unknown-linux-gnu-0" "surely" ]; };
  attributesOfPackage = { expr = let p = pkgs.surelyUnknown; in [ p.buildInputs p.postInstall p.doCheck (identity p.passthru.foo) (identity p.unwrapped) ]; expected = [ [ ] "" false "surelyUnknown.foo" "surelyUnknown.unwrapped" ]; };
  overrideAttrs = { expr = let p = pkgs.surelyUnknown.overrideAttrs (old: { buildInputs = old.buildInputs or [ ] ++ [ pkgs.jq ]; postInstall = (old.postInstall or "") + "x"; patches = [ ./p.patch ] ++ old.patches or [ ]; env = old.env // { A = "1"; }; }); in [ (map (b: b.pname) p.buildInputs) p.postInstall p.env p.name (identity p.other) ]; expected = [ [ "jq" ] "x" { A = "1"; } "surelyUnknown-0" "surelyUnknown.other" ]; };
  override = { expr = (pkgs.surelyUnknown.override { enableX = true; }).pname; expected = "surelyUnknown"; };
  getExe = { expr = [ (lib.getExe pkgs.surelyUnknown == "${pkgs.surelyUnknown}/bin/surelyUnknown") (lib.getBin pkgs.surelyUnknown == pkgs.surelyUnknown.out) ]; expected = [ true true ]; };
  withPackages = { expr = map identity (pkgs.python3.withPackages (ps: with ps; [ requests ps.flask ])).paths; expected = [ "python3Packages.requests" "python3Packages.flask" ]; };
  withPackagesElsewhere = { expr = [ (map identity (pkgs.postgresql_16.withPackages (p: [ p.postgis ])).paths) (pkgs.postgresql_16.withPackages (p: [ p.postgis ])).name (lib.getExe (pkgs.postgresql.withPackages (p: [ ])) == "${pkgs.postgresql.withPackages (p: [ ])}/bin/postgres") ]; expected = [ [ "postgresql_16.pkgs.postgis" ] "postgresql-env-16" true ]; };
  haskell = { expr = [ (pkgs.haskellPackages.callCabal2nix "mine" ./. { }).pname (pkgs.haskell.lib.justStaticExecutables pkgs.hello).pname (pkgs.haskellPackages.ghcWithPackages (p: [ p.lens ])).type ]; expected = [ "mine" "hello" "derivation" ]; };
  unknownBuilder = { expr = let b = pkgs.buildSurelyPackage { pname = "p"; version = "1"; src = ./.; passthru.x = 1; meta.mainProgram = "m"; }; in [ b.name b.x b.meta.mainProgram (lib.getExe b == "${b}/bin/m") b.type b.btModel ]; expected = [ "p-1" 1 "m" true "derivation" "call" ]; };
  unknownBuilderFinal = { expr = let b = pkgs.buildSurelyPackage (finalAttrs: { pname = "p"; version = "2"; passthru.v = finalAttrs.version; }); in [ b.name b.v ]; expected = [ "p-2" "2" ]; };
  unknownBuilderLazy = { expr = (pkgs.maven.buildMavenPackage { pname = "p"; version = "1"; src = throw "s"; mvnHash = throw "h"; }).name; expected = "p-1"; };
  callPackage = { expr = let r = pkgs.callPackage ({ lib, surelyUnknown, other ? "default", jq ? null, stdenv }: { a = surelyUnknown.pname; b = other; c = jq.pname; }) { }; in [ r.a r.b r.c ]; expected = [ "surelyUnknown" "default" "jq" ]; };
  callPackageOverlay = { expr = let p = for { overlays = [ (_: _: { mine = 1; }) ]; }; in (p.callPackage ({ mine ? 0, theirs ? 0, unknown }: { v = [ mine theirs unknown.pname ]; }) { }).v; expected = [ 1 0 "unknown" ]; };
  closedCallPackage = { expr = (lib.callPackageWith { a = 1; } ({ a, b ? 2 }: { s = a + b; }) { }).s; expected = 3; };
  scopeCallPackage = { expr = let p = pkgs.python3Packages.callPackage ({ buildPythonApplication, requests, jq }: buildPythonApplication { pname = "app"; version = "1"; dependencies = [ requests jq ]; }) { }; in [ p.name (map identity p.dependencies) ]; expected = [ "app-1" [ "python3Packages.requests" "jq" ] ]; };
  overlayOnUnknown = { expr = let p = for { overlays = [ (final: prev: { surely = prev.surely.overrideAttrs (_: { version = "5"; }); x = final.surely.version; }) ]; }; in [ p.x p.surely.name p.another.pname ]; expected = [ "5" "surely-5" "another" ]; };
  pythonOverrides = { expr = map identity [ (pkgs.python3.override { packageOverrides = _: _: { }; }).pkgs.foo (pkgs.python3Packages.overrideScope (_: _: { })).foo ]; expected = [ "python3Packages.foo" "python3Packages.foo" ]; };
  scopeOverride = { expr = (pkgs.fooPackages.overrideScope (final: prev: { a = 1; b = final.a + 1; })).b; expected = 2; };
  licenses = { expr = [ lib.licenses.someNew.shortName lib.maintainers.someone.github lib.licenses.mit.spdxId lib.licenses.unfree.free ]; expected = [ "someNew" "someone" "MIT" false ]; };
  stdenvs = { expr = map (s: s.mkDerivation { name = "n"; }) [ pkgs.clangStdenv pkgs.gcc13Stdenv pkgs.stdenvNoCC (pkgs.useMoldLinker pkgs.stdenv) pkgs.llvmPackages_18.stdenv ] != [ ]; expected = true; };
  fetchers = { expr = (pkgs.fetchSurely { name = "n"; hash = throw "h"; }).name; expected = "n"; };
  goVersions = { expr = (pkgs.buildGo123Module { pname = "g"; version = "1"; vendorHash = null; }).btModel; expected = "buildGoModule"; };
  nixos = { expr = let m = nixpkgs.lib.nixosSystem { modules = [ ]; }; in [ m.config.system.build.toplevel.type (lib.isString m.config.system.build.toplevel.drvPath) ]; expected = [ "derivation" true ]; };
  image = { expr = map (p: p.pname or p.name) (pkgs.dockerTools.buildLayeredImage { name = "x"; contents = with pkgs; [ surely jq fakeNss ]; config.Cmd = [ "${pkgs.surely}/bin/surely" ]; }).contents; expected = [ "surely" "jq" "fake-nss" ]; };
  imageDrvPath = { expr = lib.isString (pkgs.dockerTools.buildImage { name = "x"; copyToRoot = pkgs.buildEnv { name = "r"; paths = [ pkgs.surely ]; }; config = { Cmd = [ (lib.getExe pkgs.surely) ]; }; }).drvPath; expected = true; };
  flattenPackages = { expr = builtins.attrNames (flake-utils.flattenTree { a = pkgs.surely; b = { c = pkgs.jq; }; }); expected = [ "a" ]; };
  notFunctions = { expr = [ (lib.isFunction pkgs.surely) (lib.isFunction pkgs) (lib.isDerivation pkgs.python3Packages) (pkgs ? surely) ]; expected = [ false false false true ]; };
  moduleOfPackages = { expr = let c = (lib.evalModules { modules = [ { options.p = lib.mkOption { type = lib.types.package; default = pkgs.surely; }; options.l = lib.mkOption { type = lib.types.listOf lib.types.package; }; options.a = lib.mkOption { type = lib.types.attrsOf lib.types.anything; }; } { l = [ pkgs.jq ]; a.x = pkgs.surely; } ]; }).config; in [ c.p.pname (map (p: p.pname) c.l) c.a.x.pname ]; expected = [ "surely" [ "jq" ] "surely" ]; };
  moduleArgPkgs = { expr = (lib.evalModules { modules = [ { options.p = lib.mkOption { }; } ({ pkgs, ... }: { p = pkgs.surely; }) { _module.args = { inherit pkgs; }; } ]; }).config.p.pname; expected = "surely"; };
  toJSON = { expr = builtins.toJSON { p = pkgs.surely; } == "{\"p\":\"${pkgs.surely}\"}"; expected = true; };
  interpolate = { expr = builtins.attrNames (builtins.getContext "${pkgs.surely.lib}/lib") == [ (builtins.unsafeDiscardStringContext pkgs.surely.drvPath) ]; expected = true; };
}
