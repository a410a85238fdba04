# line
/* block
   over lines */ [ 1 /* inner */ 2 # end
  3 ]
