# `run { src; hooks; }`: a check, and what a shell needs for it.
{ pkgs }:
{ src, imports ? [ ], tools ? { }, ... }@given:
let
  project = pkgs.lib.evalModules {
    modules = [
      ./module.nix
      { _module.args = { inherit pkgs; }; rootSrc = src; inherit tools; }
      { config = removeAttrs given [ "imports" "tools" ]; }
    ] ++ imports;
  };
in
project.config.run // {
  inherit (project) config extendModules;
  inherit (project.config) enabledPackages shellHook;
}
