rec {
  singleton = element: [ element ];
  toLower = builtins.replaceStrings
    [ "A" "B" "C" "D" "E" "F" "G" "H" "I" "J" "K" "L" "M" "N" "O" "P" "Q" "R" "S" "T" "U" "V" "W" "X" "Y" "Z" ]
    [ "a" "b" "c" "d" "e" "f" "g" "h" "i" "j" "k" "l" "m" "n" "o" "p" "q" "r" "s" "t" "u" "v" "w" "x" "y" "z" ];
  quote = text: "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] (toString text)}'";
  escapeShellArg = text: if builtins.match "[[:alnum:],._+:@%/-]+" text == null then quote text else text;
  unlines = builtins.concatStringsSep "\n";

  makeOverridable = f: arguments:
    let
      result = f arguments;
      change = new: if builtins.isFunction new then new arguments else new;
    in
    if builtins.isAttrs result then result // { override = new: makeOverridable f (arguments // change new); } else result;

  callPackageWith = scope: file: arguments:
    let
      function = if builtins.isFunction file then file else import file;
    in
    makeOverridable function (builtins.intersectAttrs (builtins.functionArgs function) scope // arguments);
}
