//! FLK005: an old nixpkgs.

use crate::context::Context;
use crate::date::{DAY, day_of};
use crate::findings::{Findings, Report};
use crate::inputs;
use crate::knowledge::nixpkgs::{Channel, Repository, branch, channel};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;
use bt_flake::{InputFact, NodeFact};

pub(crate) const RULE: Rule = Rule {
    code: "FLK005",
    name: "stale-nixpkgs",
    severity: Severity::Warning,
    off: false,
    summary: "The locked nixpkgs is old",
    fix: FixKind::None,
    references: &["https://github.com/DeterminateSystems/flake-checker", "https://www.cisecurity.org/benchmark/docker"],
    needs: &[Need::Lock],
    docs: r#"
## What it finds

An input of the flake that is nixpkgs and was last changed more than 30 days before the date of the run (`--now`). Branches
that get no updates any more are reported by `unsupported-channel` instead.

## Why it matters

Security holes are mended in nixpkgs every day. Images that are built from an old one have those that became known since
(CIS Docker Benchmark 4.4).

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
        "lastModified": 1785542400,
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
    let mut seen = Vec::new();
    for input in &context.lock.inputs {
        let Some(node) = inputs::node(context.lock, input).filter(|node| is_aged(node, input, context.now)) else {
            continue;
        };
        let Some(modified) = node.locked.integer("lastModified").and_then(|time| i64::try_from(time).ok()) else {
            continue;
        };
        let days = context.now.saturating_sub(modified) / DAY;
        if days <= i64::from(context.options.max_nixpkgs_age) || seen.contains(&input.node) {
            continue;
        }
        seen.push(input.node);
        let name = &input.name;
        // A message that changes from day to day would be a new finding every day.
        let limit = context.options.max_nixpkgs_age;
        let message = format!("input `{name}` is nixpkgs of {}, more than {limit} days ago", day_of(modified));
        let (lock, declared) = (context.own(node.span), inputs::place(context, input));
        let label = format!("{days} days old");
        findings.push(
            Report::new(inputs::attr_of(&[name]), message)
                .at(declared.or(lock), label)
                .and_at(lock, "locked here")
                .help(format!("`nix flake update {name}`")),
        );
    }
}

/// Whether it is nixpkgs, and an update would bring something newer.
fn is_aged(node: &NodeFact, input: &InputFact, now: i64) -> bool {
    let has_ended = |reference| branch(reference).is_some_and(|name| matches!(channel(name, now), Channel::Ended(_)));
    let is_nixpkgs = Repository::of(&node.locked).is_some_and(|repository| repository.is_nixpkgs());
    is_nixpkgs && node.is_flake && !has_ended(&node.original) && !input.reference.as_ref().is_some_and(has_ended)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{NOW, World, locked_inputs};
    use bt_container::Facts;

    fn check(url: &str, days: i64, limit: u32) -> Vec<String> {
        let mut world = World::new(Facts::default());
        let modified = NOW - days * 86400;
        world.lock = locked_inputs(&[("nixpkgs", url, &format!("github:NixOS/nixpkgs?lastModified={modified}"))]);
        world.options.max_nixpkgs_age = limit;
        world.check(&RULE).into_iter().map(|f| f.message).collect()
    }

    #[test]
    fn days_count() {
        let url = "github:NixOS/nixpkgs/nixos-26.05";
        assert_eq!(check(url, 31, 30), ["input `nixpkgs` is nixpkgs of 2026-08-31, more than 30 days ago"]);
        assert!(check(url, 30, 30).is_empty() && check(url, -5, 30).is_empty() && check(url, 31, 60).is_empty());
        // An update would not help.
        assert!(check("github:NixOS/nixpkgs/nixos-24.05", 900, 30).is_empty());
    }
}
