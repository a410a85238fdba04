//! CMP016: a container that is not kept apart from the host.

use crate::context::{Context, service_attr};
use crate::deployment::setting;
use crate::findings::{Findings, Report, SUBJECTS, verb};
use crate::rule::{FixKind, Need, Rule};
use bt_container::Node;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CMP016",
    name: "host-namespace",
    severity: Severity::Warning,
    off: false,
    summary: "A service shares a namespace with the host",
    fix: FixKind::None,
    references: &["CIS Docker Benchmark 5.10, 5.16, 5.17, 5.21 and 5.31"],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

`host` as the `network_mode`, `pid`, `ipc`, `uts` or `userns_mode` of a service. With `network_mode = "host"`, `ports` are
an error: there is nothing to publish, and they are dropped.

## Why it matters

Namespaces are what keeps a container apart. In the host's network it reaches all that listens on the loopback address only,
in the host's process namespace it sees, and as root ends, every process.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.monitor = {
    image = "example.org/monitor:1.0";
    network_mode = "host";
    pid = "host";
  };
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.monitor = {
    image = "example.org/monitor:1.0";
    ports = [ "127.0.0.1:9100:9100" ];
    extra_hosts = [ "host.docker.internal:host-gateway" ];
  };
}
```
"#,
    check,
};

/// The keys, what the service then shares, and what to do.
const KEYS: &[(&str, &str, &str)] = &[
    ("network_mode", "network", "publish the ports that are needed: `ports = [ \"127.0.0.1:9100:9100\" ];`"),
    ("pid", "process", "remove it, or share the processes of another service: `pid = \"service:app\";`"),
    ("ipc", "IPC", "remove it, or share memory with another service: `ipc = \"service:app\";`"),
    ("uts", "host name", "remove it; `hostname` names the container"),
    ("userns_mode", "user", "remove it, so that root in the container is not root on the host"),
];

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (compose, service) in context.services() {
        for (key, what, help) in KEYS {
            let Some(node) = setting(service, key).filter(|node| node.text() == Some("host")) else { continue };
            let ports = setting(service, "ports").filter(|ports| *key == "network_mode" && !ports.items().is_empty());
            let rest = if ports.is_some() { ", so that its `ports` are dropped" } else { "" };
            let severity = if ports.is_some() { Severity::Error } else { Severity::Warning };
            let message = format!("{SUBJECTS} {} the host's {what} namespace{rest}", verb("shares", "share"));
            findings.push(
                Report::new(service_attr(compose, service, key), message)
                    .of("service", &service.name)
                    .at(context.value(node), "not kept apart from the host")
                    .and_at(ports.and_then(|ports: &Node| context.name(ports)), "dropped")
                    .severity(severity)
                    .help(*help),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{list, map, of_compose, text};

    #[test]
    fn each_namespace_is_reported() {
        let all = ["network_mode", "pid", "ipc", "uts", "userns_mode"];
        let service = map(all.map(|key| (key, text("host"))));
        let found = of_compose(&RULE, [("services", map([("s", service)]))]);
        assert_eq!(found.len(), 5);
        assert_eq!(found[0], "service `s` shares the host's network namespace");
        let service = map([("network_mode", text("host")), ("ports", list([text("80:80")]))]);
        assert_eq!(
            of_compose(&RULE, [("services", map([("s", service)]))]),
            ["service `s` shares the host's network namespace, so that its `ports` are dropped"]
        );
    }

    #[test]
    fn others_are_quiet() {
        let service =
            map([("network_mode", text("service:a")), ("pid", text("service:a")), ("ipc", text("shareable"))]);
        assert!(of_compose(&RULE, [("services", map([("s", service)]))]).is_empty());
    }
}
