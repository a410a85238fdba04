isNull (1 + null)
