//! Questions about a service of a compose file, and reports about what services lack.

use crate::context::{Context, attr_name};
use crate::deployment::setting;
use crate::findings::Report;
use crate::rule::Rule;
use bt_container::{Compose, Node, NodeKind, Reference, Service};
use bt_diag::Span;
use std::collections::BTreeMap;

/// A name of another service that a service uses.
pub(crate) struct Use {
    /// The key of the service.
    pub(crate) key: &'static str,
    pub(crate) name: String,
    /// The best place of the name.
    pub(crate) span: Option<Span>,
}

impl Use {
    pub(crate) fn of(key: &'static str, reference: &Reference, context: &Context<'_>) -> Use {
        let span = context.own(reference.element).or_else(|| context.name_at(reference.position));
        Use { key, name: reference.name.clone(), span }
    }
}

/// The services that a service cannot start without.
pub(crate) fn dependencies(context: &Context<'_>, service: &Service) -> Vec<Use> {
    let is_optional = |reference: &&Reference| {
        let required = service.node.path(&["depends_on", &reference.name, "required"]);
        required.is_some_and(|node| node.kind == NodeKind::Bool(false))
    };
    let named = service.depends_on.iter().filter(|reference| !is_optional(reference));
    let mut uses: Vec<Use> = named.map(|reference| Use::of("depends_on", reference, context)).collect();
    for key in ["links", "volumes_from"] {
        for node in setting(service, key).map_or(&[][..], Node::items) {
            // `container:NAME` is none of this file's.
            let name =
                node.text().map(|text| text.split(':').next().unwrap_or(text)).filter(|name| *name != "container");
            uses.extend(name.map(|name| Use { key, name: name.to_string(), span: context.value(node) }));
        }
    }
    for key in ["network_mode", "ipc", "pid"] {
        let node = setting(service, key);
        let name = node.and_then(Node::text).and_then(|text| text.strip_prefix("service:"));
        uses.extend(node.zip(name).map(|(node, name)| Use { key, name: name.to_string(), span: context.value(node) }));
    }
    uses
}

/// Whether a setting is switched on.
pub(crate) fn is_true(node: &Node) -> bool {
    node.kind == NodeKind::Bool(true) || node.text().is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

/// A part of the host that a service mounts.
#[derive(Debug, PartialEq)]
pub(crate) struct Bind<'s> {
    /// The path as it is written: absolute, relative to the compose file, or below the user's directory (`~`); it may
    /// hold variables.
    pub(crate) source: &'s str,
    /// Whether the service cannot write to it.
    pub(crate) read_only: bool,
    /// Where it is written.
    pub(crate) node: &'s Node,
}

/// What a service mounts from the host, in short and in long syntax.
pub(crate) fn binds(service: &Service) -> Vec<Bind<'_>> {
    let items = setting(service, "volumes").map_or(&[][..], Node::items);
    items.iter().filter_map(bind).collect()
}

fn bind(item: &Node) -> Option<Bind<'_>> {
    let Some(text) = item.text() else {
        let node = item.get("source").filter(|_| item.get("type").and_then(Node::text) == Some("bind"))?;
        let read_only = item.get("read_only").is_some_and(is_true);
        return Some(Bind { source: node.text()?, read_only, node: if node.position == 0 { item } else { node } });
    };
    let parts = parts(text);
    let (source, _) = (parts.first()?, parts.get(1)?);
    let is_path = source.starts_with(['/', '.', '~']) || source.starts_with("$") && source.contains('/');
    let read_only = parts.get(2).is_some_and(|mode| mode.split(',').any(|word| word == "ro"));
    is_path.then_some(Bind { source, read_only, node: item })
}

/// The parts between colons, but for those in `${…}`.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

/// A path of the host that compose reads or mounts.
pub(crate) struct HostPath<'c> {
    /// The path as it is written.
    pub(crate) text: &'c str,
    /// The key that it is the value of: `volumes`, `env_file`, `file`, `build`.
    pub(crate) key: &'static str,
    /// Attribute path below the compose file.
    pub(crate) attr: String,
    /// Whether it may be missing.
    pub(crate) is_optional: bool,
    /// Where it is written.
    pub(crate) node: &'c Node,
}

/// The paths of the host in a compose file. Compose reads relative ones from the directory of the file.
pub(crate) fn host_paths(compose: &Compose) -> Vec<HostPath<'_>> {
    let mut paths = Vec::new();
    for service in &compose.services {
        let attr = |key: &str| format!("services.{}.{key}", attr_name(&service.name));
        paths.extend(binds(service).into_iter().map(|bind| HostPath {
            text: bind.source,
            key: "volumes",
            attr: attr("volumes"),
            is_optional: false,
            node: bind.node,
        }));
        let files = setting(service, "env_file");
        let items = files
            .map_or(&[][..], |files| if files.text().is_some() { std::slice::from_ref(files) } else { files.items() });
        for item in items {
            let is_optional = item.get("required").is_some_and(|node| node.kind == NodeKind::Bool(false));
            let node = item.get("path").unwrap_or(item);
            paths.extend(host_path(node, "env_file", attr("env_file"), is_optional));
        }
        if let Some(build) = setting(service, "build") {
            paths.extend(host_path(build.get("context").unwrap_or(build), "build", attr("build"), false));
        }
    }
    for top in ["secrets", "configs"] {
        for (name, entry) in compose.root.get(top).map_or(&[][..], Node::entries) {
            let file = entry.get("file");
            paths.extend(
                file.and_then(|node| host_path(node, "file", format!("{top}.{}.file", attr_name(name)), false)),
            );
        }
    }
    paths
}

