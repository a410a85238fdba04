//! FLK007: several revisions of nixpkgs.

use super::missing_follows::{follow, own_nixpkgs};
use crate::context::Context;
use crate::date::day_of;
use crate::findings::{Findings, Report, listed};
use crate::inputs;
use crate::knowledge::nixpkgs::Repository;
use crate::rule::{FixKind, Need, Rule};
use bt_diag::{Edit, Severity, Span};
use bt_flake::NodeFact;
use std::collections::BTreeMap;

pub(crate) const RULE: Rule = Rule {
    code: "FLK007",
    name: "duplicate-nixpkgs",
    severity: Severity::Warning,
    off: false,
    summary: "Inputs bring their own revisions of nixpkgs",
    fix: FixKind::Unsafe,
    references: &[
        "https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake.html#flake-inputs",
        "https://github.com/NotAShelf/flint",
    ],
    needs: &[Need::Lock],
    docs: r#"
## What it finds

A lock that has several revisions of one repository of nixpkgs, where an input of an input has one that `flake.nix` itself
does not ask for. Several that `flake.nix` names itself, such as a stable and an unstable one, are its own choice.

## Why it matters

Each one is downloaded and evaluated, and what is built from them shares nothing: an image gets two glibc, two openssl. A
security fix reaches only the one that was updated.

## Bad

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  inputs.tool.url = "github:someone/tool";
  outputs = { self, nixpkgs, tool }: { };
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
    "nixpkgs_2": {
      "locked": {
        "lastModified": 1785542400,
        "narHash": "sha256-0m27AKv6ka+q270dw48KflE0LwQYrO7Fm4/2//KCVWg=",
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "3e3afe5174c561dee0df6f2c2b2236990146329f",
        "type": "github"
      },
      "original": { "owner": "NixOS", "ref": "nixos-26.05", "repo": "nixpkgs", "type": "github" }
    },
    "root": {
      "inputs": { "nixpkgs": "nixpkgs", "tool": "tool" }
    },
    "tool": {
      "inputs": { "nixpkgs": "nixpkgs_2" },
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
  inputs.tool.url = "github:someone/tool";
  inputs.tool.inputs.nixpkgs.follows = "nixpkgs";
  outputs = { self, nixpkgs, tool }: { };
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
      "inputs": { "nixpkgs": "nixpkgs", "tool": "tool" }
    },
    "tool": {
      "inputs": { "nixpkgs": ["nixpkgs"] },
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
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for nodes in duplicates(context) {
        findings.push(report(context, &nodes));
    }
}

/// Locked nixpkgs of one repository each, of several revisions.
pub(crate) fn duplicates<'a>(context: &Context<'a>) -> Vec<Vec<&'a NodeFact>> {
    let mut repositories: BTreeMap<_, Vec<&NodeFact>> = BTreeMap::new();
    for node in context.lock.nodes.iter().filter(|node| node.is_flake && node.locked.has("rev")) {
        if is_to_follow(context, &node.path) {
            continue;
        }
        if let Some(repository) = Repository::of(&node.locked).filter(Repository::is_nixpkgs) {
            repositories.entry(repository.identity()).or_default().push(node);
        }
    }
    let is_duplicated = |nodes: &Vec<&NodeFact>| {
        let revision = |node: &NodeFact| node.locked.get("rev").unwrap_or_default().to_string();
        let (own, brought): (Vec<&NodeFact>, Vec<&NodeFact>) = nodes.iter().partition(|node| node.path.len() == 1);
        let first = own.first().or(brought.first()).map(|node| revision(node));
        let is_own = |node: &&NodeFact| own.iter().any(|o| revision(o) == revision(node));
        brought.iter().any(|node| !is_own(node) && Some(revision(node)) != first)
    };
    repositories.into_values().filter(is_duplicated).collect()
}

/// Whether flake.nix lets an input follow another already: then the lock is old, which is another rule's.
fn is_to_follow(context: &Context<'_>, path: &[String]) -> bool {
    let mut inputs = &context.lock.inputs;
    for name in path {
        let Some(input) = inputs.iter().find(|input| input.name == *name) else { return false };
        if input.follows.is_some() {
            return true;
        }
        inputs = &input.inputs;
    }
    false
}

