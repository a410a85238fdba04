map baseNameOf [ (./a + "/b") (./. + "/c/../d") ./x/y ./x/../z /a/b/. ]
