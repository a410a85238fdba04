//! FLK006: a nixpkgs of someone else.

use crate::context::Context;
use crate::findings::{Findings, Report};
use crate::inputs;
use crate::knowledge::nixpkgs::Repository;
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "FLK006",
    name: "non-upstream-nixpkgs",
    severity: Severity::Warning,
    off: false,
    summary: "The nixpkgs of the flake is not that of NixOS",
    fix: FixKind::None,
    references: &["https://github.com/DeterminateSystems/flake-checker"],
    needs: &[Need::Lock],
    docs: r#"
## What it finds

An input that is a nixpkgs, by the name of its repository or its own, and comes from another repository than
`github:NixOS/nixpkgs`.

## Why it matters

A fork gets security updates only when someone merges them, and nothing of it is in the binary cache of NixOS. It decides
what is in every image.

## Bad

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "github:someone/nixpkgs/nixos-26.05";
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
        "owner": "someone",
        "repo": "nixpkgs",
        "rev": "5e2305d577ca00acbba631b05cb1094d172b29f3",
        "type": "github"
      },
      "original": { "owner": "someone", "ref": "nixos-26.05", "repo": "nixpkgs", "type": "github" }
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
    for declared in inputs::declared(context.lock) {
        // What the registries make of a name is in the lock.
        let locked =
            inputs::node(context.lock, declared.input).filter(|_| declared.is_direct()).map(|node| &node.locked);
        let reference = locked.filter(|_| !declared.reference.is_direct()).unwrap_or(&declared.reference);
        let Some(repository) = Repository::of(reference) else { continue };
        let is_named = declared.is_direct() && declared.input.name == "nixpkgs";
        if repository.is_upstream() || !(repository.is_nixpkgs() || is_named) {
            continue;
        }
        let (name, Repository { host, owner, name: project }) = (declared.name(), &repository);
        if context.options.nixpkgs_owners.iter().any(|known| known.eq_ignore_ascii_case(owner)) {
            continue;
        }
        findings.push(
            Report::new(
                declared.attr(),
                format!("input `{name}` is `{owner}/{project}` on {host}, not the nixpkgs of NixOS"),
            )
            .at(inputs::place(context, declared.input), "someone else's")
            .help("use `github:NixOS/nixpkgs`, and put what you change into an overlay or `applyPatches`"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, locked_inputs, of_inputs};
    use bt_container::Facts;

    #[test]
    fn owners() {
        let check = |name: &str, url: &str| of_inputs(&RULE, &[(name, url)]).into_iter().next().unwrap_or_default();
        assert_eq!(
            check("x", "github:me/nixpkgs"),
            "input `x` is `me/nixpkgs` on github.com, not the nixpkgs of NixOS"
        );
        assert!(
            check("x", "git+https://git.example.org/mirror/nixpkgs.git")
                .contains("`mirror/nixpkgs` on git.example.org")
        );
        assert!(check("nixpkgs", "github:cachix/devenv-nixpkgs/rolling").contains("cachix/devenv-nixpkgs"));
        for url in [
            "github:nixos/nixpkgs/nixos-26.05",
            "git+ssh://git@github.com/NixOS/nixpkgs",
            "https://github.com/NixOS/nixpkgs/archive/nixos-26.05.tar.gz",
            "https://channels.nixos.org/nixos-26.05/nixexprs.tar.xz",
            "nixpkgs",
            "path:./nixpkgs",
        ] {
            assert_eq!(check("nixpkgs", url), "", "{url}");
        }
        assert_eq!(check("x", "github:cachix/devenv-nixpkgs/rolling"), "");
    }

    #[test]
    fn owners_can_be_allowed() {
        let count = |owner: &str| {
            let mut world = World::new(Facts::default());
            world.lock = locked_inputs(&[("x", "github:me/nixpkgs", "github:me/nixpkgs")]);
            world.options.nixpkgs_owners = vec![owner.into()];
            world.check(&RULE).len()
        };
        assert_eq!((count("Me"), count("you")), (0, 1));
    }
}
