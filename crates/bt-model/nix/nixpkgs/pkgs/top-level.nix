# One instance of pkgs: a true fixed point with overlays, open to every name. Only the names that are really in the
# base are known to callPackage; anything else is invented when it is selected.
{ bt, lib, localSystem, crossSystem, config, overlays }:
let
  table = import ./packages.nix;
  buildPlatform = lib.systems.elaborate localSystem;
  isCross = crossSystem != null && hostPlatform.config != buildPlatform.config;
  hostPlatform = if crossSystem == null then buildPlatform else lib.systems.elaborate crossSystem;
  crossSuffix = if isCross then "-${hostPlatform.config}" else "";
  settings = {
    allowUnfree = false;
    allowBroken = false;
    allowAliases = true;
    allowUnsupportedSystem = false;
    cudaSupport = false;
    rocmSupport = false;
    permittedInsecurePackages = [ ];
    allowUnfreePredicate = _: false;
    allowInsecurePredicate = _: false;
    allowlistedLicenses = [ ];
    blocklistedLicenses = [ ];
  } // (if lib.isFunction config then config { inherit pkgs lib; } else config);

  instance = change: import ./top-level.nix ({ inherit bt lib localSystem crossSystem config overlays; } // change);
  cross = crossSystem: instance { inherit crossSystem; };
  withOverlays = extra: instance { overlays = overlays ++ extra; };

  pkgs = lib.fix (lib.foldl' (base: overlay: lib.extends overlay base) initial overlays);
  initial = self: bt.open (base self) (invent self);

  # What is behind a name that is not in the base.
  invent = self: name:
    let
      is = pattern: builtins.match pattern name != null;
    in
    if is ".*Packages(_.*)?" || is "(python|pypy).*Packages" then self.__model.drv.scope name { }
    else if is ".*[sS]tdenv(NoCC|NoLibs)?" then self.stdenv
    else if is "use[A-Z].*Linker" then (stdenv: stdenv)
    else if is "buildGo.*(Module|Package)" then self.buildGoModule
    else if is "fetch[A-Z].*" || is "fetch(url|git|zip|patch).*" then self.__model.fetchers.unknown
    else if is "pkgs[A-Z].*" then self
    else self.__model.drv.package name { };

  base = self:
    let
      # Derivations belong to the build platform's system, as in nixpkgs.
      drv = import ./drv.nix {
        inherit lib bt crossSuffix scopeExtra;
        inherit (buildPlatform) system;
      };
      builders = import ./trivial-builders.nix { inherit lib drv; pkgs = self; };
      languages = import ./languages.nix { inherit lib bt drv builders; pkgs = self; };
      fetchers = import ./fetchers.nix { inherit lib builders; pkgs = self; };
      formats = import ./formats.nix { inherit lib builders; };
      # Which tools make the images changes nothing that is known of them.
      dockerTools = import ./docker-tools.nix { inherit lib drv builders; pkgs = self; } // { override = _: dockerTools; };
      stdenvs = import ./stdenv.nix { inherit lib bt drv hostPlatform buildPlatform; pkgs = self; };
      python = import ./python.nix { inherit lib bt drv languages; pkgs = self; };

      # What package sets have besides packages.
      scopeExtra = path: scope:
        {
          callPackage = lib.callPackageWith (self // scope);
          newScope = extra: lib.callPackageWith (self // scope // extra);
        } // (if lib.hasPrefix "python" path || lib.hasPrefix "pypy" path then python.set path scope else { })
        // (if lib.hasPrefix "llvmPackages" path then { inherit (self) stdenv; } else { });

      package = drv.package;
      listed = builtins.listToAttrs (map (name: { inherit name; value = package name { }; }) table.plain);
      named = builtins.mapAttrs package table.named;
      scopes = builtins.listToAttrs (map (name: { inherit name; value = drv.scope name { }; }) table.scopes);
    in
    listed // named // scopes // {
      __model = { inherit builders drv fetchers; };
      _type = "pkgs";
      type = "";
      inherit lib overlays;
      config = settings;
      path = ../.;
      pkgs = self;
      inherit (hostPlatform) system;
      inherit hostPlatform buildPlatform;
      targetPlatform = hostPlatform;

      extend = overlay: withOverlays [ overlay ];
      appendOverlays = withOverlays;
      pkgsCross = bt.open
        (builtins.mapAttrs (_: cross) lib.systems.examples)
        (name: if builtins.match ".*-.*" name != null then cross { config = name; } else self);
      pkgsStatic = cross { config = "${hostPlatform.parsed.cpu.name}-unknown-linux-musl"; isStatic = true; };
      pkgsMusl = instance { localSystem = { config = "${hostPlatform.parsed.cpu.name}-unknown-linux-musl"; }; crossSystem = null; };
      pkgsi686Linux = instance { localSystem = "i686-linux"; crossSystem = null; };
      pkgsx86_64Darwin = instance { localSystem = "x86_64-darwin"; crossSystem = null; };
      pkgsLLVM = self;
      buildPackages = if isCross then instance { crossSystem = null; } else self;
      pkgsBuildBuild = self.buildPackages;
      pkgsBuildHost = self.buildPackages;
      pkgsBuildTarget = self.buildPackages;
      pkgsHostHost = self;
      pkgsHostTarget = self;
      pkgsTargetTarget = self;
      targetPackages = self;
      __splicedPackages = self;

      newScope = extra: lib.callPackageWith (self // extra);
      callPackage = lib.callPackageWith self;
      callPackages = lib.callPackagesWith self;
      makeScopeWithSplicing' = lib.makeScopeWithSplicing' { splicePackages = _: self; inherit (self) newScope; };
      inherit (lib) makeOverridable recurseIntoAttrs dontRecurseIntoAttrs;

      inherit (stdenvs) stdenv stdenvNoCC mkShell mkShellNoCC overrideCC;
      clangStdenv = self.stdenv;
      gccStdenv = self.stdenv;
      mkShellMinimal = self.mkShell;
      runtimeShell = "${self.runtimeShellPackage}/bin/bash";
      runtimeShellPackage = self.bashNonInteractive;
      default-gcc-version = 15;

      inherit (builders)
        runCommand runCommandLocal runCommandCC runCommandNoCC runCommandNoCCLocal runCommandWith writeTextFile writeText
        writeTextDir writeScript writeScriptBin writeShellScript writeShellScriptBin writeShellApplication concatText
        concatTextFile concatScript symlinkJoin buildEnv linkFarm linkFarmFromDrvs onlyBin makeSetupHook writeClosure
        writeReferencesToFile writeDirectReferencesToFile writeStringReferencesToFile closureInfo substitute
        substituteAll substituteAllFiles replaceVars replaceVarsWith applyPatches srcOnly emptyFile emptyDirectory
        makeDesktopItem copyPathToStore copyPathsToStore writeCBin;
      inherit formats dockerTools;
      inherit (dockerTools) fakeNss;
      writers = import ./writers.nix { inherit lib builders; pkgs = self; };

      inherit (languages)
        buildGoModule buildGoPackage buildNpmPackage rustPlatform makeRustPlatform buildDotnetModule
        buildDotnetGlobalTool buildGraalvmNativeImage mkYarnPackage mkYarnModules buildFHSEnv buildFHSUserEnv bundlerEnv
        bundlerApp buildRubyGem;
      inherit (fetchers)
        fetchurl fetchpatch fetchpatch2 fetchDebianPatch fetchzip fetchTarball fetchgit fetchgitPrivate fetchgitLocal
        fetchsvn fetchhg fetchFromGitHub fetchFromGitLab fetchFromGitea fetchFromForgejo fetchFromCodeberg
        fetchFromBitbucket fetchFromSourcehut fetchFromRepoOrCz fetchFromSavannah fetchPypi fetchCrate
        fetchMavenArtifact requireFile fetchNpmDeps fetchYarnDeps fetchPnpmDeps fetchNuGet fetchtorrent fetchDocker;

      inherit (python) python3 python3Minimal pypy3 python2 python39 python310 python311 python312 python313 python314;
      python = self.python3;
      python3Full = self.python3;
      python3Packages = self.python3.pkgs;
      python39Packages = self.python39.pkgs;
      python310Packages = self.python310.pkgs;
      python311Packages = self.python311.pkgs;
      python312Packages = self.python312.pkgs;
      python313Packages = self.python313.pkgs;
      python314Packages = self.python314.pkgs;

      importNpmLock = bt.open
        {
          __functor = _: args:
            let
              manifest = args.package or (lib.importJSON (args.npmRoot + "/package.json"));
              pname = args.pname or (manifest.name or "unknown");
              version = args.version or (manifest.version or "0.0.0");
            in
            builders.fixed { kind = "fetch"; name = "npm-deps"; attrs = args // { inherit pname version; }; };
          npmConfigHook = package "importNpmLock.npmConfigHook" { };
          hooks = { };
        }
        (name: package "importNpmLock.${name}" { });
      rust = bt.open
        {
          toRustTarget = platform: platform.rust.rustcTarget;
          toRustTargetSpec = platform: platform.rust.rustcTargetSpec;
          toRustTargetSpecShort = platform: platform.rust.cargoShortTarget;
          toRustTargetForUseInEnvVars = platform: platform.rust.cargoEnvVarTarget;
          toTargetArch = platform: platform.rust.platform.arch;
          toTargetOs = platform: platform.rust.platform.os;
          toTargetVendor = platform: platform.rust.platform.vendor;
          toTargetFamily = platform: if platform.isWindows then [ "windows" ] else [ "unix" ];
          IsNoStdTarget = platform: platform.rust.isNoStdTarget;
          lib = self.rust;
        }
        (name: package "rust.${name}" { });
      nix-gitignore = {
        gitignoreSource = _: lib.cleanSource;
        gitignoreSourcePure = _: lib.cleanSource;
        gitignoreRecursiveSource = _: lib.cleanSource;
        gitignoreFilter = _: _: _: _: true;
        gitignoreFilterPure = _: _: _: _: _: true;
        withGitignoreFile = patterns: _: patterns;
      };
      makeFontsConf = args: builders.fixed { kind = "runCommand"; name = "fonts.conf"; attrs = args; };
      makeFontsCache = args: builders.fixed { kind = "runCommand"; name = "fc-cache"; attrs = args; };
      glibcLocales = package "glibcLocales" { pname = "glibc-locales"; };
      nixos = configuration:
        let
          machine = (import ../nixos/system.nix { inherit bt lib; }).system { inherit configuration; pkgs = self; };
        in
        machine.config.system.build // machine;
      nixosTest = _: package "nixosTest" { pname = "vm-test-run"; };
      testers = bt.open
        {
          runNixOSTest = _: package "testers.runNixOSTest" { pname = "vm-test-run"; };
          nixosTest = _: package "testers.nixosTest" { pname = "vm-test-run"; };
        }
        (name: package "testers.${name}" { });
      mkNugetDeps = args: builders.fixed { kind = "fetch"; name = "nuget-deps"; attrs = args; };
      nix-update-script = _: [ ];
      gitUpdater = _: [ ];
      genericUpdater = _: [ ];
      unstableGitUpdater = _: [ ];
    };
in
pkgs
