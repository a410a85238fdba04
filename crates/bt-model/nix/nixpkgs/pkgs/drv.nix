# Derivations of the model. All of them come out of `make`, which calls `derivation` with little more than a name, so
# that a package's source, inputs and phases are never forced by asking where it would be in the store.
{ lib, bt, system, crossSuffix, scopeExtra }:
let
  inherit (builtins) elemAt head isAttrs isString listToAttrs map match parseDrvName;
  defaultOutputs = [ "out" ];
in
rec {
  # kind: what the linter may assume; env: what tells two derivations apart, and the contexts that must not get lost;
  # attrs: what is selectable; outputs: those that packages have; hidden: further ones that can be selected.
  make = { kind, name, env ? { }, attrs ? { }, outputs ? defaultOutputs, hidden ? [ ], system' ? system }@given:
    let
      # As stdenv does: characters that a store path cannot have are replaced.
      name = lib.strings.sanitizeDerivationName given.name;
      strict = derivation ({
        inherit name;
        system = system';
        builder = "bt-model";
        btModel = kind;
        outputs = outputs ++ hidden;
      } // env);
      output = outputName: {
        name = outputName;
        value = common // {
          inherit outputName;
          inherit (strict.${outputName}) outPath;
          outputSpecified = true;
        } // (if attrs ? overrideAttrs then { overrideAttrs = f: (attrs.overrideAttrs f).${outputName}; } else { });
      };
      byOutput = listToAttrs (map output (outputs ++ hidden));
      common = attrs // byOutput // {
        type = "derivation";
        inherit name outputs;
        system = system';
        btModel = kind;
        inherit (strict) drvPath;
        all = map (o: byOutput.${o}) outputs;
        drvAttrs = env // { inherit name outputs; system = system'; builder = "bt-model"; };
        builder = "bt-model";
      };
    in
    common // { inherit (strict) outPath; outputName = head outputs; };

  # Names as stdenv makes them.
  drvName = args:
    if args ? name then args.name + crossSuffix
    else if args ? version then "${args.pname}${crossSuffix}-${args.version}"
    else "${args.pname}${crossSuffix}";

  # What takes a build out of the sandbox is known although nobody asks how it is built.
  escapes = builtins.intersectAttrs { __noChroot = null; __impure = null; };

  metaDefaults = name: {
    inherit name;
    available = true;
    broken = false;
    insecure = false;
    unfree = false;
    unsupported = false;
    outputsToInstall = [ "out" ];
  };

  # A builder like stdenv.mkDerivation: its argument may be a function of the final attributes, and overrideAttrs works
  # in both forms. `env` and `attrs` are functions of the arguments.
  builder = { kind, env ? (_: { }), attrs ? (_: { }), meta ? { } }: given:
    let
      construct = attributes:
        let
          args = attributes (args // { inherit finalPackage; inherit (finalPackage) overrideAttrs; });
          extra = attrs args;
          name = drvName args;
          passthru = (extra.passthru or { }) // args.passthru or { };
          finalPackage = make {
            inherit kind name;
            env = env args // escapes args;
            outputs = args.outputs or defaultOutputs;
            attrs = removeAttrs args [ "passthru" "meta" "__structuredAttrs" ] // extra // passthru // {
              inherit passthru;
              meta = metaDefaults name // meta // (args.meta or { });
              overrideAttrs = change: construct (final:
                let
                  previous = attributes final;
                in
                previous // lib.toExtension change final previous);
              # Old way to the same.
              overrideDerivation = change: construct (final: let previous = attributes final; in previous // change finalPackage);
              override = _: finalPackage;
              inputDerivation = make { inherit kind name; env = { btInput = "1"; }; };
            };
          };
        in
        finalPackage;
    in
    construct (if lib.isFunction given then given else (_: given));

  # What a package that nobody knows can be asked for without being a package again.
  blank =
    let
      lists = [
        "buildInputs" "nativeBuildInputs" "propagatedBuildInputs" "propagatedNativeBuildInputs" "checkInputs"
        "nativeCheckInputs" "nativeInstallCheckInputs" "depsBuildBuild" "patches" "configureFlags" "makeFlags" "cmakeFlags"
        "mesonFlags" "buildFlags" "checkFlags" "installFlags" "ldflags" "tags" "subPackages" "cargoBuildFlags"
        "disallowedReferences" "dependencies" "build-system" "pythonImportsCheck" "disabledTests" "makeWrapperArgs"
        "buildFeatures" "excludedPackages" "outputsToInstall"
      ];
      texts = [
        "prePatch" "postPatch" "preConfigure" "postConfigure" "preBuild" "postBuild" "preCheck" "postCheck" "preInstall"
        "postInstall" "preFixup" "postFixup" "configurePhase" "buildPhase" "checkPhase" "installPhase" "fixupPhase"
        "unpackPhase" "patchPhase" "installCheckPhase" "shellHook" "preferLocalBuild" "sourceRoot"
      ];
      flags = [
        "doCheck" "doInstallCheck" "dontBuild" "dontConfigure" "dontUnpack" "dontStrip" "dontFixup" "strictDeps"
        "enableParallelBuilding" "outputSpecified" "recurseForDerivations" "__structuredAttrs" "__contentAddressed"
        "_hydraAggregate" "isGNU" "isClang"
      ];
      all = value: names: map (name: { inherit name value; }) names;
    in
    listToAttrs (all [ ] lists ++ all "" texts ++ all false flags ++ [
      { name = "env"; value = { }; }
      { name = "_type"; value = ""; }
      { name = "tests"; value = { }; }
      { name = "targetPrefix"; value = ""; }
      { name = "libExt"; value = ""; }
    ]);

  # An opaque package. `path` is its attribute path, which is all that is certain; the rest of `spec` is plausible.
  package = path: spec:
    let
      attribute = lib.last (lib.splitString "." path);
      pname = spec.pname or (guess attribute).pname;
      version = spec.version or (guess attribute).version;
      name = spec.name or "${valid pname}${crossSuffix}-${valid version}";
      given = spec.attrs or { };
      called = (spec.kind or null) == "call";
      child = path: package path { };
      base = make {
        kind = spec.kind or "package";
        inherit name;
        hidden = [ "bin" "dev" "lib" "man" "doc" "static" ];
        env = { btAttr = path; } // spec.env or { } // escapes given;
        attrs = given // {
          inherit pname version;
          btAttr = path;
          meta = metaDefaults name // {
            description = "";
            longDescription = "";
            homepage = "";
            license = lib.licenses.free;
            maintainers = [ ];
            teams = [ ];
            platforms = lib.platforms.all;
            badPlatforms = [ ];
            knownVulnerabilities = [ ];
            mainProgram = spec.mainProgram or pname;
          } // spec.meta or { };
          passthru = bt.open (spec.passthru or { }) (n: child "${path}.${n}");
          override = _: self;
          overrideDerivation = change: self.overrideAttrs change;
          overridePythonAttrs = change: self.overrideAttrs change;
          overrideAttrs = change:
            let
              new = lib.toExtension change final self;
              final = package path (spec // {
                attrs = given // removeAttrs new [ "meta" "passthru" "name" "pname" "version" ];
                meta = spec.meta or { } // new.meta or { };
                passthru = spec.passthru or { } // new.passthru or { };
              } // builtins.intersectAttrs { name = null; pname = null; version = null; } new);
            in
            final;
          withPackages = choose: package "${path}.withPackages" {
            pname = "${pname}-env";
            inherit version;
            inherit (base.meta) mainProgram;
            kind = "withPackages";
            attrs = { paths = lib.toList (choose (scope "${path}.pkgs" { })); };
          };
          pkgs = scope "${path}.pkgs" { };
          overrideScope = overlay: let final = self // overlay final self; in final;
          extend = overlay: let final = self // overlay final self; in final;
          __functor = _: call path { inherit pname; version = if called then version else "0"; inherit called; };
        } // (spec.passthru or { });
      };
      other = n: blank.${n} or (child "${path}.${n}");
      self = bt.open base (n: if spec ? fallback then spec.fallback n (other n) else other n);
    in
    self;

  # Calling what nobody knows: an opaque derivation that keeps what it was given. Of functions only those that builders
  # take are looked into (`finalAttrs: { ... }`); the one of a withPackages is not.
  call = path: spec: argument:
    let
      builds = match "(.*[.])?(build|mk|make)[A-Z].*" path != null;
      applies = builds && builtins.isFunction argument && builtins.functionArgs argument == { };
      probe = argument (package path { });
      args =
        if applies then (if isAttrs probe then argument result else { })
        else if isAttrs argument && !(argument ? btModel) && !(argument ? __functor) then argument
        else { };
      text = value: isString value && value != "";
      parsed = parseDrvName (builtins.unsafeDiscardStringContext args.name);
      named = text (args.name or null);
      result = package path {
        kind = "call";
        pname =
          if isString argument && !spec.called then builtins.unsafeDiscardStringContext argument
          else if isAttrs argument && argument ? btModel then argument.pname or argument.name
          else args.pname or (if named then parsed.name else spec.pname);
        version =
          if text (args.version or null) then args.version
          else if named && parsed.version != "" then parsed.version
          else spec.version;
        meta = args.meta or { };
        fallback = n: other: if n == "outputs" then other else args.${n} or (args.passthru or { }).${n} or other;
      };
    in
    result;

  # An open package set below pkgs.
  scope = path: extra:
    let
      self = bt.open
        ({
          recurseForDerivations = true;
          override = _: self;
          overrideScope = overlay: let final = self // overlay final self; in final;
          extend = overlay: let final = self // overlay final self; in final;
          btModel = "scope";
          btAttr = path;
          type = "";
          _type = "";
        } // scopeExtra path self // extra)
        (name: package "${path}.${name}" { });
    in
    self;

  # nodejs_20 -> nodejs 20, go_1_22 -> go 1.22, python311 -> python3 3.11, jdk17 -> jdk 17.
  guess = attribute:
    let
      numbered = match "(.*[a-zA-Z])_([0-9]+(_[0-9]+)*)" attribute;
      compiler = match "(gcc|clang|jdk|jre|openjdk|zulu)([0-9]+)" attribute;
      language = match "(python|php)([0-9])([0-9]+)" attribute;
    in
    if language != null then {
      pname = if head language == "python" then "python3" else "php";
      version = "${elemAt language 1}.${elemAt language 2}";
    }
    else if numbered != null then { pname = head numbered; version = builtins.replaceStrings [ "_" ] [ "." ] (elemAt numbered 1); }
    else if compiler != null then { pname = head compiler; version = elemAt compiler 1; }
    else { pname = attribute; version = "0"; };

  valid = text: if match "[a-zA-Z0-9+_?=-][a-zA-Z0-9+._?=-]*" text != null then text else lib.strings.sanitizeDerivationName text;
}
