builtins.tryEval (let r = builtins.tryEval (throw "inner"); in if r.success then 1 else throw "outer")
