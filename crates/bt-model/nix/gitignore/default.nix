# The patterns are not read: a flake in a Git repository has only tracked files, which are rarely ignored.
{ lib, ... }:
let
  source = path: lib.cleanSourceWith { name = "source"; src = path; filter = lib.cleanSourceFilter; };
in
{
  gitignoreSource = source;
  gitignoreSourceWith = { path }: source path;
  gitignoreFilter = _: lib.cleanSourceFilter;
  gitignoreFilterWith = { basePath, extraRules ? "", extraRulesWithContextDir ? [ ], ... }: lib.cleanSourceFilter;
}
