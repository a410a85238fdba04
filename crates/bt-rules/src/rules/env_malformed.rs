//! CFG018: `Env` is not a list of `\"NAME=VALUE\"`.

use crate::context::Context;
use crate::edit::remove_element;
use crate::findings::{Findings, SUBJECTS};
use crate::image::{report, setting};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, Node, NodeKind};
use bt_diag::Severity;
use std::collections::BTreeMap;

pub(crate) const RULE: Rule = Rule {
    code: "CFG018",
    name: "env-malformed",
    severity: Severity::Error,
    off: false,
    summary: "`Env` is not a list of `\"NAME=VALUE\"`",
    fix: FixKind::Safe,
    references: &["https://github.com/opencontainers/image-spec/blob/main/config.md"],
    needs: &[Need::Config],
    docs: r#"
## What it finds

`Env` that is an attribute set or a string; an element that is no string, has no `=`, no name, or a space in its name; a
variable that is there twice.

## Why it matters

dockerTools writes the value into the image's configuration as it is. Runtimes read a JSON array of strings there: they refuse
anything else, drop what has no `=`, and of two values each takes another.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Env = { PORT = "8080"; };
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Env = [ "PORT" "8080" ];
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Env = [ "MODE=fast" "MODE=safe" ];
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Env = [ "MODE=fast" "LEVEL=3" "MODE=fast" ];
  };
}
```

## Good

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Env = [ "PORT=8080" "EMPTY=" ];
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Env = lib.mapAttrsToList (name: value: "${name}=${value}") { PORT = "8080"; };
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let Some(node) = setting(image, "Env") else {
            continue;
        };
        match &node.kind {
            NodeKind::Failed => {}
            NodeKind::List(items) => {
                let mut seen: BTreeMap<&str, &Node> = BTreeMap::new();
                for item in items {
                    check_item(context, image, node, item, &mut seen, findings);
                }
            }
            _ => {
                let help = match node.kind {
                    NodeKind::Map(_) => "`Env = lib.mapAttrsToList (name: value: \"${name}=${value}\") { … };`",
                    _ => "one string per variable: `Env = [ \"NAME=value\" ];`",
                };
                let message = format!("`Env` of {SUBJECTS} is {}, not a list of strings", node.describe());
                let place = context.setting(image, node);
                findings.push(report(context, image, "config.Env", message, place, "not a list").help(help));
            }
        }
    }
}

fn check_item<'i>(
    context: &Context<'_>,
    image: &Image,
    list: &Node,
    item: &'i Node,
    seen: &mut BTreeMap<&'i str, &'i Node>,
    findings: &mut Findings,
) {
    let place = context.value(item).or_else(|| context.setting(image, list));
    let report = |message: String, label: &str, help: &str| {
        report(context, image, "config.Env", message, place, label).help(help)
    };
    let help = "one string per variable: `\"NAME=value\"`";
    let Some(text) = item.text() else {
        if item.kind != NodeKind::Failed {
            let message = format!("an element of `Env` in {SUBJECTS} is {}, not a string", item.describe());
            findings.push(report(message, "not a string", help));
        }
        return;
    };
    let name = text.split_once('=').map_or(text, |(name, _)| name);
    // The value may be a secret: only the name is shown.
    let shown: String = name.chars().take(40).collect();
    if !text.contains('=') {
        let message = format!("an element of `Env` in {SUBJECTS} has no `=`");
        findings.push(report(message, "no variable", help));
    } else if name.is_empty() || name.contains(char::is_whitespace) {
        let message = format!("the name of a variable in `Env` of {SUBJECTS}, `{shown}`, is empty or has a space");
        findings.push(report(message, "no name", help));
    } else if let Some(first) = seen.get(name) {
        let message = format!("`{shown}` is in `Env` of {SUBJECTS} twice");
        let help = "keep one of them: which one counts depends on the program that reads it";
        // The same twice changes nothing, so it can go.
        let edit = if first.text() == Some(text) { remove_element(context, context.value(item)) } else { None };
        findings.push(
            report(message, "once more", help)
                .and_at(context.value(first), "first here")
                .severity(if first.text() == Some(text) { Severity::Warning } else { Severity::Error })
                .fix("Remove the second one", edit),
        );
    } else {
        seen.insert(name, item);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, list, map, of_image, text};
    use bt_container::{Node, NodeKind};

    fn env(node: Node) -> Vec<String> {
        of_image(&RULE, image("a").config([("Env", node)]))
    }

    #[test]
    fn only_lists_of_variables_are_read() {
        assert_eq!(env(map([("A", text("1"))])), ["`Env` of image `a` is an attribute set, not a list of strings"]);
        assert_eq!(env(list([text("PORT")])), ["an element of `Env` in image `a` has no `=`"]);
        assert_eq!(env(list([Node::new(NodeKind::Int(1))])).len(), 1);
        assert_eq!(env(list([text("=x"), text("A B=1")])).len(), 2);
        assert!(env(list([text("A="), text("B=x=y"), Node::new(NodeKind::Failed)])).is_empty());
    }

    #[test]
    fn variables_are_there_once() {
        assert_eq!(env(list([text("A=1"), text("B=1"), text("A=2")])), ["`A` is in `Env` of image `a` twice"]);
        assert!(env(list([text("A=1"), text("a=1")])).is_empty());
    }
}
