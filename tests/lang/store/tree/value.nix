{ here = baseNameOf ./a.txt; text = builtins.readFile ./a.txt; }
