//! Questions about an image's OCI configuration.
//!
//! Container runtimes are written in Go, whose JSON decoder takes `user` for `User`: settings are looked up regardless
//! of case.

use crate::context::{Context, image_attr};
use crate::findings::Report;
use bt_container::{Facts, Image, Node, NodeKind, PortRange, Text};
use bt_diag::Span;

/// Where runtimes look for a program when the image sets no `PATH`.
pub(crate) const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// A setting that is given and not null. The exact name wins over one that differs in case.
pub(crate) fn setting<'i>(image: &'i Image, key: &str) -> Option<&'i Node> {
    entry(image.config.as_ref()?, key)
}

/// An attribute of a part of the configuration that is given and not null.
pub(crate) fn entry<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let entries = node.entries();
    let exact = entries.iter().find(|(name, _)| name == key);
    let found = exact.or_else(|| entries.iter().find(|(name, _)| name.eq_ignore_ascii_case(key)));
    found.map(|(_, node)| node).filter(|node| !node.is_null())
}

/// Whether it is known what the configuration sets and what not.
pub(crate) fn has_known_config(image: &Image) -> bool {
    image.config.as_ref().is_none_or(|config| matches!(config.kind, NodeKind::Map(_) | NodeKind::Null))
}

/// Whether the image is built on another: then that one may set or hold what this one does not.
pub(crate) fn has_base(image: &Image) -> bool {
    image.argument("fromImage").is_some_and(|base| !base.is_null())
}

/// Whether an image is only there for others to be built on: nobody says what it should run.
pub(crate) fn is_only_base(facts: &Facts, image: &Image) -> bool {
    let has_none = image.config.as_ref().is_none_or(Node::is_null);
    has_none && facts.is_base(image)
}

/// A report about a part of an image; the message names the image where it holds `SUBJECTS`.
pub(crate) fn report(
    context: &Context<'_>,
    image: &Image,
    part: &str,
    message: impl Into<String>,
    place: Option<Span>,
    label: impl Into<String>,
) -> Report {
    Report::new(image_attr(image, part), message)
        .of("image", image.display_name())
        .at(place.or_else(|| context.call(image)), label)
        .and_at(context.call(image), "image built here")
}

/// All strings in a value, with the nodes that hold them, in the order of the value.
pub(crate) fn strings(node: &Node) -> Vec<(&Node, &Text)> {
    let mut found = Vec::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        found.extend(node.string().map(|text| (node, text)));
        open.extend(node.entries().iter().rev().map(|(_, node)| node));
        open.extend(node.items().iter().rev());
    }
    found
}

/// A variable of an image's environment.
pub(crate) struct Variable<'i> {
    pub(crate) name: &'i str,
    pub(crate) value: &'i str,
    pub(crate) node: &'i Node,
}

/// The variables of `Env` that are written as they should be.
pub(crate) fn environment(image: &Image) -> Vec<Variable<'_>> {
    let items = setting(image, "Env").map_or(&[][..], Node::items);
    let variable = |node| {
        let (name, value) = Node::text(node)?.split_once('=')?;
        Some(Variable { name, value, node })
    };
    items.iter().filter_map(variable).collect()
}

/// The value of `PATH` in an image's environment: the last one counts. `Err` when an element of `Env` is unknown.
pub(crate) fn path_variable(image: &Image) -> Result<Option<&str>, ()> {
    if setting(image, "Env").is_some_and(Node::has_failed) {
        return Err(());
    }
    Ok(environment(image).iter().rev().find(|v| v.name == "PATH").map(|v| v.value))
}

/// What runs: `Entrypoint`, then `Cmd`. `None` when that is unknown or no list of strings.
pub(crate) fn command(image: &Image) -> Option<Vec<&Node>> {
    if !has_known_config(image) {
        return None;
    }
    let mut words = Vec::new();
    for node in ["Entrypoint", "Cmd"].iter().filter_map(|key| setting(image, key)) {
        if !matches!(node.kind, NodeKind::List(_)) || node.items().iter().any(|item| item.text().is_none()) {
            return None;
        }
        words.extend(node.items());
    }
    Some(words)
}

