//! A part of a compose file: some services, and what they use.

use crate::compose::Compose;
use crate::node::{Node, NodeKind};
use std::collections::BTreeSet;

/// The top-level keys whose entries services name.
const RESOURCES: [&str; 5] = ["networks", "volumes", "secrets", "configs", "models"];

/// Which services are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subset {
    /// These services and what they depend on; all when there is none.
    pub services: Vec<String>,
    /// Those that belong to no profile or to one of these; `*` is every profile. Without any, profiles do not matter.
    pub profiles: Vec<String>,
}

impl Subset {
    /// Whether everything is wanted.
    pub fn is_all(&self) -> bool {
        self.services.is_empty() && self.profiles.is_empty()
    }

    /// The compose file with nothing but what is wanted. Services that are named bring along what they depend on, whatever
    /// the profiles (Compose Specification, "Using profiles"); networks, volumes, secrets, configs and models are kept where
    /// a service that is kept uses them.
    ///
    /// Errors: a service or profile that is not there, or a service that depends on one whose profile is not wanted; in
    /// words, and then what there is instead.
    pub fn of(&self, compose: &Compose) -> Result<Node, (String, Vec<String>)> {
        if self.is_all() {
            return Ok(compose.root.clone());
        }
        let kept = self.services(compose)?;
        let services: Vec<&Node> =
            compose.services.iter().filter(|s| kept.contains(&s.name)).map(|s| &s.node).collect();
        let mut root = compose.root.clone();
        let NodeKind::Map(entries) = &mut root.kind else { return Ok(root) };
        for (key, node) in entries.iter_mut() {
            let NodeKind::Map(inner) = &mut node.kind else { continue };
            if key == "services" {
                inner.retain(|(name, _)| kept.contains(name));
            } else if RESOURCES.contains(&key.as_str()) {
                let used: BTreeSet<String> = services.iter().flat_map(|service| resources(service, key)).collect();
                inner.retain(|(name, _)| used.contains(name));
            }
        }
        // A section of which nothing is left says nothing.
        let is_left = |key: &str, node: &Node| !RESOURCES.contains(&key) || !node.entries().is_empty();
        entries.retain(|(key, node)| is_left(key, node));
        Ok(root)
    }

    fn services(&self, compose: &Compose) -> Result<BTreeSet<String>, (String, Vec<String>)> {
        let names = || compose.services.iter().map(|service| service.name.clone()).collect::<Vec<_>>();
        let all_profiles: BTreeSet<&str> = compose.services.iter().flat_map(|s| profiles(&s.node)).collect();
        for profile in self.profiles.iter().filter(|profile| *profile != "*") {
            if !all_profiles.contains(profile.as_str()) {
                let there = all_profiles.iter().map(ToString::to_string).collect();
                return Err((format!("no service of the compose file has the profile '{profile}'"), there));
            }
        }
        let mut kept: BTreeSet<String> = BTreeSet::new();
        if self.services.is_empty() {
            let is_wanted = |profile: &str| self.profiles.iter().any(|wanted| wanted == "*" || wanted == profile);
            let is_on = |node: &Node| {
                let mut of_service = profiles(node).peekable();
                of_service.peek().is_none() || of_service.any(is_wanted)
            };
            kept.extend(compose.services.iter().filter(|s| is_on(&s.node)).map(|s| s.name.clone()));
            for service in compose.services.iter().filter(|s| kept.contains(&s.name)) {
                let is_off = |name: &String| !kept.contains(name) && compose.service(name).is_some();
                if let Some((missing, _)) = uses(&service.node).into_iter().find(|(n, required)| *required && is_off(n))
                {
                    let message =
                        format!("service '{}' depends on '{missing}', whose profile is not wanted", service.name);
                    let there = compose.service(&missing).map(|s| profiles(&s.node).map(str::to_string).collect());
                    return Err((message, there.unwrap_or_default()));
                }
            }
            return Ok(kept);
        }
        let mut open = self.services.clone();
        if let Some(unknown) = open.iter().find(|name| compose.service(name).is_none()) {
            return Err((format!("the compose file has no service '{unknown}'"), names()));
        }
        while let Some(name) = open.pop() {
            // A dependency that is not there is another flaw.
            let Some(service) = compose.service(&name).filter(|_| !kept.contains(&name)) else { continue };
            open.extend(uses(&service.node).into_iter().map(|(name, _)| name));
            kept.insert(name);
        }
        if !self.profiles.is_empty() {
            let others = Subset { services: Vec::new(), profiles: self.profiles.clone() };
            kept.extend(others.services(compose)?);
        }
        Ok(kept)
    }
}

