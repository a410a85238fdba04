builtins.filterSource 1 ./missing
