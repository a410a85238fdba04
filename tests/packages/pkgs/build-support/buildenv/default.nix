{ lib, runCommand }:

lib.makeOverridable (
  {
    name,
    paths,
    pathsToLink ? [ "/" ],
    postBuild ? "",
    ignoreCollisions ? false,
    meta ? { },
  }:
  # A link for each file below one of pathsToLink.
  runCommand name { inherit paths pathsToLink meta; } ''
    mkdir -p $out
    for path in $paths; do
      for wanted in $pathsToLink; do
        [ -d "$path$wanted" ] || continue
        (cd "$path" && find ".$wanted" ! -type d) | while read -r each; do
          each=$(echo "$each" | sed 's,^\./*,,')
          mkdir -p "$out/$(dirname "$each")"
          [ -L "$out/$each" ] || ln -s "$path/$each" "$out/$each"
        done
      done
    done
    ${postBuild}
  ''
)
