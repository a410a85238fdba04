let __findFile = path: name: "${name} in ${toString (builtins.length path)}"; __nixPath = [ 1 2 ]; in <some/file.nix>
