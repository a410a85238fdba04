//! CFG011: `ExposedPorts` is not what runtimes read.

use crate::context::{Context, attr_name, image_attr};
use crate::findings::{Findings, Report, SUBJECTS, listed};
use crate::image::{parse_exposed, setting};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, Node, NodeKind};
use bt_diag::{Edit, Severity, Span};
use std::collections::BTreeMap;

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
    let images = &context.facts.images;
    let sets = images.iter().filter_map(|image| Some((image, setting(image, "ExposedPorts")?)));
    let ports = sets.clone().flat_map(|(image, set)| {
        set.entries()
            .iter()
            .filter_map(move |(key, value)| Some((image, Port { flaw: flaw(key, value)?, key, value, set })))
    });
    let ports: Vec<(&Image, Port<'_>)> = ports.collect();
    // One template for keys may make them for many images, each with another number.
    let mut keys: BTreeMap<(Option<Span>, Flaw), Vec<&str>> = BTreeMap::new();
    for (image, port) in &ports {
        let keys = keys.entry((port.place(context, image), port.flaw)).or_default();
        if !keys.contains(&port.key) {
            keys.push(port.key);
        }
    }
    for (image, port) in &ports {
        let place = port.place(context, image);
        let keys = keys.get(&(place, port.flaw)).filter(|_| place.is_some());
        findings.push(port.report(context, image, keys.map_or(&[port.key][..], Vec::as_slice)));
    }
    for (image, node) in sets.filter(|(_, node)| !matches!(node.kind, NodeKind::Failed | NodeKind::Map(_))) {
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

fn report(context: &Context<'_>, image: &Image, attr: &str, message: String, place: Option<Span>) -> Report {
    Report::new(image_attr(image, attr), message)
        .of("image", image.display_name())
        .at(place, "not as runtimes read it")
        .and_at(context.call(image), "image built here")
}

/// What is wrong with a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Flaw {
    /// The key.
    Key,
    /// The key, but only in that its protocol is in upper case.
    Case,
    /// The value is a set that is not empty.
    Attributes,
    /// The value is something else, which this describes.
    Value(&'static str),
}

fn flaw(key: &str, value: &Node) -> Option<Flaw> {
    match &value.kind {
        _ if parse_exposed(&key.to_ascii_lowercase()).is_none() => Some(Flaw::Key),
        _ if parse_exposed(key).is_none() => Some(Flaw::Case),
        NodeKind::Null | NodeKind::Failed => None,
        NodeKind::Map(entries) if entries.is_empty() => None,
        NodeKind::Map(_) => Some(Flaw::Attributes),
        _ => Some(Flaw::Value(value.describe())),
    }
}

/// A port that is not as it should be.
struct Port<'n> {
    flaw: Flaw,
    key: &'n str,
    value: &'n Node,
    /// What it is in.
    set: &'n Node,
}

impl Port<'_> {
    fn place(&self, context: &Context<'_>, image: &Image) -> Option<Span> {
        let own = match self.flaw {
            Flaw::Key | Flaw::Case => context.name(self.value),
            Flaw::Attributes | Flaw::Value(_) => context.value(self.value),
        };
        own.or_else(|| context.setting(image, self.set))
    }

    /// A report about all keys that are made at one place.
    fn report(&self, context: &Context<'_>, image: &Image, keys: &[&str]) -> Report {
        let place = self.place(context, image);
        let attr = format!("config.ExposedPorts.{}", attr_name(self.key));
        let listed_keys = listed(keys, 4);
        let verb = if keys.len() == 1 { "is" } else { "are" };
        let message = match self.flaw {
            Flaw::Key | Flaw::Case => {
                format!("{listed_keys} in `ExposedPorts` of {SUBJECTS} {verb} not PORT or PORT/PROTOCOL")
            }
            Flaw::Attributes if keys.len() > 1 => {
                format!("{listed_keys} in `ExposedPorts` of {SUBJECTS} hold attributes, which runtimes ignore")
            }
            Flaw::Attributes => {
                format!("`ExposedPorts.\"{}\"` of {SUBJECTS} holds attributes, which runtimes ignore", self.key)
            }
            Flaw::Value(what) if keys.len() > 1 => {
                format!("{listed_keys} in `ExposedPorts` of {SUBJECTS} are each {what}, not an empty attribute set")
            }
            Flaw::Value(what) => {
                format!("`ExposedPorts.\"{}\"` of {SUBJECTS} is {what}, not an empty attribute set", self.key)
            }
        };
        let lower = self.key.to_ascii_lowercase();
        let help = match self.flaw {
            Flaw::Key => "the key is the port in the container and its protocol: `\"8080/tcp\" = { };`".to_string(),
            Flaw::Case => format!("protocols are lower-case: `\"{lower}\" = {{ }};`"),
            _ => format!("the port is all there is to say: `\"{}\" = {{ }};`", self.key),
        };
        let is_literal = |span: &Span| context.text(*span).is_some_and(|text| text == format!("\"{}\"", self.key));
        let edit = place.filter(|span| self.flaw == Flaw::Case && is_literal(span));
        report(context, image, &attr, message, place)
            .help(help)
            .fix("Write the protocol in lower case", edit.map(|span| Edit { span, text: format!("\"{lower}\"") }))
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
    use crate::fixtures::{image, list, map, messages, of_image, text};
    use bt_container::{Facts, Node, NodeKind};
    use bt_diag::Span;

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
    fn one_template_is_one_finding() {
        let place = Some(Span::new(500, 510));
        let ports = |keys: &[&str]| {
            let entries = keys.iter().map(|key| ((*key).to_string(), map([])));
            Node { element: place, ..Node::new(NodeKind::Map(entries.collect())) }
        };
        let with = |name: &str, keys: &[&str]| image(name).config([("ExposedPorts", ports(keys))]).done();
        let images = vec![with("a", &["tcp/80", "tcp/81"]), with("b", &["tcp/90"]), with("c", &["80/TCP"])];
        assert_eq!(
            messages(&RULE, Facts { images, ..Facts::default() }),
            [
                "`tcp/80`, `tcp/81` and `tcp/90` in `ExposedPorts` of images `a` and `b` are not PORT or PORT/PROTOCOL",
                "`80/TCP` in `ExposedPorts` of image `c` is not PORT or PORT/PROTOCOL"
            ]
        );
    }

    #[test]
    fn lists_become_sets() {
        let set = as_set(&list([Node::new(NodeKind::Int(8080)), text("53/UDP")]));
        assert_eq!(set.as_deref(), Some("{ \"8080/tcp\" = { }; \"53/udp\" = { }; }"));
        assert_eq!(as_set(&list([text("80:80")])), None);
    }
}
