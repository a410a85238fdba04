//! CFG005: `Cmd` or `Entrypoint` is no list of strings.

use crate::context::{Context, image_attr};
use crate::findings::{Findings, Report, SUBJECTS};
use crate::image::setting;
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, Node, NodeKind};
use bt_diag::{Edit, Severity, Span};

pub(crate) const RULE: Rule = Rule {
    code: "CFG005",
    name: "command-not-a-list",
    severity: Severity::Error,
    off: false,
    summary: "`Cmd` or `Entrypoint` is not a list of strings",
    fix: FixKind::Safe,
    references: &["https://github.com/opencontainers/image-spec/blob/main/config.md", "hadolint DL3025"],
    needs: &[Need::Config],
    docs: r#"
## What it finds

`Cmd` or `Entrypoint` that is a string, or a list that holds something other than strings: another list, a number, `null`.
A package in the list is fine: it becomes its store path.

## Why it matters

dockerTools writes the value into the image's configuration as it is, without a look at it. The OCI specification wants an
array of strings: some runtimes refuse the image, others take the whole string for the name of one program.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = "${pkgs.hello}/bin/hello";
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Entrypoint = [ "${pkgs.caddy}/bin/caddy" ];
    Cmd = [ "run" [ "--environ" ] ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.caddy}/bin/caddy" "respond" "--listen" 8080 ];
    User = "1000:1000";
  };
}
```

## Good

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Entrypoint = [ "${pkgs.caddy}/bin/caddy" ];
    Cmd = [ "respond" "--listen" (toString 8080) ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ (pkgs.writeShellScript "start" "exec ${pkgs.hello}/bin/hello") ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        for key in ["Entrypoint", "Cmd"] {
            if let Some(node) = setting(image, key) {
                check_setting(context, image, key, node, findings);
            }
        }
    }
}

fn check_setting(context: &Context<'_>, image: &Image, key: &str, node: &Node, findings: &mut Findings) {
    let place = context.setting(image, node);
    let report = |message: String, span: Option<Span>| {
        Report::new(image_attr(image, &format!("config.{key}")), message)
            .of("image", image.display_name())
            .at(span, "not a list of strings")
            .and_at(context.call(image), "image built here")
    };
    match &node.kind {
        NodeKind::Failed => {}
        NodeKind::List(items) => {
            let wrong = items.iter().filter(|i| !matches!(i.kind, NodeKind::String(_) | NodeKind::Failed));
            for item in wrong {
                let help = match item.kind {
                    NodeKind::List(_) => "join the lists: `[ \"a\" ] ++ [ \"b\" ]`",
                    NodeKind::Null => "leave the element out where it has no value: `lib.optional condition \"value\"`",
                    _ => "make it a string: `(toString value)`",
                };
                let message = format!("an element of `{key}` in {SUBJECTS} is {}, not a string", item.describe());
                findings.push(report(message, context.value(item).or(place)).help(help));
            }
        }
        _ => {
            let message = format!("`{key}` of {SUBJECTS} is {}, not a list of strings", node.describe());
            let help = format!("one string per word: `{key} = [ \"program\" \"argument\" ];`");
            // Where it is written, not where it is passed on; what else uses it there, nobody knows.
            let written = context.places.inherited(node);
            let edit = if written.is_none() { wrap(context, place, node) } else { None };
            findings.push(
                report(message, written.or(place))
                    .and_at(written.and(place), "becomes the command here")
                    .help(help)
                    .fix("Make it a list", edit),
            );
        }
    }
}

/// Puts brackets around a string literal of one word.
fn wrap(context: &Context<'_>, span: Option<Span>, node: &Node) -> Option<Edit> {
    let (span, value) = (span?, node.text()?);
    let text = context.text(span)?;
    let is_literal = text.len() > 1 && text.starts_with('"') && text.ends_with('"');
    (is_literal && !value.contains(char::is_whitespace)).then(|| Edit { span, text: format!("[ {text} ]") })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, list, of_image, text};
    use bt_container::{Node, NodeKind, Text};

    #[test]
    fn only_strings_are_words() {
        let cmd = |node: Node| of_image(&RULE, image("a").config([("Cmd", node)]));
        assert_eq!(cmd(text("x")), ["`Cmd` of image `a` is a string, not a list of strings"]);
        assert_eq!(cmd(list([list([text("x")])])), ["an element of `Cmd` in image `a` is a list, not a string"]);
        assert_eq!(cmd(list([Node::new(NodeKind::Int(1)), Node::new(NodeKind::Null)])).len(), 2);
    }

    #[test]
    fn packages_and_the_unknown_are_fine() {
        let package = NodeKind::String(Text { text: "/nix/store/x".into(), coerced: true, ..Text::default() });
        let failed = Node::new(NodeKind::Failed);
        assert!(of_image(&RULE, image("a").config([("Cmd", list([Node::new(package), failed.clone()]))])).is_empty());
        assert!(of_image(&RULE, image("a").config([("Entrypoint", failed)])).is_empty());
    }
}
