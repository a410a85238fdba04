# Option declarations and how definitions are shown and merged.
{ lib, ... }:
let
  inherit (builtins) all concatMap elem filter foldl' head isAttrs isBool isInt isList isString length map mapAttrs tail;
  hint = "Use `lib.mkForce value` or `lib.mkDefault value` to change the priority on any of these definitions.";
  tagged = tag: caller: text:
    if isString text then { _type = tag; inherit text; } else throw "${caller} expects a string.";
in
rec {
  isOption = lib.isType "option";
  mkOption =
    { default ? null
    , defaultText ? null
    , example ? null
    , description ? null
    , relatedPackages ? null
    , type ? null
    , apply ? null
    , internal ? null
    , visible ? null
    , readOnly ? null
    }@args: args // { _type = "option"; };
  mkEnableOption = name: mkOption {
    default = false;
    example = true;
    description = if name ? _type then name else "Whether to enable ${name}.";
    type = lib.types.bool;
  };
  mkPackageOption = pkgs: name:
    { nullable ? false, default ? name, example ? null, extraDescription ? "", pkgsText ? "pkgs" }:
    let
      path = lib.toList default;
      shown = lib.showAttrPath path;
      last = if isList name then lib.last name else name;
    in
    mkOption ({
      type = (if nullable then lib.types.nullOr else lib.id) lib.types.package;
      description = "The ${last} package to use." + lib.optionalString (extraDescription != "") " ${extraDescription}";
    }
    // (if default != null then {
      default = lib.attrByPath path (throw "${shown} cannot be found in ${pkgsText}") pkgs;
      defaultText = literalExpression "${pkgsText}.${shown}";
    } else if nullable then { default = null; } else { })
    // lib.optionalAttrs (example != null) {
      example = literalExpression (if isList example then "${pkgsText}.${lib.showAttrPath example}" else example);
    });
  mkPackageOptionMD = mkPackageOption;
  mkSinkUndeclaredOptions = args: mkOption ({
    internal = true;
    visible = false;
    default = false;
    description = "Takes definitions of options that nobody declared.";
    type = lib.mkOptionType { name = "sink"; check = _: true; merge = _: _: false; };
    apply = _: throw "Option value is not readable because the option is not declared.";
  } // args);

  getValues = map (def: def.value);
  getFiles = map (def: def.file);
  unknownModule = "<unknown-file>";

  mergeDefaultOption = loc: defs:
    let
      values = getValues defs;
    in
    if length values == 1 then head values
    else if all lib.isFunction values then argument: mergeDefaultOption loc (map (def: def // { value = def.value argument; }) defs)
    else if all isList values then lib.concatLists values
    else if all isAttrs values then foldl' lib.mergeAttrs { } values
    else if all isBool values then lib.any lib.id values
    else if all isString values then lib.concatStrings values
    else if all isInt values && all (v: v == head values) values then head values
    else throw "Cannot merge definitions of `${showOption loc}'. Definition values:${showDefs defs}";
  mergeOneOption = mergeUniqueOption { message = ""; };
  mergeUniqueOption = { message, merge ? (_: defs: (head defs).value) }: loc: defs:
    if length defs == 1 then merge loc defs
    else throw "The option `${showOption loc}' is defined multiple times while it's expected to be unique.\n${message}\nDefinition values:${showDefs defs}\n${hint}";
  mergeEqualOption = loc: defs:
    let
      first = head defs;
      different = filter (def: def.value != first.value) (tail defs);
    in
    if length defs == 1 || different == [ ] then first.value
    else throw "The option `${showOption loc}' has conflicting definition values:${showDefs [ first (head different) ]}\n${hint}";

  showOption = lib.concatMapStringsSep "." (part:
    if part == "*" || builtins.match "<.*>" part != null then part else lib.strings.escapeNixIdentifier part);
  showFiles = lib.concatMapStringsSep " and " (file: "`${file}'");
  showDefs = lib.concatMapStrings (def:
    let
      shown = builtins.tryEval (lib.generators.toPretty { } (lib.generators.withRecursion { depthLimit = 10; throwOnDepthLimit = false; } def.value));
      lines = lib.splitString "\n" shown.value;
      text = lib.concatStringsSep "\n    " (lib.take 5 lines ++ lib.optional (length lines > 5) "...");
    in
    "\n- In `${def.file}'" + (if !shown.success then "" else if length lines > 1 then ":\n    ${text}" else ": ${text}"));
  showOptionWithDefLocs = option:
    "${showOption option.loc}, with values defined in:\n${lib.concatMapStringsSep "\n" (file: "  - ${file}") option.files}\n";

  literalExpression = tagged "literalExpression" "literalExpression";
  literalExample = literalExpression;
  literalMD = tagged "literalMD" "literalMD";
  literalCode = language: text: literalMD "```${language}\n${text}\n```\n";
  renderOptionValue = value:
    if value ? _type && value ? text then value
    else literalExpression (lib.generators.toPretty { multiline = true; allowPrettyValues = true; } value);
  scrubOptionValue = value:
    if lib.isDerivation value then { type = "derivation"; drvPath = value.name; outPath = value.name; inherit (value) name; }
    else if isList value then map scrubOptionValue value
    else if isAttrs value then mapAttrs (_: scrubOptionValue) (removeAttrs value [ "_args" ])
    else value;
  optionAttrSetToDocList = optionAttrSetToDocList' [ ];
  optionAttrSetToDocList' = _: options: concatMap
    (option:
      let
        visible = option.visible or true;
        below = option.type.getSubOptions option.loc;
      in
      [
        ({
          inherit (option) loc;
          name = showOption option.loc;
          description = option.description or null;
          declarations = filter (file: file != unknownModule) option.declarations;
          internal = option.internal or false;
          visible = elem visible [ true "shallow" ];
          readOnly = option.readOnly or false;
          type = option.type.description or "unspecified";
        }
        // lib.optionalAttrs (option ? example) { example = renderOptionValue option.example; }
        // lib.optionalAttrs (option ? defaultText || option ? default) { default = renderOptionValue (option.defaultText or option.default); }
        // lib.optionalAttrs (option.relatedPackages or null != null) { inherit (option) relatedPackages; })
      ] ++ lib.optionals (visible == true || visible == "transparent") (optionAttrSetToDocList' option.loc below))
    (lib.collect isOption options);
}
