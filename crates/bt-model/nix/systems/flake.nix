# The list is the whole flake: users import its source.
{
  description = "A model of nix-systems/default";
  outputs = _: { };
}
