let
  d = attrs: derivation ({ name = "n"; builder = "/b"; system = "x"; } // attrs);
  dep = derivation { name = "dep"; builder = ./tree/run.sh; system = "x"; outputs = [ "out" "dev" ]; };
  show = d: [ d.drvPath (map (o: o.outPath) d.all) ];
in
map show [
  (d { a = null; b = true; c = false; d = 1; e = -5; f = 9223372036854775807; })
  (d { a = 1.5; b = 1.0; c = 1.0e100; d = -0.0; e = 0.1; f = 100000000.0; g = 1.0e-7; })
  (d { a = ./tree/a.txt; b = ./tree/run.sh; c = ./tree/link; d = ./tree; })
  (d { a = [ 1 "x" null true false 2.5 ./tree/a.txt [ ] [ [ ] "y" [ 3 ] ] ]; })
  (d { a = [ ]; b = [ [ ] ]; c = [ [ ] [ ] ]; d = [ "" "" ]; e = [ "" [ ] ]; f = [ [ ] "x" ]; g = [ "a" [ ] "b" ]; h = [ [ [ "a" ] "b" ] "c" ]; })
  (d { a = { outPath = "/x"; }; b = { outPath = dep; }; c = { outPath = ./tree/a.txt; }; })
  (d { a = { __toString = self: "hi ${self.n}"; n = "q"; }; b = { __toString = self: ./tree/a.txt; outPath = "no"; }; })
  (d { "a b" = 1; "é" = 2; "" = 3; "a=b" = 4; })
  (d { out = "x"; all = "x"; drvAttrs = 1; type = "z"; outPath = "/q"; drvPath = "/r"; outputName = "o"; })
  (d { args = [ 1 "a" null true ./tree/a.txt dep [ "x" "y" ] 1.5 "\n\t\r\"\\$" ]; a = "\n\t\r\"\\$"; })
  (d { builder = dep; system = [ "a" "b" ]; })
  (d { system = "${dep}"; builder = [ "a" 5 ]; })
  (d { passAsFile = [ "a" ]; a = "text"; allowedReferences = [ dep "out" ]; disallowedRequisites = [ ]; })
  (d { __ignoreNulls = true; outputHash = null; outputHashAlgo = null; args = null; a = [ null ]; })
  (d { __ignoreNulls = false; a = null; })
]
