# lib.sources, lib.fileset and lib.filesystem, on the tree in ./files.
{ lib }:
let
  root = ./files;
  fs = lib.fileset;
  rel = set: map (path: lib.path.removePrefix root path) (fs.toList set);
  # What a filter keeps of the tree, as builtins.path would ask it.
  kept = src:
    let
      walk = dir: prefix: lib.concatMap
        (name:
          let
            type = (builtins.readDir dir).${name};
            path = dir + "/${name}";
          in
          if !(src.filter (toString path) type) then [ ]
          else if type == "directory" then [ "${prefix}${name}/" ] ++ walk path "${prefix}${name}/"
          else [ "${prefix}${name}" ])
        (builtins.attrNames (builtins.readDir dir));
    in
    walk src.origSrc "";
in
{
  cleanSourceFilter = { expr = [ (lib.cleanSourceFilter "/a/.git" "directory") (lib.cleanSourceFilter "/a/x~" "regular") (lib.cleanSourceFilter "/a/x.o" "regular") (lib.cleanSourceFilter "/a/result" "symlink") (lib.cleanSourceFilter "/a/result" "regular") (lib.cleanSourceFilter "/a/.x.swp" "regular") (lib.cleanSourceFilter "/a/.svn" "regular") ]; expected = [ false false false false true false true ]; };
  cleanSourceWith = { expr = kept (lib.cleanSourceWith { src = root; filter = path: type: type == "directory" || lib.hasSuffix ".txt" path; }); expected = [ "a.txt" "dir/" "dir/b.txt" ]; };
  cleanSourceWithNested = { expr = kept (lib.cleanSourceWith { filter = p: t: baseNameOf p != "dir"; src = lib.cleanSourceWith { src = root; filter = p: t: baseNameOf p != "a.txt"; }; }); expected = [ "c.nix" ]; };
  cleanSourceName = { expr = [ (lib.cleanSourceWith { src = root; }).name (lib.cleanSourceWith { src = root; name = "n"; }).name ]; expected = [ "source" "n" ]; };
  sourceByRegex = { expr = kept (lib.sourceByRegex root [ "dir" "dir/.*\\.nix" ]); expected = [ "dir/" "dir/d.nix" ]; };
  sourceFilesBySuffices = { expr = kept (lib.sourceFilesBySuffices root [ ".nix" ]); expected = [ "c.nix" "dir/" "dir/d.nix" ]; };
  canCleanSource = { expr = [ (lib.canCleanSource root) (lib.canCleanSource (lib.cleanSource root)) ]; expected = [ true true ]; };
  toList = { expr = rel root; expected = [ "./a.txt" "./c.nix" "./dir/b.txt" "./dir/d.nix" ]; };
  unions = { expr = rel (fs.unions [ (root + "/a.txt") (root + "/dir/b.txt") ]); expected = [ "./a.txt" "./dir/b.txt" ]; };
  union = { expr = rel (fs.union (root + "/dir") (root + "/c.nix")); expected = [ "./c.nix" "./dir/b.txt" "./dir/d.nix" ]; };
  intersection = { expr = rel (fs.intersection (root + "/dir") (fs.fileFilter (f: f.hasExt "nix") root)); expected = [ "./dir/d.nix" ]; };
  difference = { expr = rel (fs.difference root (fs.unions [ (root + "/dir/b.txt") (root + "/a.txt") ])); expected = [ "./c.nix" "./dir/d.nix" ]; };
  differenceDisjoint = { expr = rel (fs.difference (root + "/a.txt") (root + "/dir")); expected = [ "./a.txt" ]; };
  fileFilter = { expr = rel (fs.fileFilter (f: f.name == "a.txt" || f.type != "regular") root); expected = [ "./a.txt" ]; };
  maybeMissing = { expr = rel (fs.unions [ (fs.maybeMissing (root + "/nope")) (fs.maybeMissing (root + "/a.txt")) ]); expected = [ "./a.txt" ]; };
  missing = { throws = rel (fs.unions [ (root + "/nope") ]); };
  empty = { expr = fs.toList (fs.unions [ ]); expected = [ ]; };
  emptyIntersection = { expr = fs.toList (fs.intersection (root + "/a.txt") (root + "/c.nix")); expected = [ ]; };
  fromSource = { expr = rel (fs.fromSource (lib.sourceFilesBySuffices root [ ".txt" ])); expected = [ "./a.txt" "./dir/b.txt" ]; };
  toSource = { expr = kept (fs.toSource { inherit root; fileset = fs.unions [ (root + "/dir/d.nix") (root + "/a.txt") ]; }); expected = [ "a.txt" "dir/" "dir/d.nix" ]; };
  toSourceDirectory = { expr = kept (fs.toSource { inherit root; fileset = root + "/dir"; }); expected = [ "dir/" "dir/b.txt" "dir/d.nix" ]; };
  toSourceEmpty = { expr = kept (fs.toSource { inherit root; fileset = fs.unions [ ]; }); expected = [ ]; };
  toSourceOutside = { throws = (fs.toSource { root = root + "/dir"; fileset = root + "/a.txt"; }).filter; };
  toSourceString = { throws = (fs.toSource { root = toString root; fileset = root; }).filter; };
  stringFileset = { throws = rel (fs.unions [ "x" ]); };
  isFileset = { expr = [ (fs.isFileset root) (fs.isFileset (fs.unions [ ])) (fs.isFileset "x") ]; expected = [ true true false ]; };
  listFilesRecursive = { expr = map baseNameOf (lib.filesystem.listFilesRecursive root); expected = [ "a.txt" "c.nix" "b.txt" "d.nix" ]; };
  locateDominatingFile = { expr = let r = lib.filesystem.locateDominatingFile "a\\.(txt)" (root + "/dir/b.txt"); in [ (baseNameOf r.path) (builtins.filter (m: m != [ ]) r.matches) ]; expected = [ "files" [ [ "txt" ] ] ]; };
  packagesFromDirectory = { expr = lib.filesystem.packagesFromDirectoryRecursive { callPackage = path: _: baseNameOf path; directory = root; }; expected = { c = "c.nix"; dir.d = "d.nix"; }; };
  urlToName = { expr = map lib.sources.urlToName [ "https://github.com/a/b.git" "git@github.com:a/c" "x.tar.gz" ]; expected = [ "b" "c" "x" ]; };
  shortRev = { expr = map lib.sources.shortRev [ "b5d35d3a8c1b3c4e" "v1.2.3" "refs/tags/1.0" ]; expected = [ "b5d35d3" "1.2.3" "1.0" ]; };
}