/// An exposed port, or a range of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Exposed {
    pub(crate) range: PortRange,
    pub(crate) protocol: String,
}

/// Reads `PORT[-PORT][/PROTOCOL]`; numbers and protocol are not judged.
pub(crate) fn parse_exposed(text: &str) -> Option<Exposed> {
    let (ports, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    if protocol.is_empty() || !protocol.bytes().all(|b| b.is_ascii_lowercase()) {
        return None;
    }
    let number = |text: &str| {
        let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        // A number that is too large for its type is too large for a port as well.
        is_number.then(|| text.parse().unwrap_or(u32::MAX))
    };
    let (first, last) = ports.split_once('-').unwrap_or((ports, ports));
    Some(Exposed { range: PortRange { first: number(first)?, last: number(last)? }, protocol: protocol.to_string() })
}

/// The exposed ports, when they are all that the image exposes and as they should be; never empty.
pub(crate) fn exposed_ports(image: &Image) -> Option<Vec<Exposed>> {
    let entries = setting(image, "ExposedPorts").filter(|_| !has_base(image))?.entries();
    let ports: Option<Vec<Exposed>> = entries.iter().map(|(key, _)| parse_exposed(key)).collect();
    ports.filter(|ports| !ports.is_empty())
}

/// Who a `User` or `user` setting names: the part before the colon, and the part after it.
pub(crate) fn user_and_group(text: &str) -> (&str, Option<&str>) {
    match text.trim().split_once(':') {
        Some((user, group)) => (user.trim(), Some(group.trim())),
        None => (text.trim(), None),
    }
}

/// Whether a `User` or `user` setting means root.
pub(crate) fn is_root(text: &str) -> bool {
    let (user, _) = user_and_group(text);
    user == "root" || user.bytes().all(|b| b == b'0')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{image, list, map, text};

    #[test]
    fn settings_are_found_regardless_of_case() {
        let image = image("app").config([("user", text("1000")), ("cmd", Node::new(NodeKind::Null))]).done();
        assert_eq!(setting(&image, "User").and_then(Node::text), Some("1000"));
        assert!(setting(&image, "Cmd").is_none());
    }

    #[test]
    fn the_last_path_counts() {
        let env = list([text("PATH=/a"), text("X"), text("PATH=/b")]);
        assert_eq!(path_variable(&image("app").config([("Env", env)]).done()), Ok(Some("/b")));
        let env = list([text("PATH=/a"), Node::new(NodeKind::Failed)]);
        assert_eq!(path_variable(&image("app").config([("Env", env)]).done()), Err(()));
    }

    #[test]
    fn entrypoint_comes_before_cmd() {
        let image = image("app").config([("Cmd", list([text("b")])), ("Entrypoint", list([text("a")]))]).done();
        let words: Vec<_> = command(&image).unwrap().into_iter().filter_map(Node::text).collect();
        assert_eq!(words, ["a", "b"]);
    }

    #[test]
    fn reads_exposed_ports() {
        let exposed = |text| parse_exposed(text).map(|e| (e.range.first, e.range.last, e.protocol));
        assert_eq!(exposed("80"), Some((80, 80, "tcp".into())));
        assert_eq!(exposed("8000-8010/udp"), Some((8000, 8010, "udp".into())));
        assert_eq!(exposed("99999999999/tcp"), Some((u32::MAX, u32::MAX, "tcp".into())));
        for malformed in ["", "80:80", "80/TCP", "80/", "http", "-80", "80-", "/tcp"] {
            assert_eq!(exposed(malformed), None, "{malformed}");
        }
        let both = image("app").config([("ExposedPorts", map([("80/tcp", map([])), ("x", map([]))]))]).done();
        assert!(exposed_ports(&both).is_none());
    }

    #[test]
    fn root_has_many_names() {
        for root in ["", "root", "0", "0:0", "root:root", "00", " 0 ", ":1000"] {
            assert!(is_root(root), "{root:?}");
        }
        for user in ["1000", "app", "1000:0", "rootless", "${UID}"] {
            assert!(!is_root(user), "{user:?}");
        }
    }
}
