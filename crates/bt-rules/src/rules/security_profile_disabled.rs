//! CMP018: a container without the profiles that confine it.

use crate::context::{Context, service_attr};
use crate::deployment::setting;
use crate::edit::{add_attribute, remove_element};
use crate::findings::{Findings, Report, SUBJECTS};
use crate::rule::{FixKind, Need, Rule};
use crate::services::{by_remarks, is_whole, lacking};
use bt_container::{Node, Service};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CMP018",
    name: "security-profile-disabled",
    severity: Severity::Error,
    off: false,
    summary: "A service runs without the security profiles of the host",
    fix: FixKind::Unsafe,
    references: &["CIS Docker Benchmark 5.2, 5.3, 5.22 and 5.26"],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

In `security_opt` of a service: `seccomp` or `apparmor` as `unconfined`, `label:disable`, `systempaths=unconfined` and
`no-new-privileges:false`. As information, one finding for all services of a compose file that do not have
`no-new-privileges`.

## Why it matters

The profiles keep programs from system calls and files of the kernel that no application needs, and by which containers
were broken out of. Without `no-new-privileges`, a program with the setuid bit makes a user into root.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    security_opt = [ "seccomp:unconfined" ];
  };
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    security_opt = [ "no-new-privileges:true" ];
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for compose in context.compose_files() {
        for service in &compose.services {
            for item in options(service) {
                let Some((text, what)) = item.text().and_then(|text| Some((text, switched_off(text)?))) else {
                    continue;
                };
                findings.push(
                    Report::new(
                        service_attr(compose, service, "security_opt"),
                        format!("`{text}` switches off {what} for {SUBJECTS}"),
                    )
                    .of("service", &service.name)
                    .at(context.value(item), "less is forbidden than by default")
                    .help("remove it; if the program needs a system call more, name a profile that allows it")
                    .fix(format!("Remove `{text}`"), remove_element(context, context.own(item.element))),
                );
            }
        }
        let services = compose.services.iter();
        let without: Vec<&Service> = services.filter(|service| is_whole(service) && !is_confined(service)).collect();
        let message = format!("`no-new-privileges` is not set for {SUBJECTS}");
        for without in by_remarks(context, &RULE, without) {
            let label = "setuid programs make root";
            let Some(report) = lacking(context, compose, &without.services, &message, label) else { continue };
            let has_none = without.services.iter().all(|service| setting(service, "security_opt").is_none());
            let set = without.shared_set(context).filter(|_| has_none);
            let attribute = "security_opt = [ \"no-new-privileges:true\" ];";
            findings.push(
                report
                    .severity(Severity::Info)
                    .help(format!("add `{attribute}`"))
                    .fix("Add `no-new-privileges`", set.and_then(|set| add_attribute(context, &set, attribute))),
            );
        }
    }
}

fn options(service: &Service) -> &[Node] {
    setting(service, "security_opt").map_or(&[], Node::items)
}

/// The key and the value of an option, `seccomp:unconfined` or `seccomp=unconfined`.
fn key_and_value(text: &str) -> (&str, &str) {
    text.split_once([':', '=']).unwrap_or((text, ""))
}

fn switched_off(text: &str) -> Option<&'static str> {
    match key_and_value(text) {
        ("seccomp", "unconfined") => Some("the filter of system calls"),
        ("apparmor", "unconfined") => Some("AppArmor"),
        ("label", "disable") => Some("SELinux"),
        ("systempaths", "unconfined") => Some("the protection of the kernel's files"),
        ("no-new-privileges", "false") => Some("the ban on new privileges"),
        _ => None,
    }
}

/// Whether a service says something about new privileges, or something that nobody knows.
fn is_confined(service: &Service) -> bool {
    let says = |item: &Node| item.text().is_none_or(|text| text.contains('$') || text.starts_with("no-new-privileges"));
    options(service).iter().any(says) || setting(service, "security_opt").is_some_and(Node::has_failed)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, compose, list, map, text};
    use bt_container::{Facts, Node};

    fn found(services: Node) -> Vec<String> {
        let facts = Facts { compose: vec![compose([("services", services)])], ..Facts::default() };
        World::new(facts).check(&RULE).iter().map(|f| format!("{}: {}", f.severity.as_str(), f.message)).collect()
    }

    fn with(option: &str) -> Vec<String> {
        found(map([("s", map([("security_opt", list([text("no-new-privileges"), text(option)]))]))]))
    }

    #[test]
    fn what_is_switched_off_is_reported() {
        assert_eq!(
            with("seccomp:unconfined"),
            ["error: `seccomp:unconfined` switches off the filter of system calls for service `s`"]
        );
        for option in ["seccomp=unconfined", "apparmor:unconfined", "label:disable", "label=disable"] {
            assert_eq!(with(option).len(), 1, "{option}");
        }
        assert!(with("seccomp:profile.json").is_empty() && with("label:type:x_t").is_empty());
    }

    #[test]
    fn what_is_not_said_is_one_information() {
        let bare = || map([("image", text("x"))]);
        assert_eq!(
            found(map([("a", bare()), ("b", bare())])),
            ["info: `no-new-privileges` is not set for services `a` and `b`"]
        );
        assert!(found(map([("a", map([("extends", text("b"))]))])).is_empty());
    }
}
