assert { a = 1; } == { }; 0
