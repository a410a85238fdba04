//! CMP001: a compose file that compose does not take.

use crate::context::{Context, attr_name};
use crate::findings::{Findings, Report, SUBJECTS, listed};
use crate::knowledge::compose::{FILE, Shape};
use crate::rule::{FixKind, Need, Rule};
use crate::services::is_whole;
use bt_container::{Compose, Node, NodeKind};
use bt_diag::Severity;
use bt_diag::suggest::nearest;

pub(crate) const RULE: Rule = Rule {
    code: "CMP001",
    name: "compose-invalid",
    severity: Severity::Error,
    off: false,
    summary: "The compose file is not what the Compose Specification says",
    fix: FixKind::None,
    references: &[
        "https://github.com/compose-spec/compose-spec/blob/main/schema/compose-spec.json",
        "https://github.com/compose-spec/compose-spec/blob/main/05-services.md",
    ],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

A key that the Compose Specification does not know, a value of another type than it asks for, a missing key that it
requires, a name that it does not take, a service with neither `image` nor `build`, and `network_mode` beside `networks`.
Keys that begin with `x-` are extensions, and may be anything.

In a file of which no service has `image` or `build` they are not missed: it is read together with another file.

## Why it matters

Compose refuses the whole file: `services.app additional properties 'environments' not allowed`.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    environments.LOG_LEVEL = "debug";
  };
}
```

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    user = 1000;
    stop_grace_period = 30;
  };
}
```

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app.image = "example.org/app:1.0";
  services.worker.command = [ "worker" ];
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  x-team = "shop";
  services.app = {
    image = "example.org/app:1.0";
    environment.LOG_LEVEL = "debug";
    user = "1000";
    stop_grace_period = "30s";
  };
}
```
"#,
    check,
};

/// Where the check is, from the root of the file.
struct Place<'c> {
    context: &'c Context<'c>,
    compose: &'c Compose,
    path: Vec<String>,
}

impl Place<'_> {
    /// The keys below the service, or below the root.
    fn inner(&self) -> &[String] {
        if self.service().is_some() { &self.path[2..] } else { &self.path }
    }

    fn service(&self) -> Option<&str> {
        if self.path.first().is_some_and(|name| name == "services") {
            self.path.get(1).map(String::as_str)
        } else {
            None
        }
    }

    /// The keys as they are read: `deploy.resources.limits`, `ports[0]`.
    fn shown(&self) -> String {
        shown(self.inner())
    }

    fn owner(&self) -> &'static str {
        if self.service().is_some() { SUBJECTS } else { "the compose file" }
    }

    /// Whose key something is: "service `a`" or "`healthcheck` of service `a`".
    fn whose(&self) -> String {
        let inner = self.shown();
        if inner.is_empty() { self.owner().to_string() } else { format!("`{inner}` of {}", self.owner()) }
    }

    fn report(&self, message: String) -> Report {
        let report = Report::new(format!("{}.{}", self.compose.attr, shown(&self.path)), message);
        match self.service() {
            Some(service) => report.of("service", service),
            None => report,
        }
    }
}

fn shown(path: &[String]) -> String {
    let mut text = String::new();
    for part in path {
        let dot = if text.is_empty() || part.starts_with('[') { "" } else { "." };
        text.push_str(dot);
        text.push_str(part);
    }
    text
}

fn check(context: &Context<'_>, findings: &mut Findings) {
    for compose in context.compose_files() {
        let mut place = Place { context, compose, path: Vec::new() };
        check_node(&mut place, &FILE, &compose.root, findings);
        check_services(context, compose, findings);
    }
}

fn check_node(place: &mut Place<'_>, shape: &Shape, node: &Node, findings: &mut Findings) {
    if matches!(node.kind, NodeKind::Null | NodeKind::Failed) {
        return;
    }
    let Some(shape) = alternative(shape, node) else {
        report_type(place, shape, node, findings);
        return;
    };
    match shape {
        Shape::List(item) => {
            for (at, element) in node.items().iter().enumerate() {
                below(place, format!("[{at}]"), |place| check_node(place, item, element, findings));
            }
        }
        Shape::Open(value) | Shape::Names(value) => {
            for (name, entry) in node.entries() {
                if matches!(shape, Shape::Names(_)) && !is_name(name) {
                    report_name(place, name, entry, findings);
                }
                below(place, attr_name(name), |place| check_node(place, value, entry, findings));
            }
        }
        Shape::Set(known, required) => check_set(place, known, required, node, findings),
        Shape::OneOf(words) => check_word(place, words, node, findings),
        Shape::Any | Shape::Text | Shape::Flag | Shape::Int | Shape::Number | Shape::Either(_) => {}
    }
}

fn below(place: &mut Place<'_>, name: String, work: impl FnOnce(&mut Place<'_>)) {
    place.path.push(name);
    work(place);
    place.path.pop();
}

/// The shape that a value is meant to have, by its kind.
fn alternative<'s>(shape: &'s Shape, node: &Node) -> Option<&'s Shape> {
    let fits = match (shape, &node.kind) {
        (Shape::Either(shapes), _) => return shapes.iter().find_map(|shape| alternative(shape, node)),
        (Shape::Any, _) | (Shape::Text | Shape::OneOf(_), NodeKind::String(_)) => true,
        // What a variable stands for may be anything.
        (Shape::Flag | Shape::Int | Shape::Number, NodeKind::String(text)) => text.text.contains('$'),
        (Shape::Flag, NodeKind::Bool(_)) | (Shape::Int | Shape::Number, NodeKind::Int(_)) => true,
        (Shape::Number, NodeKind::Float(_)) | (Shape::List(_), NodeKind::List(_)) => true,
        (Shape::Set(..) | Shape::Open(_) | Shape::Names(_), NodeKind::Map(_)) => true,
        _ => false,
    };
    fits.then_some(shape)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

fn check_set(place: &mut Place<'_>, known: &[(&str, Shape)], required: &[&str], node: &Node, findings: &mut Findings) {
    for (name, entry) in node.entries() {
        match known.iter().find(|(key, _)| key == name) {
            Some((_, shape)) => below(place, name.clone(), |place| check_node(place, shape, entry, findings)),
            None if name.starts_with("x-") => {}
            None => {
                let keys = known.iter().map(|(key, _)| *key);
                let help = match nearest(&name.replace('-', "_"), keys.clone()).or_else(|| same_letters(name, keys)) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None if known.len() > 12 => {
                        "remove it, or make it an extension: a name that begins with `x-`".into()
                    }
                    None => format!(
                        "there are {}",
                        listed(&known.iter().map(|(key, _)| *key).collect::<Vec<_>>(), usize::MAX)
                    ),
                };
                let span = place.context.name(entry).or_else(|| place.context.set(node));
                let message = format!("compose knows no key `{name}` in {}", place.whose());
                let report = place.report(message).at(span, "compose refuses the file").help(help);
                findings.push(report);
            }
        }
    }
    for key in required.iter().filter(|key| node.get(key).is_none()) {
        let span = place.context.set(node).or_else(|| place.context.name(node));
        let message = format!("{} has no `{key}`", place.whose());
        findings.push(place.report(message).at(span, "compose refuses the file").help(format!("add `{key}`")));
    }
}

/// The key that is written with other capitals and hyphens: `dependsOn`, `depends-on`.
fn same_letters<'k>(name: &str, keys: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let letters = |text: &str| text.replace(['_', '-'], "").to_ascii_lowercase();
    let wanted = letters(name);
    keys.into_iter().find(|key| letters(key) == wanted)
}

fn check_word(place: &mut Place<'_>, words: &[&str], node: &Node, findings: &mut Findings) {
    let Some(text) = node.text().filter(|text| !text.contains('$')) else { return };
    let word = text.split(':').next().unwrap_or(text);
    // What `on-failure:3` says after the colon is for the runtime.
    if words.contains(&word) {
        return;
    }
    let help = match nearest(text, words.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are {}", listed(words, usize::MAX)),
    };
    let message = format!("{} is `{text}`, which compose does not know", place.whose());
    findings.push(place.report(message).at(place.context.value(node), "compose refuses it").help(help));
}

fn report_name(place: &Place<'_>, name: &str, entry: &Node, findings: &mut Findings) {
    let message = format!("`{}` cannot be a name in {}", name.escape_debug(), place.whose());
    let help = "names are letters, digits, `.`, `_` and `-`";
    let report = place.report(message).at(place.context.name(entry), "compose refuses the file");
    findings.push(report.help(help));
}

fn report_type(place: &Place<'_>, shape: &Shape, node: &Node, findings: &mut Findings) {
    let message = format!("{} is {}, not {}", place.whose(), node.describe(), expected(shape));
    let help = match (shape, &node.kind) {
        (shape, NodeKind::Int(_) | NodeKind::Float(_) | NodeKind::Bool(_)) if accepts_text(shape) => {
            let value = node.scalar().unwrap_or_default();
            format!("write a string: `\"{value}\"`")
        }
        (shape, NodeKind::String(_)) if accepts_list(shape) => "write a list: `[ … ]`".into(),
        _ => "write what the Compose Specification asks for".into(),
    };
    let span = place.context.value(node).or_else(|| place.context.name(node));
    findings.push(place.report(message).at(span, "compose refuses the file").help(help));
}

