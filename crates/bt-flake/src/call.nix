# Calls the flakes of a resolved graph: `nodes` are the resolved flakes and sources by key, `root` is the key of the
# flake that is looked at. Each flake's outputs are evaluated when someone asks for them.
nodes: root:
let
  # Relative paths stay as they are written: `/nix/store/…-source/./sub`.
  paths = builtins.mapAttrs (key: node: if node ? above then paths.${node.above} + "/" + node.path else node.outPath) nodes;
  call = key: node:
    let
      outPath = paths.${key};
      flake = import node.file;
      inputs = builtins.mapAttrs (name: input: all.${input}) node.inputs;
      made = flake.outputs (inputs // { self = result; });
      outputs =
        if builtins.isAttrs made then made
        else throw "the flake's 'outputs' returns ${described.${builtins.typeOf made}}, not a set";
      result = outputs // node.sourceInfo // {
        inherit inputs outputs outPath;
        inherit (node) sourceInfo;
        _type = "flake";
      };
    in
    if node ? unavailable then node.unavailable
    else if node.isFlake then result
    else node.sourceInfo // { inherit outPath; inherit (node) sourceInfo; };
  described = {
    bool = "a Boolean";
    float = "a float";
    int = "an integer";
    lambda = "a function";
    list = "a list";
    null = "null";
    path = "a path";
    string = "a string";
  };
  all = builtins.mapAttrs call nodes;
in
all.${root}
