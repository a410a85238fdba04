(derivation { name = "a"; builder = "x"; system = "s"; outputHash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; outputHashMode = "odd"; }).drvPath
