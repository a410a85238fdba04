//! CMP023: a network, volume, secret or config that no service uses.

use super::undefined_reference::resource_uses;
use crate::context::{Context, attr_name};
use crate::deployment::setting;
use crate::findings::{Findings, Report, SUBJECTS};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Compose, Node, NodeKind};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CMP023",
    name: "unused-definition",
    severity: Severity::Warning,
    off: false,
    summary: "A network, volume, secret or config is defined, and no service uses it",
    fix: FixKind::None,
    references: &[
        "https://github.com/compose-spec/compose-spec/blob/main/06-networks.md",
        "https://github.com/compose-spec/compose-spec/blob/main/07-volumes.md",
    ],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

A name below `networks`, `volumes`, `secrets` or `configs` at the top level of a compose file that no service mentions.

It stays quiet for the network `default`, which every service is in, for a file with `include`, where a service names what it
uses by a variable or is not known in full, and where `undefined-reference` has found a name that is not defined.

## Why it matters

Most often the service that should use it does not: a database whose `volumes` was forgotten loses its data with its
container, and Compose says nothing. Otherwise it is a remnant that misleads whoever reads the file.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.database.image = "postgres:17.2";
  volumes.database-data = { };
}
```

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    networks = [ "front" ];
  };
  networks.front = { };
  networks.back = { };
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.database = {
    image = "postgres:17.2";
    volumes = [ "database-data:/var/lib/postgresql/data" ];
  };
  volumes.database-data = { };
  networks.default.name = "database";
}
```
"#,
    check,
};

const KINDS: [(&str, &str); 4] =
    [("networks", "network"), ("volumes", "volume"), ("secrets", "secret"), ("configs", "config")];

fn check(context: &Context<'_>, findings: &mut Findings) {
    for compose in context.compose_files().filter(|compose| compose.root.get("include").is_none()) {
        for (key, noun) in KINDS {
            let Some(section) = compose.root.get(key) else {
                continue;
            };
            let defined = section.entries();
            let is_defined = |used: &String| defined.iter().any(|(name, _)| name == used) || used == "default";
            // Where a service names what is not there, that is the flaw: the two may be meant to be the same.
            let Some(used) = uses(context, compose, key).filter(|used| used.iter().all(is_defined)) else {
                continue;
            };
            for (name, node) in defined {
                let is_implicit = key == "networks" && name == "default";
                if is_implicit || used.iter().any(|used| used == name) {
                    continue;
                }
                findings.push(
                    Report::new(
                        format!("{}.{key}.{}", compose.attr, attr_name(name)),
                        format!("no service uses {SUBJECTS}"),
                    )
                    .of(noun, name)
                    .at(context.name(node).or_else(|| context.name(section)), "used nowhere")
                    .help(format!("mention it in the `{key}` of a service, or remove it"))
                    .together(),
                );
            }
        }
    }
}

/// What services use of a kind; `None` when that is not known in full.
fn uses(context: &Context<'_>, compose: &Compose, key: &'static str) -> Option<Vec<String>> {
    let mut used = Vec::new();
    for service in &compose.services {
        let is_known = |node: Option<&Node>| node.is_none_or(|node| !node.has_failed());
        let build = setting(service, "build").and_then(|build| build.get(key));
        // What is extended may use more.
        let is_whole = setting(service, "extends").is_none() && !matches!(service.node.kind, NodeKind::Failed);
        if !is_whole || !is_known(setting(service, key)) || !is_known(build) {
            return None;
        }
        let items = setting(service, key).map_or(&[][..], Node::items);
        let mut texts = items.iter().filter_map(|node| node.text().or_else(|| node.get("source").and_then(Node::text)));
        if texts.any(|text| text.contains('$')) {
            return None;
        }
        used.extend(resource_uses(context, service, key).into_iter().map(|used| used.name));
        used.extend(
            build
                .map_or(&[][..], Node::items)
                .iter()
                .filter_map(|node| node.text().or_else(|| node.get("source").and_then(Node::text)).map(str::to_string)),
        );
    }
    Some(used)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{list, map, of_compose, text};
    use bt_container::Node;

    fn found<const N: usize>(service: [(&'static str, Node); N]) -> Vec<String> {
        let defined = || map([("a", map([])), ("b", map([]))]);
        of_compose(&RULE, [("services", map([("s", map(service))])), ("volumes", defined()), ("networks", defined())])
    }

    #[test]
    fn what_nobody_uses_is_one_finding_a_kind() {
        assert_eq!(found([]), ["no service uses networks `a` and `b`", "no service uses volumes `a` and `b`"]);
        let all = [text("a"), text("b")];
        assert_eq!(found([("networks", list(all))]).len(), 1);
    }

    #[test]
    fn what_is_used_is_fine() {
        let networks = map([("a", map([])), ("b", map([("aliases", list([text("x")]))]))]);
        let volumes =
            list([text("./a:/x"), map([("type", text("volume")), ("source", text("b")), ("target", text("/y"))])]);
        assert_eq!(found([("networks", networks), ("volumes", volumes)]), ["no service uses volume `a`"]);
    }

    #[test]
    fn a_name_that_is_not_there_may_be_meant() {
        assert_eq!(found([("volumes", list([text("data:/x")]))]), ["no service uses networks `a` and `b`"]);
    }

    #[test]
    fn what_is_not_known_stays_unsaid() {
        let variable = || list([text("${VOLUME}:/x")]);
        assert_eq!(found([("volumes", variable())]), ["no service uses networks `a` and `b`"]);
        assert!(found([("extends", map([("file", text("x")), ("service", text("y"))]))]).is_empty());
    }
}
