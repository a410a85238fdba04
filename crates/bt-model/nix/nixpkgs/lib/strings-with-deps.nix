# Text snippets that must follow one another: NixOS activation scripts are written so.
{ lib, ... }:
rec {
  textClosureList = snippets: wanted:
    let
      visit = acc: name:
        if acc.seen ? ${name} then acc
        else
          let
            entry = snippets.${name};
            marked = acc // { seen = acc.seen // { ${name} = true; }; };
          in
          if builtins.isString entry then marked // { texts = marked.texts ++ [ entry ]; }
          else
            let
              after = builtins.foldl' visit marked entry.deps;
            in
            after // { texts = after.texts ++ [ entry.text ]; };
    in
    (builtins.foldl' visit { seen = { }; texts = [ ]; } wanted).texts;
  textClosureMap = f: snippets: names: lib.concatStringsSep "\n" (map f (textClosureList snippets names));
  noDepEntry = text: fullDepEntry text [ ];
  fullDepEntry = text: deps: { inherit text deps; };
  packEntry = fullDepEntry "";
  stringAfter = deps: text: fullDepEntry text deps;
}