fn accepts_text(shape: &Shape) -> bool {
    match shape {
        Shape::Text | Shape::OneOf(_) => true,
        Shape::Either(shapes) => shapes.iter().any(accepts_text),
        _ => false,
    }
}

fn accepts_list(shape: &Shape) -> bool {
    match shape {
        Shape::List(_) => true,
        Shape::Either(shapes) => shapes.iter().any(accepts_list),
        _ => false,
    }
}

/// What a shape is, with articles.
fn expected(shape: &Shape) -> String {
    match shape {
        Shape::Any => "anything".into(),
        Shape::Text | Shape::OneOf(_) => "a string".into(),
        Shape::Flag => "a Boolean".into(),
        Shape::Int => "an integer".into(),
        Shape::Number => "a number".into(),
        Shape::List(_) => "a list".into(),
        Shape::Set(..) | Shape::Open(_) | Shape::Names(_) => "an attribute set".into(),
        Shape::Either(shapes) => shapes.iter().map(expected).collect::<Vec<_>>().join(" or "),
    }
}

fn check_services(context: &Context<'_>, compose: &Compose, findings: &mut Findings) {
    let has = |service: &bt_container::Service, key: &str| service.node.get(key).is_some_and(|node| !node.is_null());
    let has_source = |service: &bt_container::Service| has(service, "image") || has(service, "build");
    let is_override = !compose.services.iter().any(has_source);
    for service in compose.services.iter().filter(|service| is_whole(service)) {
        let place = Place { context, compose, path: vec!["services".into(), attr_name(&service.name)] };
        let set = context.name(&service.node).or_else(|| context.set(&service.node));
        if !is_override && !has_source(service) {
            findings.push(
                place
                    .report(format!("neither `image` nor `build` in {SUBJECTS}"))
                    .at(set, "compose refuses the file")
                    .help("say which image it runs: `image = \"${image.imageName}:${image.imageTag}\";`"),
            );
        }
        if has(service, "network_mode") && has(service, "networks") {
            let node = service.node.get("network_mode");
            findings.push(
                place
                    .report(format!("both `network_mode` and `networks` in {SUBJECTS}"))
                    .at(node.and_then(|node| context.name(node)).or(set), "compose refuses the file")
                    .and_at(service.node.get("networks").and_then(|node| context.name(node)), "beside this")
                    .help("remove one of them"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{list, map, of_compose, text};
    use bt_container::{Node, NodeKind};

    fn service<const N: usize>(entries: [(&str, Node); N]) -> Vec<String> {
        let mut service = map(entries);
        if let NodeKind::Map(entries) = &mut service.kind {
            entries.push(("image".into(), text("app:1")));
        }
        of_compose(&RULE, [("services", map([("s", service)]))])
    }

    fn int(value: i64) -> Node {
        Node::new(NodeKind::Int(value))
    }

    #[test]
    fn unknown_keys_are_reported_at_every_depth() {
        assert_eq!(service([("environments", map([]))]), ["compose knows no key `environments` in service `s`"]);
        assert_eq!(
            service([("healthcheck", map([("intervall", text("1s"))]))]),
            ["compose knows no key `intervall` in `healthcheck` of service `s`"]
        );
        assert_eq!(
            of_compose(&RULE, [("service", map([])), ("x-mine", map([]))]),
            ["compose knows no key `service` in the compose file"]
        );
        assert!(service([("x-mine", int(1)), ("deploy", map([("x-mine", int(1))]))]).is_empty());
    }

    #[test]
    fn types_are_those_of_the_schema() {
        assert_eq!(service([("user", int(1000))]), ["`user` of service `s` is an integer, not a string"]);
        assert_eq!(
            service([("command", list([text("a"), int(1)]))]),
            ["`command[1]` of service `s` is an integer, not a string"]
        );
        assert_eq!(
            service([("restart", Node::new(NodeKind::Bool(false)))]),
            ["`restart` of service `s` is a Boolean, not a string"]
        );
        assert_eq!(service([("ports", text("80:80"))]), ["`ports` of service `s` is a string, not a list"]);
        for right in [
            ("ports", list([int(80), text("81"), map([("target", int(80))])])),
            ("environment", map([("A", int(1)), ("B", Node::new(NodeKind::Null))])),
            ("init", Node::new(NodeKind::Bool(true))),
            ("init", text("${INIT}")),
            ("use_api_socket", text("${SOCKET}")),
            ("restart", text("on-failure:3")),
            ("restart", text("${RESTART:-always}")),
            ("networks", map([("a", Node::new(NodeKind::Null))])),
            ("tmpfs", text("/tmp")),
            ("labels", Node::new(NodeKind::Failed)),
        ] {
            assert_eq!(service([(right.0, right.1.clone())]), Vec::<String>::new(), "{right:?}");
        }
    }

    #[test]
    fn words_and_required_keys() {
        assert_eq!(
            service([("restart", text("unless_stopped"))]),
            ["`restart` of service `s` is `unless_stopped`, which compose does not know"]
        );
        assert_eq!(
            service([("depends_on", map([("s", map([]))]))]),
            ["`depends_on.s` of service `s` has no `condition`"]
        );
        assert_eq!(
            of_compose(&RULE, [("volumes", map([("a b", map([]))]))]),
            ["`a b` cannot be a name in `volumes` of the compose file"]
        );
    }

    #[test]
    fn services_need_an_image() {
        let missing = |entries| of_compose(&RULE, [("services", entries)]);
        let image = || map([("image", text("app:1"))]);
        assert_eq!(
            missing(map([("a", image()), ("b", map([("command", text("x"))]))])),
            ["neither `image` nor `build` in service `b`"]
        );
        assert!(missing(map([("a", image()), ("b", map([("extends", text("a"))]))])).is_empty());
        // An override of another file.
        assert!(missing(map([("b", map([("command", text("x"))]))])).is_empty());
        assert_eq!(
            service([("network_mode", text("host")), ("networks", list([]))]),
            ["both `network_mode` and `networks` in service `s`"]
        );
    }
}
