# Strings. Context is kept wherever nixpkgs keeps it: the rules follow it from a config to the packages behind it.
{ lib, ... }:
let
  inherit (builtins)
    attrNames attrValues concatStringsSep elem elemAt filter fromJSON genList head isAttrs isBool isInt isList isString
    length map match replaceStrings split stringLength substring tail toJSON typeOf unsafeDiscardStringContext;

  lower = stringToCharacters "abcdefghijklmnopqrstuvwxyz";
  upper = stringToCharacters "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  stringToCharacters = text: genList (n: substring n 1 text) (stringLength text);

  printable = " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~";
  asciiTable = { "\t" = 9; "\n" = 10; "\r" = 13; } // builtins.listToAttrs
    (genList (n: { name = substring n 1 printable; value = n + 32; }) (stringLength printable));
  hexByte = char: lib.fixedWidthString 2 "0" (lib.toHexString asciiTable.${char});

  keywords = [ "assert" "else" "if" "in" "inherit" "let" "or" "rec" "then" "with" ];

  # Number parsing shared by toInt and toIntBase10.
  parseNumber = caller: text: digits:
    let
      number = if digits == null then null else fromJSON digits;
    in
    if isInt number then number else throw "${caller}: Could not convert ${lib.strings.escapeNixString text} to int.";

  # A sign, a switch and what it is about: the flags of configure scripts.
  flag = yes: no: on: feature: assert isString feature; "--${if on then yes else no}-${feature}";
