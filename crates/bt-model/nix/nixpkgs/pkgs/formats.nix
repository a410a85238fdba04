# pkgs.formats. The value given to `generate` travels as `builtins.toJSON value`: the linter finds the attribute set
# behind it through that call, whatever the format.
{ lib, builders }:
let
  inherit (lib) types;
  atom = types.nullOr (types.oneOf [ types.bool types.int types.float types.str ]);

  # text: the file's text where the model can tell it; otherwise only the value is known.
  format = label: type: options: text: {
    inherit type;
    lib = { };
    generate = name: value:
      let
        json = builtins.toJSON value;
        written = if text == null then { } else { text = text value; };
      in
      builders.fixed {
        kind = "format";
        inherit name;
        env = { value = json; format = label; } // written;
        attrs = { value = json; format = label; executable = false; destination = ""; } // written
          // (if label == "json" then { text = json; } else { });
      };
  } // options;
  sections = item: types.attrsOf (types.attrsOf item);
  listable = options: item: if options.listsAsDuplicateKeys or false || (options.listToValue or null) != null
    then types.either item (types.listOf item) else item;
  generatorOptions = options: removeAttrs options [ "listToValue" "atomsCoercedToLists" "type" ];
  # listToValue turns lists into one value before the text is made.
  flatten = options: values:
    if (options.listToValue or null) == null then values
    else builtins.mapAttrs (_: v: if builtins.isList v then options.listToValue v else v) values;
  other = label: options: format label types.json options null;
in
rec {
  json = { }: format "json" types.json { } null;
  yaml = yaml_1_1;
  yaml_1_1 = { }: format "yaml" types.json { } null;
  yaml_1_2 = { }: format "yaml" types.json { } null;
  toml = { }: format "toml" types.toml { } null;
  ini = { listsAsDuplicateKeys ? false, listToValue ? null, atomsCoercedToLists ? null, ... }@options:
    format "ini" (sections (listable options atom)) { }
      (value: lib.generators.toINI (generatorOptions options) (builtins.mapAttrs (_: flatten options) value));
  iniWithGlobalSection = { listsAsDuplicateKeys ? false, listToValue ? null, atomsCoercedToLists ? null, ... }@options:
    format "ini" (types.submodule { options = { globalSection = lib.mkOption { type = types.attrsOf atom; default = { }; }; sections = lib.mkOption { type = sections (listable options atom); default = { }; }; }; }) { }
      (value: lib.generators.toINIWithGlobalSection (generatorOptions options) { globalSection = value.globalSection or { }; sections = value.sections or { }; });
  gitIni = { listsAsDuplicateKeys ? false, ... }@options:
    format "ini" (types.attrsOf (types.attrsOf types.anything)) { } lib.generators.toGitINI;
  keyValue = { listsAsDuplicateKeys ? false, listToValue ? null, atomsCoercedToLists ? null, ... }@options:
    format "keyValue" (types.attrsOf (listable options atom)) { }
      (value: lib.generators.toKeyValue (generatorOptions options) (flatten options value));
  systemd = ini { listsAsDuplicateKeys = true; };
  lua = options: other "lua" { };
  xml = options: other "xml" { };
  hocon = options: other "hocon" { };
  libconfig = options: other "libconfig" { };
  javaProperties = options: other "javaProperties" { };
  elixirConf = options: other "elixirConf" { };
  php = options: other "php" { };
  pythonVars = options: other "python" { };
  nixConf = options: other "nixConf" { };
  cdn = options: other "cdn" { };
  plist = options: other "plist" { };
  configobj = options: other "ini" { };
  nginx = options: other "nginx" { };
}
