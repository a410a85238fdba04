# Python interpreters and their package sets, which have builders of their own and constants that paths are made of.
{ lib, bt, drv, languages, pkgs }:
let
  interpreter = attribute: version: program:
    let
      prefix = if lib.hasPrefix "pypy" attribute then "pypy${version}" else "python${version}";
      self = drv.package attribute {
        pname = if lib.hasPrefix "pypy" attribute then "pypy3" else "python3";
        inherit version;
        mainProgram = program;
        passthru = {
          pythonVersion = version;
          sitePackages = "lib/${prefix}/site-packages";
          libPrefix = prefix;
          executable = prefix;
          implementation = if lib.hasPrefix "pypy" attribute then "pypy" else "cpython";
          interpreter = "${self}/bin/${prefix}";
          isPy3 = true;
          isPy2 = false;
          isPyPy = lib.hasPrefix "pypy" attribute;
          isPy3k = true;
          pythonAtLeast = lib.versionAtLeast version;
          pythonOlder = v: lib.versionOlder version v;
          pkgs = drv.scope "${attribute}Packages" { };
          pythonOnBuildForHost = self;
          withPackages = choose: environment (choose self.pkgs);
          buildEnv = drv.package "${attribute}.buildEnv" {
            passthru = { override = args: environment (args.extraLibs or [ ]); };
          };
        };
      };
      environment = paths: drv.package "${attribute}.withPackages" {
        name = "python3-${version}-env";
        pname = "python3-env";
        inherit version;
        mainProgram = program;
        kind = "withPackages";
        env = { inherit paths; };
        attrs = { inherit paths; python = self; };
        passthru = { inherit (self) sitePackages pythonVersion interpreter; };
      };
    in
    self;
in
{
  set = path: scope:
    let
      attribute = lib.removeSuffix ".pkgs" (lib.removeSuffix "Packages" path);
      python = if attribute == "python3" || attribute == "python" then pkgs.python3 else pkgs.${attribute};
    in
    languages.pythonSet path python;
  python3 = interpreter "python3" "3.13" "python3.13";
  python3Minimal = interpreter "python3Minimal" "3.13" "python3.13";
  pypy3 = interpreter "pypy3" "3.11" "pypy3";
  python2 = interpreter "python2" "2.7" "python2";
  python39 = interpreter "python39" "3.9" "python3.9";
  python310 = interpreter "python310" "3.10" "python3.10";
  python311 = interpreter "python311" "3.11" "python3.11";
  python312 = interpreter "python312" "3.12" "python3.12";
  python313 = interpreter "python313" "3.13" "python3.13";
  python314 = interpreter "python314" "3.14" "python3.14";
}
