{
  description = "The functions of flake-utils that flakes under test use";

  outputs =
    { self }:
    {
      lib = rec {
        defaultSystems = [
          "aarch64-darwin"
          "aarch64-linux"
          "x86_64-darwin"
          "x86_64-linux"
        ];
        # { packages = …; } for each system becomes { packages.SYSTEM = …; }.
        eachSystem =
          systems: f:
          builtins.foldl' (
            outputs: system:
            let
              these = f system;
            in
            outputs
            // builtins.mapAttrs (name: value: (outputs.${name} or { }) // { ${system} = value; }) these
          ) { } systems;
        eachDefaultSystem = eachSystem defaultSystems;
        mkApp =
          {
            drv,
            name ? drv.pname or drv.name,
            exePath ? drv.passthru.exePath or "/bin/${name}",
          }:
          {
            type = "app";
            program = "${drv}${exePath}";
          };
      };
    };
}
