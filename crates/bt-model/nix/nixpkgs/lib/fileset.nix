# File sets. One is a base directory and a tree below it: null is nothing, true is everything, an attribute set has a
# tree for each entry. Directories are listed only where a set is partial, and only when somebody asks.
{ lib, ... }:
let
  inherit (builtins) all any attrNames foldl' genList head isAttrs isList isPath length mapAttrs pathExists readDir tail typeOf;
  inherit (lib.filesystem) pathType;

  components = path: builtins.filter (p: builtins.isString p && p != "") (builtins.split "/" (toString path));
  # A path that is a directory is its own base; a file is an entry of its parent.
  single = path:
    if pathType path == "directory" then make path true
    else make (dirOf path) { ${baseNameOf path} = true; };
  make = base: tree: { _type = "fileset"; inherit base tree; };
  nothing = make null null;

  coerce = caller: value:
    if (value._type or null) == "fileset" then value
    else if isPath value then (if pathExists value then single value else throw "${caller} (${toString value}) is a path that does not exist.")
    else if value ? _isLibCleanSourceWith then
      throw "${caller} is a `lib.sources`-based value, but it should be a file set or a path instead. To convert a `lib.sources`-based value to a file set you can use `lib.fileset.fromSource`."
    else if lib.isStringLike value then throw "${caller} (\"${toString value}\") is a string-like value, but it should be a file set or a path instead."
    else throw "${caller} is of type ${typeOf value}, but it should be a file set or a path instead.";

  # The set seen from a directory at or above its base.
  seenFrom = ancestor: set:
    if set.base == null then null
    else
      foldl' (tree: name: { ${name} = tree; }) set.tree
        (lib.reverseList (lib.drop (length (components ancestor)) (components set.base)));
  up = n: path: if n == 0 then path else up (n - 1) (dirOf path);
  commonBase = sets:
    let
      real = builtins.filter (s: s.base != null) sets;
      first = (head real).base;
      shared = foldl' (acc: s: lib.lists.commonPrefix acc (components s.base)) (components first) real;
    in
    if real == [ ] then null else up (length (components first) - length shared) first;
  combine = f: sets:
    let
      base = commonBase sets;
    in
    if base == null then nothing else make base (f base (map (seenFrom base) sets));

  entries = path: mapAttrs (_: _: true) (readDir path);
  expand = path: tree: if tree == true then entries path else if tree == null then { } else tree;

  unionTrees = trees:
    let
      real = builtins.filter (t: t != null) trees;
    in
    if any (t: t == true) real then true
    else if real == [ ] then null
    else builtins.zipAttrsWith (_: unionTrees) real;
  intersectTrees = a: b:
    if a == null || b == null then null
    else if a == true then b
    else if b == true then a
    else mapAttrs (name: _: intersectTrees a.${name} b.${name}) (builtins.intersectAttrs a b);
  subtractTrees = path: a: b:
    if a == null || b == true then null
    else if b == null then a
    else mapAttrs (name: t: subtractTrees (path + "/${name}") t (b.${name} or null)) (expand path a);

  holdsFiles = path: tree:
    if tree == null then false
    else if pathType path != "directory" then true
    else any (name: holdsFiles (path + "/${name}") (expand path tree).${name}) (attrNames (expand path tree));
  files = path: tree:
    if tree == null then [ ]
    else if pathType path != "directory" then [ path ]
    else lib.concatMap (name: files (path + "/${name}") (expand path tree).${name}) (attrNames (expand path tree));
  lookup = tree: names:
    if names == [ ] || tree == true || tree == null then tree
    else lookup (tree.${head names} or null) (tail names);
  filterTree = keep: path: mapAttrs
    (name: type:
      if type == "directory" then filterTree keep (path + "/${name}")
      else if keep (path + "/${name}") name type then true
      else null)
    (readDir path);
  coerceAll = caller: values: lib.imap0 (n: coerce "${caller}: Element ${toString n}") values;
in
rec {
  empty = nothing;
  isFileset = value: (value._type or null) == "fileset" || (isPath value && pathExists value);
  maybeMissing = path:
    if !isPath path then throw "lib.fileset.maybeMissing: Argument is of type ${typeOf path}, but it should be a path instead."
    else if pathExists path then single path
    else nothing;
  union = a: b: unions [ a b ];
  unions = values:
    if isList values then combine (_: unionTrees) (coerceAll "lib.fileset.unions" values)
    else throw "lib.fileset.unions: Argument is of type ${typeOf values}, but it should be a list instead.";
  intersection = a: b:
    let
      sets = coerceAll "lib.fileset.intersection" [ a b ];
    in
    if any (s: s.base == null) sets then nothing
    else combine (_: trees: intersectTrees (head trees) (lib.last trees)) sets;
  difference = a: b:
    combine (base: trees: subtractTrees base (head trees) (lib.last trees)) (coerceAll "lib.fileset.difference" [ a b ]);
  fileFilter = predicate: path:
    let
      keep = _: name: type: predicate { inherit name type; hasExt = extension: lib.hasSuffix ".${extension}" name; };
    in
    if !lib.isFunction predicate
    then throw "lib.fileset.fileFilter: First argument is of type ${typeOf predicate}, but it should be a function instead."
    else if !isPath path then throw "lib.fileset.fileFilter: Second argument is of type ${typeOf path}, but it should be a path instead."
    else if pathType path != "directory"
    then (if keep path (baseNameOf path) (pathType path) then single path else nothing)
    else make path (filterTree keep path);
  fromSource = source:
    let
      path = source.origSrc or source;
      walk = dir: mapAttrs
        (name: type:
          let
            here = dir + "/${name}";
          in
          if !(source.filter (toString here) type) then null
          else if type == "directory" then walk here
          else true)
        (readDir dir);
    in
    if !isPath path then throw "lib.fileset.fromSource: The source origin of the argument is of type ${typeOf path}, but it should be a path instead."
    else if source ? _isLibCleanSourceWith then make path (walk path)
    else single path;
  # A flake's source holds tracked files only, so everything that is there is tracked.
  gitTracked = path: single path;
  gitTrackedWith = { recurseSubmodules ? false }: path: single path;
  toSource = { root, fileset }:
    let
      set = coerce "lib.fileset.toSource: `fileset`" fileset;
      below = length (components root);
      tree = seenFrom root set;
    in
    if !isPath root then throw "lib.fileset.toSource: `root` is of type ${typeOf root}, but it should be a path instead."
    else if !pathExists root then throw "lib.fileset.toSource: `root` (${toString root}) is a path that does not exist."
    else if pathType root != "directory" then throw "lib.fileset.toSource: `root` (${toString root}) is a file, but it should be a directory instead."
    else if set.base != null && !(lib.lists.hasPrefix (components root) (components set.base))
    then throw "lib.fileset.toSource: `fileset` could contain files in ${toString set.base}, which is not under the `root` (${toString root})."
    else lib.cleanSourceWith {
      name = "source";
      src = root;
      filter = path: type:
        let
          names = lib.drop below (components path);
          found = lookup tree names;
        in
        found != null && (type != "directory" || holdsFiles (root + "/${lib.concatStringsSep "/" names}") found);
    };
  toList = value:
    let
      set = coerce "lib.fileset.toList: Argument" value;
    in
    if set.base == null then [ ] else files set.base set.tree;
  trace = value: x: builtins.seq (coerce "lib.fileset.trace: Argument" value) x;
  traceVal = coerce "lib.fileset.traceVal: Argument";
}
