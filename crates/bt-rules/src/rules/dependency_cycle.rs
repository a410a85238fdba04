//! CMP004: services that wait for each other.

use crate::context::{Context, attr_name};
use crate::findings::{Findings, Report};
use crate::rule::{FixKind, Need, Rule};
use crate::services::{Use, dependencies};
use bt_container::Compose;
use bt_diag::Severity;
use std::collections::BTreeMap;

pub(crate) const RULE: Rule = Rule {
    code: "CMP004",
    name: "dependency-cycle",
    severity: Severity::Error,
    off: false,
    summary: "Services depend on each other in a circle",
    fix: FixKind::None,
    references: &["https://github.com/compose-spec/compose-spec/blob/main/05-services.md#depends_on"],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

Services that need each other to start, by `depends_on`, `links`, `volumes_from` or `network_mode: service:…` and its like,
so that none of them can be the first. One circle is one finding.

## Why it matters

Compose refuses the whole file: `dependency cycle detected: app -> database -> app`.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    depends_on = [ "database" ];
  };
  services.database = {
    image = "postgres:17.2";
    depends_on = [ "app" ];
  };
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    depends_on = [ "database" ];
  };
  services.database.image = "postgres:17.2";
}
```
"#,
    check,
};

/// Who needs whom: the number of the service, and where it says so.
type Graph = Vec<Vec<(usize, Use)>>;

fn check(context: &Context<'_>, findings: &mut Findings) {
    for compose in context.compose_files() {
        let names = compose.services.iter().enumerate().map(|(at, service)| (service.name.as_str(), at));
        let numbers: BTreeMap<&str, usize> = names.collect();
        let uses = compose.services.iter().map(|service| {
            let named = dependencies(context, service).into_iter();
            named.filter_map(|used| Some((*numbers.get(used.name.as_str())?, used))).collect()
        });
        let graph: Graph = uses.collect();
        // Services that a circle was reported for, or that are in none.
        let mut done = startable(&graph);
        for start in 0..graph.len() {
            if done[start] {
                continue;
            }
            if let Some(circle) = circle_from(&graph, start, &done) {
                circle.iter().for_each(|(service, _)| done[*service] = true);
                report(context, compose, &graph, &circle, findings);
            }
            done[start] = true;
        }
    }
}

/// Which services can start, one after the other: they need nothing but those.
fn startable(graph: &Graph) -> Vec<bool> {
    let mut needed_by: Vec<Vec<usize>> = vec![Vec::new(); graph.len()];
    for (service, uses) in graph.iter().enumerate() {
        uses.iter().for_each(|(needed, _)| needed_by[*needed].push(service));
    }
    let mut open: Vec<usize> = graph.iter().map(Vec::len).collect();
    let mut started = vec![false; graph.len()];
    let mut queue: Vec<usize> = (0..graph.len()).filter(|service| open[*service] == 0).collect();
    while let Some(service) = queue.pop() {
        started[service] = true;
        for other in &needed_by[service] {
            open[*other] -= 1;
            if open[*other] == 0 {
                queue.push(*other);
            }
        }
    }
    started
}

/// The shortest circle through a service that leads through none that is done: each service, and which of its uses
/// leads on.
fn circle_from(graph: &Graph, start: usize, done: &[bool]) -> Option<Vec<(usize, usize)>> {
    // From where each service was reached first.
    let mut reached: Vec<Option<(usize, usize)>> = vec![None; graph.len()];
    let mut queue = std::collections::VecDeque::from([start]);
    while let Some(service) = queue.pop_front() {
        for (at, (next, _)) in graph[service].iter().enumerate() {
            if *next == start {
                let mut circle = vec![(service, at)];
                let mut current = service;
                while let Some(before) = reached[current].filter(|_| current != start) {
                    circle.push(before);
                    current = before.0;
                }
                circle.reverse();
                return Some(circle);
            }
            if reached[*next].is_none() && !done[*next] {
                reached[*next] = Some((service, at));
                queue.push_back(*next);
            }
        }
    }
    None
}

fn report(context: &Context<'_>, compose: &Compose, graph: &Graph, circle: &[(usize, usize)], findings: &mut Findings) {
    let name = |service: usize| compose.services[service].name.as_str();
    let Some(&(first, first_use)) = circle.first() else { return };
    let names: Vec<String> = circle.iter().map(|(service, _)| format!("`{}`", name(*service))).collect();
    let message = match circle {
        [_] => format!("service `{}` depends on itself", name(first)),
        _ => format!("services depend on each other in a circle: {} and `{}` again", names.join(", "), name(first)),
    };
    let used = &graph[first][first_use].1;
    let place = used.span.or_else(|| context.name(&compose.services[first].node));
    let attr = format!("{}.services.{}.{}", compose.attr, attr_name(name(first)), used.key);
    let mut report = Report::new(attr, message)
        .at(place, "this cannot start before itself")
        .help("let one of them start without the other, and try again until the other is there");
    for (service, at) in &circle[1..] {
        let used = &graph[*service][*at].1;
        report = report.and_at(used.span, format!("`{}` needs `{}`", name(*service), used.name));
    }
    findings.push(report);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{compose, list, map, messages, of_compose, text};
    use bt_container::{Facts, Node, NodeKind};

    fn services(needs: &[(&str, &[&str])]) -> Vec<String> {
        let service = |names: &[&str]| {
            let names = names.iter().map(|name| text(name)).collect();
            map([("depends_on", Node::new(NodeKind::List(names)))])
        };
        let entries = needs.iter().map(|(name, names)| ((*name).into(), service(names))).collect();
        of_compose(&RULE, [("services", Node::new(NodeKind::Map(entries)))])
    }

    #[test]
    fn each_circle_is_one_finding() {
        assert_eq!(services(&[("a", &["a"])]), ["service `a` depends on itself"]);
        assert_eq!(
            services(&[("a", &["b"]), ("b", &["c"]), ("c", &["a"])]),
            ["services depend on each other in a circle: `a`, `b`, `c` and `a` again"]
        );
        // The shortest; and one that is not reached from the first service.
        assert_eq!(services(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &["a"])]).len(), 1);
        assert_eq!(services(&[("x", &["a"]), ("a", &["b"]), ("b", &["a"]), ("c", &["d"]), ("d", &["c"])]).len(), 2);
    }

    #[test]
    fn what_meets_again_is_no_circle() {
        assert!(services(&[("a", &["b", "c"]), ("b", &["d"]), ("c", &["d"]), ("d", &["nobody"])]).is_empty());
        let optional = map([("b", map([("required", Node::new(NodeKind::Bool(false)))]))]);
        let entries = [("a", map([("depends_on", optional)])), ("b", map([("depends_on", list([text("a")]))]))];
        let facts = Facts { compose: vec![compose([("services", map(entries))])], ..Facts::default() };
        assert!(messages(&RULE, facts).is_empty());
    }

    #[test]
    fn networks_of_others_count() {
        let a = map([("network_mode", text("service:b"))]);
        let b = map([("links", list([text("a:alias")]))]);
        assert_eq!(of_compose(&RULE, [("services", map([("a", a), ("b", b)]))]).len(), 1);
    }

    #[test]
    fn a_long_circle_is_no_burden() {
        let names: Vec<String> = (0..2000).map(|n| format!("s{n}")).collect();
        let needs: Vec<(&str, Vec<&str>)> =
            names.iter().zip(names.iter().skip(1)).map(|(a, b)| (a.as_str(), vec![b.as_str()])).collect();
        let needs: Vec<(&str, &[&str])> = needs.iter().map(|(a, b)| (*a, b.as_slice())).collect();
        assert!(services(&needs).is_empty());
    }
}
