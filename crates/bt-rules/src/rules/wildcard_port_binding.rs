//! CMP019: a port that everybody reaches.

use crate::context::{Context, service_attr};
use crate::deployment::setting;
use crate::findings::{Findings, Report, SUBJECTS};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Node, Port};
use bt_diag::{Edit, Severity, Span};

pub(crate) const RULE: Rule = Rule {
    code: "CMP019",
    name: "wildcard-port-binding",
    severity: Severity::Warning,
    off: false,
    summary: "A service publishes a port on all addresses of the host, and does not say so",
    fix: FixKind::Unsafe,
    references: &["CIS Docker Benchmark 5.14", "dclint no-unbound-port-interfaces", "compose-lint CL-0005"],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

Entries of `ports` without an address of the host; all of a service are one finding. An address that is given is taken at
its word, also when it is `0.0.0.0`.

## Why it matters

Without an address, Docker publishes the port on all of them, past the rules of most firewalls: a database that was meant
for the machine itself can be reached from the internet.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.database = {
    image = "postgres:17.2";
    ports = [ "5432:5432" ];
  };
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.database = {
    image = "postgres:17.2";
    ports = [ "127.0.0.1:5432:5432" ];
  };
  services.proxy = {
    image = "caddy:2.8.4";
    ports = [ "0.0.0.0:443:443" ];
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (compose, service) in context.services() {
        // Then nothing is published.
        if setting(service, "network_mode").is_some() {
            continue;
        }
        let open: Vec<&Port> = service.ports.iter().filter(|port| is_open(port)).collect();
        let list = service.node.get("ports");
        let all = list.and_then(|node| context.value(node).or_else(|| context.name(node)));
        // What a function makes of numbers elsewhere is written where the function is called.
        let place = |port: &Port| {
            let own = context.value(&port.node);
            own.filter(|own| all.is_none_or(|all| all.start <= own.start && own.end <= all.end)).or(all)
        };
        let label = |port: &Port| match port.published {
            Some(published) if place(port) != all => format!("{published} on every address"),
            _ => "on every address".to_string(),
        };
        for open in context.grouped(&RULE, open, |port| place(port)) {
            let Some(first) = open.first() else { continue };
            let edit = place(first).filter(|_| open.len() == 1).and_then(|span| with_address(context, span, first));
            let mut report = Report::new(
                service_attr(compose, service, "ports"),
                format!("ports of {SUBJECTS} are published on all addresses of the host"),
            )
            .of("service", &service.name)
            .at(place(first), label(first))
            .help(
                "say which address: `\"127.0.0.1:8080:80\"` for this machine alone, `\"0.0.0.0:8080:80\"` for all on \
                 purpose",
            )
            .fix("Publish it on the loopback address", edit);
            for port in &open[1..] {
                report = report.and_at(place(port), label(port));
            }
            findings.push(report);
        }
    }
}

/// Whether a port has no address. An empty one is none either.
fn is_open(port: &Port) -> bool {
    let text = port.node.text().unwrap_or_default();
    port.host_ip.as_deref().is_none_or(str::is_empty) && !text.contains('$')
}

/// Puts the address into a literal, which may be an interpolated one.
fn with_address(context: &Context<'_>, span: Span, port: &Port) -> Option<Edit> {
    let text = context.text(span)?;
    let is_literal = text.starts_with('"') && text.ends_with('"') && text.len() > 2;
    let is_published = port.published.is_some() && matches!(port.node.text(), Some(text) if !text.starts_with(':'));
    let start = Span::new(span.start + 1, span.start + 1);
    (is_literal && is_published && Node::text(&port.node).is_some())
        .then(|| Edit { span: start, text: "127.0.0.1:".into() })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, at, compose, list, map, of_compose, text};
    use bt_container::{Facts, Node, NodeKind};
    use bt_diag::Span;

    fn port(port: Node) -> Vec<String> {
        of_compose(&RULE, [("services", map([("s", map([("ports", list([port]))]))]))])
    }

    #[test]
    fn ports_without_an_address_are_reported() {
        let message = "ports of service `s` are published on all addresses of the host";
        for open in ["8080:80", "80", "8000-8010:80", ":80"] {
            assert_eq!(port(text(open)), [message], "{open}");
        }
        assert_eq!(port(Node::new(NodeKind::Int(80))), [message]);
        assert_eq!(port(map([("target", Node::new(NodeKind::Int(80)))])), [message]);
    }

    #[test]
    fn an_address_is_taken_at_its_word() {
        for bound in ["127.0.0.1:8080:80", "0.0.0.0:80:80", "[::]:80:80", "${ADDRESS}:80:80", "127.0.0.1::80"] {
            assert!(port(text(bound)).is_empty(), "{bound}");
        }
        let host = map([("network_mode", text("host")), ("ports", list([text("80:80")]))]);
        assert!(of_compose(&RULE, [("services", map([("s", host)]))]).is_empty());
    }

    #[test]
    fn the_address_goes_into_the_literal() {
        let source = "[ \"${p}:80\" ]";
        let base = World::with_source(Facts::default(), source).base();
        let port = at(Span::new(base + 2, base + 11), text("8080:80"));
        let services = map([("s", map([("ports", list([port]))]))]);
        let facts = Facts { compose: vec![compose([("services", services)])], ..Facts::default() };
        let found = World::with_source(facts, source).check(&RULE);
        let edit = &found[0].fix.as_ref().unwrap().edits[0];
        assert_eq!((edit.span.start - base, edit.text.as_str()), (3, "127.0.0.1:"));
    }
}
