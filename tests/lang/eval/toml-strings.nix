builtins.fromTOML ''
  basic = "a\tb\"\\ \u00e9\U0001F600"
  literal = 'C:\path'
  lines = """
  first
    "quoted" ""twice""
  joined \

     here"""
  quotes = """"a""""
  "quoted key"."literal key" . bare-_1 = 1
  "" = 2
'' // builtins.fromTOML "windows = \"\"\"a\r\nb\"\"\"\r\nend = 1 # comment" // builtins.fromTOML "more = '''''b'''''\n'literal key' = '''\n\\n'''"
