# A test of NixOS: nothing is known of it but that it is a derivation.
name:
let
  test = derivation { inherit name; system = "x86_64-linux"; builder = "bt-model"; btModel = "package"; } // {
    driver = test;
    driverInteractive = test;
    config = { };
    nodes = { };
    meta = { };
    passthru = { };
    inherit test;
  };
in
test
