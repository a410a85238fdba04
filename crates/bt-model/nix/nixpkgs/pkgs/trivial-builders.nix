# The trivial builders. What they are given stays selectable under nixpkgs' own names, and texts and paths go into the
# derivation, because their contexts are what leads a rule from a script to the packages in it.
{ lib, drv, pkgs }:
let
  inherit (builtins) isList isString listToAttrs map match;
  inherit (drv) escapes make metaDefaults;

  # A derivation of fixed shape that can still be overridden like any other.
  fixed = { kind, name, env ? { }, attrs ? { }, meta ? { }, passthru ? { } }@given:
    make {
      inherit kind name env;
      attrs = attrs // passthru // {
        inherit passthru;
        meta = metaDefaults name // meta;
        override = _: fixed given;
        overrideAttrs = change:
          let
            previous = attrs // { inherit name meta passthru; };
            new = lib.toExtension change (fixed given) previous;
          in
          fixed (given // {
            name = new.name or name;
            meta = new.meta or meta;
            passthru = new.passthru or passthru;
            attrs = attrs // removeAttrs new [ "name" "meta" "passthru" ];
            env = env // builtins.intersectAttrs env new;
          });
      };
    };
  naming = args: args.name or "${args.pname}-${args.version}";
  # An executable below /bin names the main program.
  programOf = executable: destination:
    let
      found = match "/bin/([^/]+)" destination;
    in
    if executable && found != null then { mainProgram = builtins.head found; } else { };
