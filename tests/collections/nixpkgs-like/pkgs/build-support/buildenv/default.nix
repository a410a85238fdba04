{ lib, perl, runCommand }:
lib.makeOverridable ({ name, paths, pathsToLink ? [ "/" ], extraOutputsToInstall ? [ ], extraPrefix ? "", postBuild ? "", manifest ? "" }:
  let
    installed = package:
      if package.outputSpecified or true then [ package ] else map (output: package.${output}) package.meta.outputsToInstall or [ "out" ];
    chosen = package: { paths = installed package; priority = package.meta.priority or 5; };
  in
  runCommand name
    {
      inherit extraPrefix manifest pathsToLink postBuild;
      pkgs = builtins.toJSON (map chosen paths);
    } ''
    ${perl}/bin/perl ${./default.nix}
    eval "$postBuild"
  '')
