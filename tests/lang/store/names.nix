map (name: (derivation { inherit name; system = "x86_64-linux"; builder = "/bin/sh"; }).drvPath) [ "a" "a-1.0" "x_y?z=+.-" "Z9" ]
