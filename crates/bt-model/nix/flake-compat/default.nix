# A flake for programs that know no flakes: outputs with the inputs of its lock. An input that has no stand-in here is
# fetched when it is used.
{ src, system ? builtins.currentSystem or "x86_64-linux", ... }:
let
  root = src.outPath or src;
  lock =
    if builtins.pathExists (root + "/flake.lock") then builtins.fromJSON (builtins.readFile (root + "/flake.lock"))
    else { root = "root"; nodes.root = { }; };
  # A path of input names (`follows`) leads to a node from the root.
  keyOf = spec: if builtins.isList spec then builtins.foldl' (key: name: keyOf lock.nodes.${key}.inputs.${name}) lock.root spec else spec;
  treeOf = key: node:
    if key == lock.root then { outPath = root; }
    else if (node.locked.repo or "") == "nixpkgs" then { outPath = ./nixpkgs; }
    else builtins.fetchTree (removeAttrs node.locked [ "dir" ]);
  call = key: node:
    let
      tree = treeOf key node;
      directory = if node.locked.dir or "" == "" then tree.outPath else tree.outPath + "/${node.locked.dir}";
      inputs = builtins.mapAttrs (_: spec: nodes.${keyOf spec}) (node.inputs or { });
      outputs = (import (directory + "/flake.nix")).outputs (inputs // { self = flake; });
      flake = outputs // tree // { inherit inputs outputs; outPath = directory; sourceInfo = tree; _type = "flake"; };
    in
    if node.flake or true then flake else tree;
  nodes = builtins.mapAttrs call lock.nodes;
  outputs = nodes.${lock.root};
  default = flat: nested: set: set // (
    if outputs ? ${nested}.${system}.default then { default = outputs.${nested}.${system}.default; }
    else if outputs ? ${flat}.${system} then { default = outputs.${flat}.${system}; }
    else { });
in
{
  inherit outputs;
  defaultNix = default "defaultPackage" "packages" outputs;
  shellNix = default "devShell" "devShells" outputs;
}
