# Helper flakes: that they can be used as people use them, and what is known of what they build. Real Nix has no open
# sets, so these run in bt-lint only.
{ helpers, importHelper, importNixpkgs, flake-parts, lib, pkgs }:
let
  inherit (helpers) crane devenv devshell fenix git-hooks gitignore gomod2nix naersk nix2container rust-overlay treefmt-nix uv2nix;
  system = "x86_64-linux";
  with' = overlay: importNixpkgs { inherit system; overlays = [ overlay ]; };
  isDrv = p: p.type == "derivation" && lib.isString p.drvPath && lib.hasPrefix builtins.storeDir p.outPath;
  parts = module: flake-parts.lib.mkFlake { inputs = { nixpkgs = { _type = "flake"; legacyPackages.${system} = pkgs; }; self = { inputs = { }; outPath = "/self"; }; }; }
    { systems = [ system ]; imports = [ module { perSystem._module.args.pkgs = pkgs; } ]; };
  craneLib = crane.mkLib pkgs;
  n2c = nix2container.packages.${system}.nix2container;
  image = n2c.buildImage { name = "Reg/App"; tag = "v1"; copyToRoot = [ pkgs.jq ]; config.User = "1"; layers = [ (n2c.buildLayer { deps = [ pkgs.curl ]; }) ]; };
  workspace = uv2nix.lib.workspace.loadWorkspace { workspaceRoot = ./project; };
  pythonSet = (pkgs.callPackage helpers.pyproject-nix.build.packages { python = pkgs.python312; }).overrideScope
    (lib.composeManyExtensions [ helpers.pyproject-build-systems.overlays.default (workspace.mkPyprojectOverlay { sourcePreference = "wheel"; }) (_: prev: { app = prev.app.overrideAttrs (_: { x = 1; }); }) ]);
