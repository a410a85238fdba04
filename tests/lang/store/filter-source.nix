[ (builtins.filterSource (p: t: true) ./tree) (builtins.filterSource (p: t: t != "directory") ./tree) (builtins.filterSource (p: t: baseNameOf p != "b.txt") ./tree) ]
