# A loop goes through a body that matches nothing at most twice at one place, and groups keep what earlier rounds captured.
with builtins;
[
  (match "(a*)*" "aa")
  (match "(a*)+" "aa")
  (match "(a|b*)*" "ab")
  (match "(b*|a)*" "ba")
  (match "((b*)|a)*" "ba")
  (match "((a)|(b))*" "ab")
  (match "((a?)(b?))*" "ab")
  (match "(a?){2}" "a")
  (match "(a?){0,3}" "a")
  (match "(a{0}|b)*" "b")
  (match "()*" "")
  (match "(^|a)*" "a")
  (match "(a|$)*" "a")
  (match "((a*)*|(b*)*)*" "ab")
  (split "(a*)*" "aba")
  (split "((a)|b*)*" "abba")
]
