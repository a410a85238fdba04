# Trivial builders: what they were given stays readable, and contexts reach the derivation.
{ lib, pkgs }:
let
  inherit (pkgs) buildEnv linkFarm runCommand symlinkJoin writeScript writeShellApplication writeShellScript writeShellScriptBin writeText writeTextDir writeTextFile;
  view = d: { inherit (d) name text destination executable btModel; };
  shebang = "#!${pkgs.runtimeShell}\n";
  app = writeShellApplication { name = "app"; runtimeInputs = [ pkgs.jq ]; text = "jq ."; };
  # Does the derivation's own graph know of the package? Its context says so.
  refersTo = pkg: d: builtins.elem (builtins.unsafeDiscardStringContext pkg.drvPath) (lib.concatMap (v: builtins.attrNames (builtins.getContext v)) (builtins.filter builtins.isString (builtins.attrValues d.drvAttrs)));
in
{
  writeText = { expr = view (writeText "f" "hello"); expected = { name = "f"; text = "hello"; destination = ""; executable = false; btModel = "writeText"; }; };
  writeTextDir = { expr = view (writeTextDir "etc/passwd" "x"); expected = { name = "passwd"; text = "x"; destination = "/etc/passwd"; executable = false; btModel = "writeText"; }; };
  writeScript = { expr = view (writeScript "s" "x"); expected = { name = "s"; text = "x"; destination = ""; executable = true; btModel = "writeText"; }; };
  writeShellScript = { expr = view (writeShellScript "s" "x"); expected = { name = "s"; text = "${shebang}x\n"; destination = ""; executable = true; btModel = "writeText"; }; };
  writeShellScriptBin = { expr = let d = writeShellScriptBin "s" "x"; in view d // { main = d.meta.mainProgram; exe = lib.getExe d == "${d}/bin/s"; }; expected = { name = "s"; text = "${shebang}x\n"; destination = "/bin/s"; executable = true; btModel = "writeText"; main = "s"; exe = true; }; };
  writeTextFile = { expr = let d = writeTextFile { name = "n"; text = "t"; executable = true; destination = "/bin/foo"; derivationArgs.q = 1; passthru.p = 2; }; in [ d.meta.mainProgram d.q d.p ]; expected = [ "foo" 1 2 ]; };
  derivationArgs = { expr = let d = writeShellApplication { name = "a"; text = "x"; derivationArgs = { passthru.port = 1; meta.m = 2; }; }; in [ d.passthru.port d.port d.meta.m ]; expected = [ 1 1 2 ]; };
  writeTextFileWrong = { expr = lib.functionArgs writeTextFile ? checkPhase; expected = true; };
  application = { expr = [ app.name app.destination app.meta.mainProgram (map (p: p.pname) app.runtimeInputs) app.text ]; expected = [ "app" "/bin/app" "app" [ "jq" ] "${shebang}set -o errexit\nset -o nounset\nset -o pipefail\n\nexport PATH=\"${pkgs.jq}/bin:$PATH\"\n\njq .\n" ]; };
  applicationEnv = { expr = (writeShellApplication { name = "a"; text = "x"; runtimeEnv.A = "b c"; bashOptions = [ ]; inheritPath = false; runtimeInputs = [ pkgs.jq ]; }).text; expected = "${shebang}A='b c'\nexport A\n\nexport PATH=\"${pkgs.jq}/bin\"\n\nx\n"; };
  textDistinguishes = { expr = (writeText "f" "a").outPath == (writeText "f" "b").outPath; expected = false; };
  context = { expr = [ (refersTo pkgs.jq app) (refersTo pkgs.curl app) ]; expected = [ true false ]; };
  runCommand = { expr = let d = runCommand "r" { nativeBuildInputs = [ pkgs.jq ]; src = throw "s"; passthru.p = 1; meta.m = 2; } "echo $out"; in [ d.name d.buildCommand d.p d.meta.m (map (p: p.pname) d.nativeBuildInputs) d.btModel (lib.isString d.outPath) ]; expected = [ "r" "echo $out" 1 2 [ "jq" ] "runCommand" true ]; };
  symlinkJoin = { expr = let d = symlinkJoin { name = "j"; paths = [ pkgs.jq pkgs.curl ]; postBuild = "x"; passthru.p = 1; }; in [ d.name (map (p: p.pname) d.paths) d.postBuild d.p (d.override { name = "k"; }).name ]; expected = [ "j" [ "jq" "curl" ] "x" 1 "k" ]; };
  symlinkJoinPname = { expr = (symlinkJoin { pname = "j"; version = "1"; paths = [ ]; }).name; expected = "j-1"; };
  buildEnv = { expr = let d = buildEnv { name = "e"; paths = [ pkgs.jq ]; pathsToLink = [ "/bin" ]; }; in [ d.name (map (p: p.pname) d.paths) d.pathsToLink d.extraPrefix d.btModel (d.override { pathsToLink = [ "/x" ]; }).pathsToLink ]; expected = [ "e" [ "jq" ] [ "/bin" ] "" "buildEnv" [ "/x" ] ]; };
  linkFarm = { expr = let d = linkFarm "l" [ { name = "a/b"; path = pkgs.jq; } ]; in [ d.name (builtins.mapAttrs (_: p: p.pname) d.entries) (linkFarm "m" { x = "/y"; }).entries ]; expected = [ "l" { "a/b" = "jq"; } { x = "/y"; } ]; };
  overrideAttrs = { expr = let d = (writeText "f" "a").overrideAttrs (old: { name = "g"; text = old.text + "b"; }); in [ d.name d.text (d.outPath != (writeText "g" "a").outPath) ]; expected = [ "g" "ab" true ]; };
  closureInfo = { expr = (pkgs.closureInfo { rootPaths = [ pkgs.jq ]; }).name; expected = "closure-info"; };
  writers = { expr = map (d: [ d.name d.destination d.text ]) [ (pkgs.writers.writeBash "a" "x") (pkgs.writers.writeBashBin "b" "y") (pkgs.writers.writePython3Bin "c" { libraries = [ ]; } "z") (pkgs.writers.writeBash "/bin/d" { } "w") ]; expected = [ [ "a" "" "${shebang}x\n" ] [ "b" "/bin/b" "${shebang}y\n" ] [ "c" "/bin/c" "#!${pkgs.python3}/bin/python3\nz\n" ] [ "d" "/bin/d" "${shebang}w\n" ] ]; };
  writeJSON = { expr = (pkgs.writers.writeJSON "a.json" { x = 1; }).value; expected = "{\"x\":1}"; };
  laziness = { expr = (runCommand "x" { } (throw "cmd")).name; expected = "x"; };
}
