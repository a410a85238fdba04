# Small helpers about derivations.
{ lib, ... }:
{
  lazyDerivation = { derivation, meta ? null, passthru ? { }, outputs ? [ "out" ] }@args:
    let
      checked =
        if (derivation.type or null) != "derivation" then throw "lazyDerivation: input must be a derivation."
        else if derivation.outputs != outputs
        then throw "lib.lazyDerivation: The derivation ${derivation.name or "<unknown>"} has outputs that don't match the assumed outputs."
        else derivation;
    in
    {
      type = "derivation";
      inherit outputs;
      inherit (checked) outPath outputName drvPath name system;
      meta = args.meta or checked.meta;
    }
    // lib.genAttrs outputs (name: checked.${name})
    // passthru;
  optionalDrvAttr = condition: value: if condition then value else null;
  warnOnInstantiate = message: drv:
    drv // builtins.mapAttrs (_: lib.warn message) (removeAttrs drv [ "meta" "name" "type" "outputName" ]);
  addDrvOutputDependencies = builtins.addDrvOutputDependencies or lib.id;
  inherit (builtins) unsafeDiscardOutputDependency;
}
