# Functions that belong to no data type: identity, booleans, numbers, warnings, and the model's own version.
{ lib, ... }:
let
  inherit (builtins) bitXor elem functionArgs genList isAttrs length pathExists readFile stringLength substring trace;

  hexDigits = {
    "0" = 0; "1" = 1; "2" = 2; "3" = 3; "4" = 4; "5" = 5; "6" = 6; "7" = 7; "8" = 8; "9" = 9;
    a = 10; b = 11; c = 12; d = 13; e = 14; f = 15; A = 10; B = 11; C = 12; D = 13; E = 14; F = 15;
  };
in
rec {
  id = x: x;
  const = value: _: value;
  pipe = value: functions: builtins.foldl' (acc: f: f acc) value functions;
  concat = left: right: left ++ right;
  or = left: right: left || right;
  and = left: right: left && right;
  xor = left: right: left != right;
  bitNot = bitXor (-1);
  bitAnd = builtins.bitAnd;
  bitOr = builtins.bitOr;
  inherit bitXor;
  boolToString = b: if b then "true" else "false";
  boolToYesNo = b: if b then "yes" else "no";
  mergeAttrs = left: right: left // right;
  flip = f: a: b: f b a;
  defaultTo = fallback: value: if value == null then fallback else value;
  mapNullable = f: value: if value == null then null else f value;

  add = builtins.add;
  sub = builtins.sub;
  mul = builtins.mul;
  div = builtins.div;
  inherit (builtins) ceil floor lessThan seq deepSeq genericClosure pathExists readFile isBool isInt isFloat;
  min = a: b: if a < b then a else b;
  max = a: b: if a > b then a else b;
  mod = base: divisor: base - divisor * (builtins.div base divisor);
  compare = a: b: if a < b then -1 else if a > b then 1 else 0;
  splitByAndCompare = predicate: yes: no: a: b:
    if predicate a
    then (if predicate b then yes a b else -1)
    else (if predicate b then 1 else no a b);

  toBaseDigits = base: n:
    let
      digits = rest: acc: if rest < base then [ rest ] ++ acc else digits (rest / base) ([ (mod rest base) ] ++ acc);
    in
    assert builtins.isInt base && base >= 2;
    assert builtins.isInt n && n >= 0;
    digits n [ ];
  toHexString = n: lib.concatMapStrings (d: substring d 1 "0123456789ABCDEF") (toBaseDigits 16 n);
  fromHexString = text:
    let
      bare = builtins.match "(0x)?([0-9A-Fa-f]+)" text;
      digits = builtins.elemAt bare 1;
    in
    if bare == null
    then throw "lib.trivial.fromHexString: '${text}' is not a hexadecimal number"
    else builtins.foldl' (acc: i: acc * 16 + hexDigits.${substring i 1 digits}) 0 (genList id (stringLength digits));

  importJSON = path: builtins.fromJSON (readFile path);
  importTOML = path: builtins.fromTOML (readFile path);

  release = "26.05";
  oldestSupportedRelease = 2511;
  isInOldestRelease = oldestSupportedReleaseIsAtLeast;
  oldestSupportedReleaseIsAtLeast = wanted: wanted <= oldestSupportedRelease;
  codeName = "Yarara";
  versionSuffix = "pre-git";
  version = release + versionSuffix;
  nixpkgsVersion = version;
  revisionWithDefault = fallback: fallback;
  inNixShell = builtins.getEnv "IN_NIX_SHELL" != "";
  inPureEvalMode = !(builtins ? currentSystem);

  warn = message: value:
    if builtins.isString message then trace "evaluation warning: ${message}" value
    else throw "lib.warn: the message must be a string";
  warnIf = condition: message: if condition then warn message else id;
  warnIfNot = condition: message: if condition then id else warn message;
  throwIf = condition: message: if condition then throw message else id;
  throwIfNot = condition: message: if condition then id else throw message;
  info = message: trace "INFO: ${message}";
  showWarnings = warnings: value: builtins.foldl' (acc: message: warn message acc) value warnings;
  checkListOfEnum = what: allowed: given:
    let
      unexpected = lib.subtractLists allowed given;
    in
    throwIfNot (unexpected == [ ])
      "${what}: ${lib.concatStringsSep ", " unexpected} unexpected; valid ones: ${lib.concatStringsSep ", " allowed}";

  setFunctionArgs = f: formals: { __functor = _: f; __functionArgs = formals; };
  functionArgs = f:
    if f ? __functor
    then f.__functionArgs or (functionArgs (f.__functor f))
    else builtins.functionArgs f;
  # A derivation of the model can be called (nobody knows what an unknown attribute of pkgs is), yet it is no function.
  isFunction = f:
    builtins.isFunction f
    || (isAttrs f && f ? __functor && (f.type or null) != "derivation" && isFunction (f.__functor f));
  mirrorFunctionArgs = original:
    let
      formals = functionArgs original;
    in
    f: setFunctionArgs f formals;
  toFunction = value: if isFunction value then value else const value;

}