fn profiles(service: &Node) -> impl Iterator<Item = &str> {
    service.get("profiles").map_or(&[][..], Node::items).iter().filter_map(Node::text)
}

/// The services that a service cannot do without, and whether each has to be there.
fn uses(service: &Node) -> Vec<(String, bool)> {
    let mut used: Vec<(String, bool)> = Vec::new();
    let texts = |key: &str| service.get(key).map_or(&[][..], Node::items).iter().filter_map(Node::text);
    used.extend(texts("depends_on").map(|name| (name.to_string(), true)));
    for (name, entry) in service.get("depends_on").map_or(&[][..], Node::entries) {
        used.push((name.clone(), entry.get("required").is_none_or(|required| required.kind != NodeKind::Bool(false))));
    }
    let before_colon = |text: &str| text.split(':').next().unwrap_or(text).to_string();
    used.extend(texts("links").map(|link| (before_colon(link), true)));
    let volumes_from = texts("volumes_from").filter(|text| !text.starts_with("container:"));
    used.extend(volumes_from.map(|text| (before_colon(text), true)));
    for key in ["network_mode", "ipc", "pid", "cgroup"] {
        let name = service.get(key).and_then(Node::text).and_then(|text| text.strip_prefix("service:"));
        used.extend(name.map(|name| (name.to_string(), true)));
    }
    let extends = service.get("extends").filter(|node| node.get("file").is_none());
    let extended = extends.and_then(|node| node.text().or_else(|| node.get("service")?.text()));
    used.extend(extended.map(|name| (name.to_string(), true)));
    let contexts = service.path(&["build", "additional_contexts"]).map_or(&[][..], Node::entries);
    let contexts = contexts.iter().filter_map(|(_, node)| node.text()?.strip_prefix("service:"));
    used.extend(contexts.map(|name| (name.to_string(), true)));
    used
}

/// The entries of a top-level key that a service uses; more than it does, never less.
fn resources(service: &Node, key: &str) -> Vec<String> {
    let mut used: Vec<String> = Vec::new();
    for node in [service.get(key), service.path(&["build", key])].into_iter().flatten() {
        used.extend(node.entries().iter().map(|(name, _)| name.clone()));
        for item in node.items() {
            match (item.text(), key) {
                // What is no name of a volume is the name of none.
                (Some(text), "volumes") => used.extend(text.split_once(':').map(|(source, _)| source.to_string())),
                (Some(text), _) => used.push(text.to_string()),
                (None, _) => used.extend(item.get("source").and_then(Node::text).map(str::to_string)),
            }
        }
        used.extend(node.text().filter(|_| key == "networks").map(str::to_string));
    }
    // Without networks of its own, a service is on the one that all share.
    if key == "networks" && service.get("networks").is_none_or(Node::is_null) && service.get("network_mode").is_none() {
        used.push("default".into());
    }
    used
}

#[cfg(test)]
mod tests {
    use super::Subset;
    use crate::{Compose, Node, NodeKind, Text};

    fn text(text: &str) -> Node {
        Node::new(NodeKind::String(Text { text: text.into(), ..Text::default() }))
    }

    fn list(items: &[&str]) -> Node {
        Node::new(NodeKind::List(items.iter().map(|item| text(item)).collect()))
    }

    fn map<const N: usize>(entries: [(&str, Node); N]) -> Node {
        Node::new(NodeKind::Map(entries.into_iter().map(|(name, node)| (name.into(), node)).collect()))
    }

