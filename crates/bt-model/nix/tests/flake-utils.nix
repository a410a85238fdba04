# flake-utils.
{ flake-utils, pkgs }:
let
  # Where there is a current system, flake-utils adds it to any list.
  here = builtins.currentSystem or "b";
  u = flake-utils;
  drv = { type = "derivation"; name = "d-1"; pname = "d"; outPath = "/d"; };
in
{
  eachSystem = { expr = u.eachSystem [ "a" here ] (system: { packages.x = system; apps = 1; }); expected = { packages = { a = { x = "a"; }; ${here} = { x = here; }; }; apps = { a = 1; ${here} = 1; }; }; };
  eachDefaultSystem = { expr = builtins.attrNames (u.eachDefaultSystem (s: { p = s; })).p; expected = [ "aarch64-darwin" "aarch64-linux" "x86_64-darwin" "x86_64-linux" ]; };
  eachSystemMap = { expr = u.eachSystemMap [ "a" ] (s: s + "!"); expected = { a = "a!"; }; };
  eachDefaultSystemMap = { expr = builtins.length (builtins.attrNames (u.eachDefaultSystemMap (s: s))); expected = 4; };
  eachSystemPassThrough = { expr = u.eachSystemPassThrough [ "a" here ] (s: { ${s} = 1; last = s; }); expected = { a = 1; ${here} = 1; last = here; }; };
  flattenTree = { expr = builtins.mapAttrs (_: p: p.name) (u.flattenTree { a = drv; b = { c = drv; recurseForDerivations = true; d = { recurseForDerivations = true; e = drv; }; }; f.g = drv; h = 1; }); expected = { a = "d-1"; "b/c" = "d-1"; "b/d/e" = "d-1"; }; };
  filterPackages = { expr = builtins.attrNames (u.filterPackages "s" { a = drv; b = drv // { meta.platforms = [ "t" ]; }; c = drv // { meta.platforms = [ "s" ]; }; d = drv // { meta.broken = true; }; e = 1; }); expected = [ "a" "c" ]; };
  mkApp = { expr = [ (u.mkApp { inherit drv; }) (u.mkApp { inherit drv; name = "x"; }).program (u.mkApp { inherit drv; exePath = "/q"; }).program (u.mkApp { drv = drv // { passthru.exePath = "/z"; }; }).program ]; expected = [ { type = "app"; program = "/d/bin/d"; } "/d/bin/x" "/d/q" "/d/z" ]; };
  system = { expr = u.system.x86_64-linux; expected = "x86_64-linux"; };
  meld = { expr = u.meld { x = 1; } [ ./data/meld-a.nix ./data/meld-b.nix ]; expected = { p = { a = 1; b = 2; }; }; };
  hasSuffix = { expr = [ (u.hasSuffix "b" "ab") (u.hasSuffix "abc" "b") ]; expected = [ true false ]; };
}
