# Path values and relative subpaths.
{ lib, ... }:
let
  inherit (builtins) concatStringsSep filter head isList isPath isString length match split typeOf;
  parts = text: filter (p: isString p && p != "" && p != ".") (split "/" text);
  # Paths of the model's own trees may have a root of their own, so it is found by climbing.
  climb = path: below: if dirOf path == path then { root = path; components = below; } else climb (dirOf path) ([ (baseNameOf path) ] ++ below);
  join = components: "./" + (if components == [ ] then "." else concatStringsSep "/" components);
  invalid = value:
    if !isString value then "The given value is of type ${typeOf value}, but a string was expected"
    else if value == "" then "The given string is empty"
    else if builtins.substring 0 1 value == "/" then "The given string \"${value}\" starts with a `/`, representing an absolute path"
    else if match "(.*/)?\\.\\.(/.*)?" value != null then "The given string \"${value}\" contains a `..` component, which is not allowed in subpaths"
    else null;
  check = caller: value: result: if invalid value == null then result else throw "${caller}:\n    ${invalid value}";
  wantPath = caller: value: result:
    if isPath value then result else throw "${caller} is of type ${typeOf value}, but a path was expected";
in
{
  append = path: subpath:
    wantPath "lib.path.append: The first argument" path
      (check "lib.path.append: Second argument is not a valid subpath string" subpath (path + ("/" + subpath)));
  hasPrefix = first:
    let
      a = climb first [ ];
    in
    second: wantPath "lib.path.hasPrefix: First argument" first (wantPath "lib.path.hasPrefix: Second argument" second
      (lib.lists.hasPrefix a.components (climb second [ ]).components));
  removePrefix = first:
    let
      a = climb first [ ];
    in
    second:
    let
      b = climb second [ ];
    in
    if lib.lists.hasPrefix a.components b.components then join (lib.drop (length a.components) b.components)
    else throw "lib.path.removePrefix: The first path argument \"${toString first}\" is not a component-wise prefix of the second path argument \"${toString second}\".";
  splitRoot = path:
    let
      c = climb path [ ];
    in
    wantPath "lib.path.splitRoot: Argument" path { inherit (c) root; subpath = join c.components; };
  hasStorePathPrefix = path:
    let
      found = match "${builtins.storeDir}/([^/]*)(/.*)?" (toString path);
    in
    wantPath "lib.path.hasStorePathPrefix: Argument" path (found != null && match ".{32}-.+" (head found) != null);
  subpath = {
    isValid = value: invalid value == null;
    join = subpaths: join (lib.concatMap (s: check "lib.path.subpath.join: Element is not a valid subpath string" s (parts s)) subpaths);
    components = s: check "lib.path.subpath.components: Argument is not a valid subpath string" s (parts s);
    normalise = s: check "lib.path.subpath.normalise: Argument is not a valid subpath string" s (join (parts s));
  };
}
