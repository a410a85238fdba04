# Flake references, where the evaluator has the builtins for them.
{ ... }:
{
  parseFlakeRef = builtins.parseFlakeRef or (_: throw "builtins.parseFlakeRef is not available");
  flakeRefToString = builtins.flakeRefToString or (_: throw "builtins.flakeRefToString is not available");
}
