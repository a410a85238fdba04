//! FLK008: an input with its own nixpkgs.

use super::duplicate_nixpkgs::{RULE as DUPLICATE_NIXPKGS, duplicates};
use crate::context::Context;
use crate::findings::{Findings, Report};
use crate::inputs;
use crate::knowledge::nixpkgs::Repository;
use crate::rule::{FixKind, Need, Rule};
use bt_diag::{Edit, Severity, Span};
use bt_flake::{InputFact, NodeFact};

pub(crate) const RULE: Rule = Rule {
    code: "FLK008",
    name: "missing-follows",
    severity: Severity::Info,
    off: false,
    summary: "An input brings its own nixpkgs instead of following that of the flake",
    fix: FixKind::Safe,
    references: &["https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake.html#flake-inputs"],
    needs: &[Need::Lock],
    docs: r#"
## What it finds

An input of the flake that has an input `nixpkgs` of its own in the lock, while the flake has one too, both from the same
repository. Where the revisions differ too, `duplicate-nixpkgs` says so.

## Why it matters

One line lets both be the same, so that there is one nixpkgs to download, to evaluate and to update, and what is built from
it is shared. Who wants to use an input's binary cache keeps that input's nixpkgs, and ignores this.

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
    let told = if (context.is_on)(&DUPLICATE_NIXPKGS) { duplicates(context) } else { Vec::new() };
    for own in own_nixpkgs(context) {
        if told.iter().flatten().any(|node| std::ptr::eq(*node, own.nixpkgs)) {
            continue;
        }
        let name = &own.input.name;
        let line = format!("{}.follows = \"nixpkgs\";", inputs::attr_of(&[name.as_str(), NIXPKGS]));
        findings.push(
            Report::new(
                inputs::attr_of(&[name.as_str(), NIXPKGS]),
                format!("input `{name}` brings its own nixpkgs, beside that of the flake"),
            )
            .at(inputs::place(context, own.input), "does not follow the flake's `nixpkgs`")
            .help(format!("let it follow, unless its binary cache is used: `{line}`"))
            .fix("Let it follow the flake's `nixpkgs`", follow(context, own.input)),
        );
    }
}

/// An input that could follow the flake's `nixpkgs`.
pub(crate) struct OwnNixpkgs<'a> {
    pub(crate) input: &'a InputFact,
    /// What it is locked at instead.
    pub(crate) nixpkgs: &'a NodeFact,
}

/// The flake's inputs with a nixpkgs of their own, of the same repository.
pub(crate) fn own_nixpkgs<'a>(context: &Context<'a>) -> Vec<OwnNixpkgs<'a>> {
    let mut found = Vec::new();
    let lock = context.lock;
    let nixpkgs = |node: &NodeFact| Repository::of(&node.locked).filter(Repository::is_nixpkgs).map(|r| r.identity());
    let Some(own) = lock.inputs.iter().find(|input| input.name == NIXPKGS) else { return found };
    let Some(repository) = inputs::node(lock, own).and_then(nixpkgs) else { return found };
    for input in lock.inputs.iter().filter(|input| input.name != NIXPKGS && input.follows.is_none()) {
        let Some(node) = inputs::node(lock, input).filter(|node| node.is_flake) else { continue };
        let brought = node.inputs.iter().find(|(name, _)| name == NIXPKGS).and_then(|(_, at)| lock.nodes.get(*at));
        let brought = brought.filter(|node| node.is_flake && nixpkgs(node).as_ref() == Some(&repository));
        let is_said = input.inputs.iter().any(|below| below.name == NIXPKGS);
        found.extend(brought.filter(|_| !is_said).map(|nixpkgs| OwnNixpkgs { input, nixpkgs }));
    }
    found
}

const NIXPKGS: &str = "nixpkgs";

