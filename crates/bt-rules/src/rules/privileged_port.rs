//! CFG013: A port below 1024 is exposed or published.

use crate::context::{Context, service_attr};
use crate::findings::{Findings, Report, SUBJECTS, listed, verb};
use crate::image::{parse_exposed, report, setting};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Node, Port, PortRange};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CFG013",
    name: "privileged-port",
    severity: Severity::Info,
    off: false,
    summary: "A port below 1024 is exposed or published",
    fix: FixKind::None,
    references: &["CIS Docker Benchmark 5.8"],
    needs: &[Need::Config, Need::Compose],
    docs: r#"
## What it finds

Ports from 1 to 1023 in `ExposedPorts`, and as ports of the host that compose publishes. Port 22 is `ssh-exposed`.

## Why it matters

Without a setting of the kernel, only root may listen on these ports: a runtime that does not change it needs `NET_BIND_SERVICE`
or a container that runs as root, and a rootless runtime cannot publish them at all. Inside a container any port will do.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    ExposedPorts."80/tcp" = { };
  };
}
```

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.web = {
    image = "example.com/web:1.0@sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";
    ports = [ "127.0.0.1:443:8443" ];
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
    ExposedPorts."8080/tcp" = { };
  };
}
```
"#,
    check,
};

/// The first port that everybody may listen on, as Linux has it by default.
const FIRST_FREE: u32 = 1024;
const SSH: u32 = 22;

fn is_privileged(range: PortRange) -> bool {
    (1..FIRST_FREE).contains(&range.first) && range.first <= range.last && range.first != SSH
}

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let Some(node) = setting(image, "ExposedPorts") else {
            continue;
        };
        let is_low = |key: &str| parse_exposed(key).is_some_and(|exposed| is_privileged(exposed.range));
        let low: Vec<&(String, Node)> = node.entries().iter().filter(|(key, _)| is_low(key)).collect();
        let Some((_, first)) = low.first() else {
            continue;
        };
        let ports: Vec<&String> = low.iter().map(|(key, _)| key).collect();
        let plural = if ports.len() == 1 { "" } else { "s" };
        let message =
            format!("{SUBJECTS} {} the privileged port{plural} {}", verb("exposes", "expose"), listed(&ports, 8));
        let place = context.name(first).or_else(|| context.setting(image, node));
        findings.push(
            report(context, image, "config.ExposedPorts", message, place, "below 1024")
                .help("listen on a port from 1024 on, such as 8080, and let the runtime publish it as any other"),
        );
    }
    for (compose, service) in context.services() {
        let low = |port: &&Port| port.published.is_some_and(is_privileged);
        for port in service.ports.iter().filter(low) {
            let range = port.published.map(|range| range.to_string()).unwrap_or_default();
            findings.push(
                Report::new(
                    service_attr(compose, service, "ports"),
                    format!("{SUBJECTS} {} the privileged port `{range}` of the host", verb("takes", "take")),
                )
                .of("service", &service.name)
                .at(context.value(&port.node), "below 1024")
                .help("publish a port from 1024 on, or let a reverse proxy have this one"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, list, map, of_compose, of_image, text};

    #[test]
    fn low_ports_are_one_finding() {
        let ports = |a: &str, b: &str| {
            of_image(&RULE, image("a").config([("ExposedPorts", map([(a, map([])), (b, map([]))]))]))
        };
        assert_eq!(ports("80/tcp", "443/tcp"), ["image `a` exposes the privileged ports `80/tcp` and `443/tcp`"]);
        assert!(ports("1024/tcp", "0/tcp").is_empty() && ports("22/tcp", "x").is_empty());
    }

    #[test]
    fn the_host_has_low_ports_too() {
        let ports = |port: &str| of_compose(&RULE, [("services", map([("s", map([("ports", list([text(port)]))]))]))]);
        assert_eq!(ports("443:8443"), ["service `s` takes the privileged port `443` of the host"]);
        assert!(ports("8443:443").is_empty() && ports("80").is_empty());
    }
}
