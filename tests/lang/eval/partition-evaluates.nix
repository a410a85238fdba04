# The elements are evaluated, also when the predicate does not look at them; what is in them is not.
map (list: (builtins.tryEval (builtins.length (builtins.partition (_: true) list).right)).success) [
  [ (throw "an element") ]
  [ [ (throw "inside of an element") ] ]
  [ ]
]
