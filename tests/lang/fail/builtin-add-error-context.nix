builtins.addErrorContext "context" (1 + null)
