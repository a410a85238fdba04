# Writes the docker archive that a plan describes to standard output. Needs tar, sed and sha256sum.
#
# Lines of a plan: "name NAME:TAG", "owner OPTIONS OF TAR", "base JSON", "layer STORE-PATH…", "customisation TAR",
# "whole TAR STORE-PATH…".
# shellcheck shell=sh
set -eu
PATH=/usr/local/bin:/usr/bin:/bin
export PATH LC_ALL=C

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
image=$work/image
mkdir "$image"
: > "$work/files"

# Directories on the way to a store path come first: a layer that has only the path would leave them to Docker.
add_paths() { # TAR STORE-PATH…
  tar="tar --sort=name --format=gnu --numeric-owner --mtime=@1 --hard-dereference"
  # shellcheck disable=SC2086
  $tar $owner --mode=0755 --no-recursion -C / -rf "$1" nix nix/store
  layer=$1
  shift
  for each in "$@"; do
    # shellcheck disable=SC2086
    $tar $owner -C / -rf "$layer" "${each#/}"
  done
}

diffs=
layers=
add_layer() { # TAR
  sum=$(sha256sum < "$1" | cut -c1-64)
  mkdir "$image/$sum"
  mv "$1" "$image/$sum/layer.tar"
  diffs=$diffs${diffs:+,}\"sha256:$sum\"
  layers=$layers${layers:+,}\"$sum/layer.tar\"
  history="${history:+$history,}{\"created\":\"$created\",\"created_by\":\"$2\"}"
  echo "$sum/layer.tar" >> "$work/files"
}

history=
created=1970-01-01T00:00:01Z
while read -r kind rest; do
  case $kind in
    name) name=$rest ;;
    owner) owner=$rest ;;
    base) base=$(sed "s/@now@/$(date -u +%Y-%m-%dT%H:%M:%SZ)/" "$rest") ;;
    layer)
      # shellcheck disable=SC2086
      add_paths "$work/layer.tar" $rest
      add_layer "$work/layer.tar" store
      ;;
    customisation)
      cp "$rest" "$work/layer.tar"
      add_layer "$work/layer.tar" customisation
      ;;
    whole)
      cp "${rest%% *}" "$work/layer.tar"
      chmod u+w "$work/layer.tar"
      # shellcheck disable=SC2086
      add_paths "$work/layer.tar" ${rest#* }
      add_layer "$work/layer.tar" layer
      ;;
  esac
done < "$1"

printf '%s,"history":[%s],"rootfs":{"diff_ids":[%s],"type":"layers"}}' "${base%\}}" "$history" "$diffs" > "$work/config"
config=$(sha256sum < "$work/config" | cut -c1-64).json
mv "$work/config" "$image/$config"
printf '[{"Config":"%s","Layers":[%s],"RepoTags":["%s"]}]' "$config" "$layers" "$name" > "$image/manifest.json"
printf '%s\nmanifest.json\n' "$config" >> "$work/files"
tar --format=gnu --numeric-owner --owner=0 --group=0 --mode=u+w --mtime=@1 -C "$image" -cf - -T "$work/files"
