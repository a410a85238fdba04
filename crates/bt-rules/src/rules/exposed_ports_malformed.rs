//! CFG011: `ExposedPorts` is not what runtimes read.

use crate::context::{Context, attr_name, image_attr};
use crate::findings::{Findings, Report, SUBJECTS};
use crate::image::{parse_exposed, setting};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, Node, NodeKind};
use bt_diag::{Edit, Severity, Span};

pub(crate) const RULE: Rule = Rule {
    code: "CFG011",
    name: "exposed-ports-malformed",
    severity: Severity::Error,
    off: false,
    summary: "`ExposedPorts` is not a set of `\"PORT/PROTOCOL\" = { };`",
    fix: FixKind::Safe,
    references: &["https://github.com/opencontainers/image-spec/blob/main/config.md"],
    needs: &[Need::Config],
    docs: r#"
## What it finds

`ExposedPorts` that is a list, a number or a string; a key that is not `PORT` or `PORT/PROTOCOL` (`"80:80"`,
`"8080/TCP"`); a value that is not the empty set.

## Why it matters

dockerTools writes the value into the image's configuration as it is. Runtimes read a JSON object from port to empty
object there, and refuse the image, or drop the port without a word.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    ExposedPorts = [ 8080 ];
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
    ExposedPorts."80:80" = { };
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
    ExposedPorts = {
      "8080/TCP" = { };
      "9090/tcp" = true;
    };
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
    ExposedPorts = {
      "8080/tcp" = { };
      "5353/udp" = { };
    };
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
    ExposedPorts = lib.genAttrs [ "8080/tcp" "9090/tcp" ] (_: { });
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let Some(node) = setting(image, "ExposedPorts") else {
            continue;
        };
        match &node.kind {
            NodeKind::Failed => {}
            NodeKind::Map(ports) => {
                ports.iter().for_each(|(key, value)| check_port(context, image, node, key, value, findings))
            }
            _ => {
                let place = context.setting(image, node);
                let message = format!("`ExposedPorts` of {SUBJECTS} is {}, not an attribute set", node.describe());
                let set = as_set(node);
                let shown = set.clone().unwrap_or_else(|| "{ \"8080/tcp\" = { }; }".into());
                findings.push(
                    report(context, image, "config.ExposedPorts", message, place)
                        .help(format!("one attribute per port: `ExposedPorts = {shown};`"))
                        .fix("Make it an attribute set", replace(context, place, set)),
                );
            }
        }
    }
}

fn report(context: &Context<'_>, image: &Image, attr: &str, message: String, place: Option<Span>) -> Report {
    Report::new(image_attr(image, attr), message)
        .of("image", image.display_name())
        .at(place, "not as runtimes read it")
        .and_at(context.call(image), "image built here")
}

fn check_port(context: &Context<'_>, image: &Image, set: &Node, key: &str, value: &Node, findings: &mut Findings) {
    let attr = format!("config.ExposedPorts.{}", attr_name(key));
    if parse_exposed(key).is_none() {
        let lower = key.to_ascii_lowercase();
        let is_upper = parse_exposed(&lower).is_some();
        let place = context.name(value).or_else(|| context.setting(image, set));
        let help = if is_upper {
            format!("protocols are lower-case: `\"{lower}\" = {{ }};`")
        } else {
            "the key is the port in the container and its protocol: `\"8080/tcp\" = { };`".to_string()
        };
        let edit =
            place.filter(|span| is_upper && context.text(*span).is_some_and(|text| text == format!("\"{key}\"")));
        let message = format!("`{key}` in `ExposedPorts` of {SUBJECTS} is not PORT or PORT/PROTOCOL");
        findings.push(
            report(context, image, &attr, message, place)
                .help(help)
                .fix("Write the protocol in lower case", edit.map(|span| Edit { span, text: format!("\"{lower}\"") })),
        );
        return;
    }
    let is_empty = matches!(&value.kind, NodeKind::Map(entries) if entries.is_empty());
    if !is_empty && !matches!(value.kind, NodeKind::Null | NodeKind::Failed) {
        let message = match &value.kind {
            NodeKind::Map(_) => {
                format!("`ExposedPorts.\"{key}\"` of {SUBJECTS} holds attributes, which runtimes ignore")
            }
            _ => format!("`ExposedPorts.\"{key}\"` of {SUBJECTS} is {}, not an empty attribute set", value.describe()),
        };
        let place = context.value(value).or_else(|| context.setting(image, set));
        let help = format!("the port is all there is to say: `\"{key}\" = {{ }};`");
        findings.push(report(context, image, &attr, message, place).help(help));
    }
}

/// The attribute set that a list of ports, or one port, should have been.
fn as_set(node: &Node) -> Option<String> {
    let ports = if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() };
    let key = |port: &Node| {
        let exposed = parse_exposed(&port.scalar()?.to_ascii_lowercase())?;
        Some(format!("\"{}/{}\" = {{ }};", exposed.range, exposed.protocol))
    };
    let keys: Option<Vec<String>> = ports.iter().map(key).collect();
    Some(format!("{{ {} }}", keys?.join(" ")))
}

/// Replaces a list of literals; a list that is computed is left alone.
fn replace(context: &Context<'_>, span: Option<Span>, set: Option<String>) -> Option<Edit> {
    let (span, set) = (span?, set?);
    let text = context.text(span)?;
    let outside_of_strings = text.split('"').step_by(2).flat_map(str::chars);
    let is_literal = !text.contains('$')
        && outside_of_strings.clone().all(|c| c.is_ascii_digit() || c.is_whitespace() || "[]".contains(c));
    is_literal.then_some(Edit { span, text: set })
}

#[cfg(test)]
mod tests {
    use super::{RULE, as_set};
    use crate::fixtures::{image, list, map, of_image, text};
    use bt_container::{Node, NodeKind};

    #[test]
    fn keys_and_values_are_checked() {
        let ports = |node: Node| of_image(&RULE, image("a").config([("ExposedPorts", node)]));
        assert!(ports(map([("80/tcp", map([])), ("81", Node::new(NodeKind::Null))])).is_empty());
        assert_eq!(ports(list([text("80")])), ["`ExposedPorts` of image `a` is a list, not an attribute set"]);
        assert_eq!(
            ports(map([("80:80", map([]))])),
            ["`80:80` in `ExposedPorts` of image `a` is not PORT or PORT/PROTOCOL"]
        );
        assert_eq!(ports(map([("80/TCP", map([])), ("81", list([]))])).len(), 2);
        assert!(ports(Node::new(NodeKind::Failed)).is_empty());
    }

    #[test]
    fn lists_become_sets() {
        let set = as_set(&list([Node::new(NodeKind::Int(8080)), text("53/UDP")]));
        assert_eq!(set.as_deref(), Some("{ \"8080/tcp\" = { }; \"53/udp\" = { }; }"));
        assert_eq!(as_set(&list([text("80:80")])), None);
    }
}
