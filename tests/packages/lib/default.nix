# The functions of nixpkgs' lib that flakes under test use, with the meaning that its manual gives them.
let
  lib = {
    inherit (builtins)
      add
      addErrorContext
      all
      any
      attrNames
      attrValues
      concatLists
      concatMap
      concatStringsSep
      deepSeq
      elem
      elemAt
      filter
      foldl'
      fromJSON
      fromTOML
      functionArgs
      genList
      getAttr
      groupBy
      hasAttr
      head
      intersectAttrs
      isAttrs
      isBool
      isFloat
      isFunction
      isInt
      isList
      isPath
      isString
      length
      listToAttrs
      mapAttrs
      match
      partition
      pathExists
      readFile
      removeAttrs
      replaceStrings
      seq
      sort
      splitVersion
      stringLength
      substring
      tail
      toJSON
      trace
      tryEval
      typeOf
      zipAttrsWith
      ;

    # Functions and values
    id = x: x;
    const = x: _: x;
    flip =
      f: a: b:
      f b a;
    pipe = builtins.foldl' (value: f: f value);
    max = a: b: if a > b then a else b;
    min = a: b: if a < b then a else b;
    importJSON = path: builtins.fromJSON (builtins.readFile path);
    importTOML = path: builtins.fromTOML (builtins.readFile path);
    assertMsg = condition: message: condition || throw message;
    throwIf = condition: message: if condition then throw message else lib.id;
    throwIfNot = condition: message: if condition then lib.id else throw message;
    warn = message: builtins.trace "evaluation warning: ${message}";
    isDerivation = value: value.type or null == "derivation";

    # Lists
    optional = condition: value: if condition then [ value ] else [ ];
    optionals = condition: list: if condition then list else [ ];
    toList = value: if builtins.isList value then value else [ value ];
    flatten = value: if builtins.isList value then builtins.concatMap lib.flatten value else [ value ];
    singleton = value: [ value ];
    last = list: builtins.elemAt list (builtins.length list - 1);
    init = list: lib.take (builtins.length list - 1) list;
    take = count: list: builtins.genList (builtins.elemAt list) (lib.min count (builtins.length list));
    drop =
      count: list:
      builtins.genList (n: builtins.elemAt list (n + count)) (lib.max 0 (builtins.length list - count));
    imap0 = f: list: builtins.genList (n: f n (builtins.elemAt list n)) (builtins.length list);
    imap1 = f: lib.imap0 (n: f (n + 1));
    range = from: to: if from > to then [ ] else builtins.genList (n: from + n) (to - from + 1);
    remove = value: builtins.filter (other: other != value);
    unique = builtins.foldl' (known: value: if builtins.elem value known then known else known ++ [ value ]) [ ];
    naturalSort = builtins.sort builtins.lessThan;
    count = f: list: builtins.length (builtins.filter f list);
    findFirst =
      f: default: list:
      let
        found = builtins.filter f list;
      in
      if found == [ ] then default else builtins.head found;
    foldr =
      f: nul: list:
      let
        from = n: if n == builtins.length list then nul else f (builtins.elemAt list n) (from (n + 1));
      in
      from 0;
    zipListsWith =
      f: a: b:
      builtins.genList (n: f (builtins.elemAt a n) (builtins.elemAt b n)) (
        lib.min (builtins.length a) (builtins.length b)
      );

    # Attribute sets
    nameValuePair = name: value: { inherit name value; };
    optionalAttrs = condition: set: if condition then set else { };
    genAttrs = names: f: builtins.listToAttrs (map (name: lib.nameValuePair name (f name)) names);
    mapAttrs' =
      f: set: builtins.listToAttrs (map (name: f name set.${name}) (builtins.attrNames set));
    mapAttrsToList = f: set: map (name: f name set.${name}) (builtins.attrNames set);
    attrsToList = lib.mapAttrsToList lib.nameValuePair;
    concatMapAttrs = f: set: lib.mergeAttrsList (lib.mapAttrsToList f set);
    mergeAttrsList = builtins.foldl' (a: b: a // b) { };
    filterAttrs =
      keep: set:
      removeAttrs set (builtins.filter (name: !keep name set.${name}) (builtins.attrNames set));
    getAttrs = names: set: lib.genAttrs names (name: set.${name});
    attrByPath =
      path: default: set:
      if path == [ ] then
        set
      else if set ? ${builtins.head path} then
        lib.attrByPath (builtins.tail path) default set.${builtins.head path}
      else
        default;
    setAttrByPath =
      path: value:
      if path == [ ] then value else { ${builtins.head path} = lib.setAttrByPath (builtins.tail path) value; };
    recursiveUpdate =
      a: b:
      a
      // builtins.mapAttrs (
        name: value:
        if builtins.isAttrs value && builtins.isAttrs (a.${name} or null) then
          lib.recursiveUpdate a.${name} value
        else
          value
      ) b;
    recurseIntoAttrs = set: set // { recurseForDerivations = true; };
    foldlAttrs =
      f: start: set:
      builtins.foldl' (value: name: f value name set.${name}) start (builtins.attrNames set);

    # Strings
    optionalString = condition: text: if condition then text else "";
    concatStrings = builtins.concatStringsSep "";
    concatMapStrings = f: list: lib.concatStrings (map f list);
    concatMapStringsSep =
      separator: f: list:
      builtins.concatStringsSep separator (map f list);
    concatLines = lib.concatMapStrings (line: line + "\n");
    concatMapAttrsStringSep =
      separator: f: set:
      builtins.concatStringsSep separator (lib.mapAttrsToList f set);
    hasPrefix =
      prefix: text: builtins.substring 0 (builtins.stringLength prefix) text == prefix;
    hasSuffix =
      suffix: text:
      let
        rest = builtins.stringLength text - builtins.stringLength suffix;
      in
      rest >= 0 && builtins.substring rest (-1) text == suffix;
    hasInfix = infix: text: builtins.length (builtins.split (lib.escapeRegex infix) text) > 1;
    removePrefix =
      prefix: text:
      if lib.hasPrefix prefix text then
        builtins.substring (builtins.stringLength prefix) (-1) text
      else
        text;
    removeSuffix =
      suffix: text:
      if lib.hasSuffix suffix text then
        builtins.substring 0 (builtins.stringLength text - builtins.stringLength suffix) text
      else
        text;
    splitString =
      separator: text:
      builtins.filter builtins.isString (
        builtins.split (lib.escapeRegex (builtins.unsafeDiscardStringContext separator)) (
          builtins.unsafeDiscardStringContext text
        )
      );
    stringToCharacters =
      text: builtins.genList (n: builtins.substring n 1 text) (builtins.stringLength text);
    escape =
      characters: builtins.replaceStrings characters (map (character: "\\" + character) characters);
    escapeRegex = lib.escape (lib.stringToCharacters "\\[{()^$?*+|.");
    escapeShellArg =
      value:
      let
        text = toString value;
      in
      if builtins.match "[[:alnum:],._+:@%/-]+" text != null then
        text
      else
        "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] text}'";
    escapeShellArgs = lib.concatMapStringsSep " " lib.escapeShellArg;
    toLower = builtins.replaceStrings (lib.stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ") (
      lib.stringToCharacters "abcdefghijklmnopqrstuvwxyz"
    );
    toUpper = builtins.replaceStrings (lib.stringToCharacters "abcdefghijklmnopqrstuvwxyz") (
      lib.stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    );
    isStringLike =
      value: builtins.isString value || builtins.isPath value || value ? outPath || value ? __toString;
    boolToString = value: if value then "true" else "false";
    toInt = text: builtins.fromJSON text;
    versionAtLeast = a: b: builtins.compareVersions a b >= 0;
    versionOlder = a: b: builtins.compareVersions a b < 0;

    # Packages
    getExe = package: lib.getExe' package (package.meta.mainProgram or package.pname or package.name);
    getExe' = package: name: "${lib.getBin package}/bin/${name}";
    getOutput =
      output: package:
      if package.outputSpecified or false then package else package.${output} or package.out or package;
    getBin = lib.getOutput "bin";
    getLib = lib.getOutput "lib";
    getDev = lib.getOutput "dev";
    getName = package: package.pname or (builtins.parseDrvName package.name).name;
    getVersion = package: package.version or (builtins.parseDrvName package.name).version;
    makeBinPath = lib.concatMapStringsSep ":" (package: "${lib.getBin package}/bin");
    licenses = builtins.mapAttrs (_: spdxId: { inherit spdxId; free = true; }) {
      agpl3Only = "AGPL-3.0-only";
      asl20 = "Apache-2.0";
      bsd3 = "BSD-3-Clause";
      mit = "MIT";
    };
    platforms = {
      linux = builtins.filter (lib.hasSuffix "-linux") lib.systems.flakeExposed;
      darwin = builtins.filter (lib.hasSuffix "-darwin") lib.systems.flakeExposed;
      all = lib.systems.flakeExposed;
    };
    systems.flakeExposed = [
      "x86_64-linux"
      "aarch64-linux"
      "x86_64-darwin"
      "aarch64-darwin"
    ];

    setFunctionArgs = f: arguments: {
      __functor = _: f;
      __functionArgs = arguments;
    };
    makeOverridable =
      f: arguments:
      let
        result = f arguments;
        again = changed: lib.makeOverridable f (arguments // (if builtins.isFunction changed then changed arguments else changed));
      in
      if builtins.isAttrs result then result // { override = again; } else result;
    callPackageWith =
      set: file: arguments:
      let
        f = if builtins.isFunction file then file else import file;
      in
      lib.makeOverridable f (builtins.intersectAttrs (builtins.functionArgs f) set // arguments);
    extends =
      overlay: f: final:
      let
        previous = f final;
      in
      previous // overlay final previous;
    fix =
      f:
      let
        x = f x;
      in
      x;

    fileset = import ./fileset.nix lib;
    cleanSource = path: path;

    # Modules are not part of these packages.
    attrsets = lib;
    lists = lib;
    strings = lib;
    trivial = lib;
  };
in
lib
