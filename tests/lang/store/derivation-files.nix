let
  dep = derivation { name = "dep"; builder = ./tree/run.sh; system = "x"; outputs = [ "out" "dev" ]; };
  imported = builtins.seq dep.drvPath (import (builtins.unsafeDiscardStringContext dep.drvPath));
in
[
  (builtins.readFile dep.drvPath)
  (builtins.pathExists dep.drvPath)
  (builtins.attrNames imported)
  (map (name: imported.${name}.outPath) [ "out" "dev" ])
  imported.outputName
  imported.name
  (map builtins.getContext [ imported.drvPath imported.dev.outPath ])
  (builtins.length imported.all)
  (derivation { name = "user"; builder = imported; system = "x"; a = imported.drvPath; }).drvPath
]
