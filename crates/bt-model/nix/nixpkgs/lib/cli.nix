# Command lines out of attribute sets.
{ lib, ... }:
let
  inherit (builtins) concatLists concatMap isBool isList stringLength;
  render = lib.generators.mkValueStringDefault { };
in
rec {
  toGNUCommandLineShell = options: set: lib.escapeShellArgs (toGNUCommandLine options set);
  toGNUCommandLine =
    { mkOptionName ? k: if stringLength k == 1 then "-${k}" else "--${k}"
    , mkBool ? k: v: lib.optional v (mkOptionName k)
    , mkList ? k: v: concatMap (mkOption k) v
    , mkOption ? k: v:
        if v == null then [ ]
        else if optionValueSeparator == null then [ (mkOptionName k) (render v) ]
        else [ "${mkOptionName k}${optionValueSeparator}${render v}" ]
    , optionValueSeparator ? null
    }: set:
    concatLists (lib.mapAttrsToList (k: v: (if isBool v then mkBool else if isList v then mkList else mkOption) k v) set);
  toCommandLineShellGNU = options: set: lib.escapeShellArgs (toCommandLineGNU options set);
  toCommandLineGNU =
    { isLong ? name: stringLength name > 1, explicitBool ? false, formatArg ? render }:
    toCommandLine (name: {
      option = if isLong name then "--${name}" else "-${name}";
      sep = if isLong name then "=" else "";
      inherit explicitBool formatArg;
    });
  toCommandLineShell = format: set: lib.escapeShellArgs (toCommandLine format set);
  toCommandLine = format: set:
    let
      one = name: value:
        let
          f = { formatArg = render; } // format name;
          text = f.formatArg value;
        in
        if value == null || (!f.explicitBool && value == false) then [ ]
        else if !f.explicitBool && value == true then [ f.option ]
        else if f.sep == null then [ f.option text ]
        else [ "${f.option}${f.sep}${text}" ];
    in
    concatLists (lib.mapAttrsToList (name: value: concatMap (one name) (lib.toList value)) set);
}
