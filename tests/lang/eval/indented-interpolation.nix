let x = "1\n2"; in ''
    a ${x}
      ${x}
  ${"b"} c
   d ${''
     inner
       more
   ''}
''
