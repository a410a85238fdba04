{ programs.nixfmt.enable = true; }
