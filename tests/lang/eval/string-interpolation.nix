let x = "1"; s = { outPath = "/o"; }; t = { __toString = self: "t${self.y}"; y = "z"; }; in [ "${x}" "a${x}b${x}" "${s}/p" "${t}" "${"nested ${"deep ${x}"}"}" ]
