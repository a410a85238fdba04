[
  ''''
  ''a''
  '' a''
  ''
  ''
  ''
    last line has text''
  ''

    blank lines


    stay
  ''
  ''  x
    y
  ''
]