in
rec {
  inherit fixed;

  runCommand = name: env: runCommandWith { inherit name; derivationArgs = env; };
  runCommandLocal = name: env: runCommandWith { inherit name; runLocal = true; derivationArgs = env; };
  runCommandCC = runCommand;
  runCommandNoCC = runCommand;
  runCommandNoCCLocal = runCommandLocal;
  runCommandWith = { name, runLocal ? false, stdenv ? null, derivationArgs ? { } }: buildCommand: fixed {
    kind = "runCommand";
    inherit name;
    env = { inherit buildCommand; } // escapes derivationArgs;
    attrs = removeAttrs derivationArgs [ "meta" "passthru" "name" ] // { inherit buildCommand; env = derivationArgs; };
    meta = derivationArgs.meta or { };
    passthru = derivationArgs.passthru or { };
  };

  writeTextFile =
    { name ? "${pname}-${version}"
    , pname ? null
    , version ? null
    , text
    , executable ? false
    , destination ? ""
    , checkPhase ? ""
    , meta ? { }
    , passthru ? { }
    , allowSubstitutes ? false
    , preferLocalBuild ? true
    , derivationArgs ? { }
    }: fixed {
      kind = "writeText";
      inherit name;
      passthru = passthru // derivationArgs.passthru or { };
      env = { inherit text destination executable; };
      attrs = removeAttrs derivationArgs [ "meta" "passthru" ] // { inherit text destination executable checkPhase; };
      meta = programOf executable destination // meta // derivationArgs.meta or { };
    };
  writeText = name: text: writeTextFile { inherit name text; };
  writeTextDir = path: text: writeTextFile {
    name = lib.strings.sanitizeDerivationName (baseNameOf path);
    destination = "/${path}";
    inherit text;
  };
  writeScript = name: text: writeTextFile { inherit name text; executable = true; };
  writeScriptBin = name: text: writeTextFile { inherit name text; executable = true; destination = "/bin/${name}"; };
  writeShellScript = name: text: writeTextFile {
    inherit name;
    executable = true;
    text = "#!${pkgs.runtimeShell}\n${text}\n";
  };
  writeShellScriptBin = name: text: writeTextFile {
    inherit name;
    executable = true;
    destination = "/bin/${name}";
    text = "#!${pkgs.runtimeShell}\n${text}\n";
    meta.mainProgram = name;
  };
  writeShellApplication =
    { name
    , text
    , runtimeInputs ? [ ]
    , runtimeEnv ? null
    , meta ? { }
    , passthru ? { }
    , checkPhase ? null
    , excludeShellChecks ? [ ]
    , extraShellCheckFlags ? [ ]
    , bashOptions ? [ "errexit" "nounset" "pipefail" ]
    , derivationArgs ? { }
    , inheritPath ? true
    }: writeTextFile {
      inherit name passthru;
      executable = true;
      destination = "/bin/${name}";
      meta = { mainProgram = name; } // meta;
      checkPhase = if checkPhase == null then "" else checkPhase;
      derivationArgs = derivationArgs // { inherit runtimeInputs runtimeEnv bashOptions inheritPath; };
      text =
        "#!${pkgs.runtimeShell}\n"
        + lib.concatMapStrings (option: "set -o ${option}\n") bashOptions
        + lib.optionalString (runtimeEnv != null)
          (lib.concatStrings (lib.mapAttrsToList (n: v: "${lib.toShellVar n v}\nexport ${n}\n") runtimeEnv))
        + lib.optionalString (runtimeInputs != [ ])
          "\nexport PATH=\"${lib.makeBinPath runtimeInputs}${lib.optionalString inheritPath ":$PATH"}\"\n"
        + "\n${text}\n";
    };
  concatTextFile = { name, files, executable ? false, destination ? "", checkPhase ? "", meta ? { }, passthru ? { } }: fixed {
    kind = "concatText";
    inherit name passthru;
    env = { inherit files destination; };
    attrs = { inherit files destination executable; };
    meta = programOf executable destination // meta;
  };
  concatText = name: files: concatTextFile { inherit name files; };
  concatScript = name: files: concatTextFile { inherit name files; executable = true; };
  writeCBin = name: code: package name { pname = name; attrs = { text = code; destination = "/bin/${name}"; }; };
  inherit (drv) package;

  symlinkJoin =
    lib.makeOverridable (args:
      let
        given = if lib.isFunction args then args given else args;
        paths = given.paths;
      in
      fixed {
        kind = "symlinkJoin";
        name = naming given;
        env = { inherit paths; postBuild = given.postBuild or ""; stripPrefix = given.stripPrefix or ""; };
        attrs = { postBuild = ""; stripPrefix = ""; } // removeAttrs given [ "meta" "passthru" ];
        meta = given.meta or { };
        passthru = { inherit paths; } // given.passthru or { };
      });

  buildEnv = lib.makeOverridable
    ({ name ? "${pname}-${version}"
     , pname ? null
     , version ? null
     , paths
     , manifest ? ""
     , extraPrefix ? ""
     , ignoreCollisions ? false
     , checkCollisionContents ? true
     , ignoreSingleFileOutputs ? false
     , includeClosures ? false
     , pathsToLink ? [ "/" ]
     , extraOutputsToInstall ? [ ]
     , postBuild ? ""
     , nativeBuildInputs ? [ ]
     , buildInputs ? [ ]
     , passthru ? { }
     , meta ? { }
     , derivationArgs ? { }
     }@args:
      fixed {
        kind = "buildEnv";
        inherit name meta;
        env = { inherit paths pathsToLink extraPrefix postBuild; };
        attrs = derivationArgs // {
          inherit pathsToLink extraPrefix postBuild extraOutputsToInstall ignoreCollisions nativeBuildInputs buildInputs;
        } // (if args ? pname then { inherit pname version; } else { });
        passthru = { inherit paths; } // passthru;
      });

  linkFarm = name: entries:
    let
      list = if isList entries then entries else lib.mapAttrsToList (n: path: { name = n; inherit path; }) entries;
      set = if isList entries then listToAttrs (map (e: { inherit (e) name; value = e.path; }) entries) else entries;
    in
    fixed {
      kind = "linkFarm";
      inherit name;
      env = { links = lib.concatLists (map (e: [ e.name "${e.path}" ]) list); };
      passthru.entries = set;
    };
  linkFarmFromDrvs = name: packages: linkFarm name (map (p: { inherit (p) name; path = p; }) packages);
  onlyBin = package: fixed { kind = "symlinkJoin"; name = "${package.name}-only-bin"; env = { paths = [ package ]; }; attrs = { paths = [ package ]; }; };

  # A script made of a hook file.
  makeSetupHook = { name ? "hook", ... }@args: script:
    fixed { kind = "runCommand"; inherit name; attrs = removeAttrs args [ "meta" "passthru" ] // { inherit script; }; };
  writeClosure = paths: fixed { kind = "closure"; name = "runtime-deps"; env = { inherit paths; }; attrs = { inherit paths; }; };
  writeReferencesToFile = path: writeClosure [ path ];
  writeDirectReferencesToFile = path: writeClosure [ path ];
  writeStringReferencesToFile = text: writeText "string-references" text;
  closureInfo = { rootPaths }: fixed {
    kind = "closure";
    name = "closure-info";
    env = { paths = rootPaths; };
    attrs = { inherit rootPaths; };
  };

  substitute = { src, name ? baseNameOf (toString src), substitutions ? [ ], replacements ? [ ], isExecutable ? false, dir ? null, ... }@args:
    fixed { kind = "substitute"; inherit name; attrs = removeAttrs args [ "meta" "passthru" "name" ]; };
  substituteAll = args: fixed {
    kind = "substitute";
    name = args.name or (baseNameOf (toString args.src));
    attrs = removeAttrs args [ "meta" "passthru" "name" ];
  };
  substituteAllFiles = substituteAll;
  replaceVars = path: values: fixed {
    kind = "substitute";
    name = baseNameOf (toString path);
    attrs = { src = path; replacements = values; };
  };
  replaceVarsWith = args: fixed {
    kind = "substitute";
    name = args.name or (baseNameOf (toString args.src));
    attrs = removeAttrs args [ "meta" "passthru" "name" ];
  };
  applyPatches = args: fixed {
    kind = "fetch";
    name = args.name or "${args.src.name or "source"}-patched";
    attrs = removeAttrs args [ "meta" "passthru" "name" ];
  };
  srcOnly = args: fixed { kind = "fetch"; name = "${args.name or args.pname}-source"; attrs = { src = args.src or args; }; };
  emptyFile = writeText "empty-file" "";
  emptyDirectory = runCommand "empty-directory" { } "mkdir $out";
  makeDesktopItem = args: fixed { kind = "writeText"; name = "${args.name}.desktop"; attrs = removeAttrs args [ "name" ] // { text = ""; executable = false; destination = "/share/applications/${args.name}.desktop"; }; };
  copyPathToStore = path: path;
  copyPathsToStore = map (path: path);
}
