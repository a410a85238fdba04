# Files of structured data. JSON is YAML, so both are written by the same function.
{ runCommand }:
let
  format = {
    type = null;
    generate =
      name: value:
      runCommand name
        {
          value = builtins.toJSON value;
          passAsFile = [ "value" ];
        }
        ''
          cp "$valuePath" $out
        '';
  };
in
{
  json = { }: format;
  yaml = { }: format;
}
