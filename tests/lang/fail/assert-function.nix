assert (x: x) == (x: x); 0
