//! CFG012: a port that does not exist.

use crate::context::{Context, attr_name, image_attr, service_attr};
use crate::deployment::setting as service_setting;
use crate::findings::{Findings, Report, SUBJECTS};
use crate::image::{parse_exposed, setting};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Compose, Node, PortRange, Service};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CFG012",
    name: "port-out-of-range",
    severity: Severity::Error,
    off: false,
    summary: "A port is 0, greater than 65535, a reversed range, or of an unknown protocol",
    fix: FixKind::None,
    references: &[
        "hadolint DL3011",
        "trivy DS008",
        "https://github.com/compose-spec/compose-spec/blob/main/05-services.md#ports",
    ],
    needs: &[Need::Config, Need::Compose],
    docs: r#"
## What it finds

In `ExposedPorts` of an image, and in `ports` and `expose` of a compose service: a port that is 0 or greater than 65535, a
range whose end comes before its start, and a protocol other than `tcp`, `udp` and `sctp`. Port 0 on the host is fine: it
means any free one.

## Why it matters

Runtimes refuse such a port when the container is made, which is long after the image has been built.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    ExposedPorts."70000/tcp" = { };
  };
}
```

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    ports = [ "8080:80800" "9000-8000:9000-8000" ];
  };
}
```

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    ports = [ "8080:8080/http" ];
  };
}
```

## Good

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    ExposedPorts = {
      "8080/tcp" = { };
      "65535/udp" = { };
    };
  };
}
```

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    ports = [ "127.0.0.1:8080:80" "127.0.0.1:8000-9000:8000-9000/udp" ];
  };
}
```
"#,
    check,
};

const MAX: u32 = 65535;

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let Some(ports) = setting(image, "ExposedPorts") else { continue };
        for (key, node) in ports.entries() {
            let Some(flaw) = parse_exposed(key).and_then(|exposed| flaw(exposed.range, &exposed.protocol, false))
            else {
                continue;
            };
            let attr = image_attr(image, &format!("config.ExposedPorts.{}", attr_name(key)));
            findings.push(
                Report::new(attr, format!("`{key}` in `ExposedPorts` of {SUBJECTS} {flaw}"))
                    .of("image", image.display_name())
                    .at(context.name(node).or_else(|| context.setting(image, ports)), flaw)
                    .and_at(context.call(image), "image built here")
                    .help(HELP),
            );
        }
    }
    for (compose, service) in context.services() {
        for port in &service.ports {
            let published = port.published.and_then(|range| flaw(range, &port.protocol, true));
            if let Some(flaw) = published.or_else(|| flaw(port.target, &port.protocol, false)) {
                findings.push(service_report(context, compose, service, "ports", &port.node, flaw));
            }
        }
        for node in service_setting(service, "expose").map_or(&[][..], Node::items) {
            let exposed = node.scalar().and_then(|text| parse_exposed(&text));
            if let Some(flaw) = exposed.and_then(|exposed| flaw(exposed.range, &exposed.protocol, false)) {
                findings.push(service_report(context, compose, service, "expose", node, flaw));
            }
        }
    }
}

const HELP: &str = "ports go from 1 to 65535, and protocols are tcp, udp and sctp: `\"8080/tcp\"`";

fn service_report(
    context: &Context<'_>,
    compose: &Compose,
    service: &Service,
    key: &str,
    node: &Node,
    flaw: &str,
) -> Report {
    let text = node.scalar().map_or_else(|| "a port".to_string(), |text| format!("`{text}`"));
    let list = || service.node.get(key).and_then(|list| context.value(list));
    Report::new(service_attr(compose, service, key), format!("{text} in `{key}` of {SUBJECTS} {flaw}"))
        .of("service", &service.name)
        .at(context.value(node).or_else(list), flaw)
        .help(HELP)
}

/// What is wrong with a range of ports.
fn flaw(range: PortRange, protocol: &str, is_on_host: bool) -> Option<&'static str> {
    if !matches!(protocol, "tcp" | "udp" | "sctp") {
        return Some("has an unknown protocol");
    }
    if range.first > MAX || range.last > MAX {
        return Some("is greater than 65535");
    }
    if range.first > range.last {
        return Some("ends before it starts");
    }
    (range.first == 0 && !is_on_host).then_some("is port 0")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, list, map, of_compose, of_image, text};

    #[test]
    fn exposed_ports_are_checked() {
        let port = |key: &str| of_image(&RULE, image("a").config([("ExposedPorts", map([(key, map([]))]))]));
        assert_eq!(port("70000"), ["`70000` in `ExposedPorts` of image `a` is greater than 65535"]);
        assert_eq!(port("0/tcp").len(), 1);
        assert_eq!(port("90-80/tcp").len(), 1);
        assert_eq!(port("80/http").len(), 1);
        assert!(port("65535/sctp").is_empty() && port("80:80").is_empty());
    }

    #[test]
    fn published_ports_are_checked() {
        let ports = |port: &str| of_compose(&RULE, [("services", map([("s", map([("ports", list([text(port)]))]))]))]);
        assert_eq!(ports("80:70000"), ["`80:70000` in `ports` of service `s` is greater than 65535"]);
        assert_eq!(ports("99999:80").len(), 1);
        assert!(ports("0:80").is_empty() && ports("80").is_empty() && ports("${PORT}:80").is_empty());
    }
}
