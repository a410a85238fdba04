{ outputs = { self }: { word = "of the flake"; failing = throw "it fails"; }; }
