# `callPackage naersk { cargo = ...; rustc = ...; }`.
{ pkgs, lib ? pkgs.lib, cargo ? null, rustc ? null, clippy ? null, ... }:
let
  helper = import ./nixpkgs/helper.nix { bt = __bt; };
  build = suffix: given:
    let
      args = if builtins.isAttrs given && !(given ? outPath) && !(given ? _isLibCleanSourceWith) then given else { src = given; };
      root = args.root or args.src or null;
      source = root.origSrc or root;
      file = source + "/Cargo.toml";
      readable = (builtins.isPath source || builtins.isString source) && builtins.pathExists file;
      toml = if readable then builtins.fromTOML (builtins.unsafeDiscardStringContext (builtins.readFile file)) else { };
      plain = value: default: if builtins.isString value then value else default;
      pname = args.pname or (args.name or (plain (toml.package.name or null) (if toml ? workspace then "rust-workspace" else "rust-package")));
      version = args.version or (plain (toml.package.version or null) "unknown");
      built = helper.builder pkgs "buildRustPackage" (removeAttrs args [ "name" "override" "overrideMain" ] // {
        pname = "${pname}${suffix}";
        inherit version;
      });
    in
    # An override of the whole derivation sees and changes what the builder was given.
    if args ? overrideMain then built.overrideAttrs args.overrideMain else built;
in
{
  buildPackage = build "";
  buildRust = build "";
}