    fn names(node: &Node, key: &str) -> Vec<String> {
        node.get(key).map_or(&[][..], Node::entries).iter().map(|(name, _)| name.clone()).collect()
    }

    fn file() -> Compose {
        let optional = map([("required", Node::new(NodeKind::Bool(false)))]);
        let named = |name: &str| map([("type", text("volume")), ("source", text(name)), ("target", text("/x"))]);
        Compose::new(
            "compose".into(),
            map([
                ("name", text("shop")),
                (
                    "services",
                    map([
                        ("web", map([("depends_on", list(&["api"])), ("networks", list(&["front"]))])),
                        (
                            "api",
                            map([
                                ("depends_on", map([("db", map([])), ("tracer", optional)])),
                                ("networks", map([("front", map([])), ("back", map([]))])),
                                ("secrets", list(&["token"])),
                            ]),
                        ),
                        (
                            "db",
                            map([("volumes", list(&["data:/data", "./seed:/seed"])), ("networks", list(&["back"]))]),
                        ),
                        (
                            "tracer",
                            map([
                                ("profiles", list(&["debug"])),
                                ("volumes", Node::new(NodeKind::List(vec![named("traces")]))),
                            ]),
                        ),
                        (
                            "shell",
                            map([("profiles", list(&["debug", "admin"])), ("network_mode", text("service:tracer"))]),
                        ),
                    ]),
                ),
                ("networks", map([("front", map([])), ("back", map([])), ("default", map([]))])),
                ("volumes", map([("data", map([])), ("traces", map([])), ("unused", map([]))])),
                ("secrets", map([("token", map([]))])),
            ]),
        )
    }

    fn subset(services: &[&str], profiles: &[&str]) -> Result<Node, (String, Vec<String>)> {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Subset { services: owned(services), profiles: owned(profiles) }.of(&file())
    }

    #[test]
    fn all_is_all() {
        assert_eq!(subset(&[], &[]).unwrap(), file().root);
    }

    #[test]
    fn services_bring_what_they_need_and_nothing_else() {
        let db = subset(&["db"], &[]).unwrap();
        assert_eq!(names(&db, "services"), ["db"]);
        assert_eq!(
            (names(&db, "networks"), names(&db, "volumes")),
            (vec!["back".to_string()], vec!["data".to_string()])
        );
        assert!(db.get("secrets").is_none() && db.get("name").is_some());
        let web = subset(&["web"], &[]).unwrap();
        assert_eq!(names(&web, "services"), ["web", "api", "db", "tracer"]);
        assert_eq!(names(&web, "networks"), ["front", "back", "default"]);
        assert_eq!(names(&web, "volumes"), ["data", "traces"]);
        assert_eq!(names(&web, "secrets"), ["token"]);
        // A network of another service is none of its own.
        let shell = subset(&["shell"], &[]).unwrap();
        assert_eq!(names(&shell, "services"), ["tracer", "shell"]);
        assert_eq!(names(&shell, "networks"), ["default"]);
    }

    #[test]
    fn profiles_choose_among_those_that_have_some() {
        assert_eq!(names(&subset(&[], &["debug"]).unwrap(), "services"), ["web", "api", "db", "tracer", "shell"]);
        assert_eq!(names(&subset(&[], &["*"]).unwrap(), "services").len(), 5);
        assert_eq!(names(&subset(&["db"], &["debug"]).unwrap(), "services").len(), 5);
        let (message, there) = subset(&[], &["admin"]).unwrap_err();
        assert_eq!(message, "service 'shell' depends on 'tracer', whose profile is not wanted");
        assert_eq!(there, ["debug"]);
    }

    #[test]
    fn unknown_names_say_what_there_is() {
        let (message, there) = subset(&["wbe"], &[]).unwrap_err();
        assert_eq!((message.as_str(), there.len()), ("the compose file has no service 'wbe'", 5));
        let (message, there) = subset(&[], &["dbeug"]).unwrap_err();
        assert_eq!(message, "no service of the compose file has the profile 'dbeug'");
        assert_eq!(there, ["admin", "debug"]);
    }
}
