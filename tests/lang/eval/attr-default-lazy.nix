{
  a = { x = 1; }.x or (throw "not needed");
  b = builtins.tryEval ({ x = throw "there, but broken"; }.x or 2);
}