/// The line after that of the `url`, in the same words: `inputs.x.url`, `x.url` or `url`.
pub(crate) fn follow(context: &Context<'_>, input: &InputFact) -> Option<Edit> {
    let (_, position) = input.url.as_ref()?;
    let name = context.own(context.name_at(*position))?;
    let whole = context.places.binding_at(*position)?;
    let before = context.text(name)?.strip_suffix("url")?.to_string();
    let file = context.sources.file_at(whole.start)?;
    let start = file.range(whole).start;
    let indent = file.text[..start].rsplit('\n').next().filter(|indent| indent.trim().is_empty());
    let space = indent.map_or(" ".to_string(), |indent| format!("\n{indent}"));
    let end = Span::new(whole.end, whole.end);
    Some(Edit { span: end, text: format!("{space}{before}inputs.nixpkgs.follows = \"nixpkgs\";") })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, locked_inputs};
    use bt_container::Facts;

    /// What a flake.nix becomes by the fix, for an input `a` with its own nixpkgs.
    fn fixed(source: &str) -> Option<String> {
        let mut world = World::with_source(Facts::default(), source);
        let nixpkgs = "github:NixOS/nixpkgs";
        world.lock =
            locked_inputs(&[("nixpkgs", nixpkgs, nixpkgs), ("a", "github:o/a", "github:o/a"), ("x", nixpkgs, nixpkgs)]);
        world.lock.inputs.pop();
        world.lock.nodes[1].inputs = vec![("nixpkgs".into(), 2)];
        let at = source.find("url = \"github:o/a").unwrap();
        let at = source[..at].rfind(['\n', ' ', '{']).map_or(0, |n| n + 1);
        world.lock.inputs[1].url = Some(("github:o/a".into(), world.base() + at as u32));
        let found = world.check(&RULE);
        assert_eq!(found[0].attr, "inputs.a.inputs.nixpkgs");
        let edit = &found[0].fix.as_ref()?.edits[0];
        let at = (edit.span.start - world.base()) as usize;
        Some(format!("{}{}{}", &source[..at], edit.text, &source[at..]))
    }

    #[test]
    fn the_line_stands_where_the_url_does() {
        for (before, after) in [
            (
                "{\n  inputs.a.url = \"github:o/a\";\n}",
                "{\n  inputs.a.url = \"github:o/a\";\n  inputs.a.inputs.nixpkgs.follows = \"nixpkgs\";\n}",
            ),
            (
                "{ inputs = { a.url = \"github:o/a\"; }; }",
                "{ inputs = { a.url = \"github:o/a\"; a.inputs.nixpkgs.follows = \"nixpkgs\"; }; }",
            ),
            (
                "{ inputs.a = {\n    url = \"github:o/a\";\n  }; }",
                "{ inputs.a = {\n    url = \"github:o/a\";\n    inputs.nixpkgs.follows = \"nixpkgs\";\n  }; }",
            ),
        ] {
            assert_eq!(fixed(before).as_deref(), Some(after));
        }
    }

    #[test]
    fn what_follows_or_is_something_else_is_fine() {
        let check = |change: &dyn Fn(&mut bt_flake::LockFacts)| {
            let mut world = World::new(Facts::default());
            let nixpkgs = "github:NixOS/nixpkgs";
            world.lock = locked_inputs(&[
                ("nixpkgs", nixpkgs, nixpkgs),
                ("a", "github:o/a", "github:o/a"),
                ("x", nixpkgs, nixpkgs),
            ]);
            world.lock.inputs.pop();
            world.lock.nodes[1].inputs = vec![("nixpkgs".into(), 2)];
            change(&mut world.lock);
            world.check(&RULE).len()
        };
        assert_eq!(check(&|_| {}), 1);
        assert_eq!(check(&|lock| lock.nodes[1].inputs.clear()), 0);
        assert_eq!(check(&|lock| lock.nodes[2].is_flake = false), 0);
        assert_eq!(check(&|lock| lock.inputs[1].follows = Some(vec!["b".into()])), 0);
        assert_eq!(check(&|lock| lock.inputs[0].name = "other".into()), 0);
        let said = || bt_flake::InputFact { name: "nixpkgs".into(), ..bt_flake::InputFact::default() };
        assert_eq!(check(&|lock| lock.inputs[1].inputs.push(said())), 0);
    }
}
