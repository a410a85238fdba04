let
  set = { a = 1; b = throw "not looked at"; };
in
[
  (builtins.getAttr "a" set)
  (builtins.hasAttr "b" set)
  (builtins.hasAttr "c" set)
  (builtins.tryEval (builtins.getAttr "b" set))
  (builtins ? exec)
  (builtins ? importNative)
  (builtins ? derivationStrict)
  (builtins.elem (throw "not looked at") [ ])
  (builtins.addErrorContext (throw "not looked at") 1)
  (builtins.break 1)
  (builtins.trace { a = 1; } 2)
  (builtins.traceVerbose (throw "not looked at") 3)
  (builtins.functionArgs builtins.add)
  (builtins.functionArgs (builtins.add 1))
  (builtins.toPath "/a/../b/./c/")
  (builtins.getEnv "BT_LINT_NO_SUCH_VARIABLE")
  (builtins.hashFile "sha256" ../store/data.txt)
  (builtins.scopedImport { x = 5; } ./support/scoped.nix)
]
