# Filtered sources. They stay lazy: nothing is copied or hashed until somebody asks for the outPath.
{ lib, ... }:
let
  inherit (builtins) elem isString match substring;
  parts = src: {
    origSrc = if src ? _isLibCleanSourceWith then src.origSrc else src;
    filter = if src ? _isLibCleanSourceWith then src.filter else (_: _: true);
    name = if src ? _isLibCleanSourceWith then src.name else "source";
  };
  make = p: p // {
    _isLibCleanSourceWith = true;
    outPath = builtins.path { inherit (p) filter name; path = p.origSrc; };
  };
  vcs = [ ".svn" "CVS" ".hg" ".jj" ".pijul" "_darcs" ];
  readHead = path:
    if lib.pathIsRegularFile path then
      let
        link = match "gitdir: (.*)" (lib.fileContents path);
        target = builtins.head link;
      in
      if link == null then { error = "File contains no gitdir reference: ${toString path}"; }
      else ref "HEAD" (if substring 0 1 target == "/" then target else dirOf (toString path) + "/" + target)
    else ref "HEAD" path;
  ref = file: directory:
    let
      here = directory + "/${file}";
      packed = directory + "/packed-refs";
      content = lib.fileContents here;
      forward = match "ref: (.*)" content;
      lines = builtins.filter (line: match "[a-z0-9]+ ${file}" line != null) (lib.splitString "\n" (builtins.readFile packed));
    in
    if lib.pathIsRegularFile here then (if forward == null then { value = content; } else ref (builtins.head forward) directory)
    else if lib.pathIsRegularFile packed && lines != [ ]
    then { value = builtins.head (lib.splitString " " (builtins.head lines)); }
    else { error = "Not a .git directory: ${toString directory}"; };
in
rec {
  cleanSourceFilter = name: type:
    let
      base = baseNameOf name;
    in
    !(base == ".git"
      || (type == "directory" && elem base vcs)
      || lib.hasSuffix "~" base
      || match "\\.sw[a-z]|\\..*\\.sw[a-z]" base != null
      || lib.hasSuffix ".o" base
      || lib.hasSuffix ".so" base
      || (type == "symlink" && lib.hasPrefix "result" base)
      || type == "unknown");
  cleanSource = src: cleanSourceWith { inherit src; filter = cleanSourceFilter; };
  cleanSourceWith = { src, filter ? (_: _: true), name ? null }:
    let
      inner = parts src;
    in
    make {
      inherit (inner) origSrc;
      filter = path: type: filter path type && inner.filter path type;
      name = if name == null then inner.name else name;
    };
  trace = src: src;
  sourceByRegex = src: regexes:
    let
      root = toString (parts src).origSrc + "/";
    in
    cleanSourceWith {
      inherit src;
      filter = path: _: lib.any (regex: match regex (lib.removePrefix root (toString path)) != null) regexes;
    };
  sourceFilesBySuffices = src: suffixes: cleanSourceWith {
    inherit src;
    filter = name: type: type == "directory" || lib.any (suffix: lib.hasSuffix suffix (baseNameOf name)) suffixes;
  };
  pathIsGitRepo = path: readHead path ? value;
  commitIdFromGitRepo = path:
    let
      found = readHead path;
    in
    found.value or (throw found.error);
  pathHasContext = builtins.hasContext;
  canCleanSource = src: if src ? _isLibCleanSourceWith then true else !builtins.hasContext (toString src);
  inherit (lib.filesystem) pathType pathIsDirectory pathIsRegularFile;

  urlToName = url:
    let
      strip = name:
        let
          found = match "(.*)\\.(git|tar|zip|gz|tgz|bz|tbz|bz2|tbz2|lzma|txz|xz|zstd)" name;
        in
        if found == null then name else strip (builtins.head found);
    in
    strip (baseNameOf (lib.removeSuffix "/" (lib.last (lib.splitString ":" (toString url)))));
  shortRev = rev:
    let
      base = baseNameOf (toString rev);
      release = match "([A-Za-z]+[-_. ]?)*(v)?([0-9.]+.*)" base;
    in
    if match "[a-f0-9]+" base != null then substring 0 7 base
    else if release != null then lib.last release
    else base;
  revOrTag = rev: tag: if tag != null then tag else if rev != null then rev else "HEAD";
  repoRevToName = kind: repo: rev: suffix:
    if kind == "source" then "source"
    else
      urlToName repo
      + (if kind == "versioned" && rev != null then "-${shortRev rev}" else "")
      + (if suffix != null then "-${suffix}" else "")
      + "-source";
}
