map builtins.parseDrvName [ "nix-0.12pre12876" "a-b-c-1234pre5+git" "hello" "x-" "gtk+-2.0-rc1" ]
