//! CMP006: two services want one port of the host.

use crate::context::{Context, service_attr};
use crate::deployment::setting;
use crate::findings::{Findings, Report};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Compose, Node, Port, PortRange, Service};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CMP006",
    name: "duplicate-host-port",
    severity: Severity::Error,
    off: false,
    summary: "Two services publish the same port of the host",
    fix: FixKind::None,
    references: &[
        "dclint no-duplicate-exported-ports",
        "https://github.com/compose-spec/compose-spec/blob/main/05-services.md#ports",
    ],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

Two entries of `ports` in a compose file that publish the same port of the host, for the same protocol and on the same
address. Ranges are compared as well, and no address means all of them. A range that is published for one port of the
container is only a choice, and services that no profile starts together do not meet.

## Why it matters

The second container does not start: `bind: address already in use`.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    ports = [ "8080:80" ];
  };
  services.admin = {
    image = "example.org/admin:1.0";
    ports = [ "127.0.0.1:8080:8080" ];
  };
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    ports = [ "127.0.0.1:8080:80" "127.0.0.1:8080:80/udp" ];
  };
  services.admin = {
    image = "example.org/admin:1.0";
    ports = [ "127.0.0.2:8080:8080" "127.0.0.1:8081:8080" ];
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for compose in context.compose_files() {
        let published: Vec<(&Service, &Port, PortRange)> = compose
            .services
            .iter()
            .flat_map(|service| ports(service).map(move |(port, range)| (service, port, range)))
            .collect();
        for (at, &(service, port, range)) in published.iter().enumerate() {
            let earlier = published[..at].iter().find(|(other, p, r)| {
                let is_same = std::ptr::eq(*other, service);
                collide(p, *r, port, range)
                    && if is_same { *p != port && p.node != port.node } else { meet(other, service) }
            });
            if let Some((other, other_port, other_range)) = earlier {
                let shared =
                    PortRange { first: range.first.max(other_range.first), last: range.last.min(other_range.last) };
                report(context, compose, (service, port), (other, other_port), shared, findings);
            }
        }
    }
}

/// The ports that a service takes from the host for sure.
fn ports(service: &Service) -> impl Iterator<Item = (&Port, PortRange)> {
    let is_on_host = setting(service, "network_mode").and_then(Node::text) == Some("host");
    service.ports.iter().filter(move |_| !is_on_host).filter_map(|port| {
        let range = port.published.filter(|range| range.first > 0)?;
        let is_choice = range.first != range.last && port.target.first == port.target.last;
        (!is_choice).then_some((port, range))
    })
}

fn collide(a: &Port, a_range: PortRange, b: &Port, b_range: PortRange) -> bool {
    let is_any = |ip: &Option<String>| ip.as_deref().is_none_or(|ip| matches!(ip, "" | "0.0.0.0" | "::"));
    let same_address = is_any(&a.host_ip) || is_any(&b.host_ip) || a.host_ip == b.host_ip;
    same_address && a.protocol == b.protocol && a_range.overlaps(b_range)
}

/// Whether two services may run at the same time.
fn meet(a: &Service, b: &Service) -> bool {
    let profiles = |service: &Service| -> Vec<String> {
        let items = setting(service, "profiles").map_or(&[][..], Node::items);
        items.iter().filter_map(Node::text).map(str::to_string).collect()
    };
    let (a, b) = (profiles(a), profiles(b));
    a.is_empty() || b.is_empty() || a.iter().any(|profile| b.contains(profile))
}

fn report(
    context: &Context<'_>,
    compose: &Compose,
    (service, port): (&Service, &Port),
    (other, other_port): (&Service, &Port),
    shared: PortRange,
    findings: &mut Findings,
) {
    let what = if shared.first == shared.last { "port" } else { "ports" };
    let message = if std::ptr::eq(service, other) {
        format!("service `{}` publishes host {what} {shared}/{} twice", service.name, port.protocol)
    } else {
        format!("services `{}` and `{}` both publish host {what} {shared}/{}", other.name, service.name, port.protocol)
    };
    let place = |service: &Service, port: &Port| {
        context.value(&port.node).or_else(|| service.node.get("ports").and_then(|node| context.value(node)))
    };
    findings.push(
        Report::new(service_attr(compose, service, "ports"), message)
            .at(place(service, port), format!("{what} {shared} again"))
            .and_at(place(other, other_port), format!("service `{}` takes it here", other.name))
            .help(format!(
                "publish another port of the host: `ports = [ \"{}:{}\" ];`; services reach each other without `ports`",
                shared.last.saturating_add(1),
                port.target
            )),
    );
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{list, map, of_compose, text};

    fn two(a: &str, b: &str) -> Vec<String> {
        let service = |port: &str| map([("ports", list([text(port)]))]);
        of_compose(&RULE, [("services", map([("a", service(a)), ("b", service(b))]))])
    }

    #[test]
    fn equal_ports_collide() {
        assert_eq!(two("8080:80", "8080:81"), ["services `a` and `b` both publish host port 8080/tcp"]);
        assert_eq!(two("8080:80", "127.0.0.1:8080:81").len(), 1);
        assert_eq!(
            two("8000-8010:8000-8010", "8005-8020:5-20"),
            ["services `a` and `b` both publish host ports 8005-8010/tcp"]
        );
    }

    #[test]
    fn others_do_not() {
        for (a, b) in [
            ("8080:80", "8081:80"),
            ("8080:80", "8080:80/udp"),
            ("127.0.0.1:8080:80", "127.0.0.2:8080:80"),
            ("80", "80"),
            ("0:80", "0:80"),
            ("8000-8010:80", "8005:80"),
        ] {
            assert!(two(a, b).is_empty(), "{a} {b}");
        }
        let service = |profile: &str| map([("ports", list([text("80:80")])), ("profiles", list([text(profile)]))]);
        assert!(of_compose(&RULE, [("services", map([("a", service("x")), ("b", service("y"))]))]).is_empty());
    }

    #[test]
    fn one_service_may_collide_with_itself() {
        let ports = list([text("80:80"), text("80:80"), text("80:81")]);
        let found = of_compose(&RULE, [("services", map([("a", map([("ports", ports)]))]))]);
        assert_eq!(found, ["service `a` publishes host port 80/tcp twice"]);
    }
}
