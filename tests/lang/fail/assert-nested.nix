assert { a.b = "x"; } == { a.b = "y"; }; 0
