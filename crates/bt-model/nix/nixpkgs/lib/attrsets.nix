# Attribute sets, and the outputs of packages.
{ lib, bt, ... }:
let
  inherit (builtins)
    attrNames attrValues concatLists concatMap elem elemAt filter foldl' genList getAttr hasAttr head intersectAttrs
    isAttrs isList isString length listToAttrs map mapAttrs removeAttrs tail;

  # Selects an output if the package has it. Packages of the model answer to every output name, so the list of declared
  # outputs decides, as it would for a real package.
  output = name: pkg:
    if pkg.outputSpecified or false then pkg
    else if pkg ? btModel && !(elem name pkg.outputs) then pkg.out or pkg
    else pkg.${name} or pkg.out or pkg;
in
rec {
  inherit (builtins) attrNames attrValues catAttrs getAttr hasAttr intersectAttrs isAttrs listToAttrs mapAttrs removeAttrs zipAttrsWith;

  attrByPath = path: fallback: set:
    let
      depth = length path;
      go = n: value:
        if n == depth then value
        else if isAttrs value && value ? ${elemAt path n} then go (n + 1) value.${elemAt path n}
        else fallback;
    in
    go 0 set;
  hasAttrByPath = path: set:
    let
      depth = length path;
      go = n: value: n == depth || (isAttrs value && value ? ${elemAt path n} && go (n + 1) value.${elemAt path n});
    in
    go 0 set;
  longestValidPathPrefix = path: set:
    let
      depth = length path;
      go = n: value:
        if n < depth && isAttrs value && value ? ${elemAt path n} then go (n + 1) value.${elemAt path n}
        else lib.take n path;
    in
    go 0 set;
  setAttrByPath = path: value:
    let
      depth = length path;
      go = n: if n == depth then value else { ${elemAt path n} = go (n + 1); };
    in
    go 0;
  getAttrFromPath = path: attrByPath path (abort "cannot find attribute '${lib.concatStringsSep "." path}'");
  updateManyAttrsByPath = updates: set:
    let
      # Updates of deeper paths first, then those of this very place, in the order given.
      go = exists: value: pending:
        let
          split = builtins.partition (u: u.path == [ ]) pending;
          base = if exists then value else { };
          children = mapAttrs
            (name: group: go (base ? ${name}) (base.${name} or null) (map (u: u // { path = tail u.path; }) group))
            (builtins.groupBy (u: head u.path) split.wrong);
          start =
            if split.wrong != [ ] then base // children
            else if exists then value
            else throw "updateManyAttrsByPath: the path to update does not exist";
        in
        foldl' (acc: u: u.update acc) start split.right;
    in
    go true set updates;
  attrVals = names: set: map (name: set.${name}) names;
  getAttrs = names: set: lib.genAttrs names (name: set.${name});
  filterAttrs = predicate: set:
    removeAttrs set (filter (name: !predicate name set.${name}) (attrNames set));
  filterAttrsRecursive = predicate: set:
    listToAttrs (concatMap
      (name:
        let
          value = set.${name};
        in
        if predicate name value
        then [{ inherit name; value = if isAttrs value then filterAttrsRecursive predicate value else value; }]
        else [ ])
      (attrNames set));
  foldlAttrs = f: start: set: foldl' (acc: name: f acc name set.${name}) start (attrNames set);
  foldAttrs = op: start: sets:
    lib.foldr (item: acc: foldl' (inner: name: inner // { ${name} = op item.${name} (inner.${name} or start); }) acc (attrNames item)) { } sets;
  collect = predicate: value:
    if predicate value then [ value ]
    else if isAttrs value then concatMap (collect predicate) (attrValues value)
    else [ ];
  cartesianProduct = sets:
    foldl' (acc: name: concatMap (partial: map (value: partial // { ${name} = value; }) sets.${name}) acc) [{ }] (attrNames sets);
  cartesianProductOfSets = cartesianProduct;
  mapCartesianProduct = f: sets: map f (cartesianProduct sets);
  nameValuePair = name: value: { inherit name value; };
  mapAttrs' = f: set: listToAttrs (map (name: f name set.${name}) (attrNames set));
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  attrsToList = mapAttrsToList nameValuePair;
  concatMapAttrs = f: set: mergeAttrsList (attrValues (mapAttrs f set));
  mapAttrsRecursive = mapAttrsRecursiveCond (_: true);
  mapAttrsRecursiveCond = cond: f: set:
    let
      go = path: mapAttrs (name: value:
        let
          here = path ++ [ name ];
        in
        if isAttrs value && cond value then go here value else f here value);
    in
    go [ ] set;
  mapAttrsToListRecursive = mapAttrsToListRecursiveCond (_: _: true);
  mapAttrsToListRecursiveCond = cond: f: set:
    let
      go = path: value:
        if isAttrs value && cond path value
        then concatMap (name: go (path ++ [ name ]) value.${name}) (attrNames value)
        else [ (f path value) ];
    in
    go [ ] set;
  genAttrs = names: f: listToAttrs (map (name: { inherit name; value = f name; }) names);
  genAttrs' = items: f: listToAttrs (map f items);
  mergeAttrsList = sets:
    let
      # Pairwise, so that n sets cost n log n copies and not n squared.
      go = from: to:
        if to - from == 1 then elemAt sets from
        else if to - from == 2 then elemAt sets from // elemAt sets (from + 1)
        else
          let
            middle = (from + to) / 2;
          in
          go from middle // go middle to;
    in
    if sets == [ ] then { } else go 0 (length sets);
  optionalAttrs = condition: set: if condition then set else { };
  zipAttrsWithNames = names: f: sets: genAttrs names (name: f name (builtins.catAttrs name sets));
  zipAttrs = builtins.zipAttrsWith (_: values: values);
  zipWithNames = zipAttrsWithNames;
  recursiveUpdateUntil = stop: left: right:
    let
      go = path: builtins.zipAttrsWith (name: values:
        let
          here = path ++ [ name ];
        in
        if length values == 1 || stop here (elemAt values 1) (head values) then head values
        else go here values);
    in
    go [ ] [ right left ];
  recursiveUpdate = recursiveUpdateUntil (_: left: right: !(isAttrs left && isAttrs right));
  overrideExisting = old: new: mapAttrs (name: value: new.${name} or value) old;
  unionOfDisjoint = left: right:
    let
      both = intersectAttrs left right;
    in
    left // right // mapAttrs (name: _: throw "unionOfDisjoint: collision on '${name}'") both;
  matchAttrs = pattern: set:
    assert isAttrs pattern;
    builtins.all
      (name:
        let
          wanted = pattern.${name};
        in
        set ? ${name} && (if isAttrs wanted && isAttrs set.${name} then matchAttrs wanted set.${name} else wanted == set.${name}))
      (attrNames pattern);
  showAttrPath = path:
    if path == [ ] then "<root attribute path>"
    else lib.concatMapStringsSep "." lib.strings.escapeNixIdentifier path;
  isDerivation = value: (value.type or null) == "derivation";
  toDerivation = path:
    let
      text = builtins.storePath path;
      result = {
        type = "derivation";
        name = lib.strings.sanitizeDerivationName (builtins.substring 33 (-1) (baseNameOf text));
        outPath = text;
        outputs = [ "out" ];
        out = result;
        outputName = "out";
      };
    in
    result;
  recurseIntoAttrs = set: set // { recurseForDerivations = true; };
  dontRecurseIntoAttrs = set: set // { recurseForDerivations = false; };

  getOutput = output;
  getFirstOutput = candidates: pkg:
    let
      found = filter (name: if pkg ? btModel then elem name pkg.outputs else pkg ? ${name}) candidates;
    in
    if pkg.outputSpecified or false then pkg
    else if found == [ ] then pkg
    else pkg.${head found};
  getBin = output "bin";
  getLib = output "lib";
  getStatic = getFirstOutput [ "static" "lib" "out" ];
  getDev = output "dev";
  getInclude = getFirstOutput [ "include" "dev" "out" ];
  getMan = output "man";
  chooseDevOutputs = map getDev;
}
