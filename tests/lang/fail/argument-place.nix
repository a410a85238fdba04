builtins.map (x: x) "text"
