# The types of options. A type is a check, a merge of definitions, and a functor that says how two declarations of one
# option are joined.
{ lib, ... }:
let
  inherit (builtins)
    all attrNames concatMap elem filter foldl' head isAttrs isBool isFloat isInt isList isPath isString length map
    mapAttrs match tail;
  inherit (lib.options) getFiles getValues mergeEqualOption mergeOneOption showDefs showFiles showOption;
  inherit (lib.modules) mergeDefinitions;

  # "list of (null or string)": a part is put in brackets unless its class reads well as it is.
  phrase = classes: type:
    if elem (type.descriptionClass or null) classes then type.description else "(${type.description})";
  nounish = phrase [ "noun" "composite" ];

  # Joins two types of one constructor by joining what they are made of.
  elementFunctor = name: elemType: {
    inherit name;
    type = payload: lib.types.${name} payload.elemType;
    payload = { inherit elemType; };
    binOp = a: b: lib.mapNullable (joined: { elemType = joined; }) (a.elemType.typeMerge b.elemType.functor);
  };
  # What a type over one other type takes from it.
  wrapping = elemType: rebuild: {
    inherit (elemType) getSubOptions getSubModules;
    substSubModules = modules: rebuild (elemType.substSubModules modules);
    nestedTypes = { inherit elemType; };
  };
  simple = name: description: check: merge: mkOptionType { inherit name description check merge; descriptionClass = "noun"; };
  restricted = base: check: name: description: addCheck base check // { inherit name description; };

  isType = tag: value: (value._type or null) == tag;
  mkOptionType =
    { name
    , description ? null
    , descriptionClass ? null
    , check ? (_: true)
    , merge ? lib.options.mergeDefaultOption
    , emptyValue ? { }
    , getSubOptions ? (_: { })
    , getSubModules ? null
    , substSubModules ? (_: null)
    , functor ? defaultFunctor name
    , typeMerge ? defaultTypeMerge functor
    , deprecationMessage ? null
    , nestedTypes ? { }
    }: {
      _type = "option-type";
      inherit
        name check merge emptyValue getSubOptions getSubModules substSubModules functor typeMerge deprecationMessage
        nestedTypes descriptionClass;
      description = lib.defaultTo name description;
    };
  defaultFunctor = name: {
    inherit name;
    type = lib.types.${name} or null;
    payload = null;
    binOp = _: _: null;
  };
  defaultTypeMerge = a: b:
    let
      payload = a.binOp a.payload b.payload;
    in
    if a.name != b.name then null
    else if a.payload == null then a.type
    else if payload == null then null
    else a.type payload;

  addCheck = type: check: type // { check = value: type.check value && check value; };

  between = numbers: kind: name: low: high:
    restricted numbers (x: x >= low && x <= high) name
      "${kind} between ${builtins.toJSON low} and ${builtins.toJSON high} (both inclusive)";
  sized = bits: low: high: label: signed:
    restricted int (x: x >= low && x <= high) "${label}${toString bits}"
      "${toString bits} bit ${signed} integer; between ${toString low} and ${toString high} (both inclusive)";

  int = simple "int" "signed integer" isInt mergeEqualOption;
  float = simple "float" "floating point number" isFloat mergeEqualOption;
  str = simple "str" "string" isString mergeEqualOption;
  number = either int float;

  either = a: b: mkOptionType rec {
    name = "either";
    description =
      if (a.descriptionClass or null) == "nonRestrictiveClause" then "${a.description}, or ${phrase [ "noun" "conjunction" ] b}"
      else "${phrase [ "noun" "conjunction" ] a} or ${phrase [ "noun" "conjunction" "composite" ] b}";
    descriptionClass = "conjunction";
    check = value: a.check value || b.check value;
    merge = loc: defs:
      let
        values = getValues defs;
      in
      if all a.check values then a.merge loc defs
      else if all b.check values then b.merge loc defs
      else mergeOneOption loc defs;
    typeMerge = other:
      let
        left = a.typeMerge (head other.payload.elemType).functor;
        right = b.typeMerge (lib.last other.payload.elemType).functor;
      in
      if other.name == "either" && left != null && right != null then either left right else null;
    functor = defaultFunctor name // { payload = { elemType = [ a b ]; }; };
    nestedTypes = { left = a; right = b; };
  };

  pathWith = { inStore ? null, absolute ? null }:
    let
      words = lib.optional (absolute != null) (if absolute then "absolute" else "relative")
        ++ [ "path" ]
        ++ lib.optional (inStore != null) (if inStore then "in the Nix store" else "not in the Nix store");
    in
    mkOptionType {
      name = "path";
      description = lib.concatStringsSep " " words;
      descriptionClass = "noun";
      check = value:
        let
          text = toString value;
          stored = match "${builtins.storeDir}/.{32}-.+" (builtins.unsafeDiscardStringContext text) != null;
        in
        (if inStore == false then isString value else lib.isStringLike value)
        && (inStore == null || inStore == stored)
        && (absolute == null || absolute == (builtins.substring 0 1 text == "/"));
      merge = mergeEqualOption;
      functor = defaultFunctor "path" // {
        type = pathWith;
        payload = { inherit inStore absolute; };
        binOp = a: b: if a == b then a else null;
      };
    };
  path = pathWith { absolute = true; };

  listOf = elemType: mkOptionType (wrapping elemType listOf // {
    name = "listOf";
    description = "list of ${nounish elemType}";
    descriptionClass = "composite";
    check = isList;
    merge = loc: defs:
      let
        place = d: i: loc ++ [ "[definition ${toString d}-entry ${toString i}]" ];
        entries = lib.concatLists (lib.imap1
          (d: def: lib.imap1 (i: value: mergeDefinitions (place d i) elemType [{ inherit (def) file; inherit value; }]) def.value)
          defs);
      in
      map (e: e.mergedValue) (filter (e: e.isDefined) entries);
    emptyValue.value = [ ];
    getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "*" ]);
    functor = elementFunctor "listOf" elemType;
  });

  attrsWith = { elemType, lazy ? false, placeholder ? "name" }: mkOptionType
    (wrapping elemType (new: attrsWith { elemType = new; inherit lazy placeholder; }) // {
      name = if lazy then "lazyAttrsOf" else "attrsOf";
      description = "${if lazy then "lazy attribute set" else "attribute set"} of ${nounish elemType}";
      descriptionClass = "composite";
      check = isAttrs;
      merge = loc: defs:
        let
          located = map (def: mapAttrs (_: value: { inherit (def) file; inherit value; }) def.value) defs;
          merged = builtins.zipAttrsWith (name: mergeDefinitions (loc ++ [ name ]) elemType) located;
        in
        # Strict sets drop the names whose definitions are all switched off by mkIf; lazy ones cannot look.
        if lazy then mapAttrs (_: m: if m.isDefined then m.mergedValue else elemType.emptyValue.value or m.mergedValue) merged
        else mapAttrs (_: m: m.mergedValue) (lib.filterAttrs (_: m: m.isDefined) merged);
      emptyValue.value = { };
      getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<${placeholder}>" ]);
      functor = {
        name = "attrsWith";
        type = attrsWith;
        payload = { inherit elemType lazy placeholder; };
        binOp = a: b:
          let
            joined = a.elemType.typeMerge b.elemType.functor;
            label = if a.placeholder == "name" then b.placeholder else a.placeholder;
          in
          if joined == null || a.lazy != b.lazy || (a.placeholder != "name" && b.placeholder != "name" && a.placeholder != b.placeholder)
          then null
          else { elemType = joined; inherit (a) lazy; placeholder = label; };
      };
    });

  unique = { message }: type: mkOptionType (wrapping type (uniqueNew: unique { inherit message; } uniqueNew) // {
    name = "unique";
    inherit (type) description descriptionClass check emptyValue;
    merge = lib.options.mergeUniqueOption { inherit message; inherit (type) merge; };
    functor = elementFunctor "unique" type // { type = payload: unique { inherit message; } payload.elemType; };
  });

  nullOr = elemType: mkOptionType (wrapping elemType nullOr // {
    name = "nullOr";
    description = "null or ${phrase [ "noun" "conjunction" ] elemType}";
    descriptionClass = "conjunction";
    check = value: value == null || elemType.check value;
    merge = loc: defs:
      let
        nulls = filter (def: def.value == null) defs;
      in
      if nulls == [ ] then elemType.merge loc defs
      else if length nulls == length defs then null
      else throw "The option `${showOption loc}` is defined both null and not null, in ${showFiles (getFiles defs)}.";
    emptyValue.value = null;
    functor = elementFunctor "nullOr" elemType;
  });

  functionTo = elemType: mkOptionType (wrapping elemType functionTo // {
    name = "functionTo";
    description = "function that evaluates to a(n) ${nounish elemType}";
    descriptionClass = "composite";
    check = lib.isFunction;
    merge = loc: defs: {
      __functionArgs = builtins.zipAttrsWith (_: all lib.id) (map (def: lib.functionArgs def.value) defs);
      __functor = _: argument:
        (mergeDefinitions (loc ++ [ "<function body>" ]) elemType
          (map (def: { inherit (def) file; value = def.value argument; }) defs)).mergedValue;
    };
    getSubOptions = prefix: elemType.getSubOptions (prefix ++ [ "<function body>" ]);
    functor = elementFunctor "functionTo" elemType;
  });

  coercedTo = from: convert: to: mkOptionType (wrapping to (new: coercedTo from convert new) // {
    name = "coercedTo";
    description = "${phrase [ "noun" ] to} or ${phrase [ "noun" ] from} convertible to it";
    check = value: (from.check value && to.check (convert value)) || to.check value;
    merge = loc: defs: to.merge loc (map (def: def // { value = if from.check def.value then convert def.value else def.value; }) defs);
    inherit (to) emptyValue;
    typeMerge = _: null;
    nestedTypes = { coercedType = from; finalType = to; };
  });

  submoduleWith = { modules, specialArgs ? { }, shorthandOnlyDefinesConfig ? false, description ? null, class ? null }@args:
    let
      base = lib.evalModules {
        inherit class specialArgs;
        modules = [{ _module.args.name = lib.mkOptionDefault "‹name›"; }] ++ modules;
      };
      # Definitions become modules; plain sets may be meant as config alone.
      asModule = { value, file }:
        if isAttrs value && shorthandOnlyDefinesConfig == true then { _file = file; config = value; }
        else { _file = file; imports = [ value ]; };
      same = what: a: b:
        if a == null then b
        else if b == null || a == b then a
        else throw "A submoduleWith option is declared multiple times with conflicting ${what} values";
      documented = prefix: base.extendModules { inherit prefix; modules = [{ config._module.check = lib.mkForce false; }]; };
      freeform = base._module.freeformType;
    in
    mkOptionType {
      name = "submodule";
      description = if description != null then description
        else if freeform ? description then "open submodule of ${nounish freeform}"
        else "submodule";
      check = value: isAttrs value || lib.isFunction value || path.check value;
      merge = loc: defs: (base.extendModules {
        modules = [{ _module.args.name = lib.last loc; }] ++ map asModule defs;
        prefix = loc;
      }).config;
      emptyValue.value = base.config;
      getSubOptions = prefix:
        let
          docs = documented prefix;
        in
        docs.options // lib.optionalAttrs (docs._module.freeformType != null) {
          _freeformOptions = docs._module.freeformType.getSubOptions prefix;
        };
      getSubModules = modules;
      substSubModules = new: submoduleWith (args // { modules = new; });
      nestedTypes = lib.optionalAttrs (freeform != null) { freeformType = freeform; };
      functor = defaultFunctor "submodule" // {
        type = submoduleWith;
        payload = { inherit modules class specialArgs shorthandOnlyDefinesConfig description; };
        binOp = a: b: {
          modules = a.modules ++ b.modules;
          specialArgs = lib.attrsets.unionOfDisjoint a.specialArgs b.specialArgs;
          class = same "class" a.class b.class;
          description = same "description" a.description b.description;
          shorthandOnlyDefinesConfig = same "shorthandOnlyDefinesConfig" a.shorthandOnlyDefinesConfig b.shorthandOnlyDefinesConfig;
        };
      };
    };

  deferredModuleWith = { staticModules ? [ ] }@args: mkOptionType {
    name = "deferredModule";
    description = "module";
    descriptionClass = "noun";
    check = value: isAttrs value || lib.isFunction value || path.check value;
    merge = loc: defs: {
      imports = staticModules
        ++ map (def: lib.setDefaultModuleLocation "${def.file}, via option ${showOption loc}" def.value) defs;
    };
    inherit (submoduleWith { modules = staticModules; }) getSubOptions getSubModules;
    substSubModules = new: deferredModuleWith (args // { staticModules = new; });
    functor = defaultFunctor "deferredModuleWith" // {
      type = deferredModuleWith;
      payload = { inherit staticModules; };
      binOp = a: b: { staticModules = a.staticModules ++ b.staticModules; };
    };
  };

  attrTag = tags: mkOptionType {
    name = "attrTag";
    description = "attribute-tagged union with choices: ${lib.concatMapStringsSep ", " lib.strings.escapeNixIdentifier (attrNames tags)}";
    descriptionClass = "noun";
    check = value: isAttrs value && length (attrNames value) == 1 && tags ? ${head (attrNames value)};
    merge = loc: defs:
      let
        tagOf = def: head (attrNames def.value);
        tag = tagOf (head defs);
        option = { declarations = [ ]; declarationPositions = [ ]; } // tags.${tag};
      in
      if all (def: tagOf def == tag) defs
      then { ${tag} = (lib.modules.evalOptionValue (loc ++ [ tag ]) option (map (def: { inherit (def) file; value = def.value.${tag}; }) defs)).value; }
      else throw "The option `${showOption loc}` is defined with different tags, in ${showFiles (getFiles defs)}.";
    getSubOptions = prefix: mapAttrs (name: option: option // { loc = prefix ++ [ name ]; declarations = [ ]; }) tags;
    nestedTypes = tags;
    functor = defaultFunctor "attrTag" // {
      type = payload: attrTag payload.tags;
      payload = { inherit tags; };
      binOp = a: b: { tags = a.tags // b.tags; };
    };
  };

  anything = simple "anything" "anything" (_: true) (loc: defs:
    let
      kind = value: if isAttrs value && lib.isStringLike value then "coercible" else builtins.typeOf value;
      kinds = lib.unique (map (def: kind def.value) defs);
      merges = {
        set = (attrsWith { elemType = anything; }).merge;
        coercible = mergeOneOption;
        lambda = here: functions: argument:
          anything.merge (here ++ [ "<function body>" ]) (map (def: def // { value = def.value argument; }) functions);
      };
    in
    if length kinds > 1 then throw "The option `${showOption loc}' has conflicting option types in ${showFiles (getFiles defs)}"
    else (merges.${head kinds} or mergeEqualOption) loc defs);

  separatedString = separator: mkOptionType {
    name = "separatedString";
    description = "strings concatenated with ${builtins.toJSON separator}";
    descriptionClass = "noun";
    check = isString;
    merge = _: defs: lib.concatStringsSep separator (getValues defs);
    functor = defaultFunctor "separatedString" // {
      type = payload: separatedString payload.sep;
      payload = { sep = separator; };
      binOp = a: b: if a == b then a else null;
    };
  };
  strMatching = pattern: simple "strMatching ${lib.strings.escapeNixString pattern}" "string matching the pattern ${pattern}"
    (value: isString value && match pattern value != null)
    mergeEqualOption // (
    let
      functor = defaultFunctor "strMatching" // {
        type = payload: strMatching payload.pattern;
        payload = { inherit pattern; };
        binOp = a: b: if a == b then a else null;
      };
    in
    { inherit functor; typeMerge = defaultTypeMerge functor; }
  );
  enum = values:
    let
      show = value:
        if isString value then "\"${value}\""
        else if isInt value then toString value
        else if isBool value then lib.boolToString value
        else "<${builtins.typeOf value}>";
    in
    mkOptionType {
      name = "enum";
      description =
        if values == [ ] then "impossible (empty enum)"
        else if length values == 1 then "value ${show (head values)} (singular enum)"
        else "one of ${lib.concatMapStringsSep ", " show values}";
      descriptionClass = if length values < 2 then "noun" else "conjunction";
      check = value: elem value values;
      merge = mergeEqualOption;
      functor = defaultFunctor "enum" // {
        type = payload: enum payload.values;
        payload = { inherit values; };
        binOp = a: b: { values = lib.unique (a.values ++ b.values); };
      };
    };
  package = simple "package" "package" (value: lib.isDerivation value || lib.isStorePath value) (loc: defs:
    let
      value = mergeOneOption loc defs;
    in
    if isPath value || (isString value && !(builtins.hasContext value)) then lib.toDerivation value else value);
  serializable = label: nullable:
    let
      base = lib.types.oneOf [ lib.types.bool int float str path (attrsWith { elemType = self; }) (listOf self) ];
      self = (if nullable then nullOr base else base) // { description = "${label} value"; };
    in
    self;
