map builtins.typeOf [ ./a /a (./a + "b") (toString ./a) ]
