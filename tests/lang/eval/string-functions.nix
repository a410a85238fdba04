with builtins;
[
  (stringLength "abc")
  (substring 1 2 "abcd")
  (substring 2 (-1) "abcd")
  (substring 10 2 "abc")
  (concatStringsSep ", " [ "a" "b" ])
  (concatStringsSep "x" [ ])
  (baseNameOf "/a/b/")
  (baseNameOf "a")
  (dirOf "/a/b")
  (dirOf "a")
  (dirOf "/a")
  (splitVersion "1.2.3-rc4")
  (compareVersions "1.2" "1.10")
  (compareVersions "2.0pre" "2.0")
  (hashString "sha256" "abc")
  (hashString "md5" "")
]
