//! CMP022: a container that can be changed while it runs.

use crate::context::Context;
use crate::deployment::setting;
use crate::edit::add_attribute;
use crate::findings::{Findings, SUBJECTS};
use crate::rule::{FixKind, Need, Rule};
use crate::services::{by_remarks, is_whole, lacking};
use bt_container::Service;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CMP022",
    name: "writable-root-filesystem",
    severity: Severity::Info,
    off: false,
    summary: "Services may write to the root of their file system",
    fix: FixKind::Unsafe,
    references: &["CIS Docker Benchmark 5.13", "compose-lint CL-0007"],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

Services without `read_only`; all of a compose file are one finding. `read_only = false` is an answer.

## Why it matters

Whoever breaks into a program can put other programs beside it, or change those that are there. What a program writes
outside of its volumes is lost with the container; a read-only root shows it at once.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app.image = "example.org/app:1.0";
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    read_only = true;
    tmpfs = [ "/tmp" ];
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for compose in context.compose_files() {
        let services = compose.services.iter().filter(|service| is_whole(service));
        let without: Vec<&Service> = services.filter(|service| setting(service, "read_only").is_none()).collect();
        let message = format!("the root of the file system is writable in {SUBJECTS}");
        for without in by_remarks(context, &RULE, without) {
            let label = "nothing keeps it from being changed";
            let Some(report) = lacking(context, compose, &without.services, &message, label) else { continue };
            let attribute = "read_only = true;";
            let edit = without.shared_set(context).and_then(|set| add_attribute(context, &set, attribute));
            findings.push(
                report
                    .help(format!("add `{attribute}`, and `tmpfs = [ \"/tmp\" ];` where the program needs it"))
                    .fix("Make the root read-only", edit),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{map, of_compose, text};
    use bt_container::{Node, NodeKind};

    #[test]
    fn all_services_are_one_finding() {
        let bare = || map([("image", text("x"))]);
        let answered = map([("read_only", Node::new(NodeKind::Bool(false)))]);
        assert_eq!(
            of_compose(&RULE, [("services", map([("a", bare()), ("b", bare()), ("c", answered)]))]),
            ["the root of the file system is writable in services `a` and `b`"]
        );
    }
}
