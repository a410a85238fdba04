# What stands in brackets, and what can be escaped.
with builtins;
[
  (match "[]a]+" "]a")
  (match "[^]a]+" "bc")
  (match "[a-]+" "a-")
  (match "[a-c-]+" "b-")
  (match "[--0]+" "-./0")
  (match "[\\.]+" "\\.")
  (match "[[.a.]-c]+" "abc")
  (match "[[.hyphen.][.zero.][.tab.]]+" "-0\t")
  (match "[[=a=]]+" "aA")
  (match "[[:alpha:][:digit:]_-]+" "aZ9_-")
  (match "[[:UPPER:]]+" "AB")
  (match "[[:w:]]+" "a_1")
  (match "[^[:space:]]+" "a b")
  (match "a]b}" "a]b}")
  (match "\\.\\[\\\\\\(\\)\\*\\+\\?\\{\\|\\^\\$" ".[\\()*+?{|^$")
  (match "a**" "aa")
  (match "a+?" "aa")
  (match "a{2}{2}" "aaaa")
  (match "a{0}b{1,}c{0,2}" "bbcc")
  (match "(|a)b||c" "")
]
