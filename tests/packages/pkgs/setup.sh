# Run by /bin/sh as the builder of every derivation: the phases of stdenv, by programs of the host.
# shellcheck shell=sh disable=SC1090,SC2154
set -eu
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
for input in ${nativeBuildInputs:-} ${buildInputs:-}; do
  PATH=$input/bin:$PATH
done
export PATH HOME="$PWD" TMPDIR="$PWD" LC_ALL=C TZ=UTC SOURCE_DATE_EPOCH=1
umask 022

runHook() { eval "${1:+\${$1:-}}"; }

# A phase is what the derivation says it is, else what is here.
phase() {
  eval "text=\${$1:-}"
  if [ -n "$text" ]; then eval "$text"; else "$1"; fi
}

unpackPhase() {
  runHook preUnpack
  if [ -n "${src:-}" ]; then
    cp -R "$src" source
    chmod -R u+w source
    cd source
  fi
  runHook postUnpack
}
patchPhase() { :; }
configurePhase() { :; }
buildPhase() { :; }
checkPhase() { :; }
installPhase() { mkdir -p "$out"; }
fixupPhase() { :; }

if [ -n "${buildCommandPath:-}" ]; then
  . "$buildCommandPath"
elif [ -n "${buildCommand:-}" ]; then
  eval "$buildCommand"
else
  [ -n "${dontUnpack:-}" ] || phase unpackPhase
  [ -n "${dontPatch:-}" ] || phase patchPhase
  [ -n "${dontConfigure:-}" ] || phase configurePhase
  [ -n "${dontBuild:-}" ] || phase buildPhase
  [ -z "${doCheck:-}" ] || phase checkPhase
  [ -n "${dontInstall:-}" ] || phase installPhase
  [ -n "${dontFixup:-}" ] || phase fixupPhase
fi
