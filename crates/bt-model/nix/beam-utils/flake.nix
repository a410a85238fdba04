# beam-utils: releases of Elixir projects.
{
  description = "A model of nix-giant/beam-utils";

  outputs = _: {
    overlays.default = final: _: {
      beamUtils = (import ./nixpkgs/helper.nix { bt = __bt; }).openSet final "beamUtils" { };
    };
  };
}
