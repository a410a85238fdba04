//! CMP020: a service that stays down.

use crate::context::Context;
use crate::deployment::setting;
use crate::edit::add_attribute;
use crate::findings::{Findings, SUBJECTS};
use crate::rule::{FixKind, Need, Rule};
use crate::services::{by_remarks, is_whole, lacking};
use bt_container::{Compose, Service};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CMP020",
    name: "missing-restart-policy",
    severity: Severity::Info,
    off: false,
    summary: "Services do not say whether they are started again",
    fix: FixKind::Unsafe,
    references: &[
        "CIS Docker Benchmark 5.15",
        "https://github.com/compose-spec/compose-spec/blob/main/05-services.md#restart",
    ],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

Services without `restart` and `deploy.restart_policy`; all of a compose file are one finding. Those that run once are not
meant: others wait for them with `service_completed_successfully`, or a profile starts them. `restart = "no"` is an answer.

## Why it matters

Without a policy, a service that has crashed stays down, and after a reboot nothing is started.

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
    restart = "on-failure:5";
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for compose in context.compose_files() {
        let services = compose.services.iter().filter(|service| is_whole(service));
        let without: Vec<&Service> =
            services.filter(|service| !has_policy(service) && !runs_once(compose, service)).collect();
        let message = format!("no restart policy for {SUBJECTS}");
        for without in by_remarks(context, &RULE, without) {
            let label = "stays down after a crash or a reboot";
            let Some(report) = lacking(context, compose, &without.services, &message, label) else { continue };
            let attribute = "restart = \"unless-stopped\";";
            let edit = without.shared_set(context).and_then(|set| add_attribute(context, &set, attribute));
            findings.push(
                report
                    .help(format!("add `{attribute}`, or `restart = \"no\";` to what shall run only once"))
                    .fix("Start it again unless it was stopped", edit),
            );
        }
    }
}

fn has_policy(service: &Service) -> bool {
    let deploy = setting(service, "deploy");
    setting(service, "restart").is_some()
        || deploy.is_some_and(|deploy| deploy.has_failed() || deploy.get("restart_policy").is_some())
}

fn runs_once(compose: &Compose, service: &Service) -> bool {
    let is_awaited = |other: &Service| {
        let condition = Some("service_completed_successfully");
        other.depends_on.iter().any(|r| r.name == service.name && r.condition.as_deref() == condition)
    };
    setting(service, "profiles").is_some() || compose.services.iter().any(is_awaited)
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
    fn all_services_are_one_finding() {
        let bare = || map([("image", text("x"))]);
        assert_eq!(found(map([("a", bare()), ("b", bare())])), ["no restart policy for services `a` and `b`"]);
    }

    #[test]
    fn an_answer_is_an_answer() {
        let once = map([("a", map([("condition", text("service_completed_successfully"))]))]);
        let services = map([("a", map([])), ("b", map([("depends_on", once), ("restart", text("no"))]))]);
        assert!(found(services).is_empty());
        let deploy = map([("restart_policy", map([("condition", text("any"))]))]);
        assert!(found(map([("a", map([("deploy", deploy)]))])).is_empty());
    }
}
