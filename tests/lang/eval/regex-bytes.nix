# Bytes count, not characters; a line has no ends, only the text has.
with builtins;
[
  (match "." "é")
  (match ".." "é")
  (match "[é]" "é")
  (match "[é][é]" "é")
  (match "é+" "éé")
  (match "(é)+" "éé")
  (match "[é-ü]*" "é")
  (map (part: if isString part then stringLength part else part) (split "." "é"))
  (match "a.b" "a\nb")
  (match "a[^x]b" "a\nb")
  (match "^a\$" "a")
  (match "a\n^b" "a\nb")
  (match "a$\nb" "a\nb")
  (split "^a" "aa\na")
  (split "a$" "aa\na")
  (split "^|a" "aba")
  (split "$" "ab")
  (split "" "")
  (split "" "ab")
]
