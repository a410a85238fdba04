//! CMP015: parts of the host in a container that do not belong there.

use crate::context::{Context, service_attr};
use crate::deployment::setting;
use crate::findings::{Findings, Report, SUBJECTS, verb};
use crate::rule::{FixKind, Need, Rule};
use crate::services::{binds, normal_path};
use bt_container::Node;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CMP015",
    name: "sensitive-host-mount",
    severity: Severity::Error,
    off: false,
    summary: "A service mounts a part of the host that belongs to the system",
    fix: FixKind::None,
    references: &["CIS Docker Benchmark 5.6 and 5.18", "NIST SP 800-190 3.5.5"],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

Mounts of the host's `/`, `/etc`, `/root`, `/home`, `/boot`, `/dev`, `/proc`, `/sys`, `/usr`, `/lib`, `/bin`, `/sbin`,
`/var`, `/run` and `/var/lib` as a whole, of the files of container runtimes and of SSH keys; and disks and memory of the
host in `devices`. Where nothing but the state of the system can be read, as in a read-only `/proc` or `/sys`, it is a
warning.

## Why it matters

What can be written there takes over the host, and what can be read are its passwords and keys. Nothing then keeps the
container apart from it.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.backup = {
    image = "example.org/backup:1.0";
    volumes = [ "/etc:/host/etc:ro" ];
  };
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.backup = {
    image = "example.org/backup:1.0";
    volumes = [ "/srv/app:/srv/app:ro" "/etc/localtime:/etc/localtime:ro" ];
  };
}
```
"#,
    check,
};

/// Directories that are not mounted as a whole.
const DIRECTORIES: &[&str] = &[
    "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/proc", "/root", "/run", "/sbin", "/sys", "/usr",
    "/var", "/var/lib", "/var/run",
];

/// Directories and files of which no part is mounted either.
const TREES: &[&str] = &[
    "/boot",
    "/etc/shadow",
    "/etc/ssh",
    "/etc/sudoers",
    "/proc/sys",
    "/root/.ssh",
    "/var/lib/containerd",
    "/var/lib/containers",
    "/var/lib/docker",
    "/var/lib/kubelet",
    "~/.ssh",
];

/// What tells the state of the system, and no secrets.
const STATE: &[&str] = &["/bin", "/boot", "/lib", "/lib64", "/proc", "/proc/sys", "/sbin", "/sys", "/usr"];

/// Devices that are all of the host's data or memory.
const DEVICES: &[&str] = &[
    "/dev/dm-",
    "/dev/kmem",
    "/dev/mapper/",
    "/dev/mem",
    "/dev/mmcblk",
    "/dev/nvme",
    "/dev/port",
    "/dev/sd",
    "/dev/vd",
    "/dev/xvd",
];

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (compose, service) in context.services() {
        for bind in binds(service) {
            let path = normal_path(bind.source);
            let in_tree =
                |tree: &&&str| path == **tree || path.strip_prefix(**tree).is_some_and(|r| r.starts_with('/'));
            let tree = TREES.iter().find(in_tree).copied();
            let Some(place) = tree.or_else(|| DIRECTORIES.iter().find(|directory| path == **directory).copied()) else {
                continue;
            };
            let is_state = bind.read_only && STATE.contains(&place);
            let label = if bind.read_only { "read by the container" } else { "written by the container" };
            findings.push(
                Report::new(
                    service_attr(compose, service, "volumes"),
                    format!("{SUBJECTS} {} `{}` of the host", verb("mounts", "mount"), bind.source),
                )
                .of("service", &service.name)
                .at(context.value(bind.node), label)
                .severity(if is_state { Severity::Warning } else { Severity::Error })
                .help("mount only the files that the program needs, and read-only: `\"/etc/localtime:/etc/localtime:ro\"`"),
            );
        }
        check_devices(context, compose, service, findings);
    }
}

fn check_devices(
    context: &Context<'_>,
    compose: &bt_container::Compose,
    service: &bt_container::Service,
    findings: &mut Findings,
) {
    for item in setting(service, "devices").map_or(&[][..], Node::items) {
        let text = item.get("source").unwrap_or(item).text().unwrap_or_default();
        let source = text.split(':').next().unwrap_or_default();
        if source == "/dev" || DEVICES.iter().any(|device| source.starts_with(device)) {
            findings.push(
                Report::new(
                    service_attr(compose, service, "devices"),
                    format!("{SUBJECTS} {} the device `{source}` of the host", verb("has", "have")),
                )
                .of("service", &service.name)
                .at(context.value(item), "all that is on it")
                .help("mount the file system that the program needs, or a part of it"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, compose, list, map, text};
    use bt_container::{Facts, Node};

    fn found(key: &str, item: Node) -> Vec<String> {
        let services = map([("s", map([(key, list([item]))]))]);
        let facts = Facts { compose: vec![compose([("services", services)])], ..Facts::default() };
        World::new(facts).check(&RULE).iter().map(|f| format!("{}: {}", f.severity.as_str(), f.message)).collect()
    }

    #[test]
    fn parts_of_the_system_are_reported() {
        assert_eq!(found("volumes", text("/:/host:ro")), ["error: service `s` mounts `/` of the host"]);
        assert_eq!(found("volumes", text("/etc/:/x")), ["error: service `s` mounts `/etc/` of the host"]);
        assert_eq!(found("volumes", text("/var/lib/docker/volumes:/x")).len(), 1);
        assert_eq!(found("volumes", text("/proc:/host/proc:ro")), ["warning: service `s` mounts `/proc` of the host"]);
        let long = map([("type", text("bind")), ("source", text("/root")), ("target", text("/x"))]);
        assert_eq!(found("volumes", long).len(), 1);
        assert_eq!(found("devices", text("/dev/sda:/dev/sda")).len(), 1);
    }

    #[test]
    fn others_are_quiet() {
        for path in ["/etc/localtime:/x:ro", "/srv:/x", "/var/lib/app:/x", "/home/me/app:/x", "/var/log:/x", "./etc:/x"]
        {
            assert!(found("volumes", text(path)).is_empty(), "{path}");
        }
        assert!(found("devices", text("/dev/net/tun")).is_empty() && found("devices", text("/dev/dri")).is_empty());
    }
}
