builtins.storePath /not-in-the-store
