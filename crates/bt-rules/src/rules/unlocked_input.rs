//! FLK002: a lock that does not pin.

use crate::context::{Context, attr_name};
use crate::findings::{Findings, Report, listed};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "FLK002",
    name: "unlocked-input",
    severity: Severity::Error,
    off: false,
    summary: "flake.lock does not say exactly what an input is",
    fix: FixKind::None,
    references: &["https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake.html#lock-files"],
    needs: &[Need::Lock],
    docs: r#"
## What it finds

A node of `flake.lock` that lacks `rev` (for what has revisions), `narHash` or `lastModified`.

## Why it matters

`narHash` is what makes sure that the input is the one that was locked; without it, whoever controls the server decides what
is built. Without `rev` nobody can say which version was. Nix refuses such a lock in pure evaluation, or fetches what it
finds.

## Bad

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
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "5e2305d577ca00acbba631b05cb1094d172b29f3",
        "type": "github"
      },
      "original": { "owner": "NixOS", "ref": "nixos-26.05", "repo": "nixpkgs", "type": "github" }
    },
    "root": { "inputs": { "nixpkgs": "nixpkgs" } }
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
    "root": { "inputs": { "nixpkgs": "nixpkgs" } }
  },
  "root": "root",
  "version": 7
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for node in context.lock.unlocked.iter().filter(|node| !node.missing.is_empty()) {
        let path: Vec<String> = node.path.iter().map(|name| attr_name(name)).collect();
        let input = node.path.first().and_then(|name| context.lock.inputs.iter().find(|input| &input.name == name));
        let declared = input.and_then(|input| context.own(input.span));
        let in_lock = context.own(node.span);
        let message = format!("input `{}` is locked without {}", node.path.join("/"), listed(&node.missing, 4));
        findings.push(
            Report::new(format!("inputs.{}", path.join(".inputs.")), message)
                .at(in_lock.or(declared), "does not say exactly what it is")
                .and_at(declared, "declared here")
                .help(format!("lock it again: `nix flake update {}`", node.path.first().map_or("", String::as_str))),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::World;
    use bt_container::Facts;
    use bt_flake::{LockFacts, UnlockedNode};

    #[test]
    fn what_is_missing_is_named() {
        let mut world = World::new(Facts::default());
        let path = vec!["flake-utils".to_string(), "systems".to_string()];
        let node = UnlockedNode { path, missing: vec!["rev", "narHash"], span: None };
        world.lock = LockFacts { unlocked: vec![node], has_lock: true, ..LockFacts::default() };
        let found = world.check(&RULE);
        assert_eq!(found[0].message, "input `flake-utils/systems` is locked without `rev` and `narHash`");
        assert_eq!(found[0].attr, "inputs.flake-utils.inputs.systems");
    }
}
