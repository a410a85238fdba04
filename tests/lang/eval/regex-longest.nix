# Of the alternatives the longest counts; a loop or an optional part is left only where going on with it leads nowhere.
with builtins;
[
  (split "a|ab" "xabx")
  (split "(a|ab)(c|bcd)?" "abcdx")
  (split "[0-9]+|[0-9]+x" "12x3")
  (split "a|a*b" "aaab")
  (split "a*(ab)?" "aab")
  (split "a?(ab)?" "ab")
  (split "(a|ab|abc)(.)" "abcd")
  (split "(|a|ab)" "ab")
  (split "(a|(ab))*" "abaab")
  (match "(a|ab)(c|bcd)(d*)" "abcd")
  (match "(a*)(a|b)*" "aab")
]
