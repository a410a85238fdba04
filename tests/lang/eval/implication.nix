[ (false -> throw "lazy") (true -> false) (false -> false -> false) ]
