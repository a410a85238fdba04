# The expression is read before the text is evaluated.
builtins.match "(" (abort "the text")
