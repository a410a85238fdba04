{ lib, system }:
{
  # Everything but `meta` and `passthru` becomes a variable; the first output is the one that is meant by the package.
  mkDerivation = { meta ? { }, passthru ? { }, ... }@attrs:
    let
      name = attrs.name or "${attrs.pname}-${attrs.version}";
      outputs = attrs.outputs or [ "out" ];
      strict = derivation (removeAttrs attrs [ "meta" "passthru" ] // {
        inherit name outputs system;
        builder = "/bin/sh";
        args = [ "-e" ./stdenv.nix ];
      });
      of = output: passthru // strict.${output} // { inherit meta passthru; outputSpecified = true; }
        // builtins.listToAttrs (map (name: { inherit name; value = of name; }) outputs);
    in
    of (builtins.head outputs) // { outputSpecified = false; };
}
