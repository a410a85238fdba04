# Text formats out of Nix values.
{ lib, ... }:
let
  inherit (builtins)
    attrNames attrValues concatMap concatStringsSep elem filter genList head isAttrs isBool isFloat isInt isList isPath
    isString length map mapAttrs replaceStrings tail toJSON typeOf;
  inherit (lib) concatMapStringsSep escape isDerivation mapAttrsToList optionals;
in
rec {
  mkValueStringDefault = { }: v:
    let
      unsupported = what: throw "generators.mkValueStringDefault: ${what} not supported: ${toPretty { } v}";
    in
    if isInt v || isDerivation v then toString v
    else if isString v then v
    else if isBool v then lib.boolToString v
    else if v == null then "null"
    else if isFloat v then toString v
    else if isList v then unsupported "lists"
    else if isAttrs v then unsupported "attrsets"
    else if lib.isFunction v then unsupported "functions"
    else unsupported "this value is";
  mkKeyValueDefault = { mkValueString ? mkValueStringDefault { } }: separator: k: v:
    "${escape [ separator ] k}${separator}${mkValueString v}";
  toKeyValue = { mkKeyValue ? mkKeyValueDefault { } "=", listsAsDuplicateKeys ? false, indent ? "" }: set:
    let
      line = k: v: indent + mkKeyValue k v + "\n";
      lines = k: v: map (line k) (if listsAsDuplicateKeys then lib.toList v else [ v ]);
    in
    concatStringsSep "" (lib.concatLists (mapAttrsToList lines set));
  toINI =
    { mkSectionName ? (name: escape [ "[" "]" ] name)
    , mkKeyValue ? mkKeyValueDefault { } "="
    , listsAsDuplicateKeys ? false
    }: sections:
    concatStringsSep "\n" (mapAttrsToList
      (name: values: "[${mkSectionName name}]\n" + toKeyValue { inherit mkKeyValue listsAsDuplicateKeys; } values)
      sections);
  toINIWithGlobalSection = options: { globalSection, sections ? { } }:
    (if globalSection == { } then ""
    else toKeyValue (removeAttrs options [ "mkSectionName" ]) globalSection + "\n")
    + toINI options sections;
  toGitINI = set:
    let
      quote = text: "\"" + replaceStrings [ "\\" "\"" "\n" "\t" ] [ "\\\\" "\\\"" "\\n" "\\t" ] text + "\"";
      value = v: mkValueStringDefault { } (if isString v then quote v else v);
      line = k: v: "\t" + mkKeyValueDefault { mkValueString = value; } " = " k v;
      section = name:
        let
          parts = lib.splitString "." name;
        in
        if lib.hasInfix "\"" name || length parts == 1 then name
        else "${head parts} \"${concatStringsSep "." (tail parts)}\"";
      isSection = v: isAttrs v && !isDerivation v;
      # Nested sets become sections with dotted names.
      flat = path: v:
        if isSection v then concatMap (name: flat (path ++ [ name ]) v.${name}) (attrNames v)
        else if length path == 1 then [{ ${head path} = v; }]
        else [{ ${concatStringsSep "." (lib.init path)}.${lib.last path} = v; }];
      nested = filter (name: isAttrs set.${name} && lib.any isSection (attrValues set.${name})) (attrNames set);
      flattened = lib.foldl lib.recursiveUpdate { } (flat [ ] (lib.getAttrs nested set));
    in
    toINI
      { mkSectionName = section; mkKeyValue = k: v: concatMapStringsSep "\n" (line k) (lib.toList v); }
      (removeAttrs set nested // flattened);
  mkDconfKeyValue = mkKeyValueDefault { mkValueString = v: toString (lib.gvariant.mkValue v); } "=";
  toDconfINI = toINI { mkKeyValue = mkDconfKeyValue; };
  toJSON = { }: builtins.toJSON;
  toYAML = { }: builtins.toJSON;

  withRecursion = { depthLimit, throwOnDepthLimit ? true }:
    let
      special = [ "__functor" "__functionArgs" "__toString" "__pretty" ];
      limited = depth: value:
        if depthLimit == null || depth <= depthLimit then value
        else if throwOnDepthLimit
        then throw "Exceeded maximum eval-depth limit of ${toString depthLimit} while trying to evaluate with `generators.withRecursion'!"
        else "<unevaluated>";
      # A leaf counts as one level below the set or list that it is in.
      go = depth: v: limited depth
        (if isAttrs v then mapAttrs (name: x: if elem name special then x else go (depth + 1) x) v
        else if isList v then map (go (depth + 1)) v
        else limited (depth + 1) v);
    in
    go 0;

  toPretty = { allowPrettyValues ? false, multiline ? true, indent ? "" }:
    let
      text = open: close: v:
        let
          lines = lib.splitString "\n" (builtins.unsafeDiscardStringContext v);
          single = map (escape [ "\\" "\"" "\${" ]) lines;
          multi = map (replaceStrings [ "\${" "''" ] [ "''\${" "'''" ]) lines;
          last = lib.last multi;
        in
        if multiline && length lines > 1
        then "''" + open + concatStringsSep open (lib.init multi) + (if last == "" then close else open + last) + "''"
        else "\"" + concatStringsSep "\\n" single + "\"";
      go = margin: v:
        let
          open = if multiline then "\n${margin}  " else " ";
          close = if multiline then "\n${margin}" else " ";
          inner = go (margin + "  ");
          formals = lib.functionArgs v;
        in
        if isInt v then toString v
        else if isFloat v then builtins.toJSON v
        else if isString v then text open close v
        else if isBool v then lib.boolToString v
        else if v == null then "null"
        else if isPath v then toString v
        else if isList v then (if v == [ ] then "[ ]" else "[" + open + concatMapStringsSep open inner v + close + "]")
        else if lib.isFunction v then
          if formals == { } then "<function>"
          else "<function, args: {${concatStringsSep ", " (mapAttrsToList (n: d: if d then n + "?" else n) formals)}}>"
        else if !isAttrs v then "<${typeOf v}>"
        else if allowPrettyValues && v ? __pretty && v ? val then v.__pretty v.val
        else if v == { } then "{ }"
        else if isDerivation v then "<derivation ${v.name or "???"}>"
        else
          "{" + open
          + concatStringsSep open (mapAttrsToList (n: x: "${lib.strings.escapeNixIdentifier n} = ${inner x};") v)
          + close + "}";
    in
    go indent;

  toPlist = { escape ? false }: v:
    let
      xml = if escape then lib.escapeXML else lib.id;
      block = margin: tag: lines: [ "${margin}<${tag}>" ] ++ lines ++ [ "${margin}</${tag}>" ];
      go = margin: x:
        if x == null then [ "" ]
        else if isBool x then [ "${margin}<${lib.boolToString x}/>" ]
        else if isInt x then [ "${margin}<integer>${toString x}</integer>" ]
        else if isFloat x then [ "${margin}<real>${toString x}</real>" ]
        else if isString x || isPath x then [ "${margin}<string>${xml (toString x)}</string>" ]
        else if isList x then block margin "array" (if x == [ ] then [ "" ] else concatMap (go "\t${margin}") x)
        else
          let
            members = concatMap
              (n: if n == "_module" || x.${n} == null then [ ]
              else [ "\t${margin}<key>${xml n}</key>" ] ++ go "\t${margin}" x.${n})
              (attrNames x);
          in
          block margin "dict" (if members == [ ] then [ "" ] else members);
    in
    concatStringsSep "\n" ([
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
      "<!DOCTYPE plist PUBLIC \"-//Apple Computer//DTD PLIST 1.0//EN\" \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">"
      "<plist version=\"1.0\">"
    ] ++ go "" v ++ [ "</plist>" ]);

  toDhall = { }@options: v:
    if isAttrs v then "{ ${concatStringsSep ", " (mapAttrsToList (k: x: "${k} = ${toDhall options x}") v)} }"
    else if isList v then "[ ${concatMapStringsSep ", " (toDhall options) v} ]"
    else if isInt v then (if v < 0 then "" else "+") + toString v
    else if isBool v then (if v then "True" else "False")
    else if v == null then throw "generators.toDhall: cannot convert a null to Dhall"
    else builtins.toJSON v;

  toLua = { multiline ? true, indent ? "", asBindings ? false }@options: v:
    let
      deeper = if asBindings then indent else indent + "  ";
      open = if multiline then "\n${indent}  " else " ";
      close = if multiline then "\n${indent}" else " ";
      inner = toLua (options // { indent = deeper; asBindings = false; });
      table = items: "{" + open + concatStringsSep ("," + open) items + close + "}";
      bad = filter (n: builtins.match "[[:alpha:]_][[:alnum:]_]*(\\.[[:alpha:]_][[:alnum:]_]*)*" n == null) (attrNames v);
    in
    if asBindings then
      if bad != [ ] then throw "Bad Lua var names: ${toPretty { } bad}"
      else lib.concatStrings (mapAttrsToList (k: x: "${indent}${k} = ${inner x}\n") v)
    else if v == null then "nil"
    else if isPath v || isDerivation v then builtins.toJSON "${v}"
    else if isList v then (if v == [ ] then "{}" else table (map inner v))
    else if isAttrs v then
      if (v._type or null) == "lua-inline" then "(${v.expr})"
      else if v == { } then "{}"
      else table (mapAttrsToList (k: x: "[${builtins.toJSON k}] = ${inner x}") v)
    else if lib.isFunction v then throw "generators.toLua: type lambda is unsupported"
    else builtins.toJSON v;
  mkLuaInline = expr: { _type = "lua-inline"; inherit expr; };
}
