let d = path: { type = "derivation"; outPath = path; }; in assert d "/a" == d "/b"; 0