in
{
  nix2containerImage = { expr = [ image.name image.imageName image.imageTag image.imageRefUnsafe image.btModel (isDrv image) (isDrv image.copyToDockerDaemon) (isDrv image.copyToRegistry) ]; expected = [ "image-App.json" "reg/app" "v1" "reg/app:v1" "image" true true true ]; };
  nix2containerHashTag = { expr = let i = n2c.buildImage { name = "x"; }; in [ (builtins.stringLength i.imageTag) (lib.hasInfix i.imageTag i.outPath) ]; expected = [ 32 true ]; };
  nix2containerFormals = { expr = map (f: builtins.length (builtins.attrNames (lib.functionArgs f))) [ n2c.buildImage n2c.buildLayer n2c.pullImage n2c.pullImageFromManifest ]; expected = [ 15 9 7 7 ]; };
  nix2containerBoth = { throws = (n2c.buildImage { name = "x"; copyToRoot = [ ]; contents = [ ]; }).name; };
  nix2containerBase = { expr = (n2c.buildImage { name = "x"; fromImage = n2c.pullImage { imageName = "a/b"; imageDigest = "sha256:0"; sha256 = throw "hash"; }; }).fromImage.name; expected = "nix2container-a-b.json"; };
  nix2containerNested = { expr = let a = n2c.buildLayer { }; b = n2c.buildLayer { layers = [ a ]; }; in map (l: l.name) b.nestedLayers; expected = [ "layers.json" ]; };
  nix2containerTools = { expr = map isDrv [ nix2container.packages.${system}.nix2container-bin nix2container.packages.${system}.skopeo-nix2container nix2container.packages.${system}.surely ]; expected = [ true true true ]; };
  nix2containerImported = { expr = ((importHelper "nix2container/default.nix" { inherit pkgs; }).nix2container.buildImage { name = "y"; tag = "1"; }).imageName; expected = "y"; };

  crane = { expr = map (p: p.name) [ (craneLib.buildPackage { src = craneLib.cleanCargoSource ./project; }) (craneLib.buildDepsOnly { src = ./project; }) (craneLib.cargoClippy { src = ./project; cargoArtifacts = throw "unused"; }) (craneLib.cargoFmt { pname = "p"; version = "1"; }) ]; expected = [ "crate-1.2.3" "crate-deps-1.2.3" "crate-clippy-1.2.3" "p-fmt-1" ]; };
  craneName = { expr = [ (craneLib.crateNameFromCargoToml { cargoToml = ./project/Cargo.toml; }) (craneLib.crateNameFromCargoToml { src = pkgs.fetchFromGitHub { owner = "a"; repo = "b"; rev = "c"; hash = ""; }; }) ]; expected = [ { pname = "crate"; version = "1.2.3"; } { pname = "cargo-package"; version = "0.0.1"; } ]; };
  craneSource = { expr = let s = craneLib.cleanCargoSource ./project; in map (f: s.filter "/x/${f}" "regular") [ "a.rs" "Cargo.toml" "README.md" ]; expected = [ true true false ]; };
  craneToolchain = { expr = [ ((craneLib.overrideToolchain fenix.packages.${system}.stable.toolchain).cargo.btAttr) ((craneLib.overrideToolchain (p: p.rustc)).cargo.pname) ((craneLib.overrideToolchain fenix.packages.${system}.stable.toolchain).buildPackage { src = ./project; }).name ]; expected = [ "fenix.stable.toolchain" "rustc-wrapper" "crate-1.2.3" ]; };
  craneScope = { expr = let c = (craneLib.overrideScope (_: _: { a = 1; })).overrideScope (final: prev: { b = final.a + 1; }); in [ c.a c.b ]; expected = [ 1 2 ]; };
  craneOld = { expr = (crane.lib.${system}.buildPackage { src = ./project; }).name; expected = "crate-1.2.3"; };
  craneShell = { expr = isDrv (craneLib.devShell { checks = { }; packages = [ pkgs.jq ]; }); expected = true; };
  craneUnknown = { expr = isDrv (craneLib.cargoSurely { pname = "p"; }); expected = true; };
  craneOverride = { expr = ((craneLib.buildPackage { src = ./project; }).overrideAttrs (_: { version = "9"; })).name; expected = "crate-9"; };

  fenix = { expr = let f = fenix.packages.${system}; in map isDrv [ f.stable.toolchain f.complete.withComponents f.rust-analyzer (f.combine [ f.stable.cargo f.targets.wasm32-unknown-unknown.stable.rust-std ]) (f.fromToolchainFile { file = ./project/Cargo.toml; sha256 = ""; }) (f.stable.withComponents [ "cargo" ]) ]; expected = [ true true true true true true ]; };
  fenixOverlay = { expr = map isDrv (let p = with' fenix.overlays.default; in [ p.fenix.stable.cargo p.rust-analyzer-nightly ]); expected = [ true true ]; };
  fenixPlatform = { expr = let t = fenix.packages.${system}.minimal.toolchain; in ((pkgs.makeRustPlatform { cargo = t; rustc = t; }).buildRustPackage { pname = "p"; version = "1"; src = ./project; }).name; expected = "p-1"; };
  rustOverlay = { expr = let p = with' rust-overlay.overlays.default; in map isDrv [ p.rust-bin.stable.latest.default (p.rust-bin.stable."1.80.0".minimal.override { extensions = [ "rust-src" ]; }) (p.rust-bin.fromRustupToolchainFile ./project/Cargo.toml) (p.rust-bin.selectLatestNightlyWith (t: t.default.override { targets = [ ]; })) p.rustChannels.nightly.rust (p.rustChannelOf { channel = "1.2"; }).rust ]; expected = [ true true true true true true ]; };
  rustOverlayImported = { expr = isDrv (with' (importHelper "rust-overlay/default.nix")).rust-bin.beta.latest.default; expected = true; };
  naersk = { expr = let n = pkgs.callPackage (importHelper "naersk/default.nix") { }; in map (p: p.name) [ (n.buildPackage ./project) (n.buildPackage { src = ./project; pname = "q"; }) (naersk.lib.${system}.buildPackage { src = ./project; version = "7"; }) ]; expected = [ "crate-1.2.3" "q-1.2.3" "crate-7" ]; };
  naerskToolchain = { expr = ((naersk.lib.${system}.override { cargo = pkgs.cargo; rustc = pkgs.rustc; }).buildPackage ./project).name; expected = "crate-1.2.3"; };
  naerskOverride = { expr = (naersk.lib.${system}.buildPackage { src = ./project; overrideMain = old: { pname = old.pname + "-main"; }; }).name; expected = "crate-main-1.2.3"; };
  gomod2nix = { expr = map (p: p.name) [ (gomod2nix.legacyPackages.${system}.buildGoApplication { pname = "p"; version = "1"; src = throw "src"; modules = throw "modules"; }) ((with' gomod2nix.overlays.default).buildGoApplication { name = "q"; pwd = ./.; }) ]; expected = [ "p-1" "q" ]; };
  gomod2nixTools = { expr = map isDrv [ (gomod2nix.legacyPackages.${system}.mkGoEnv { pwd = ./.; }) (with' gomod2nix.overlays.default).gomod2nix gomod2nix.packages.${system}.default ]; expected = [ true true true ]; };

  uv2nixDeps = { expr = workspace.deps; expected = { all.app = [ "extra" "dev" ]; default.app = [ ]; groups.app = [ "dev" ]; optionals.app = [ "extra" ]; }; };
  uv2nixPackages = { expr = [ pythonSet.flask.name pythonSet.app.version pythonSet.app.x pythonSet.twice.version (isDrv pythonSet.surely) ]; expected = [ "flask-3.1.0" "0.4.0" 1 "0" true ]; };
  uv2nixEnvironment = { expr = let e = pythonSet.mkVirtualEnv "app-env" workspace.deps.default; in [ e.name (isDrv e) (lib.hasSuffix "/bin/app" (lib.getExe' e "app")) ]; expected = [ "app-env" true true ]; };
  uv2nixNoLock = { expr = (uv2nix.lib.workspace.loadWorkspace { workspaceRoot = ./project/src; }).deps.all; expected = { }; };
  pyproject = { expr = let p = helpers.pyproject-nix.lib.project.loadPyproject { projectRoot = ./project; }; in (pkgs.python3.pkgs.buildPythonPackage (p.renderers.buildPythonPackage { python = pkgs.python3; })).pname; expected = "app"; };

  gitignore = { expr = [ (gitignore.lib.gitignoreSource ./project ? outPath) (lib.isFunction (gitignore.lib.gitignoreFilter ./project)) ]; expected = [ true true ]; };
  gitignoreImported = { expr = (importHelper "gitignore/default.nix" { inherit lib; }).gitignoreSource ./project ? origSrc; expected = true; };
  treefmt = { expr = let t = treefmt-nix.lib.evalModule pkgs { projectRootFile = "flake.nix"; programs.nixfmt.enable = true; programs.rustfmt = { enable = false; edition = "2021"; }; settings.formatter.x.includes = [ "*" ]; }; in [ (isDrv t.config.build.wrapper) (builtins.attrNames t.config.build.programs) (isDrv (t.config.build.check ./project)) (isDrv (treefmt-nix.lib.mkWrapper pkgs { })) ]; expected = [ true [ "nixfmt" ] true true ]; };
  treefmtWrong = { throws = (treefmt-nix.lib.evalModule pkgs { programs.nixfmt.enable = 5; }).config.programs.nixfmt.enable; };
  treefmtPath = { expr = isDrv (treefmt-nix.lib.evalModule pkgs ./project/treefmt.nix).config.build.wrapper; expected = true; };
  treefmtParts = { expr = let f = parts { imports = [ treefmt-nix.flakeModule ]; perSystem.treefmt.programs.nixfmt.enable = true; }; in [ f.formatter.${system}.pname (isDrv f.checks.${system}.treefmt) ]; expected = [ "treefmt" true ]; };
  treefmtPartsOff = { expr = let f = parts { imports = [ treefmt-nix.flakeModule ]; perSystem.treefmt = { flakeFormatter = false; flakeCheck = false; }; }; in [ f.formatter f.checks ]; expected = [ { } { ${system} = { }; } ]; };
  gitHooks = { expr = let r = git-hooks.lib.${system}.run { src = ./.; hooks = { nixfmt.enable = true; own = { enable = true; package = pkgs.jq; entry = "x"; }; off.enable = false; }; }; in [ (isDrv r) (map (p: p.pname) r.enabledPackages) (lib.isString r.shellHook) ]; expected = [ true [ "pre-commit" "nixfmt" "jq" ] true ]; };
  gitHooksWrong = { throws = builtins.deepSeq (git-hooks.lib.${system}.run { src = ./.; hooks.x.enable = "yes"; }).enabledPackages 1; };
  gitHooksParts = { expr = let f = parts { imports = [ git-hooks.flakeModule ]; perSystem = { config, ... }: { pre-commit.settings.hooks.nixfmt.enable = true; devShells.default = config.pre-commit.devShell; }; }; in [ (isDrv f.checks.${system}.pre-commit) (isDrv f.devShells.${system}.default) ]; expected = [ true true ]; };
  devshell = { expr = map isDrv [ (devshell.legacyPackages.${system}.mkShell { name = "s"; packages = [ pkgs.jq ]; commands = [ { package = "jq"; } ]; }) ((with' devshell.overlays.default).devshell.mkShell ({ pkgs, ... }: { devshell.name = "t"; })) ]; expected = [ true true ]; };
  devshellName = { expr = map (p: p.name) [ (devshell.legacyPackages.${system}.mkShell { name = "s"; }) (devshell.legacyPackages.${system}.mkShell { devshell.name = "t"; }) ]; expected = [ "s" "t" ]; };
  devshellParts = { expr = (parts { imports = [ devshell.flakeModule ]; perSystem.devshells.default = { env = [ { name = "A"; value = "b"; } ]; }; }).devShells.${system}.default.name; expected = "devshell"; };
  devenv = { expr = let s = devenv.lib.mkShell { inherit pkgs; inputs = { }; modules = [ { services.postgres.enable = true; } ]; }; in map isDrv [ s s.config.procfileScript s.ci ]; expected = [ true true true ]; };
  devenvParts = { expr = isDrv (parts { imports = [ devenv.flakeModule ]; perSystem.devenv.shells.default = { languages.go.enable = true; }; }).devShells.${system}.default; expected = true; };
  flakeCompat = { expr = (importHelper "flake-compat/default.nix" { src = ./project/flake; }).defaultNix.word; expected = "of the flake"; };
  flakeCompatMissing = { throws = (importHelper "flake-compat/default.nix" { src = ./project/flake; }).defaultNix.failing; };
  beamUtils = { expr = ((with' helpers.beam-utils.overlays.default).beamUtils.buildMixRelease { pname = "p"; version = "1"; }).name; expected = "p-1"; };
  goOverlay = { expr = let p = with' helpers.go-overlay.overlays.default; in [ (isDrv p.go-bin.versions."1.26.2") (p.buildGoWorkspace { pname = "p"; version = "1"; }).name ]; expected = [ true "p-1" ]; };
  githubActions = { expr = (helpers.nix-github-actions.lib.mkGithubMatrix { checks.x86_64-linux.a = 1; }).matrix.include; expected = [ { attr = "githubActions.checks.x86_64-linux.\"a\""; name = "a"; os = [ "ubuntu-24.04" ]; system = "x86_64-linux"; } ]; };
  haskellFlake = { expr = isDrv (parts { imports = [ helpers.haskell-flake.flakeModule ]; perSystem = { config, ... }: { haskellProjects.default = { }; packages.a = config.haskellProjects.default.outputs.packages.mine.package; }; }).packages.${system}.a; expected = true; };
  effects = { expr = (parts { imports = [ helpers.hercules-ci-effects.flakeModule ]; herculesCI.ciSystems = [ system ]; hercules-ci.flake-update.enable = true; flake.x = 1; }).x; expected = 1; };
  noInputs = { expr = map isDrv [ ((importHelper "fenix/flake.nix").outputs { }).packages.${system}.stable.toolchain (((importHelper "nix2container/flake.nix").outputs { }).packages.${system}.nix2container.buildImage { name = "x"; }) ]; expected = [ true true ]; };
}
