# The functions of flake-utils. The order of merging matters to users: later systems and later sets win.
{ defaultSystems }:
let
  inherit (builtins) attrNames concatMap elem filter foldl' isAttrs listToAttrs map substring stringLength;

  allSystems = [
    "aarch64-darwin" "aarch64-genode" "aarch64-linux" "aarch64-netbsd" "aarch64-none" "aarch64_be-none" "arm-none"
    "armv5tel-linux" "armv6l-linux" "armv6l-netbsd" "armv6l-none" "armv7a-darwin" "armv7a-linux" "armv7a-netbsd"
    "armv7l-linux" "armv7l-netbsd" "avr-none" "i686-cygwin" "i686-darwin" "i686-freebsd" "i686-genode" "i686-linux"
    "i686-netbsd" "i686-none" "i686-openbsd" "i686-windows" "javascript-ghcjs" "loongarch64-linux" "m68k-linux"
    "m68k-netbsd" "m68k-none" "microblaze-linux" "microblaze-none" "microblazeel-linux" "microblazeel-none"
    "mips64el-linux" "mipsel-linux" "mipsel-netbsd" "mmix-mmixware" "msp430-none" "or1k-none" "powerpc-netbsd"
    "powerpc-none" "powerpc64-linux" "powerpc64le-linux" "powerpcle-none" "riscv32-linux" "riscv32-netbsd"
    "riscv32-none" "riscv64-linux" "riscv64-netbsd" "riscv64-none" "rx-none" "s390-linux" "s390-none" "s390x-linux"
    "s390x-none" "vc4-none" "wasm32-wasi" "wasm64-wasi" "x86_64-cygwin" "x86_64-darwin" "x86_64-freebsd"
    "x86_64-genode" "x86_64-linux" "x86_64-netbsd" "x86_64-none" "x86_64-openbsd" "x86_64-redox" "x86_64-solaris"
    "x86_64-windows"
  ];

  # The current system joins in where there is one (not in pure evaluation).
  withCurrent = systems:
    if !(builtins ? currentSystem) || elem builtins.currentSystem systems then systems
    else systems ++ [ builtins.currentSystem ];
  over = merge: systems: f: foldl' (merge f) { } (withCurrent systems);

  # f system = { packages = p; } becomes { packages.${system} = p; }.
  eachSystem = over (f: all: system:
    let
      outputs = f system;
    in
    foldl' (acc: name: acc // { ${name} = (acc.${name} or { }) // { ${system} = outputs.${name}; }; }) all (attrNames outputs));
  # The same turned inside out, for hydraJobs and the like, which have the system innermost.
  eachSystemMap = systems: f: listToAttrs (map (name: { inherit name; value = f name; }) systems);
  eachSystemPassThrough = over (f: all: system: all // f system);

  isDerivation = value: isAttrs value && (value.type or null) == "derivation";

  flattenTree = tree:
    let
      join = prefix: name: if prefix == "" then name else "${prefix}/${name}";
      go = prefix: set: concatMap
        (name:
          let
            value = set.${name};
            path = join prefix name;
          in
          if isDerivation value then [{ name = path; inherit value; }]
          else if isAttrs value && value.recurseForDerivations or false == true then go path value
          else [ ])
        (filter (name: name != "recurseForDerivations") (attrNames set));
    in
    listToAttrs (go "" tree);

  filterPackages = system: packages:
    let
      wanted = package:
        let
          platforms = package.meta.hydraPlatforms or package.meta.platforms or [ ];
        in
        isDerivation package && (platforms == [ ] || elem system platforms) && !(package.meta.broken or false);
    in
    listToAttrs (concatMap (name: if wanted packages.${name} then [{ inherit name; value = packages.${name}; }] else [ ]) (attrNames packages));

  hasSuffix = suffix: text:
    stringLength text >= stringLength suffix
    && substring (stringLength text - stringLength suffix) (stringLength suffix) text == suffix;

  mkApp = { drv, name ? drv.pname or drv.name, exePath ? drv.passthru.exePath or "/bin/${name}" }: {
    type = "app";
    program = "${drv}${exePath}";
  };

  simpleFlake =
    { self
    , nixpkgs
    , name
    , overlay ? null
    , preOverlays ? [ ]
    , shell ? null
    , config ? { }
    , systems ? defaultSystems
    }:
    let
      apply = value: args: if builtins.isFunction value then value args else if value == null then null else import value args;
      perSystem = system:
        let
          load = value: if builtins.isPath value || builtins.isString value then import value else value;
          pkgs = import nixpkgs {
            inherit config system;
            overlays = preOverlays ++ (if overlay == null then [ ] else [ (load overlay) ]);
          };
          packages = pkgs.${name} or { };
        in
        { legacyPackages = packages; packages = flattenTree packages; }
        // (if packages ? defaultPackage then { defaultPackage = packages.defaultPackage; } else { })
        // (if packages ? checks then { inherit (packages) checks; } else { })
        // (if shell != null then { devShell = apply shell { inherit pkgs; }; }
        else if packages ? devShell then { inherit (packages) devShell; } else { });
    in
    eachSystem systems perSystem // (if overlay == null then { } else { overlays.default = overlay; });

  # meld inputs [ ./a.nix ./b.nix ]: import each with the inputs and merge what they return.
  meld =
    let
      update = left: right: left // builtins.mapAttrs
        (name: value:
          if left ? ${name} && isAttrs left.${name} && isAttrs value && !(isDerivation value) then update left.${name} value
          else value)
        right;
    in
    inputs: modules: foldl' (acc: module: update acc (import module inputs)) { } modules;

  check-utils = system:
    let
      result = name: drvName: derivation {
        name = drvName;
        inherit system;
        builder = "/bin/sh";
        args = [ "-c" "echo ${name} > $out" ];
      };
    in
    {
      isEqual = a: b: if a == b then result "ok" "SUCCESS__${if builtins.isString a then a else "a"}" else throw "${builtins.toJSON a} is not equal to ${builtins.toJSON b}";
      hasKey = set: key: if set ? ${key} then result "ok" "SUCCESS__${key}" else throw "key ${key} is missing";
    };
in
{
  inherit
    allSystems check-utils defaultSystems eachSystem eachSystemMap eachSystemPassThrough filterPackages flattenTree
    hasSuffix meld mkApp simpleFlake;
  eachDefaultSystem = eachSystem defaultSystems;
  eachDefaultSystemMap = eachSystemMap defaultSystems;
  eachDefaultSystemPassThrough = eachSystemPassThrough defaultSystems;
  eachSystemOp = merge: systems: f: foldl' (merge f) { } (withCurrent systems);
  system = eachSystemMap allSystems (system: system);
}
