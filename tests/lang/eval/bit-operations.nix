with builtins; [ (bitAnd 12 10) (bitOr 12 10) (bitXor 12 10) (bitAnd (-1) 255) (floor 1.9) (ceil 1.1) (floor (-1.5)) (ceil (-1.5)) ]
