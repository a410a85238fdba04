//! CMP017: a capability that containers do not have for a reason.

use crate::context::{Context, service_attr};
use crate::deployment::setting;
use crate::findings::{Findings, Report, SUBJECTS};
use crate::rule::{FixKind, Need, Rule};
use bt_container::Node;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CMP017",
    name: "added-capability",
    severity: Severity::Warning,
    off: false,
    summary: "A service has a capability that containers do not have by default",
    fix: FixKind::None,
    references: &["CIS Docker Benchmark 5.4", "https://man7.org/linux/man-pages/man7/capabilities.7.html"],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

Capabilities in `cap_add` beyond those that Docker gives to every container. Those by which the container can take over
the host (`ALL`, `SYS_ADMIN`, `SYS_MODULE`, `SYS_PTRACE`, `SYS_RAWIO`, `DAC_READ_SEARCH`, `BPF`) are errors. To give back
some of the default ones after `cap_drop = [ "ALL" ]` is what one should do.

## Why it matters

Capabilities are the parts of root's power. `SYS_ADMIN` alone is nearly all of it.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    cap_add = [ "SYS_ADMIN" ];
  };
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    cap_drop = [ "ALL" ];
    cap_add = [ "NET_BIND_SERVICE" ];
  };
}
```
"#,
    check,
};

/// What Docker gives to every container (Docker documentation, Linux kernel capabilities).
const DEFAULT: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// What takes over the host.
const DANGEROUS: &[&str] = &["ALL", "BPF", "DAC_READ_SEARCH", "SYS_ADMIN", "SYS_MODULE", "SYS_PTRACE", "SYS_RAWIO"];

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (compose, service) in context.services() {
        for item in setting(service, "cap_add").map_or(&[][..], Node::items) {
            let Some(text) = item.text().filter(|text| !text.contains('$')) else { continue };
            let upper = text.to_ascii_uppercase();
            let name = upper.strip_prefix("CAP_").unwrap_or(&upper);
            if DEFAULT.contains(&name) {
                continue;
            }
            let is_dangerous = DANGEROUS.contains(&name);
            let label = if is_dangerous { "enough to take over the host" } else { "more than containers have" };
            findings.push(
                Report::new(
                    service_attr(compose, service, "cap_add"),
                    format!("the capability `{text}` is added to {SUBJECTS}"),
                )
                .of("service", &service.name)
                .at(context.value(item), label)
                .severity(if is_dangerous { Severity::Error } else { Severity::Warning })
                .help("remove it if the program runs without; else say in a comment what it is for"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, compose, list, map, text};
    use bt_container::Facts;

    fn add(capability: &str) -> Vec<String> {
        let services = map([("s", map([("cap_add", list([text(capability)]))]))]);
        let facts = Facts { compose: vec![compose([("services", services)])], ..Facts::default() };
        World::new(facts).check(&RULE).iter().map(|f| format!("{}: {}", f.severity.as_str(), f.message)).collect()
    }

    #[test]
    fn there_are_tiers() {
        assert_eq!(add("SYS_ADMIN"), ["error: the capability `SYS_ADMIN` is added to service `s`"]);
        assert_eq!(add("cap_net_admin"), ["warning: the capability `cap_net_admin` is added to service `s`"]);
        assert_eq!(add("ALL").len(), 1);
        assert!(add("NET_BIND_SERVICE").is_empty() && add("CAP_CHOWN").is_empty() && add("${CAP}").is_empty());
    }
}
