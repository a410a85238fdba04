[ (if true then 1 else throw "no") (if 1 < 0 then throw "no" else if true then 2 else 3) ]
