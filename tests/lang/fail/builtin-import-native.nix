builtins.importNative ./a "b"
