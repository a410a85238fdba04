//! FLK001: inputs that no lock pins as they are declared.

use crate::context::{Context, attr_name};
use crate::findings::{Findings, Report, listed};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;
use bt_flake::InputFact;

pub(crate) const RULE: Rule = Rule {
    code: "FLK001",
    name: "missing-lock",
    severity: Severity::Error,
    off: false,
    summary: "There is no flake.lock, or it does not fit flake.nix",
    fix: FixKind::None,
    references: &["https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake.html#lock-files"],
    needs: &[Need::Lock, Need::Files],
    docs: r#"
## What it finds

A flake with inputs and without `flake.lock`; an input that `flake.lock` does not have, or for which it has something else
than `flake.nix` says; an input in `flake.lock` that `flake.nix` does not have any more. Inputs that are folders of the
flake itself (`path:./backend`) need no lock.

## Why it matters

Without a lock, an input is whatever its branch is at the moment. Two builds of one commit give two images, and nobody can
say which nixpkgs, with which vulnerabilities, is in the one that runs. A lock that does not fit is changed by whoever uses
it next, and is an error for those who must not change it (`--no-update-lock-file`, CI).

## Bad

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  outputs = { self, nixpkgs }: { };
}
```

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  inputs.flake-utils.url = "github:numtide/flake-utils";
  outputs = { self, nixpkgs, flake-utils }: { };
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

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
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

```nix
# file: flake.nix
{
  outputs = { self }: { };
}
```
"#,
    check,
};

const HELP: &str = "run `nix flake lock`, and commit flake.lock";

fn check(context: &Context<'_>, findings: &mut Findings) {
    let lock = context.lock;
    for stale in &lock.stale {
        let (name, locked) = (&stale.name, &stale.locked);
        let (message, label) = match &stale.declared {
            Some(declared) => (
                format!("flake.lock is stale: it has `{locked}` for input `{name}`, not `{declared}`"),
                "not what is locked",
            ),
            None => {
                (format!("flake.lock is stale: it has input `{name}`, which flake.nix does not"), "no input any more")
            }
        };
        let place = context.own(stale.span.or(lock.inputs_span));
        findings.push(Report::new(format!("inputs.{}", attr_name(name)), message).at(place, label).help(HELP));
    }
    let missing: Vec<&InputFact> = lock.inputs.iter().filter(|input| !input.locked).collect();
    if lock.has_lock {
        for input in missing {
            let message = format!("input `{}` is not in flake.lock, so nothing pins it", input.name);
            findings.push(
                Report::new(format!("inputs.{}", attr_name(&input.name)), message)
                    .at(context.own(input.span.or(lock.inputs_span)), "not locked")
                    .help(HELP),
            );
        }
        return;
    }
    let Some(first) = missing.first() else {
        return;
    };
    let names: Vec<&str> = missing.iter().map(|input| input.name.as_str()).collect();
    let plural = if names.len() == 1 { "input" } else { "inputs" };
    let message = format!("there is no flake.lock, so nothing pins {plural} {}", listed(&names, 4));
    findings
        .push(Report::new("inputs", message).at(context.own(lock.inputs_span.or(first.span)), "not locked").help(HELP));
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::World;
    use bt_container::Facts;
    use bt_flake::{InputFact, LockFacts, StaleInput};

    fn check(has_lock: bool, inputs: &[(&str, bool)]) -> Vec<String> {
        let mut world = World::new(Facts::default());
        let inputs = inputs.iter().map(|(name, locked)| InputFact {
            name: (*name).into(),
            locked: *locked,
            ..InputFact::default()
        });
        world.lock = LockFacts { inputs: inputs.collect(), has_lock, ..LockFacts::default() };
        world.check(&RULE).into_iter().map(|f| f.message).collect()
    }

    #[test]
    fn a_lock_may_be_stale() {
        let stale = |declared: Option<&str>| {
            let mut world = World::new(Facts::default());
            let (declared, locked) = (declared.map(str::to_string), "github:o/r".into());
            let stale = vec![StaleInput { name: "x".into(), declared, locked, span: None }];
            world.lock = LockFacts { stale, has_lock: true, ..LockFacts::default() };
            world.check(&RULE).into_iter().map(|f| f.message).collect::<Vec<_>>()
        };
        assert_eq!(
            stale(Some("github:o/r/v1")),
            ["flake.lock is stale: it has `github:o/r` for input `x`, not `github:o/r/v1`"]
        );
        assert_eq!(stale(None), ["flake.lock is stale: it has input `x`, which flake.nix does not"]);
    }

    #[test]
    fn inputs_need_a_lock() {
        assert_eq!(
            check(false, &[("nixpkgs", false), ("systems", false)]),
            ["there is no flake.lock, so nothing pins inputs `nixpkgs` and `systems`"]
        );
        assert_eq!(
            check(true, &[("nixpkgs", true), ("x", false)]),
            ["input `x` is not in flake.lock, so nothing pins it"]
        );
        assert!(check(false, &[]).is_empty() && check(true, &[("nixpkgs", true)]).is_empty());
        assert!(check(false, &[("backend", true)]).is_empty());
    }
}
