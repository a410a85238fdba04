# Builders of languages that user flakes call by name. Those that are not here are open packages that can be called.
{ lib, bt, drv, builders, pkgs }:
let
  inherit (drv) builder;
  # A builder that can be overridden (`buildGoModule.override { go = ...; }`), which changes nothing that is known.
  overridable = f:
    let
      self = { __functor = _: f; override = _: self; };
    in
    self;
  part = args: name: builders.fixed { kind = "fetch"; name = "${drv.drvName args}-${name}"; };
  # Builders that install programs and libraries; what else there is comes from commands like these.
  installs = args: {
    btInstall = lib.concatMapStringsSep "\n" (phase: let given = args.${phase} or ""; in if builtins.isString given then given else "")
      [ "postBuild" "installPhase" "preInstall" "postInstall" "fixupPhase" "preFixup" "postFixup" ];
  };
  go = overridable (builder {
    kind = "buildGoModule";
    env = installs;
    attrs = args: {
      passthru = {
        goModules = part args "go-modules";
        vendorHash = args.vendorHash or null;
        overrideModAttrs = _: { };
        inherit (pkgs) go;
      };
      nativeBuildInputs = [ pkgs.go ] ++ args.nativeBuildInputs or [ ];
    };
    meta.platforms = lib.platforms.unix;
  });
  rust = overridable (builder {
    kind = "buildRustPackage";
    env = installs;
    attrs = args: { cargoDeps = args.cargoDeps or (part args "vendor"); };
    meta.platforms = lib.platforms.all;
  });
  npm = overridable (builder {
    kind = "buildNpmPackage";
    attrs = args: {
      npmDeps = args.npmDeps or (part args "npm-deps");
      nodejs = args.nodejs or pkgs.nodejs;
    };
    meta.platforms = pkgs.nodejs.meta.platforms;
  });
  python = prefix: interpreter: overridable (given:
    builder
      {
        kind = "buildPythonPackage";
        attrs = args: {
          dependencies = args.dependencies or [ ];
          passthru = { pythonModule = interpreter; pythonPath = [ ]; requiredPythonModules = [ ]; };
        };
      }
      (if lib.isFunction given
      then final: let args = given final; in args // (if args ? name || prefix == "" then { } else { name = "${prefix}${args.pname}-${args.version}"; })
      else given // (if given ? name || prefix == "" then { } else { name = "${prefix}${given.pname}-${given.version}"; })));
  simple = kind: overridable (builder { inherit kind; });
in
rec {
  buildGoModule = go;
  buildGoPackage = go;
  buildNpmPackage = npm;
  rustPlatform = bt.open
    {
      buildRustPackage = rust;
      fetchCargoTarball = args: builders.fixed { kind = "fetch"; name = "${args.name or args.pname or "cargo"}-vendor.tar.gz"; attrs = args; };
      fetchCargoVendor = args: builders.fixed { kind = "fetch"; name = "${args.name or args.pname or "cargo"}-vendor"; attrs = args; };
      importCargoLock = args: builders.fixed { kind = "fetch"; name = "cargo-vendor-dir"; attrs = args; };
      rust = { inherit (pkgs) cargo rustc; };
    }
    (name: drv.package "rustPlatform.${name}" { });
  makeRustPlatform = { cargo, rustc, ... }: rustPlatform // { rust = { inherit cargo rustc; }; };
  buildDotnetModule = simple "buildDotnetModule";
  buildDotnetGlobalTool = simple "buildDotnetGlobalTool";
  buildGraalvmNativeImage = simple "buildGraalvmNativeImage";
  mkYarnPackage = given: simple "mkYarnPackage" ({ name = given.name or "${given.pname or "yarn-package"}-${given.version or "0"}"; } // given);
  mkYarnModules = simple "mkYarnModules";
  buildFHSEnv = simple "buildFHSEnv";
  buildFHSUserEnv = simple "buildFHSEnv";
  bundlerEnv = given: simple "bundlerEnv" ({ name = given.name or given.pname or "bundler-env"; wrappedRuby = pkgs.ruby; } // given);
  bundlerApp = given: simple "bundlerApp" ({ version = "0"; } // given);
  buildRubyGem = given: simple "buildRubyGem" ({ pname = given.gemName or given.pname; version = "0"; } // given);

  # What the language's own package set has besides packages.
  pythonSet = path: interpreter: {
    buildPythonPackage = python "python3-" interpreter;
    buildPythonApplication = python "" interpreter;
    python = interpreter;
    pythonOlder = version: lib.versionOlder interpreter.version version;
    pythonAtLeast = lib.versionAtLeast interpreter.version;
    toPythonModule = package: package;
    toPythonApplication = package: package;
    inherit (pkgs) fetchPypi;
  };
}
