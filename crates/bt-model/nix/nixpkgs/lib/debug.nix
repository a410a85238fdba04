# Tracing and small test runners.
{ lib, ... }:
let
  inherit (builtins) deepSeq isAttrs isList mapAttrs toJSON trace;
  # Cuts a value at a depth, so that tracing it ends.
  cut = depth: value:
    if isList value then (if depth == 0 then "[…]" else map (cut (depth - 1)) value)
    else if isAttrs value then
      if lib.isDerivation value then "<derivation ${value.drvPath or value.name}>"
      else if depth == 0 then "{…}"
      else mapAttrs (_: cut (depth - 1)) value
    else value;
  show = lib.generators.toPretty { allowPrettyValues = true; };
in
rec {
  traceIf = condition: message: value: if condition then trace message value else value;
  traceValFn = f: value: trace (f value) value;
  traceVal = traceValFn lib.id;
  traceSeq = shown: value: deepSeq shown (trace shown value);
  traceSeqN = depth: shown: value: let s = cut depth shown; in trace (show s) value;
  traceValSeqFn = f: value: traceValFn f (deepSeq value value);
  traceValSeq = traceValSeqFn lib.id;
  traceValSeqNFn = f: depth: value: let shown = f value; in trace (show (cut depth shown)) value;
  traceValSeqN = traceValSeqNFn lib.id;
  traceFnSeqN = depth: name: f: value:
    let
      result = f value;
    in
    traceSeqN (depth + 1) { fn = name; from = value; to = result; } result;
  runTests = tests:
    let
      names = if tests ? tests then tests.tests else builtins.attrNames tests;
    in
    lib.concatMap
      (name:
        let
          test = tests.${name};
        in
        if (lib.hasPrefix "test" name || tests ? tests) && test.expr != test.expected
        then [{ inherit name; expected = test.expected; result = test.expr; }]
        else [ ])
      (builtins.filter (name: name != "tests") names);
  throwTestFailures = { failures, description ? "tests", ... }:
    if failures == [ ] then null else throw "${toString (builtins.length failures)} ${description} failed: ${toJSON failures}";
  testAllTrue = expr: { inherit expr; expected = map (_: true) expr; };
}
