# hercules-ci-effects: what a continuous integration does after a build.
{
  description = "A model of hercules-ci/hercules-ci-effects";

  outputs = _: {
    flakeModule = ./flake-module.nix;
    flakeModules.default = ./flake-module.nix;
    modules = { };
    templates = { };
    lib.withPkgs = pkgs: (import ./nixpkgs/helper.nix { bt = __bt; }).openSet pkgs "hci-effects" { };
  };
}
