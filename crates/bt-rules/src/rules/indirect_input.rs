//! FLK009: an input that is a name of the registries.

use crate::context::Context;
use crate::findings::{Findings, Report};
use crate::inputs::{self, Declared};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "FLK009",
    name: "indirect-input",
    severity: Severity::Warning,
    off: false,
    summary: "An input is a name of the registries",
    fix: FixKind::Unsafe,
    references: &["https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-registry.html"],
    needs: &[Need::Lock],
    docs: r#"
## What it finds

An input whose reference is a name such as `nixpkgs` instead of a place, or about which nothing is said but that `outputs`
takes it.

## Why it matters

What a name means is said by the registries of the machine that makes the lock: the system's, the user's, and one that is
downloaded. Two people who lock the same flake may get different inputs, and Nix 2.26 and later warn about it.

## Bad

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "nixpkgs";
  outputs = { self, nixpkgs }: { };
}
```

```json
// file: flake.lock
{
  "nodes": {
    "nixpkgs": {
      "locked": {
        "lastModified": 1790450978,
        "narHash": "sha256-/eLCD/X9kaWJqPR47+fDozEC87Hjmm3i8gJbYmDAD7g=",
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "5e2305d577ca00acbba631b05cb1094d172b29f3",
        "type": "github"
      },
      "original": { "id": "nixpkgs", "type": "indirect" }
    },
    "root": {
      "inputs": { "nixpkgs": "nixpkgs" }
    }
  },
  "root": "root",
  "version": 7
}
```

```nix
# file: flake.nix
{
  outputs = { self, nixpkgs }: { };
}
```

```json
// file: flake.lock
{
  "nodes": {
    "nixpkgs": {
      "locked": {
        "lastModified": 1790450978,
        "narHash": "sha256-/eLCD/X9kaWJqPR47+fDozEC87Hjmm3i8gJbYmDAD7g=",
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "5e2305d577ca00acbba631b05cb1094d172b29f3",
        "type": "github"
      },
      "original": { "id": "nixpkgs", "type": "indirect" }
    },
    "root": {
      "inputs": { "nixpkgs": "nixpkgs" }
    }
  },
  "root": "root",
  "version": 7
}
```

## Good

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  outputs = { self, nixpkgs }: { };
}
```

```json
// file: flake.lock
{
  "nodes": {
    "nixpkgs": {
      "locked": {
        "lastModified": 1790450978,
        "narHash": "sha256-/eLCD/X9kaWJqPR47+fDozEC87Hjmm3i8gJbYmDAD7g=",
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "5e2305d577ca00acbba631b05cb1094d172b29f3",
        "type": "github"
      },
      "original": { "owner": "NixOS", "ref": "nixos-26.05", "repo": "nixpkgs", "type": "github" }
    },
    "root": {
      "inputs": { "nixpkgs": "nixpkgs" }
    }
  },
  "root": "root",
  "version": 7
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for declared in inputs::declared(context.lock).iter().filter(|declared| !declared.reference.is_direct()) {
        let name = declared.name();
        let message = match &declared.input.reference {
            Some(reference) => format!("input `{name}` is `{}`, a name of the registries", reference.display()),
            None => format!("nothing says where input `{name}` comes from, so the registries decide"),
        };
        let direct = direct_url(context, declared);
        let help = match &direct {
            Some(url) => format!("say where it is: `{}.url = \"{url}\";`", declared.attr()),
            None => format!("say where it is: `{}.url = \"github:…\";`", declared.attr()),
        };
        findings.push(
            Report::new(declared.attr(), message)
                .at(inputs::place(context, declared.input), "means what this machine's registries say")
                .help(help)
                .fix("Say where it is", direct.and_then(|url| inputs::replace_url(context, declared.input, &url))),
        );
    }
}

/// What the name means in the global registry, or what the lock has found for it, at the branch that is asked for.
fn direct_url(context: &Context<'_>, declared: &Declared<'_>) -> Option<String> {
    let reference = &declared.reference;
    if reference.get("id") == Some("nixpkgs") {
        let version = reference.get("rev").or(reference.get("ref")).unwrap_or("nixpkgs-unstable");
        return Some(format!("github:NixOS/nixpkgs/{version}"));
    }
    let locked = &inputs::node(context.lock, declared.input).filter(|_| declared.is_direct())?.locked;
    let (owner, name) = (locked.get("owner")?, locked.get("repo")?);
    let version = reference.get("rev").or(reference.get("ref")).map_or(String::new(), |version| format!("/{version}"));
    matches!(locked.kind(), "github" | "gitlab" | "sourcehut")
        .then(|| format!("{}:{owner}/{name}{version}", locked.kind()))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, locked_inputs, of_inputs};
    use bt_container::Facts;

    #[test]
    fn names_are_reported() {
        assert_eq!(
            of_inputs(&RULE, &[("n", "nixpkgs/nixos-26.05"), ("u", "flake:utils"), ("d", "github:o/r")]),
            [
                "input `n` is `flake:nixpkgs/nixos-26.05`, a name of the registries",
                "input `u` is `flake:utils`, a name of the registries"
            ]
        );
    }

    #[test]
    fn the_advice_is_what_the_lock_found() {
        let mut world = World::new(Facts::default());
        world.lock = locked_inputs(&[
            ("a", "nixpkgs", "github:NixOS/nixpkgs"),
            ("b", "x/v1", "gitlab:o/r"),
            ("c", "x", "path:/x"),
        ]);
        world.lock.inputs[0].reference = None;
        world.lock.inputs[0].name = "nixpkgs".into();
        let helps: Vec<String> = world.check(&RULE).into_iter().filter_map(|f| f.help).collect();
        assert_eq!(
            helps,
            [
                "say where it is: `inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixpkgs-unstable\";`",
                "say where it is: `inputs.b.url = \"gitlab:o/r/v1\";`",
                "say where it is: `inputs.c.url = \"github:…\";`"
            ]
        );
    }
}
