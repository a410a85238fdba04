''
  one
  two
''
