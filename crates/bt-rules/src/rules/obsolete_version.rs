//! CMP002: a compose file with `version`.

use crate::context::Context;
use crate::edit::remove_binding;
use crate::findings::{Findings, Report};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CMP002",
    name: "obsolete-version",
    severity: Severity::Warning,
    off: false,
    summary: "The compose file has a top-level `version`, which is obsolete",
    fix: FixKind::Safe,
    references: &["https://github.com/compose-spec/compose-spec/blob/main/04-version-and-name.md"],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

A top-level `version` in a compose file.

## Why it matters

Compose takes no notice of it, and warns about it at every command: the file is always read by the newest schema. It
suggests to readers that the file is bound to an old one.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  version = "3.8";
  services.app.image = "example.org/app:1.0";
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app.image = "example.org/app:1.0";
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for compose in context.compose_files() {
        let Some(node) = compose.root.get("version") else {
            continue;
        };
        let value = node.scalar().map_or_else(String::new, |version| format!(" \"{version}\""));
        let place = context.name(node).or_else(|| context.set(&compose.root));
        findings.push(
            Report::new(
                format!("{}.version", compose.attr),
                format!("the compose file has a `version`{value}, which is obsolete"),
            )
            .at(place, "compose takes no notice of it")
            .help("remove it")
            .fix("Remove `version`", remove_binding(context, node.position)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, compose, map, of_compose, text};
    use bt_container::{Facts, Node};

    #[test]
    fn version_is_reported_and_removed() {
        let source = "{\n  version = \"3.8\";\n  services = { };\n}\n";
        let position = World::with_source(Facts::default(), source).base() + 4;
        let root = [("version", Node { position, ..text("3.8") }), ("services", map([]))];
        let world = World::with_source(Facts { compose: vec![compose(root)], ..Facts::default() }, source);
        let found = world.check(&RULE);
        assert_eq!(found.len(), 1);
        let fix = found[0].fix.as_ref().unwrap();
        assert_eq!((fix.edits[0].span.start, fix.edits[0].span.end), (position - 2, position + 17));
        assert!(of_compose(&RULE, [("services", map([]))]).is_empty());
    }
}
