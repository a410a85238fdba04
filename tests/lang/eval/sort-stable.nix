let
  items = builtins.genList (i: { key = (i * 7) - (i * 7 / 5) * 5; id = i; }) 50;
in
map (x: [ x.key x.id ]) (builtins.sort (a: b: a.key < b.key) items)
