//! CMP021: a service that may take all of the host.

use crate::context::Context;
use crate::deployment::setting;
use crate::findings::{Findings, SUBJECTS};
use crate::rule::{FixKind, Need, Rule};
use crate::services::{by_remarks, is_whole, lacking};
use bt_container::{Node, Service};
use bt_diag::Severity;
use std::collections::BTreeMap;

pub(crate) const RULE: Rule = Rule {
    code: "CMP021",
    name: "missing-resource-limits",
    severity: Severity::Info,
    off: false,
    summary: "Services have no limit of memory, processors or processes",
    fix: FixKind::None,
    references: &["CIS Docker Benchmark 5.11, 5.12 and 5.29"],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

Services without a limit of memory (`deploy.resources.limits.memory` or `mem_limit`), of processors
(`deploy.resources.limits.cpus`, `cpus` or `cpu_quota`) or of processes (`deploy.resources.limits.pids` or `pids_limit`).
All services of a compose file that lack the same are one finding.

## Why it matters

A program that leaks memory or is sent too much to do takes the host and all its neighbours down with it.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app.image = "example.org/app:1.0";
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    deploy.resources.limits = { memory = "256M"; cpus = "0.5"; pids = 100; };
  };
}
```
"#,
    check,
};

/// What is limited: its name, the key of `deploy.resources.limits`, the keys of the service.
const LIMITS: &[(&str, &str, &[&str])] = &[
    ("memory", "memory", &["mem_limit"]),
    ("processors", "cpus", &["cpus", "cpu_quota"]),
    ("processes", "pids", &["pids_limit"]),
];

fn check(context: &Context<'_>, findings: &mut Findings) {
    for compose in context.compose_files() {
        let mut lacks: BTreeMap<Vec<usize>, Vec<&Service>> = BTreeMap::new();
        for service in compose.services.iter().filter(|service| is_whole(service)) {
            let missing: Vec<usize> = (0..LIMITS.len()).filter(|limit| !is_limited(service, *limit)).collect();
            if !missing.is_empty() {
                lacks.entry(missing).or_default().push(service);
            }
        }
        for (missing, services) in lacks {
            let names: Vec<&str> = missing.iter().map(|limit| LIMITS[*limit].0).collect();
            let names = match names.as_slice() {
                [first, middle, last] => format!("{first}, {middle} and {last}"),
                names => names.join(" and "),
            };
            let message = format!("no limit of {names} for {SUBJECTS}");
            let values = ["memory = \"256M\";", "cpus = \"0.5\";", "pids = 100;"];
            let attributes: Vec<&str> = missing.iter().map(|limit| values[*limit]).collect();
            let help = format!("add limits that fit: `deploy.resources.limits = {{ {} }};`", attributes.join(" "));
            for group in by_remarks(context, &RULE, services) {
                let report = lacking(context, compose, &group.services, &message, "may take all that the host has");
                report.into_iter().for_each(|report| findings.push(report.help(&help)));
            }
        }
    }
}

fn is_limited(service: &Service, limit: usize) -> bool {
    let (_, key, own) = LIMITS[limit];
    let deploy = setting(service, "deploy");
    let limits = deploy.and_then(|deploy| deploy.path(&["resources", "limits"]));
    let given = |node: &Node| !node.is_null();
    deploy.is_some_and(Node::has_failed)
        || limits.and_then(|limits| limits.get(key)).is_some_and(given)
        || own.iter().any(|key| setting(service, key).is_some())
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{map, of_compose, text};
    use bt_container::Node;

    fn found(services: Node) -> Vec<String> {
        of_compose(&RULE, [("services", services)])
    }

    #[test]
    fn what_is_missing_is_named_once() {
        let limits = map([("limits", map([("memory", text("1M")), ("cpus", text("1"))]))]);
        let some = map([("deploy", map([("resources", limits)]))]);
        assert_eq!(
            found(map([("a", map([])), ("b", map([])), ("c", some)])),
            [
                "no limit of memory, processors and processes for services `a` and `b`",
                "no limit of processes for service `c`"
            ]
        );
    }

    #[test]
    fn both_ways_to_say_it_count() {
        let old = map([("mem_limit", text("1g")), ("cpus", text("1")), ("pids_limit", text("9"))]);
        assert!(found(map([("a", old)])).is_empty());
    }
}
