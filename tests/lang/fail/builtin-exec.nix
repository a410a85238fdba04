builtins.exec [ "sh" ]
