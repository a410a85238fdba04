builtins.scopedImport { } ./no-such-file.nix