in
rec {
  inherit
    addCheck anything attrTag attrsWith coercedTo defaultFunctor defaultTypeMerge deferredModuleWith either enum float
    functionTo int isType listOf mkOptionType nullOr number package path pathWith separatedString str strMatching
    submoduleWith unique;
  types = lib.types;
  isOptionType = isType "option-type";
  setType = tag: value: value // { _type = tag; };
  optionDescriptionPhrase = accept: type:
    if accept (type.descriptionClass or null) then type.description else "(${type.description})";

  raw = simple "raw" "raw value" (_: true) mergeOneOption;
  unspecified = mkOptionType { name = "unspecified"; description = "unspecified value"; descriptionClass = "noun"; };
  bool = simple "bool" "boolean" isBool mergeEqualOption;
  boolByOr = simple "boolByOr" "boolean (merged using or)" isBool (_: defs: lib.any lib.id (getValues defs));
  ints = {
    between = low: high: between int "integer" "intBetween" low high;
    unsigned = restricted int (x: x >= 0) "unsignedInt" "unsigned integer, meaning >=0" // { descriptionClass = "nonRestrictiveClause"; };
    positive = restricted int (x: x > 0) "positiveInt" "positive integer, meaning >0" // { descriptionClass = "nonRestrictiveClause"; };
    u8 = sized 8 0 255 "unsignedInt" "unsigned";
    u16 = sized 16 0 65535 "unsignedInt" "unsigned";
    u32 = sized 32 0 4294967295 "unsignedInt" "unsigned";
    s8 = sized 8 (-128) 127 "signedInt" "signed";
    s16 = sized 16 (-32768) 32767 "signedInt" "signed";
    s32 = sized 32 (-2147483648) 2147483647 "signedInt" "signed";
  };
  port = ints.u16;
  numbers = {
    between = low: high: between number "integer or floating point number" "numberBetween" low high;
    nonnegative = restricted number (x: x >= 0) "numberNonnegative" "nonnegative integer or floating point number, meaning >=0";
    positive = restricted number (x: x > 0) "numberPositive" "positive integer or floating point number, meaning >0";
  };
  nonEmptyStr = simple "nonEmptyStr" "non-empty string" (value: isString value && match "[ \t\n]*" value == null) mergeEqualOption;
  singleLineStr = simple "singleLineStr" "(optionally newline-terminated) single-line string"
    (value: isString value && match "[^\n\r]*\n?" value != null)
    (loc: defs: lib.removeSuffix "\n" (mergeEqualOption loc defs));
  lines = separatedString "\n";
  commas = separatedString ",";
  envVar = separatedString ":";
  string = str;
  passwdEntry = type: restricted type (value: !(lib.hasInfix ":" value || lib.hasInfix "\n" value))
    "passwdEntry ${type.name}" "${phrase [ "noun" ] type}, not containing newlines or colons";
  attrs = mkOptionType {
    name = "attrs";
    description = "attribute set";
    check = isAttrs;
    merge = _: defs: foldl' lib.mergeAttrs { } (getValues defs);
    emptyValue.value = { };
  };
  fileset = simple "fileset" "fileset" lib.fileset.isFileset (_: defs: lib.fileset.unions (getValues defs));
  shellPackage = package // { check = value: lib.isDerivation value && value ? shellPath; };
  pkgs = restricted (unique { message = "A Nixpkgs pkgs set can not be merged with another pkgs set."; } attrs)
    (isType "pkgs") "pkgs" "Nixpkgs package set";
  pathInStore = pathWith { inStore = true; };
  externalPath = pathWith { absolute = true; inStore = false; };
  nonEmptyListOf = elemType:
    let
      list = addCheck (listOf elemType) (value: value != [ ]);
    in
    list // { description = "non-empty ${phrase [ "noun" ] list}"; emptyValue = { }; substSubModules = m: nonEmptyListOf (elemType.substSubModules m); };
  attrsOf = elemType: attrsWith { inherit elemType; };
  lazyAttrsOf = elemType: attrsWith { inherit elemType; lazy = true; };
  loaOf = attrsOf;
  luaInline = simple "luaInline" "inline lua" (isType "lua-inline") mergeEqualOption;
  uniq = unique { message = ""; };
  submodule = modules: submoduleWith { shorthandOnlyDefinesConfig = true; modules = lib.toList modules; };
  deferredModule = deferredModuleWith { };
  optionType = simple "optionType" "optionType" isOptionType (loc: defs:
    if length defs == 1 then (head defs).value
    else (lib.modules.fixupOptionType loc (lib.modules.mergeOptionDecls loc
      (map (def: { _file = def.file; pos = null; options = lib.mkOption { type = def.value; }; }) defs))).type);
  optionDeclaration = simple "optionDeclaration" "option declaration" (isType "option") mergeEqualOption;
  json = serializable "JSON" true;
  toml = serializable "TOML" false;
  oneOf = types:
    if types == [ ] then throw "types.oneOf needs to get at least one type in its argument"
    else foldl' either (head types) (tail types);
  mergeTypes = a: b:
    lib.defaultTo (setType "merge-error" { error = "Cannot merge types"; }) (a.typeMerge b.functor);
}