fn report(context: &Context<'_>, nodes: &[&NodeFact]) -> Report {
    let mut revisions: Vec<&str> = nodes.iter().filter_map(|node| node.locked.get("rev")).collect();
    revisions.sort_unstable();
    revisions.dedup();
    let pullers: Vec<String> = nodes.iter().map(|node| node.path.join("/")).collect();
    let count = revisions.len();
    let message = format!("nixpkgs is locked at {count} revisions, by the inputs {}", listed(&pullers, 6));
    let first = &nodes[0].path;
    let mut report = Report::new(inputs::attr_of(first), message)
        .at(place(context, first).or(context.own(nodes[0].span)), said(nodes[0]))
        .help(advice(&nodes[1..]))
        .fixes("Let the inputs follow the flake's `nixpkgs`", follows(context, nodes));
    for node in &nodes[1..] {
        report = report.and_at(place(context, &node.path), format!("`{}`: {}", node.path.join("/"), said(node)));
    }
    report
}

/// The lines that make the flake's own inputs follow.
fn follows(context: &Context<'_>, nodes: &[&NodeFact]) -> Vec<Edit> {
    let brought =
        own_nixpkgs(context).into_iter().filter(|own| nodes.iter().any(|node| std::ptr::eq(*node, own.nixpkgs)));
    brought.filter_map(|own| follow(context, own.input)).collect()
}

/// Where flake.nix declares the first input of a way.
fn place(context: &Context<'_>, path: &[String]) -> Option<Span> {
    let input = context.lock.inputs.iter().find(|input| Some(&input.name) == path.first())?;
    context.own(input.span)
}

/// Revision and day.
fn said(node: &NodeFact) -> String {
    let revision = inputs::short_revision(&node.locked).unwrap_or_default();
    match node.locked.integer("lastModified").and_then(|time| i64::try_from(time).ok()) {
        Some(time) => format!("{revision} of {}", day_of(time)),
        None => revision.to_string(),
    }
}

fn advice(nodes: &[&NodeFact]) -> String {
    let brought = nodes.iter().filter(|node| node.path.len() > 1).take(4);
    let lines: Vec<String> =
        brought.map(|node| format!("`{}.follows = \"nixpkgs\";`", inputs::attr_of(&node.path))).collect();
    format!("let them use one: {}", lines.join(" "))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, locked_inputs};
    use bt_container::Facts;

    /// What is said of nodes, each of a way and a revision (a digit).
    fn check(nodes: &[(&str, char)]) -> Vec<String> {
        let mut world = World::new(Facts::default());
        let urls: Vec<String> =
            nodes.iter().map(|(_, rev)| format!("github:NixOS/nixpkgs/{}", rev.to_string().repeat(40))).collect();
        let inputs: Vec<(&str, &str, &str)> = urls.iter().map(|url| ("x", url.as_str(), url.as_str())).collect();
        world.lock = locked_inputs(&inputs);
        for (node, (way, _)) in world.lock.nodes.iter_mut().zip(nodes) {
            node.path = way.split('/').map(str::to_string).collect();
        }
        world.check(&RULE).into_iter().map(|f| f.message).collect()
    }

    #[test]
    fn who_brings_another_revision_is_named() {
        assert_eq!(
            check(&[("nixpkgs", '1'), ("a/nixpkgs", '2'), ("a/b/nixpkgs", '2')]),
            ["nixpkgs is locked at 2 revisions, by the inputs `nixpkgs`, `a/nixpkgs` and `a/b/nixpkgs`"]
        );
        assert_eq!(check(&[("a/nixpkgs", '1'), ("b/nixpkgs", '2')]).len(), 1);
    }

    #[test]
    fn one_revision_and_ones_own_choices_are_fine() {
        assert!(check(&[("nixpkgs", '1'), ("a/nixpkgs", '1')]).is_empty());
        assert!(check(&[("nixpkgs", '1'), ("unstable", '2'), ("a/nixpkgs", '2')]).is_empty());
        assert!(check(&[("a/nixpkgs", '1')]).is_empty() && check(&[]).is_empty());
    }
}
