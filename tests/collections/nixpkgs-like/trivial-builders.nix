{ lib, stdenv, lndir }:
rec {
  runCommand = name: variables: buildCommand: stdenv.mkDerivation ({
    inherit buildCommand name;
    enableParallelBuilding = true;
    passAsFile = [ "buildCommand" ] ++ variables.passAsFile or [ ];
  } // removeAttrs variables [ "passAsFile" ]);

  writeTextFile = { name, text, executable ? false, destination ? "", checkPhase ? "" }:
    runCommand name { inherit text executable checkPhase; passAsFile = [ "text" ]; } ''
      target=$out${lib.quote destination}
      mkdir -p "''${target%/*}"
      cp "$textPath" "$target"
      [ -z "$executable" ] || chmod a+x "$target"
      eval "$checkPhase"
    '';
  writeText = name: text: writeTextFile { inherit name text; };
  writeTextDir = path: text: writeTextFile { name = baseNameOf path; destination = "/${path}"; inherit text; };
  writeScript = name: text: writeTextFile { inherit name text; executable = true; };
  writeScriptBin = name: text: writeTextFile { inherit name text; executable = true; destination = "/bin/${name}"; };

  symlinkJoin = { name, paths, postBuild ? "", ... }@arguments:
    runCommand name (removeAttrs arguments [ "name" "postBuild" ] // { passAsFile = [ "paths" ]; }) ''
      mkdir -p $out
      for i in $(cat $pathsPath); do
        ${lndir}/bin/lndir -silent $i $out
      done
      ${postBuild}
    '';
}
