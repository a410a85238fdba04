# Text snippets that must follow one another: NixOS activation scripts are written so.
{ lib, ... }:
rec {
  # An item is the name of a snippet or a snippet itself; every name is used once.
  textClosureList = snippets: wanted:
    let
      visit = acc: item:
        if builtins.isAttrs item then
          let
            before = builtins.foldl' visit acc item.deps;
          in
          before // { texts = before.texts ++ [ item.text ]; }
        else if acc.seen ? ${item} then acc
        else visit (acc // { seen = acc.seen // { ${item} = true; }; }) snippets.${item};
    in
    (builtins.foldl' visit { seen = { }; texts = [ ]; } wanted).texts;
  textClosureMap = f: snippets: names: lib.concatStringsSep "\n" (map f (textClosureList snippets names));
  noDepEntry = text: fullDepEntry text [ ];
  fullDepEntry = text: deps: { inherit text deps; };
  packEntry = fullDepEntry "";
  stringAfter = deps: text: fullDepEntry text deps;
}
