builtins.fromJSON ''{"a": [1, 2.5, -3, 1e3, true, false, null, "x\u00e9\n\ud83d\ude00"], "b": {"c": {}}, "a b": ""}''
