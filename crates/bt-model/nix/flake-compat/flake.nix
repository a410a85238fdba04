{
  description = "A model of edolstra/flake-compat";
  outputs = _: { };
}
