//! CMP014: the socket of the container runtime in a container.

use crate::context::{Context, service_attr};
use crate::deployment::setting;
use crate::findings::{Findings, Report, SUBJECTS, verb};
use crate::rule::{FixKind, Need, Rule};
use crate::services::{binds, is_true, normal_path};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CMP014",
    name: "control-socket-mount",
    severity: Severity::Error,
    off: false,
    summary: "A service may command the container runtime of the host",
    fix: FixKind::None,
    references: &["CIS Docker Benchmark 5.32", "compose-lint CL-0001", "OWASP Docker Security Rule 1"],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

A mount of the socket of Docker, Podman, containerd or CRI-O, and `use_api_socket = true`. It makes no difference that the
mount is read-only: commands can be sent all the same.

## Why it matters

Whoever may talk to the socket may start a privileged container with the host's disk in it, and so is root on the host.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.proxy = {
    image = "traefik:v3.2";
    volumes = [ "/var/run/docker.sock:/var/run/docker.sock:ro" ];
  };
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.proxy = {
    image = "traefik:v3.2";
    command = [ "--providers.file.filename=/etc/traefik/routes.yaml" ];
    volumes = [ "${pkgs.writeTextDir "routes.yaml" "http: { }"}:/etc/traefik:ro" ];
  };
}
```
"#,
    check,
};

const SOCKETS: &[&str] = &["docker.sock", "podman.sock", "containerd.sock", "crio.sock"];

fn check(context: &Context<'_>, findings: &mut Findings) {
    let help = "let the service do without it: a proxy can read its routes from a file, a monitor can ask the host's exporter; \
                or put a filter between both that lets only a few requests pass";
    for (compose, service) in context.services() {
        for bind in binds(service) {
            let path = normal_path(bind.source);
            if SOCKETS.contains(&path.rsplit('/').next().unwrap_or_default()) {
                let message = format!(
                    "{SUBJECTS} {} `{}`, by which {} the host",
                    verb("mounts", "mount"),
                    bind.source,
                    verb("it commands", "they command")
                );
                findings.push(
                    Report::new(service_attr(compose, service, "volumes"), message)
                        .of("service", &service.name)
                        .at(context.value(bind.node), "as good as root on the host")
                        .help(help),
                );
            }
        }
        if let Some(node) = setting(service, "use_api_socket").filter(|node| is_true(node)) {
            let message = format!(
                "{SUBJECTS} {} given the socket of the runtime, by which {} the host",
                verb("is", "are"),
                verb("it commands", "they command")
            );
            findings.push(
                Report::new(service_attr(compose, service, "use_api_socket"), message)
                    .of("service", &service.name)
                    .at(context.name(node), "as good as root on the host")
                    .help(help),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{list, map, of_compose, text};
    use bt_container::{Node, NodeKind};

    fn volume(volume: &str) -> Vec<String> {
        of_compose(&RULE, [("services", map([("s", map([("volumes", list([text(volume)]))]))]))])
    }

    #[test]
    fn sockets_are_known_by_name() {
        assert_eq!(
            volume("/var/run/docker.sock:/x:ro"),
            ["service `s` mounts `/var/run/docker.sock`, by which it commands the host"]
        );
        assert_eq!(volume("${XDG_RUNTIME_DIR:-/run}/podman/podman.sock:/x").len(), 1);
        let on = map([("use_api_socket", Node::new(NodeKind::Bool(true)))]);
        assert_eq!(of_compose(&RULE, [("services", map([("s", on)]))]).len(), 1);
    }

    #[test]
    fn others_are_quiet() {
        for other in ["/run/postgresql/.s.PGSQL.5432:/x", "docker.sock:/x", "/etc:/docker.sock"] {
            assert!(volume(other).is_empty(), "{other}");
        }
    }
}
