{ a = throw "my message"; }
