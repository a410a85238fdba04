//! CMP008: a URL that leads to no service.

use crate::context::{Context, attr_name, image_attr, service_attr};
use crate::deployment::setting;
use crate::findings::{Findings, Report, SUBJECTS};
use crate::image::{environment, exposed_ports};
use crate::rule::{FixKind, Need, Rule};
use crate::url::{Url, is_bare_name, urls};
use bt_container::{Compose, Facts, Node, NodeKind, Service};
use bt_diag::suggest::nearest;
use bt_diag::{Confidence, Edit, Severity, Span};

pub(crate) const RULE: Rule = Rule {
    code: "CMP008",
    name: "unknown-service-host",
    severity: Severity::Warning,
    off: false,
    summary: "A URL names a host that is no service on a shared network, or a port that it does not have",
    fix: FixKind::Unsafe,
    references: &["https://docs.docker.com/compose/how-tos/networking/"],
    needs: &[Need::Config, Need::Compose],
    docs: r#"
## What it finds

A URL in `environment` or `command` of a compose service, or in `Env` of its image, whose host is one word (`http://alloy:4317`)
and not the name of a service, an alias, a container, or a host of `extra_hosts`; or that of a service on other networks
only; or that of a service whose image the flake builds, with a port that neither the image nor the compose file exposes.

Hosts with a dot and `localhost` are left alone, and so is a service on an `external` network, where others may answer.

## Why it matters

Compose gives each service its name as a host, on the networks that it is on. Nothing else answers to one word: requests
fail with `no such host`, and telemetry is often lost without a word.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    environment.OTEL_EXPORTER_OTLP_ENDPOINT = "http://alloy:4317";
  };
}
```

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    environment.DATABASE_URL = "postgres://app@database:5432/app";
    networks = [ "front" ];
  };
  services.database = {
    image = "postgres:17.2";
    networks = [ "back" ];
  };
  networks = {
    front = { };
    back = { };
  };
}
```

