# stdenv.mkDerivation: its attributes go into the environment of a builder that is the host's /bin/sh.
{ lib, system }:

let
  hostPlatform = {
    inherit system;
    isLinux = lib.hasSuffix "-linux" system;
    isDarwin = lib.hasSuffix "-darwin" system;
    isx86_64 = lib.hasPrefix "x86_64-" system;
    isAarch64 = lib.hasPrefix "aarch64-" system;
    go.GOARCH = if lib.hasPrefix "aarch64-" system then "arm64" else "amd64";
  };

  make =
    f:
    let
      arguments = f final;
      name = arguments.name or "${arguments.pname}-${arguments.version}";
      made = derivation (
        removeAttrs arguments [
          "env"
          "meta"
          "passthru"
        ]
        // arguments.env or { }
        // {
          inherit name system;
          builder = "/bin/sh";
          args = [ ./setup.sh ];
        }
      );
      package =
        made
        // {
          meta = {
            inherit name;
            available = true;
          }
          // arguments.meta or { };
          overrideAttrs =
            change:
            make (
              final:
              let
                before = f final;
                changed = if builtins.isFunction change then change before else change;
              in
              before // (if builtins.isFunction changed then change final before else changed)
            );
        }
        // lib.optionalAttrs (arguments ? pname) { inherit (arguments) pname version; }
        // arguments.passthru or { };
      final = arguments // {
        finalPackage = package;
      };
    in
    package;

  stdenv = {
    inherit hostPlatform system;
    buildPlatform = hostPlatform;
    targetPlatform = hostPlatform;
    mkDerivation = arguments: make (if builtins.isFunction arguments then arguments else _: arguments);
  };
in
{
  inherit stdenv;
  stdenvNoCC = stdenv;
}