fn host_path<'c>(node: &'c Node, key: &'static str, attr: String, is_optional: bool) -> Option<HostPath<'c>> {
    Some(HostPath { text: node.text()?, key, attr, is_optional, node })
}

/// A path without what does not change it; variables stay.
pub(crate) fn normal_path(path: &str) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." if !matches!(names.last(), None | Some(&"..")) => drop(names.pop()),
            _ => names.push(name),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", names.join("/"))
}

/// Whether everything about a service is written in it: nothing is inherited, and nothing failed to evaluate.
pub(crate) fn is_whole(service: &Service) -> bool {
    matches!(service.node.kind, NodeKind::Map(_))
        && setting(service, "extends").is_none()
        && setting(service, "provider").is_none()
}

/// A report about services of a compose file that lack something: one for all of them, at what they have in common. That
/// is the set that makes them all, or else the services of the file. `None` when there are none.
pub(crate) fn lacking(
    context: &Context<'_>,
    compose: &Compose,
    services: &[&Service],
    message: impl Into<String>,
    label: &str,
) -> Option<Report> {
    let first = services.first()?;
    let all = || compose.root.get("services").and_then(|node| context.name(node));
    let shared = || shared_set(context, services).and_then(|set| context.set(&set));
    let (place, attr) = match services {
        [only] => {
            let place = context.name(&only.node).or_else(|| context.set(&only.node)).or_else(all);
            (place, format!("{}.services.{}", compose.attr, attr_name(&only.name)))
        }
        _ => (shared().or_else(all), format!("{}.services", compose.attr)),
    };
    let place = place.or_else(|| context.set(&first.node)).or_else(|| context.set(&compose.root));
    let report = Report::new(attr, message).at(place, label);
    Some(services.iter().fold(report, |report, service| report.of("service", &service.name)))
}

/// Services that lack something, and are reported together.
pub(crate) struct Lacking<'s> {
    pub(crate) services: Vec<&'s Service>,
    /// Whether remarks ignore others, which must not be changed along with these.
    has_others: bool,
}

impl Lacking<'_> {
    /// The set that makes them and no others; see [`shared_set`].
    pub(crate) fn shared_set(&self, context: &Context<'_>) -> Option<Node> {
        if self.has_others { None } else { shared_set(context, &self.services) }
    }
}

/// Services that lack something, in groups that are reported together: what remarks ignore where a service is written is
/// ignored for this one only.
pub(crate) fn by_remarks<'s>(context: &Context<'_>, rule: &Rule, services: Vec<&'s Service>) -> Vec<Lacking<'s>> {
    let groups = context.grouped(rule, services, |service| context.name(&service.node));
    let has_others = groups.len() > 1;
    groups.into_iter().map(|services| Lacking { services, has_others }).collect()
}

/// The set literal that most attributes of each service were written in, when it is the same for all of them: where
/// something that they lack can be added. Of the attributes, only those in it, and without their values.
fn shared_set(context: &Context<'_>, services: &[&Service]) -> Option<Node> {
    let mut sets: BTreeMap<u32, Option<Span>> = BTreeMap::new();
    let only = |name: &str, position| {
        Node::new(NodeKind::Map(vec![(name.to_string(), Node { position, ..Node::new(NodeKind::Null) })]))
    };
    let mut set_of = |position| *sets.entry(position).or_insert_with(|| context.set(&only("", position)));
    let mut shared: Option<(Span, Node)> = None;
    for service in services {
        let placed: Vec<(&String, u32, Span)> = (service.node.entries().iter())
            .filter_map(|(name, node)| Some((name, node.position, set_of(node.position)?)))
            .collect();
        let mut counts: BTreeMap<Span, usize> = BTreeMap::new();
        placed.iter().for_each(|(_, _, set)| *counts.entry(*set).or_default() += 1);
        let (set, _) = counts.into_iter().max_by_key(|(_, count)| *count)?;
        match &shared {
            Some((known, _)) if *known != set => return None,
            Some(_) => {}
            None => {
                let in_set = placed.iter().filter(|(_, _, other)| *other == set);
                let names = in_set.map(|(name, position, _)| {
                    ((*name).clone(), Node { position: *position, ..Node::new(NodeKind::Null) })
                });
                shared = Some((set, Node::new(NodeKind::Map(names.collect()))));
            }
        }
    }
    shared.map(|(_, node)| node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{compose, list, map, text};

    #[test]
    fn binds_in_both_syntaxes() {
        let long =
            map([("type", text("bind")), ("source", text("/c")), ("read_only", Node::new(NodeKind::Bool(true)))]);
        let short = ["data:/d", "/a:/a", "./b:/b:ro,z", "${X:-/x}/y:/y", "$V:/v", "/anonymous"].map(text);
        let [a, b, c, d, e, f] = short;
        let volume = map([("type", text("volume")), ("source", text("data"))]);
        let service = map([("volumes", list([a, b, c, d, e, f, long, volume]))]);
        let compose = compose([("services", map([("s", service)]))]);
        let found: Vec<_> = binds(&compose.services[0]).into_iter().map(|b| (b.source, b.read_only)).collect();
        assert_eq!(found, [("/a", false), ("./b", true), ("${X:-/x}/y", false), ("/c", true)]);
    }

    #[test]
    fn paths() {
        for (path, normal) in [("/", "/"), ("/etc/", "/etc"), ("/a/../etc", "/etc"), ("./x", "x"), ("../x", "../x")] {
            assert_eq!(normal_path(path), normal);
        }
    }
}
