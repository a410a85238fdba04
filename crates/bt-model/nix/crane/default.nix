# The functions for one set of packages. What they build is named as crane names it; sources are read for the name only.
{ pkgs }:
let
  helper = import ./nixpkgs/helper.nix { bt = __bt; };
  inherit (pkgs) lib;
  inherit (builtins) isAttrs isPath pathExists readFile;

  tomlOf = args:
    let
      src = args.src.origSrc or (args.src or null);
      file = args.cargoToml or (src + "/Cargo.toml");
      # A source that is fetched cannot be read.
      readable = args ? cargoToml || isPath src || builtins.isString src;
    in
    if args ? cargoTomlContents then builtins.fromTOML (builtins.unsafeDiscardStringContext args.cargoTomlContents)
    else if readable && pathExists file then builtins.fromTOML (builtins.unsafeDiscardStringContext (readFile file))
    else { };
  crateNameFromCargoToml = args:
    let
      toml = tomlOf args;
      own = toml.package or { };
      workspace = toml.workspace or { };
      plain = value: if builtins.isString value then value else null;
      first = default: values: lib.findFirst (value: value != null) default values;
    in
    {
      pname = first "cargo-package" [ (own.metadata.crane.name or null) (plain own.name or null) (workspace.metadata.crane.name or null) ];
      version = first "0.0.1" [ (plain own.version or null) (workspace.package.version or null) ];
    };
  build = suffix: args:
    let
      crate = crateNameFromCargoToml args;
      pname = args.pname or crate.pname;
    in
    helper.builder pkgs "buildRustPackage" (args // {
      pname = "${pname}${args.pnameSuffix or suffix}";
      version = args.version or crate.version;
    });

  functions = self: {
    inherit crateNameFromCargoToml;
    mkCargoDerivation = build "";
    buildPackage = args: build "" ({ cargoArtifacts = self.buildDepsOnly args; } // args);
    buildDepsOnly = build "-deps";
    buildTrunkPackage = build "-trunk";
    cargoAudit = build "-audit";
    cargoBuild = build "-build";
    cargoClippy = build "-clippy";
    cargoDeny = build "-deny";
    cargoDoc = build "-doc";
    cargoDocTest = build "-doctest";
    cargoFmt = build "-fmt";
    cargoLlvmCov = build "-llvm-cov";
    cargoNextest = build "-nextest";
    cargoTarpaulin = build "-tarpaulin";
    cargoTest = build "-test";
    taploFmt = build "-tomlfmt";
    devShell = args: pkgs.mkShell (removeAttrs args [ "checks" ] // { packages = [ self.cargo self.rustc ] ++ args.packages or [ ]; });
    cleanCargoSource = src: lib.cleanSourceWith { inherit src; filter = self.filterCargoSources; name = "source"; };
    filterCargoSources = path: type:
      type == "directory" || builtins.elem (baseNameOf path) [ "Cargo.toml" "Cargo.lock" "config" ]
      || lib.hasSuffix ".rs" path || lib.hasSuffix ".toml" path;
    path = given: if isAttrs given then builtins.path given else builtins.path { path = given; name = "source"; };
    fileset = {
      cargoTomlAndLock = files (file: builtins.elem file.name [ "Cargo.toml" "Cargo.lock" ]);
      commonCargoSources = files (file: file.hasExt "rs" || file.hasExt "toml" || file.name == "Cargo.lock");
      configToml = files (file: file.name == "config.toml");
      rust = files (file: file.hasExt "rs");
      toml = files (file: file.hasExt "toml");
    };
    filters = {
      cargoTomlAggressive = _: _: true;
      cargoTomlConservative = _: _: true;
      cargoTomlDefault = _: _: true;
    };
    inherit (pkgs) cargo clippy rustc rustfmt;
    overrideToolchain = toolchain:
      let
        chosen = if lib.isFunction toolchain && !(toolchain ? btModel) then toolchain pkgs else toolchain;
      in
      self.overrideScope (_: _: lib.genAttrs [ "cargo" "clippy" "rustc" "rustfmt" ] (_: chosen));
    appendCrateRegistries = _: self;
    stdenvSelector = p: p.stdenv;
    writeTOML = name: value: (pkgs.formats.toml { }).generate name value;
    craneLib = self;
    callPackage = lib.callPackageWith (pkgs // self);
    newScope = extra: lib.callPackageWith (pkgs // self // extra);
  };
  files = keep: lib.fileset.fileFilter keep;
  scope = overlay:
    let
      base = helper.openSet pkgs "craneLib" (functions self // {
        overrideScope = more: scope (lib.composeExtensions overlay more);
        overrideScope' = more: scope (lib.composeExtensions overlay more);
      });
      self = base // overlay self base;
    in
    self;
in
scope (_: _: { })
