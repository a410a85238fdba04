//! CFG014: the container serves SSH.

use crate::context::{Context, service_attr};
use crate::findings::{Findings, Report, SUBJECTS, verb};
use crate::image::{command, parse_exposed, report, setting};
use crate::rule::{FixKind, Need, Rule};
use bt_container::Node;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CFG014",
    name: "ssh-exposed",
    severity: Severity::Warning,
    off: false,
    summary: "The container serves SSH",
    fix: FixKind::None,
    references: &["CIS Docker Benchmark 5.7", "trivy DS004", "checkov CKV_DOCKER_1"],
    needs: &[Need::Config, Need::Contents, Need::Compose],
    docs: r#"
## What it finds

Port 22 in `ExposedPorts`, or as the port in the container that a compose service publishes, and `sshd` as the command.

## Why it matters

Whoever gets in by SSH changes a container that nobody can build again, past the logs and rights of the runtime, with keys that
have to be kept up to date in each image. `docker exec` and `kubectl exec` do the same and need none of that.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    ExposedPorts."22/tcp" = { };
  };
}
```

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.box = {
    image = "example.com/box:1.0@sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";
    ports = [ "127.0.0.1:2222:22" ];
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
    ExposedPorts."8022/tcp" = { };
  };
}
```
"#,
    check,
};

const SSH: u32 = 22;
const HELP: &str = "get in through the runtime instead: `docker exec -it NAME …`";

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let ports = setting(image, "ExposedPorts");
        let port = ports.map_or(&[][..], Node::entries).iter().find(|(key, _)| {
            parse_exposed(key).is_some_and(|exposed| exposed.protocol == "tcp" && exposed.range.contains(SSH))
        });
        let program = command(image).and_then(|words| words.first().copied());
        let sshd = program.filter(|node| node.text().is_some_and(|text| text.rsplit('/').next() == Some("sshd")));
        // One of them is enough: both are one cause.
        let (node, part, what) = match (port, sshd) {
            (Some((_, node)), _) => {
                (node, "config.ExposedPorts", format!("{} port 22, which is for SSH", verb("exposes", "expose")))
            }
            (None, Some(node)) => (node, "config.Cmd", format!("{} `sshd`", verb("runs", "run"))),
            (None, None) => continue,
        };
        let place = if port.is_some() { context.name(node).or(ports.and_then(|p| context.value(p))) } else { None };
        let place = place.or_else(|| context.setting(image, node));
        findings.push(report(context, image, part, format!("{SUBJECTS} {what}"), place, "for SSH").help(HELP));
    }
    for (compose, service) in context.services() {
        for port in service.ports.iter().filter(|port| port.protocol == "tcp" && port.target.contains(SSH)) {
            findings.push(
                Report::new(
                    service_attr(compose, service, "ports"),
                    format!(
                        "{SUBJECTS} {} port 22 of {}, which is for SSH",
                        verb("publishes", "publish"),
                        verb("its container", "their containers")
                    ),
                )
                .of("service", &service.name)
                .at(context.value(&port.node), "for SSH")
                .help(HELP),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, list, map, of_compose, of_image, text};

    #[test]
    fn ssh_is_reported_once() {
        let ports = |key: &str| image("a").config([("ExposedPorts", map([(key, map([]))]))]);
        assert_eq!(of_image(&RULE, ports("22/tcp")), ["image `a` exposes port 22, which is for SSH"]);
        assert!(of_image(&RULE, ports("22/udp")).is_empty() && of_image(&RULE, ports("2222/tcp")).is_empty());
        let cmd = |program: &str| of_image(&RULE, image("a").config([("Cmd", list([text(program), text("-D")]))]));
        assert_eq!(cmd("/nix/store/x-openssh/bin/sshd"), ["image `a` runs `sshd`"]);
        assert!(cmd("/bin/ssh").is_empty());
    }

    #[test]
    fn published_ports_are_looked_at() {
        let ports = |port: &str| of_compose(&RULE, [("services", map([("s", map([("ports", list([text(port)]))]))]))]);
        assert_eq!(ports("2222:22"), ["service `s` publishes port 22 of its container, which is for SSH"]);
        assert!(ports("22:2222").is_empty());
    }
}
