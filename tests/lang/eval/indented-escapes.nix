let x = "X"; in [
  ''a ''${x} b''
  ''a $''${x} b''
  ''a $${x} b''
  ''quotes: ''' end''
  ''tab:''\tend newline:''\nend return:''\rend dollar:''\${x} other:''\q''
  ''back\slash \n stays''
  ''$ alone $''
  ''''$''
]