in
rec {
  inherit (builtins)
    compareVersions concatStringsSep elem elemAt filter fromJSON genList head isAttrs isInt isList isPath isString match
    parseDrvName readFile replaceStrings split storeDir stringLength substring tail toJSON typeOf
    unsafeDiscardStringContext appendContext;
  inherit (lib.lists) intersperse;
  inherit asciiTable stringToCharacters;

  join = concatStringsSep;
  concatStrings = concatStringsSep "";
  concatMapStrings = f: xs: concatStringsSep "" (map f xs);
  concatImapStrings = f: xs: concatStringsSep "" (lib.imap1 f xs);
  concatMapStringsSep = separator: f: xs: concatStringsSep separator (map f xs);
  concatImapStringsSep = separator: f: xs: concatStringsSep separator (lib.imap1 f xs);
  concatMapAttrsStringSep = separator: f: set: concatStringsSep separator (lib.mapAttrsToList f set);
  concatLines = xs: concatStringsSep "" (map (line: line + "\n") xs);
  replaceString = from: to: replaceStrings [ from ] [ to ];
  replaceChars = replaceStrings;
  replicate = n: text: concatStringsSep "" (genList (_: text) n);
  optionalString = condition: text: if condition then text else "";

  trim = trimWith { start = true; end = true; };
  trimWith = { start ? false, end ? false }: text:
    let
      blank = " \t\r\n";
      front = if start then "[${blank}]*" else "";
      found = if end then match "${front}(.*[^${blank}])[${blank}]*" text else match "${front}(.*)" text;
    in
    if found == null then "" else head found;

  makeSearchPath = directory: paths:
    concatMapStringsSep ":" (path: "${path}/${directory}") (filter (path: path != null) paths);
  makeSearchPathOutput = output: directory: packages: makeSearchPath directory (map (lib.getOutput output) packages);
  makeLibraryPath = makeSearchPathOutput "lib" "lib";
  makeIncludePath = makeSearchPathOutput "dev" "include";
  makeBinPath = makeSearchPathOutput "bin" "bin";
  normalizePath = text:
    concatStringsSep "" (map (part: if isList part then "/" else part) (split "/+" text));

  hasPrefix = prefix: text: substring 0 (stringLength prefix) text == prefix;
  hasSuffix = suffix: text:
    let
      start = stringLength text - stringLength suffix;
    in
    start >= 0 && substring start (-1) text == suffix;
  hasInfix = infix: text: match ".*${escapeRegex infix}.*" "${text}" != null;
  removePrefix = prefix: text: if hasPrefix prefix text then substring (stringLength prefix) (-1) text else text;
  removeSuffix = suffix: text:
    if hasSuffix suffix text then substring 0 (stringLength text - stringLength suffix) text else text;
  commonPrefixLength = a: b:
    let
      limit = lib.min (stringLength a) (stringLength b);
      go = n: if n < limit && substring n 1 a == substring n 1 b then go (n + 1) else n;
    in
    go 0;
  commonSuffixLength = a: b:
    let
      limit = lib.min (stringLength a) (stringLength b);
      from = n: text: substring (stringLength text - n - 1) 1 text;
      go = n: if n < limit && from n a == from n b then go (n + 1) else n;
    in
    go 0;
  stringAsChars = f: text: concatMapStrings f (stringToCharacters text);

  charToInt = char: asciiTable.${char};
  escape = specials: replaceStrings specials (map (char: "\\" + char) specials);
  escapeC = specials: replaceStrings specials (map (char: "\\x" + toLower (hexByte char)) specials);
  escapeURL =
    let
      special = filter (char: match "[A-Za-z0-9._~-]" char == null) (attrNames asciiTable);
    in
    replaceStrings special (map (char: "%" + hexByte char) special);
  escapeShellArg = value:
    let
      text = toString value;
    in
    if match "[[:alnum:],._+:@%/-]+" text != null then text
    else "'" + replaceStrings [ "'" ] [ "'\\''" ] text + "'";
  escapeShellArgs = concatMapStringsSep " " escapeShellArg;
  escapeNixString = text: replaceStrings [ "$" ] [ "\\$" ] (toJSON text);
  escapeNixIdentifier = text:
    if elem text keywords || match "[a-zA-Z_][a-zA-Z0-9_'-]*" text == null then escapeNixString text else text;
  escapeRegex = escape (stringToCharacters "\\[{()^$?*+|.");
  escapeXML = replaceStrings [ "&" "<" ">" "\"" "'" ] [ "&amp;" "&lt;" "&gt;" "&quot;" "&apos;" ];
  isValidPosixName = name: match "[a-zA-Z_][a-zA-Z0-9_]*" name != null;
  toShellVar = name: value:
    if !isValidPosixName name then throw "toShellVar: ${name} is not a valid shell variable name"
    else if isAttrs value && !isStringLike value then
      "declare -A ${name}=(${concatMapAttrsStringSep " " (k: v: "[${escapeShellArg k}]=${escapeShellArg v}") value})"
    else if isList value then "declare -a ${name}=(${escapeShellArgs value})"
    else "${name}=${escapeShellArg value}";
  toShellVars = concatMapAttrsStringSep "\n" toShellVar;

  lowerChars = lower;
  upperChars = upper;
  toLower = replaceStrings upper lower;
  toUpper = replaceStrings lower upper;
  toSentenceCase = text:
    if !isString text then throw "toSentenceCase does only accepts string values, but got ${typeOf text}"
    else addContextFrom text (toUpper (substring 0 1 text) + toLower (substring 1 (-1) text));
  toCamelCase = text:
    let
      words = splitStringBy (_: char: elem char [ "-" "_" " " ]) false text;
      humps = splitStringBy (before: char: match "[a-z]" before != null && match "[A-Z]" char != null) true;
      parts = lib.concatMap humps words;
    in
    if !isString text then throw "toCamelCase does only accepts string values, but got ${typeOf text}"
    else addContextFrom text (concatStrings (lib.imap0 (n: part: if n == 0 then toLower part else toSentenceCase part) parts));

  addContextFrom = source: target: substring 0 0 source + target;
  splitString = separator: text:
    map (addContextFrom text) (filter isString (split (escapeRegex (toString separator)) (toString text)));
  splitStringBy = predicate: keep: text:
    let
      size = stringLength text;
      char = n: if n < 0 then "" else substring n 1 text;
      cuts = filter (n: predicate (char (n - 1)) (char n)) (lib.range 0 (size - 1));
      starts = [ 0 ] ++ map (n: if keep then n else n + 1) cuts;
      ends = cuts ++ [ size ];
    in
    map (addContextFrom text) (lib.zipListsWith (from: to: substring from (to - from) text) starts ends);

  versionOlder = a: b: builtins.compareVersions a b < 0;
  versionAtLeast = a: b: builtins.compareVersions a b >= 0;
  getName = x: if isString x then (builtins.parseDrvName x).name else x.pname or (builtins.parseDrvName x.name).name;
  getVersion = x:
    if isString x then (builtins.parseDrvName x).version else x.version or (builtins.parseDrvName x.name).version;
  nameFromURL = url: separator:
    let
      file = lib.last (splitString "/" url);
      name = head (splitString separator file);
    in
    assert name != file;
    name;

  cmakeOptionType = type: feature: value:
    assert elem (toUpper type) [ "BOOL" "FILEPATH" "PATH" "STRING" "INTERNAL" "LIST" ];
    assert isString feature && isString value;
    "-D${feature}:${toUpper type}=${value}";
  cmakeBool = feature: on: assert isBool on; cmakeOptionType "bool" feature (if on then "TRUE" else "FALSE");
  cmakeFeature = cmakeOptionType "string";
  mesonOption = feature: value: assert isString feature && isString value; "-D${feature}=${value}";
  mesonBool = feature: on: assert isBool on; mesonOption feature (lib.boolToString on);
  mesonEnable = feature: on: assert isBool on; mesonOption feature (if on then "enabled" else "disabled");
  enableFeature = on: assert isBool on; flag "enable" "disable" on;
  enableFeatureAs = on: feature: value: enableFeature on feature + optionalString on "=${value}";
  withFeature = flag "with" "without";
  withFeatureAs = on: feature: value: withFeature on feature + optionalString on "=${value}";

  fixedWidthString = width: filler: text:
    let
      missing = width - stringLength text;
    in
    if missing < 0 then
      throw "fixedWidthString: requested string length (${toString width}) must not be shorter than actual length (${toString (stringLength text)})"
    else if missing == 0 then text
    else filler + fixedWidthString (width - stringLength filler) filler text;
  fixedWidthNumber = width: n: fixedWidthString width "0" (toString n);
  floatToString = toString;

  isStringLike = x: isString x || builtins.isPath x || x ? outPath || x ? __toString;
  isConvertibleWithToString = x:
    isStringLike x
    || elem (typeOf x) [ "null" "int" "float" "bool" ]
    || (isList x && lib.all isConvertibleWithToString x);
  isCoercibleToString = x:
    elem (typeOf x) [ "path" "string" "null" "int" "float" "bool" ]
    || (isList x && lib.all isCoercibleToString x)
    || x ? outPath || x ? __toString;
  isStorePath = x:
    isStringLike x
    && (
      let
        text = toString x;
      in
      substring 0 1 text == "/" && (dirOf text == builtins.storeDir || match "/[0-9a-z]{52}" text != null)
    );

  toInt = text:
    let
      found = match "[[:space:]]*(-?[[:digit:]]+)[[:space:]]*" text;
    in
    if found != null && match "0[[:digit:]]+" (head found) != null
    then throw "toInt: Ambiguity in interpretation of ${escapeNixString text} between octal and zero padded integer."
    else parseNumber "toInt" text (if found == null then null else head found);
  toIntBase10 = text:
    let
      found = match "[[:space:]]*0*(-?[[:digit:]]+)[[:space:]]*" text;
    in
    if found != null && match "0+" (head found) != null then 0
    else parseNumber "toIntBase10" text (if found == null then null else head found);

  fileContents = file: removeSuffix "\n" (builtins.readFile file);
  readPathsFromFile = root: file:
    map (line: root + "/${line}") (filter (line: line != "" && !hasPrefix "#" line) (splitString "\n" (fileContents file)));
  sanitizeDerivationName = text:
    let
      bare = unsafeDiscardStringContext text;
      undotted = head (match "\\.*(.*)" bare);
      joined = concatMapStrings (part: if isList part then "-" else part) (split "[^[:alnum:]+._?=-]+" undotted);
      cut = substring (lib.max 0 (stringLength joined - 207)) (-1) joined;
    in
    if stringLength text <= 207 && match "[[:alnum:]+_?=-][[:alnum:]+._?=-]*" bare != null then bare
    else if cut == "" then "unknown"
    else cut;

  levenshtein = a: b:
    let
      width = stringLength b;
      # One row of the distance table after the other.
      row = previous: n:
        builtins.foldl'
          (acc: m:
            let
              same = substring n 1 a == substring m 1 b;
              best = lib.min (lib.min (elemAt previous (m + 1) + 1) (lib.last acc + 1))
                (elemAt previous m + (if same then 0 else 1));
            in
            acc ++ [ best ])
          [ (n + 1) ]
          (genList (m: m) width);
    in
    lib.last (builtins.foldl' row (genList (m: m) (width + 1)) (genList (n: n) (stringLength a)));
  levenshteinAtMost = limit: a: b: if limit <= 0 then a == b else levenshtein a b <= limit;
  validatePkgConfigName = name: match "[[:alnum:]+._-]+" name != null;
}
