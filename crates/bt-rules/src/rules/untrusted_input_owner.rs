//! SUP002: inputs from owners nobody has listed.

use crate::context::Context;
use crate::findings::{Findings, Report, listed};
use crate::inputs;
use crate::knowledge::nixpkgs::Repository;
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;
use std::collections::BTreeSet;

pub(crate) const RULE: Rule = Rule {
    code: "SUP002",
    name: "untrusted-input-owner",
    severity: Severity::Warning,
    off: true,
    summary: "An input comes from an owner who is not on the list",
    fix: FixKind::None,
    references: &["https://slsa.dev/spec/v1.0/threats-overview", "https://csrc.nist.gov/pubs/sp/800/190/final"],
    needs: &[Need::Lock],
    docs: r#"
## What it finds

A node of `flake.lock` whose repository belongs to someone who is not on the list of trusted owners; NixOS is. Inputs of
inputs count too. The rule is off unless it is selected, because only you know whom you trust.

## Why it matters

Every input can put code into the build. A list makes it visible when one comes from someone new.

## Bad

```nix
# file: flake.nix
{
  inputs.tool.url = "github:someone/tool";
  outputs = { self, tool }: { };
}
```

```json
// file: flake.lock
{
  "nodes": {
    "root": {
      "inputs": { "tool": "tool" }
    },
    "tool": {
      "locked": {
        "lastModified": 1790000000,
        "narHash": "sha256-mLiPeFg6LDZAZ0Wkyd7Vv7lUBJSm8MLbHqSSQqVLQ0Q=",
        "owner": "someone",
        "repo": "tool",
        "rev": "0f0b4f4a6ba7cd95b1a6a8d7cdd5c3b0d0f5e1a2",
        "type": "github"
      },
      "original": { "owner": "someone", "repo": "tool", "type": "github" }
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
    let mut seen = BTreeSet::new();
    for node in &context.lock.nodes {
        let Some(Repository { host, owner, .. }) = Repository::of(&node.locked) else { continue };
        let trusted = &context.options.trusted_owners;
        let is_trusted = trusted.iter().any(|known| known.eq_ignore_ascii_case(&owner));
        if is_trusted || !seen.insert((host.clone(), owner.to_ascii_lowercase())) {
            continue;
        }
        let input = context.lock.inputs.iter().find(|input| Some(&input.name) == node.path.first());
        let declared = input.and_then(|input| inputs::place(context, input));
        let place = if node.path.len() == 1 {
            declared.or(context.own(node.span))
        } else {
            context.own(node.span).or(declared)
        };
        let name = node.path.join("/");
        findings.push(
            Report::new(
                inputs::attr_of(&node.path),
                format!("input `{name}` belongs to `{owner}` on {host}, who is not on the list"),
            )
            .at(place, "can put code into the build")
            .and_at(declared, "brought by this input")
            .help(format!("trusted are {}", listed(trusted, 8))),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, locked_inputs};
    use bt_container::Facts;

    #[test]
    fn owners_are_on_the_list_or_not() {
        let check = |trusted: &[&str]| -> Vec<String> {
            let mut world = World::new(Facts::default());
            let inputs =
                ["github:nixos/nixpkgs", "github:o/a", "github:O/b", "git+https://example.org/p/x", "path:./x"];
            world.lock = locked_inputs(&inputs.map(|url| ("x", url, url)));
            world.options.trusted_owners = trusted.iter().map(|name| (*name).to_string()).collect();
            world.check(&RULE).into_iter().map(|f| f.message).collect()
        };
        assert_eq!(
            check(&["NixOS"]),
            [
                "input `x` belongs to `o` on github.com, who is not on the list",
                "input `x` belongs to `p` on example.org, who is not on the list"
            ]
        );
        assert!(check(&["NixOS", "o", "p"]).is_empty());
    }
}
