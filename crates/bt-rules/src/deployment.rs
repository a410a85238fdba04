//! Which service runs which image, and what it adds to it.

use crate::image;
use bt_container::{Facts, Image, Node, NodeKind, Service, normal_reference};

/// The services that run an image.
pub(crate) fn runs<'a>(facts: &'a Facts, image: &Image) -> Vec<&'a Service> {
    facts.runs(image).collect()
}

/// Whether the image is run, and every service that runs it answers a question with yes.
pub(crate) fn all_runs(facts: &Facts, image: &Image, test: impl Fn(&Service) -> bool) -> bool {
    let mut runs = facts.runs(image).peekable();
    runs.peek().is_some() && runs.all(test)
}

/// Whether a service runs something else than the program that the image names first.
pub(crate) fn replaces_program(image: &Image, service: &Service) -> bool {
    let has_entrypoint = image::setting(image, "Entrypoint").is_some_and(|node| !node.items().is_empty());
    setting(service, "entrypoint").is_some() || (!has_entrypoint && setting(service, "command").is_some())
}

/// Whether a service runs an image that is pulled from a registry: none of the flake's own, and by no variable.
pub(crate) fn is_pulled(facts: &Facts, service: &Service) -> bool {
    let Some((reference, _)) = &service.image else { return false };
    let is_pulled =
        setting(service, "build").is_none() && setting(service, "pull_policy").and_then(Node::text) != Some("never");
    let name = |reference: &str| {
        let reference = normal_reference(reference);
        reference.rsplit_once(':').map_or(reference.clone(), |(name, _)| name.to_string())
    };
    let wanted = name(reference);
    let is_own = || facts.images_named(&wanted).next().is_some();
    // An image whose name is not known may be it.
    let may_be_own = || facts.has_unnamed_image();
    let is_local = reference.starts_with("localhost/");
    is_pulled && !is_local && !reference.contains('$') && !reference.is_empty() && !is_own() && !may_be_own()
}

/// A setting of a service that is given and not null.
pub(crate) fn setting<'s>(service: &'s Service, key: &str) -> Option<&'s Node> {
    service.node.get(key).filter(|node| !node.is_null())
}

/// Whether a service mounts something at a path or above it. Yes when its mounts are unknown.
pub(crate) fn mounts(service: &Service, path: &str) -> bool {
    let keys = ["volumes", "tmpfs", "configs", "secrets", "volumes_from"];
    let given = keys.iter().filter_map(|key| setting(service, key).map(|node| (*key, node)));
    for (key, node) in given {
        if node.has_failed() || key == "volumes_from" {
            return true;
        }
        // `tmpfs` may be one string.
        let items = if node.text().is_some() { std::slice::from_ref(node) } else { node.items() };
        if items.iter().any(|item| target(key, item).is_none_or(|target| covers(&target, path))) {
            return true;
        }
    }
    false
}

/// Where in the container a mount appears; `None` when that is unknown.
fn target(key: &str, item: &Node) -> Option<String> {
    if let NodeKind::Map(_) = item.kind {
        let source = || item.get("source").and_then(Node::text);
        return match item.get("target").and_then(Node::text) {
            Some(target) if key == "secrets" && !target.starts_with('/') => Some(format!("/run/secrets/{target}")),
            Some(target) => Some(target.to_string()),
            None => default_target(key, source()?),
        };
    }
    let text = item.text()?;
    if text.contains('$') {
        return None;
    }
    match key {
        "volumes" => text.split(':').find(|part| part.starts_with('/')).map(|first| {
            // In SOURCE:TARGET:MODE the target is the second part, also when the source is a path.
            text.split(':').nth(1).filter(|second| second.starts_with('/')).unwrap_or(first).to_string()
        }),
        "tmpfs" => text.split(':').next().map(str::to_string),
        _ => default_target(key, text),
    }
}

fn default_target(key: &str, name: &str) -> Option<String> {
    match key {
        "secrets" => Some(format!("/run/secrets/{name}")),
        "configs" => Some(format!("/{name}")),
        _ => None,
    }
}

fn covers(target: &str, path: &str) -> bool {
    let target = target.trim_end_matches('/');
    path == target || path.strip_prefix(target).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{compose, image, list, map, text};

    fn facts() -> Facts {
        let services = map([
            ("a", map([("image", text("app:1.0")), ("volumes", list([text("./x:/etc/app:ro"), text("data:/data")]))])),
            ("b", map([("image", text("localhost/app:1.0")), ("tmpfs", text("/tmp:size=1m"))])),
            (
                "c",
                map([("image", text("other")), ("secrets", list([text("key")])), ("volumes", list([text("$X:/y")]))]),
            ),
            ("d", map([("image", text("app:1.0")), ("build", text("."))])),
        ]);
        Facts {
            images: vec![image("app").tag("1.0").done(), image("other").tag("latest").done()],
            compose: vec![compose([("services", services)])],
            ..Facts::default()
        }
    }

    #[test]
    fn services_are_matched_by_reference() {
        let facts = facts();
        let names = |image: &Image| runs(&facts, image).iter().map(|s| s.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&facts.images[0]), ["a", "b"]);
        assert_eq!(names(&facts.images[1]), ["c"]);
    }

    #[test]
    fn an_ambiguous_reference_is_no_match() {
        let mut facts = facts();
        facts.images.push(image("app").tag("1.0").done());
        assert!(facts.image_of(&facts.compose[0].services[0]).is_none());
    }

    #[test]
    fn mounts_cover_what_is_below_them() {
        let facts = facts();
        let mounts = |name: &str, path: &str| mounts(facts.compose[0].service(name).unwrap(), path);
        assert!(mounts("a", "/etc/app/x.yaml") && mounts("a", "/data") && !mounts("a", "/etc/application"));
        assert!(mounts("b", "/tmp/x") && !mounts("b", "/etc"));
        // One of its mounts is unknown.
        assert!(mounts("c", "/anything"));
    }
}