```nix
rec {
  app = pkgs.dockerTools.buildLayeredImage {
    name = "app";
    tag = "1.0";
    config = {
      Cmd = [ "${pkgs.hello}/bin/hello" ];
      User = "1000:1000";
      ExposedPorts."8080/tcp" = { };
    };
  };
  compose = (pkgs.formats.yaml { }).generate "docker-compose.yaml" {
    services.app.image = "${app.imageName}:${app.imageTag}";
    services.proxy = {
      image = "example.org/proxy:1.0";
      command = [ "--upstream=http://app:80" ];
    };
  };
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT = "http://alloy:4317";
      PUBLIC_URL = "http://localhost:8080";
    };
  };
  services.alloy.image = "grafana/alloy:v1.5.1";
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for compose in context.compose_files().filter(|compose| compose.root.get("include").is_none()) {
        for service in compose.services.iter().filter(|service| is_closed(compose, service)) {
            check_service(context, compose, service, findings);
        }
    }
}

/// Whether only the services of this file answer to a name on the networks of a service.
fn is_closed(compose: &Compose, service: &Service) -> bool {
    let is_external = |name: &str| {
        let network = compose.root.path(&["networks", name]);
        network.is_some_and(|node| {
            node.get("external").is_some_and(|e| e.kind != NodeKind::Bool(false)) || node.has_failed()
        })
    };
    let is_known = !service.node.get("networks").is_some_and(Node::has_failed);
    is_known && setting(service, "network_mode").is_none() && !networks(service).iter().any(|name| is_external(name))
}

fn networks(service: &Service) -> Vec<&str> {
    let names: Vec<&str> = service.networks.iter().map(|network| network.name.as_str()).collect();
    if names.is_empty() { vec!["default"] } else { names }
}

/// A text of the configuration that a service runs with.
struct Value<'v> {
    attr: String,
    /// The variable's name, or the key.
    what: &'v str,
    text: &'v str,
    place: Option<Span>,
    /// Where the service says that it runs the image which the text comes from.
    used: Option<Span>,
}

fn check_service(context: &Context<'_>, compose: &Compose, service: &Service, findings: &mut Findings) {
    for value in values(context, compose, service) {
        for url in urls(value.text).iter().filter(|url| is_bare_name(url.host) && url.host != "localhost") {
            let Some(Flaw { reason, help, instead }) = flaw(context.facts, compose, service, url) else {
                continue;
            };
            let message = format!("`{url}` in `{}` of {SUBJECTS} leads nowhere: {reason}", value.what);
            findings.push(
                Report::new(&value.attr, message)
                    .of("service", &service.name)
                    .at(value.place, reason)
                    .and_at(value.used, format!("service `{}` runs the image", service.name))
                    .help(help)
                    .fix("Name what is there", instead.and_then(|new| replace_host(context, value.place, url, &new)))
                    // The host's own name server may know the name.
                    .confidence(Confidence::High),
            );
        }
    }
}

/// The texts with URLs in them.
fn values<'v>(context: &Context<'v>, compose: &Compose, service: &'v Service) -> Vec<Value<'v>> {
    let mut values = Vec::new();
    for variable in &service.environment {
        if let Some(text) = variable.value.as_deref().filter(|text| text.contains("://")) {
            let set = || service.node.get("environment").and_then(|node| context.set(node));
            let place = context.value(&variable.node).or_else(set);
            let attr = service_attr(compose, service, &format!("environment.{}", attr_name(&variable.name)));
            values.push(Value { attr, what: &variable.name, text, place, used: None });
        }
    }
    for key in ["command", "entrypoint"] {
        let Some(node) = setting(service, key) else {
            continue;
        };
        let words = if node.text().is_some() { std::slice::from_ref(node) } else { node.items() };
        for word in words {
            if let Some(text) = word.text().filter(|text| text.contains("://")) {
                let place = context.value(word).or_else(|| context.value(node));
                values.push(Value { attr: service_attr(compose, service, key), what: key, text, place, used: None });
            }
        }
    }
    let Some(image) = context.facts.image_of(service) else {
        return values;
    };
    for variable in environment(image).into_iter().filter(|variable| variable.value.contains("://")) {
        // What the service sets itself counts instead, and is looked at there.
        let own = service.environment.iter().find(|v| v.name == variable.name);
        if own.is_none_or(|own| own.value.as_deref() == Some(variable.value)) {
            values.push(Value {
                attr: image_attr(image, "config.Env"),
                what: variable.name,
                text: variable.value,
                place: context.setting(image, variable.node),
                used: service.image.as_ref().and_then(|(_, node)| context.value(node)),
            });
        }
    }
    values
}

/// Why a URL leads nowhere, what to do about it, and the host and port that are there instead.
struct Flaw {
    reason: String,
    help: String,
    instead: Option<String>,
}

/// Replaces host and port in a string literal that holds them once.
fn replace_host(context: &Context<'_>, place: Option<Span>, url: &Url<'_>, new: &str) -> Option<Edit> {
    let place = context.own(place)?;
    let text = context.text(place)?;
    let old = if new.contains(':') { format!("//{}:{}", url.host, url.port?) } else { format!("//{}", url.host) };
    let mut found = text.match_indices(&old);
    let (Some((at, _)), None) = (found.next(), found.next()) else { return None };
    let is_whole = !text[at + old.len()..].starts_with(|c: char| c.is_ascii_alphanumeric() || "_-.@".contains(c));
    let start = place.start + u32::try_from(at).ok()?;
    let span = Span::new(start, start + u32::try_from(old.len()).ok()?);
    (is_whole && text.starts_with('"')).then(|| Edit { span, text: format!("//{new}") })
}

/// What is wrong with a URL, if anything.
fn flaw(facts: &Facts, compose: &Compose, service: &Service, url: &Url<'_>) -> Option<Flaw> {
    if is_known_to(service, url.host) {
        return None;
    }
    let answers = |other: &&Service| {
        let names = std::iter::once(&other.name).chain(&other.aliases);
        names.into_iter().any(|name| name.eq_ignore_ascii_case(url.host))
    };
    let Some(other) = compose.services.iter().find(answers) else {
        let names = compose.services.iter().map(|other| other.name.as_str());
        let near = nearest(url.host, names);
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("add the service, `services.{} = {{ … }};`, or name one that there is", url.host),
        };
        let reason = format!("there is no service `{}`", url.host);
        return Some(Flaw { reason, help, instead: near.map(str::to_string) });
    };
    let (here, there) = (networks(service), networks(other));
    if setting(other, "network_mode").is_none() && !here.iter().any(|network| there.contains(network)) {
        let help = format!("put both on one network: `networks = [ \"{}\" ];`", there.first().unwrap_or(&"default"));
        let reason = format!("`{}` is on no network of `{}`", other.name, service.name);
        return Some(Flaw { reason, help, instead: None });
    }
    let port = url.port.filter(|port| !has_port(facts, other, *port))?;
    let image = facts.image_of(other)?;
    let exposed: Vec<String> = exposed_ports(image)?.iter().map(|e| e.range.to_string()).collect();
    let only = exposed.first().filter(|port| exposed.len() == 1 && !port.contains('-'));
    let instead = only.map(|port| format!("{}:{port}", url.host));
    let help = format!("image `{}` exposes {}", image.display_name(), exposed.join(", "));
    Some(Flaw { reason: format!("`{}` does not expose port {port}", other.name), help, instead })
}

