//! CMP003: a name that the compose file does not define.

use crate::context::{Context, service_attr};
use crate::deployment::setting;
use crate::edit::replace_literal;
use crate::findings::{Findings, Report, SUBJECTS, listed};
use crate::rule::{FixKind, Need, Rule};
use crate::services::{Use, dependencies};
use bt_container::{Compose, Node, NodeKind, Service};
use bt_diag::Severity;
use bt_diag::suggest::nearest;

pub(crate) const RULE: Rule = Rule {
    code: "CMP003",
    name: "undefined-reference",
    severity: Severity::Error,
    off: false,
    summary: "A service refers to a service, network, volume, secret or config that is not defined",
    fix: FixKind::Unsafe,
    references: &[
        "https://github.com/compose-spec/compose-spec/blob/main/05-services.md",
        "https://github.com/docker/compose/issues/8910",
    ],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

A name in `depends_on`, `links`, `volumes_from`, `extends`, `network_mode: service:…` and its like that is no service of
the compose file, and a name in `networks`, `volumes`, `secrets` and `configs` that has no definition at the top level.

It stays quiet for a file with `include`, which may define the name, and for a dependency with `required = false`.

## Why it matters

Compose refuses the whole file: `service "backend" depends on undefined service "alloy": invalid compose project`.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    depends_on = [ "databse" ];
  };
  services.database.image = "postgres:17.2";
}
```

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    networks = [ "internal" ];
    volumes = [ "app-data:/var/lib/app" ];
    secrets = [ "token" ];
  };
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    depends_on.database.condition = "service_started";
    networks = [ "default" "internal" ];
    volumes = [ "app-data:/var/lib/app" "/srv/config:/etc/app:ro" ];
    secrets = [ "token" ];
  };
  services.database.image = "postgres:17.2";
  networks.internal = { };
  volumes.app-data = { };
  secrets.token.file = "/srv/secrets/token";
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for compose in context.compose_files().filter(|compose| compose.root.get("include").is_none()) {
        let services = names(&compose.root, "services");
        for service in &compose.services {
            for used in service_uses(context, service) {
                check_use(context, compose, service, &used, "service", services.as_deref(), findings);
            }
            for (key, kind) in
                [("networks", "network"), ("volumes", "volume"), ("secrets", "secret"), ("configs", "config")]
            {
                let defined = names(&compose.root, key);
                for used in resource_uses(context, service, key) {
                    check_use(context, compose, service, &used, kind, defined.as_deref(), findings);
                }
            }
        }
    }
}

/// The names that a top-level key defines; `None` when that is unknown.
fn names<'c>(root: &'c Node, key: &str) -> Option<Vec<&'c str>> {
    let mut names = match root.get(key).map(|node| &node.kind) {
        None | Some(NodeKind::Null) => Vec::new(),
        Some(NodeKind::Map(entries)) => entries.iter().map(|(name, _)| name.as_str()).collect(),
        Some(_) => return None,
    };
    if key == "networks" {
        names.push("default");
    }
    Some(names)
}

fn service_uses(context: &Context<'_>, service: &Service) -> Vec<Use> {
    let mut uses = dependencies(context, service);
    // With a file, the service is one of that file's.
    let extends = setting(service, "extends").filter(|node| node.get("file").is_none());
    if let Some(node) = extends.and_then(|node| if node.text().is_some() { Some(node) } else { node.get("service") })
        && let Some(name) = node.text()
    {
        uses.push(Use { key: "extends", name: name.to_string(), span: context.value(node) });
    }
    uses
}

/// The networks, volumes, secrets or configs that a service uses, by the key that they have in both places.
pub(crate) fn resource_uses(context: &Context<'_>, service: &Service, key: &'static str) -> Vec<Use> {
    if key == "networks" {
        return service.networks.iter().map(|reference| Use::of(key, reference, context)).collect();
    }
    let items = setting(service, key).map_or(&[][..], Node::items);
    let name = |node: &Node| match (&node.kind, key) {
        (NodeKind::String(text), "volumes") => volume_name(&text.text).map(str::to_string),
        (NodeKind::String(text), _) => Some(text.text.clone()),
        (NodeKind::Map(_), "volumes") if node.get("type").and_then(Node::text) != Some("volume") => None,
        _ => node.get("source").and_then(Node::text).map(str::to_string),
    };
    let span = |node: &Node| {
        let source = node.get("source").and_then(|source| context.value(source));
        source.or_else(|| context.value(node))
    };
    items.iter().filter_map(|node| Some(Use { key, name: name(node)?, span: span(node) })).collect()
}

/// The volume of a short syntax, `NAME:TARGET[:MODE]`; none for a path and for an anonymous volume.
fn volume_name(text: &str) -> Option<&str> {
    let (source, _) = text.split_once(':')?;
    let is_name = source.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'));
    // One letter is a drive of Windows.
    (is_name && source.len() > 1 && !source.starts_with('.')).then_some(source)
}

fn check_use(
    context: &Context<'_>,
    compose: &Compose,
    service: &Service,
    used: &Use,
    kind: &str,
    defined: Option<&[&str]>,
    findings: &mut Findings,
) {
    let Some(defined) = defined else {
        return;
    };
    if defined.contains(&used.name.as_str()) || used.name.contains('$') || used.name.is_empty() {
        return;
    }
    let near = nearest(&used.name, defined.iter().copied());
    let message = format!("`{}` in `{}` of {SUBJECTS} is not a {kind} of the compose file", used.name, used.key);
    let definition = if kind == "service" { "services" } else { used.key };
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if defined.is_empty() => {
            format!("define it: `{definition}.{} = {{ }};`, or remove the reference", used.name)
        }
        None => format!(
            "define it: `{definition}.{} = {{ … }};`, or remove the reference; there are {}",
            used.name,
            listed(defined, 8)
        ),
    };
    let place = used.span.or_else(|| service.node.get(used.key).and_then(|node| context.value(node)));
    let edit = near.and_then(|near| replace_literal(context, used.span, &used.name, &format!("\"{near}\"")));
    findings.push(
        Report::new(service_attr(compose, service, used.key), message)
            .of("service", &service.name)
            .at(place, "not defined")
            .help(help)
            .fix(format!("Refer to `{}`", near.unwrap_or_default()), edit),
    );
}

#[cfg(test)]
mod tests {
    use super::{RULE, volume_name};
    use crate::fixtures::{World, at, compose, list, map, of_compose, text};
    use bt_container::{Facts, Node, NodeKind};
    use bt_diag::Span;

    fn service<const N: usize>(entries: [(&str, Node); N]) -> Vec<String> {
        of_compose(&RULE, [("services", map([("app", map(entries)), ("database", map([]))]))])
    }

    #[test]
    fn names_must_be_defined() {
        assert_eq!(
            service([("depends_on", list([text("databse"), text("database")]))]),
            ["`databse` in `depends_on` of service `app` is not a service of the compose file"]
        );
        assert_eq!(service([("networks", list([text("default"), text("x")]))]).len(), 1);
        assert_eq!(service([("volumes", list([text("data:/x"), text("./y:/y"), text("/z")]))]).len(), 1);
        assert_eq!(service([("secrets", list([text("s"), map([("source", text("t"))])]))]).len(), 2);
        assert_eq!(service([("network_mode", text("service:x"))]).len(), 1);
        assert!(service([("network_mode", text("host")), ("links", list([text("database:db")]))]).is_empty());
    }

    #[test]
    fn optional_and_unknown_ones_are_quiet() {
        let optional = map([("required", Node::new(NodeKind::Bool(false)))]);
        assert!(service([("depends_on", map([("x", optional)]))]).is_empty());
        let services = map([("app", map([("depends_on", list([text("x")]))]))]);
        assert!(of_compose(&RULE, [("include", list([text("other.yaml")])), ("services", services)]).is_empty());
        let services = map([("app", map([("networks", list([text("x")]))]))]);
        assert!(of_compose(&RULE, [("networks", Node::new(NodeKind::Failed)), ("services", services)]).is_empty());
    }

    #[test]
    fn a_near_name_is_offered_and_shared_lists_are_one_finding() {
        let shared = || map([("depends_on", list([at(Span::new(5, 9), text("databse"))]))]);
        let services = map([("a", shared()), ("b", shared()), ("database", map([]))]);
        let found =
            World::new(Facts { compose: vec![compose([("services", services)])], ..Facts::default() }).check(&RULE);
        assert_eq!(found.len(), 1);
        assert!(found[0].message.contains("services `a` and `b`"), "{}", found[0].message);
        assert_eq!(found[0].help.as_deref(), Some("did you mean `database`?"));
    }

    #[test]
    fn only_names_are_volumes() {
        assert_eq!(volume_name("data:/x:ro"), Some("data"));
        for other in ["./x:/x", "/x:/y", "~/x:/y", "${X}:/y", "/x", "C:/x:/y"] {
            assert_eq!(volume_name(other), None, "{other}");
        }
    }
}
