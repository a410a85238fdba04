[
  (builtins.add 1 2.5)
  (builtins.sub 5 7)
  (builtins.mul 3 4)
  (builtins.div 7 2)
  (builtins.div (-7) 2)
  (builtins.div 7 2.0)
  (map builtins.isInt [ 1 1.0 "1" ])
  (map builtins.isFloat [ 1 1.0 null ])
  (map builtins.isBool [ true 1 ])
  (map builtins.isNull [ null false ])
  (map builtins.isPath [ ./x "x" ])
  (map builtins.isAttrs [ { } [ ] ])
  builtins.langVersion
  builtins.storeDir
  (builtins.isString builtins.nixVersion)
]