/// Whether a service knows a host by other means than the names of services.
fn is_known_to(service: &Service, host: &str) -> bool {
    let extra_hosts = setting(service, "extra_hosts");
    let in_map = extra_hosts.is_some_and(|node| node.get(host).is_some());
    let listed = ["extra_hosts", "links", "external_links"].iter().filter_map(|key| setting(service, key));
    let mut words = listed.flat_map(Node::items).filter_map(Node::text);
    in_map || words.any(|word| word.split([':', '=']).any(|part| part == host))
}

/// Whether a service may listen on a port. In doubt it does.
fn has_port(facts: &Facts, service: &Service, port: u32) -> bool {
    let Some(exposed) = facts.image_of(service).and_then(exposed_ports) else {
        return true;
    };
    let expose = setting(service, "expose").map_or(&[][..], Node::items).iter().filter_map(Node::scalar);
    exposed.iter().any(|e| e.range.contains(port))
        || service.ports.iter().any(|p| p.target.contains(port))
        || expose.filter_map(|text| crate::image::parse_exposed(&text)).any(|e| e.range.contains(port))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{compose, image, list, map, messages, of_compose, text};
    use bt_container::{Facts, Node, NodeKind};

    fn environment<const N: usize>(url: &str, more: [(&str, Node); N]) -> Vec<String> {
        let mut app = map([("environment", map([("URL", text(url))]))]);
        if let NodeKind::Map(entries) = &mut app.kind {
            entries.extend(more.into_iter().map(|(name, node)| (name.to_string(), node)));
        }
        let db = map([("container_name", text("db1")), ("networks", list([text("default")]))]);
        of_compose(&RULE, [("services", map([("app", app), ("db", db)]))])
    }

    #[test]
    fn hosts_must_answer() {
        assert_eq!(
            environment("http://alloy:4317", []),
            ["`http://alloy:4317` in `URL` of service `app` leads nowhere: there is no service `alloy`"]
        );
        for url in [
            "http://db:1",
            "http://db1",
            "http://a.b",
            "http://localhost:1",
            "http://${X}",
            "http://10.0.0.1",
            "s3://x",
        ] {
            assert!(environment(url, []).is_empty(), "{url}");
        }
        assert!(environment("http://alloy", [("extra_hosts", list([text("alloy:10.0.0.1")]))]).is_empty());
        assert!(environment("http://alloy", [("network_mode", text("host"))]).is_empty());
    }

    #[test]
    fn networks_must_be_shared() {
        assert_eq!(
            environment("http://db:1", [("networks", list([text("other")]))]),
            ["`http://db:1` in `URL` of service `app` leads nowhere: `db` is on no network of `app`"]
        );
    }

    #[test]
    fn ports_and_the_image_count() {
        let check = |own: &str| {
            let exposed = image("api").config([("ExposedPorts", map([("80/tcp", map([]))]))]).done();
            let app = image("app").config([("Env", list([text("URL=http://api:81")]))]).done();
            let app_service = map([("image", text("app:0")), ("environment", map([("URL", text(own))]))]);
            let services = map([("app", app_service), ("api", map([("image", text("api:0"))]))]);
            messages(
                &RULE,
                Facts {
                    images: vec![exposed, app],
                    compose: vec![compose([("services", services)])],
                    ..Facts::default()
                },
            )
        };
        assert!(check("http://api:80").is_empty());
        // Once for the service and once for its image, which says the same.
        assert_eq!(check("http://api:81").len(), 2);
    }
}
