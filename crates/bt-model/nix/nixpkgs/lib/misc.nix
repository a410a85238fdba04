# Old functions that are still around.
{ lib, ... }:
rec {
  maybeEnv = name: fallback: let value = builtins.getEnv name; in if value == "" then fallback else value;
  maybeAttr = name: fallback: set: set.${name} or fallback;
  maybeAttrNullable = maybeAttr;
  ifEnable = condition: value:
    if condition then value
    else if builtins.isList value then [ ]
    else if builtins.isAttrs value then { }
    else if builtins.isBool value then false
    else null;
  nvs = name: value: { ${name} = value; };
  setAttr = set: name: value: set // { ${name} = value; };
  setAttrMerge = name: fallback: set: f: set // { ${name} = f (set.${name} or fallback); };
  uniqList = { inputList, acc ? [ ] }: lib.unique (lib.subtractLists acc inputList);
  mergeAttrsWithFunc = f: a: b: a // builtins.mapAttrs (name: value: if a ? ${name} then f a.${name} value else value) b;
  mergeAttrsConcatenateValues = mergeAttrsWithFunc (a: b: lib.toList a ++ lib.toList b);
  lazyGenericClosure = { startSet, operator }: builtins.genericClosure { inherit startSet operator; };
  closePropagation = packages:
    map (item: item.package) (builtins.genericClosure {
      startSet = map (package: { key = package.outPath; inherit package; }) (builtins.filter (p: p != null) packages);
      operator = item: map (package: { key = package.outPath; inherit package; })
        (builtins.filter (p: p != null) (item.package.propagatedBuildInputs or [ ] ++ item.package.propagatedNativeBuildInputs or [ ]));
    });
  imap = lib.imap1;
  inherit (lib) fakeHash fakeSha256 fakeSha512;
}
