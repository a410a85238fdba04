# Lists.
{ lib, ... }:
let
  inherit (builtins) attrNames concatMap elem elemAt filter genList head isInt isList length map tail;
in
rec {
  inherit (builtins) all any concatLists concatMap elem elemAt filter genList head isList length map partition sort tail;

  singleton = x: [ x ];
  forEach = xs: f: map f xs;
  foldr = op: start: xs:
    let
      size = length xs;
      go = n: if n == size then start else op (elemAt xs n) (go (n + 1));
    in
    go 0;
  fold = foldr;
  foldl = op: start: xs:
    let
      go = n: if n == -1 then start else op (go (n - 1)) (elemAt xs n);
    in
    go (length xs - 1);
  foldl' = op: start: builtins.seq start (builtins.foldl' op start);
  imap0 = f: xs: genList (n: f n (elemAt xs n)) (length xs);
  imap1 = f: xs: genList (n: f (n + 1) (elemAt xs n)) (length xs);
  ifilter0 = predicate: xs:
    map (elemAt xs) (filter (n: predicate n (elemAt xs n)) (genList (n: n) (length xs)));
  remove = x: filter (y: y != x);
  findSingle = predicate: none: many: xs:
    let
      found = filter predicate xs;
      count = length found;
    in
    if count == 0 then none else if count == 1 then head found else many;
  findFirstIndex = predicate: fallback: xs:
    let
      size = length xs;
      go = n: if n == size then fallback else if predicate (elemAt xs n) then n else go (n + 1);
    in
    go 0;
  findFirst = predicate: fallback: xs:
    let
      index = findFirstIndex predicate null xs;
    in
    if index == null then fallback else elemAt xs index;
  flatten = x: if isList x then concatMap flatten x else [ x ];
  count = predicate: builtins.foldl' (n: x: if predicate x then n + 1 else n) 0;
  optional = condition: x: if condition then [ x ] else [ ];
  optionals = condition: xs: if condition then xs else [ ];
  toList = x: if isList x then x else [ x ];
  range = from: to: genList (n: from + n) (lib.max 0 (to - from + 1));
  replicate = n: x: genList (_: x) n;
  groupBy' = op: start: key: xs: builtins.mapAttrs (_: builtins.foldl' op start) (groupBy key xs);
  groupBy = builtins.groupBy;
  zipListsWith = f: xs: ys: genList (n: f (elemAt xs n) (elemAt ys n)) (lib.min (length xs) (length ys));
  zipLists = zipListsWith (fst: snd: { inherit fst snd; });
  reverseList = xs:
    let
      size = length xs;
    in
    genList (n: elemAt xs (size - n - 1)) size;
  # Walks from an element to one that nothing precedes; elements passed on the way are `visited`, newest first.
  listDfs = stopOnCycles: before: xs:
    let
      walk = here: visited: rest:
        let
          split = builtins.partition (x: before x here) rest;
          loops = if stopOnCycles then filter (x: before x here) visited else [ ];
          state = { inherit visited rest; };
        in
        if loops != [ ] then state // { cycle = here; inherit loops; }
        else if split.right == [ ] then state // { minimal = here; }
        else walk (head split.right) ([ here ] ++ visited) (tail split.right ++ split.wrong);
    in
    walk (head xs) [ ] (tail xs);
  toposort = before: xs:
    let
      step = listDfs true before xs;
      rest = toposort before (step.visited ++ step.rest);
    in
    if length xs < 2 then { result = xs; }
    else if step ? cycle then { cycle = reverseList ([ step.cycle ] ++ step.visited); inherit (step) loops; }
    else if rest ? cycle then rest
    else { result = [ step.minimal ] ++ rest.result; };
  sortOn = key: xs:
    map (pair: elemAt pair 1) (builtins.sort (a: b: head a < head b) (map (x: [ (key x) x ]) xs));
  compareLists = cmp: a: b:
    if a == [ ] then (if b == [ ] then 0 else -1)
    else if b == [ ] then 1
    else
      let
        first = cmp (head a) (head b);
      in
      if first == 0 then compareLists cmp (tail a) (tail b) else first;
  naturalSort = xs:
    let
      parts = text: map (p: if isList p then lib.toIntBase10 (head p) else p) (filter (p: p != "") (builtins.split "([0-9]+)" text));
      keyed = map (x: { value = x; key = parts x; }) xs;
      # Numbers sort before text, as they would as characters.
      compareParts = a: b:
        if isInt a && isInt b then lib.compare a b
        else lib.compare (toString a) (toString b);
    in
    map (k: k.value) (builtins.sort (a: b: compareLists compareParts a.key b.key < 0) keyed);
  take = n: sublist 0 n;
  takeEnd = n: xs: drop (lib.max 0 (length xs - n)) xs;
  drop = n: xs: sublist n (length xs) xs;
  dropEnd = n: xs: take (lib.max 0 (length xs - n)) xs;
  hasPrefix = prefix: xs: take (length prefix) xs == prefix;
  removePrefix = prefix: xs:
    if hasPrefix prefix xs then drop (length prefix) xs
    else throw "lib.lists.removePrefix: First argument is not a list prefix of the second argument";
  sublist = start: count: xs:
    let
      size = length xs;
    in
    genList (n: elemAt xs (n + start)) (if start >= size then 0 else if start + count > size then size - start else count);
  commonPrefix = xs: ys:
    let
      shortest = lib.min (length xs) (length ys);
      go = n: if n == shortest || elemAt xs n != elemAt ys n then n else go (n + 1);
    in
    take (go 0) xs;
  last = xs:
    if xs == [ ] then throw "lists.last: list must not be empty!" else elemAt xs (length xs - 1);
  init = xs:
    if xs == [ ] then throw "lists.init: list must not be empty!" else take (length xs - 1) xs;
  crossLists = f: builtins.foldl' (fs: xs: concatMap (g: map g xs) fs) [ f ];
  unique = builtins.foldl' (acc: x: if elem x acc then acc else acc ++ [ x ]) [ ];
  uniqueStrings = xs: attrNames (builtins.groupBy lib.id xs);
  allUnique = xs: length (unique xs) == length xs;
  intersectLists = keep: filter (x: elem x keep);
  subtractLists = without: filter (x: !(elem x without));
  mutuallyExclusive = xs: ys: !(builtins.any (x: elem x ys) xs);
  concatAttrValues = set: builtins.concatLists (builtins.attrValues set);
  replaceElemAt = xs: index: x:
    if index >= 0 && index < length xs then genList (n: if n == index then x else elemAt xs n) (length xs)
    else throw "lists.replaceElemAt: called with index ${toString index} on a list of size ${toString (length xs)}";
  intersperse = separator: xs:
    if length xs < 2 then xs
    else tail (concatMap (x: [ separator x ]) xs);
}
