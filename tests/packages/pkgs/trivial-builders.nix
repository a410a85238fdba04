# Builders of small things.
{ lib, pkgs }:

let
  inherit (pkgs)
    runCommand
    stdenv
    symlinkJoin
    writeText
    writeTextFile
    ;
in
{
  runCommand =
    name: environment: buildCommand:
    stdenv.mkDerivation (environment // { inherit name buildCommand; });
  runCommandLocal = runCommand;

  writeTextFile =
    {
      name,
      text,
      executable ? false,
      destination ? "",
      checkPhase ? "",
      meta ? { },
    }:
    runCommand name
      {
        inherit text meta;
        passAsFile = [ "text" ];
      }
      ''
        target=$out${destination}
        mkdir -p "$(dirname "$target")"
        cp "$textPath" "$target"
        ${lib.optionalString executable "chmod +x \"$target\""}
        ${checkPhase}
      '';
  writeText = name: text: writeTextFile { inherit name text; };
  writeTextDir =
    path: text:
    writeTextFile {
      name = builtins.baseNameOf path;
      inherit text;
      destination = "/${path}";
    };
  writeScript =
    name: text:
    writeTextFile {
      inherit name text;
      executable = true;
    };
  writeShellScript =
    name: text:
    writeTextFile {
      inherit name;
      text = "#!/bin/sh\n${text}";
      executable = true;
    };
  writeShellScriptBin =
    name: text:
    writeTextFile {
      inherit name;
      text = "#!/bin/sh\n${text}";
      executable = true;
      destination = "/bin/${name}";
      meta.mainProgram = name;
    };
  writeShellApplication =
    {
      name,
      text,
      runtimeInputs ? [ ],
      checkPhase ? null,
      meta ? { },
    }:
    writeTextFile {
      inherit name;
      text = ''
        #!/bin/sh
        set -o errexit
        set -o nounset
        ${lib.optionalString (runtimeInputs != [ ]) "export PATH=\"${lib.makeBinPath runtimeInputs}:$PATH\""}
        ${text}
      '';
      executable = true;
      destination = "/bin/${name}";
      checkPhase =
        if checkPhase == null then "/bin/sh -n \"$target\"" else checkPhase;
      meta = {
        mainProgram = name;
      }
      // meta;
    };

  # The first of the paths that has a file provides it.
  symlinkJoin =
    {
      name,
      paths,
      postBuild ? "",
      meta ? { },
      passthru ? { },
      ...
    }:
    runCommand name { inherit paths meta passthru; } ''
      mkdir -p $out
      for path in $paths; do
        if [ -d "$path" ]; then
          (cd "$path" && find . -type d) | while read -r each; do
            mkdir -p "$out/$each"
          done
          (cd "$path" && find . ! -type d) | while read -r each; do
            [ -e "$out/$each" ] || [ -L "$out/$each" ] || ln -s "$path/''${each#./}" "$out/$each"
          done
        fi
      done
      ${postBuild}
    '';

  linkFarm =
    name: entries:
    let
      list =
        if builtins.isAttrs entries then
          lib.mapAttrsToList (name: path: { inherit name path; }) entries
        else
          entries;
    in
    runCommand name { } ''
      mkdir -p $out
      ${lib.concatMapStrings (entry: ''
        mkdir -p "$out/$(dirname ${lib.escapeShellArg entry.name})"
        ln -s ${lib.escapeShellArg "${entry.path}"} "$out/"${lib.escapeShellArg entry.name}
      '') list}
    '';
  linkFarmFromDrvs =
    name: packages:
    symlinkJoin {
      inherit name;
      paths = packages;
    };

  mkShell = arguments: writeText (arguments.name or "shell") (toString (arguments.packages or [ ]));
}
