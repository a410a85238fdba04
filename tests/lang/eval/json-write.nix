builtins.toJSON {
  int = -1;
  float = 1.5;
  text = "quote \" back \\ nl \n tab \t é \r ${builtins.fromJSON ''"\u0001"''}";
  list = [ 1 [ ] { } ];
  nothing = null;
  yes = true;
  text2 = { __toString = _: "shown"; };
  drv = { outPath = "/somewhere"; x = 1; };
}
