{ word }: { self, ... }: { flake.applied = "${word} of ${self.name}"; }
