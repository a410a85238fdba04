with builtins;
[
  (replaceStrings [ "a" "b" ] [ "1" "2" ] "abcab")
  (replaceStrings [ "" ] [ "-" ] "ab")
  (replaceStrings [ "ab" "a" ] [ "X" "Y" ] "aab")
  (replaceStrings [ "oo" ] [ "" ] "foo boo")
]
