# Reading directories.
{ lib, ... }:
let
  inherit (builtins) attrNames filter pathExists readDir;
in
rec {
  inherit (builtins) baseNameOf dirOf isPath readDir hashFile;
  pathType = builtins.readFileType or (path:
    if !pathExists path then throw "lib.filesystem.pathType: Path ${toString path} does not exist."
    else if dirOf path == path then "directory"
    else (readDir (dirOf path)).${baseNameOf path});
  readFileType = pathType;
  pathIsDirectory = path: pathExists path && pathType path == "directory";
  pathIsRegularFile = path: pathExists path && pathType path == "regular";
  haskellPathsInDir = root:
    lib.filterAttrs (name: path: pathExists (path + "/${name}.cabal"))
      (builtins.mapAttrs (name: _: root + "/${name}") (readDir root));
  locateDominatingFile = pattern: file:
    let
      go = path:
        let
          matches = filter (m: m != null) (map (builtins.match pattern) (attrNames (readDir path)));
        in
        if matches != [ ] then { inherit path matches; }
        else if toString path == "/" then null
        else go (dirOf path);
      isDirectory = toString file == "/" || ((readDir (dirOf file)).${baseNameOf file} or null) == "directory";
    in
    go (if isDirectory then file else dirOf file);
  listFilesRecursive = directory:
    lib.concatLists (lib.mapAttrsToList
      (name: type: if type == "directory" then listFilesRecursive (directory + "/${name}") else [ (directory + "/${name}") ])
      (readDir directory));
  packagesFromDirectoryRecursive = { callPackage, directory, newScope ? null, ... }@args:
    let
      entries = inner: lib.concatMapAttrs
        (name: type:
          let
            path = directory + "/${name}";
          in
          if type == "directory" then { ${name} = packagesFromDirectoryRecursive (args // inner // { directory = path; }); }
          else if lib.hasSuffix ".nix" name then { ${lib.removeSuffix ".nix" name} = (inner.callPackage or callPackage) path { }; }
          else { })
        (readDir directory);
    in
    if pathExists (directory + "/package.nix") then callPackage (directory + "/package.nix") { }
    else if newScope != null
    then lib.recurseIntoAttrs (lib.makeScope newScope (self: entries { inherit (self) callPackage newScope; }))
    else entries { };
  resolveDefaultNix = path:
    if pathIsDirectory path then path + "/default.nix"
    else if builtins.isString path && lib.hasSuffix "/" path then path + "default.nix"
    else path;
}
