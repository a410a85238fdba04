# File sets as lists of paths: a file, or a directory with all that it holds.
lib:
let
  paths = value: if builtins.isList value then value else [ value ];
in
{
  unions = builtins.concatMap paths;
  union = a: b: paths a ++ paths b;
  maybeMissing = path: if builtins.pathExists path then [ path ] else [ ];
  toSource =
    { root, fileset }:
    let
      kept = map (
        path:
        if builtins.pathExists path then toString path else throw "lib.fileset: ${toString path} does not exist"
      ) (paths fileset);
    in
    builtins.path {
      path = root;
      name = "source";
      # What is kept, what it holds, and the directories on the way to it.
      filter =
        path: type:
        builtins.any (
          one: path == one || lib.hasPrefix "${one}/" path || (type == "directory" && lib.hasPrefix "${path}/" one)
        ) kept;
    };
}
