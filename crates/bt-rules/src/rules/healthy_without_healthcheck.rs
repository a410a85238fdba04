//! CMP005: a service waits for health that nobody checks.

use crate::context::{Context, service_attr};
use crate::deployment::setting;
use crate::findings::{Findings, Report, SUBJECTS, verb};
use crate::image::{self, entry, has_known_config};
use crate::rule::{FixKind, Need, Rule};
use crate::services::{is_true, is_whole};
use bt_container::{Facts, Node, Service};
use bt_diag::{Severity, Span};

pub(crate) const RULE: Rule = Rule {
    code: "CMP005",
    name: "healthy-without-healthcheck",
    severity: Severity::Error,
    off: false,
    summary: "A service waits for another to be healthy, which has no health check",
    fix: FixKind::None,
    references: &["https://github.com/compose-spec/compose-spec/blob/main/05-services.md#depends_on"],
    needs: &[Need::Config, Need::Compose],
    docs: r#"
## What it finds

`condition = "service_healthy"` in `depends_on` for a service whose health nobody checks: `healthcheck` is switched off in
the compose file, or it is neither there nor in the image that the flake builds for it.

The images of others may have a health check of their own, so that it stays quiet for them.

## Why it matters

The service never starts: `dependency failed to start: container app has no healthcheck configured`.

## Bad

```nix
rec {
  app = pkgs.dockerTools.buildLayeredImage {
    name = "app";
    tag = "1.0";
    config = {
      Cmd = [ "${pkgs.hello}/bin/hello" ];
      User = "1000:1000";
    };
  };
  compose = (pkgs.formats.yaml { }).generate "docker-compose.yaml" {
    services.app.image = "${app.imageName}:${app.imageTag}";
    services.proxy = {
      image = "example.org/proxy:1.0";
      depends_on.app.condition = "service_healthy";
    };
  };
}
```

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.database = {
    image = "postgres:17.2";
    healthcheck.disable = true;
  };
  services.app = {
    image = "example.org/app:1.0";
    depends_on.database.condition = "service_healthy";
  };
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.database = {
    image = "postgres:17.2";
    healthcheck.test = [ "CMD" "pg_isready" ];
  };
  services.app = {
    image = "example.org/app:1.0";
    depends_on.database.condition = "service_healthy";
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (compose, service) in context.services() {
        for reference in service.depends_on.iter().filter(|r| r.condition.as_deref() == Some("service_healthy")) {
            let Some(target) = compose.service(&reference.name).filter(|target| is_whole(target)) else { continue };
            let Some((place, label)) = unchecked(context, target) else { continue };
            let condition = service.node.path(&["depends_on", &reference.name, "condition"]);
            let condition = || condition.and_then(|node| context.value(node));
            let message = format!(
                "{SUBJECTS} {} for `{}` to be healthy, whose health nobody checks",
                verb("waits", "wait"),
                reference.name
            );
            findings.push(
                Report::new(service_attr(compose, service, "depends_on"), message)
                    .of("service", &service.name)
                    .at(context.name_at(reference.position).or_else(condition), "never comes true")
                    .and_at(place, label)
                    .help(format!(
                        "give `{0}` a health check, `services.{0}.healthcheck.test = [ \"CMD\" … ];`, or only wait until it is \
                         started: `condition = \"service_started\";`",
                        reference.name
                    )),
            );
        }
    }
}

/// Where it is said or left out that the health of a service is checked; `None` when it is, or when nobody knows.
fn unchecked<'c>(context: &Context<'c>, service: &Service) -> Option<(Option<Span>, String)> {
    match setting(service, "healthcheck") {
        Some(check) if is_off(check) => {
            Some((context.value(check).or_else(|| context.name(check)), "switched off here".into()))
        }
        Some(check) if check.has_failed() || check.get("test").is_some_and(|test| !test.is_null()) => None,
        _ => image_without_check(context.facts, service).map(|image| {
            let place = context.missing_setting(image);
            (place, format!("image `{}` has no `Healthcheck`", image.display_name()))
        }),
    }
}

fn is_off(check: &Node) -> bool {
    let is_none = |test: &Node| test.items().first().and_then(Node::text).or(test.text()) == Some("NONE");
    check.get("disable").is_some_and(is_true) || check.get("test").is_some_and(is_none)
}

/// The flake's image that a service runs, when it checks nothing.
fn image_without_check<'f>(facts: &'f Facts, service: &Service) -> Option<&'f bt_container::Image> {
    let image = facts.image_of(service).filter(|image| has_known_config(image))?;
    let Some(check) = image::setting(image, "Healthcheck") else { return Some(image) };
    let test = entry(check, "Test").filter(|test| !test.items().is_empty());
    let checks = check.has_failed() || test.is_some_and(|test| test.items()[0].text() != Some("NONE"));
    (!checks).then_some(image)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{ImageFixture, compose, image, list, map, messages, text};
    use bt_container::{Facts, Node, NodeKind};

    fn wait_for(target: Node, images: Vec<ImageFixture>) -> Vec<String> {
        let needs = map([("db", map([("condition", text("service_healthy"))]))]);
        let services = map([("app", map([("depends_on", needs)])), ("db", target)]);
        let images = images.into_iter().map(ImageFixture::done).collect();
        messages(&RULE, Facts { images, compose: vec![compose([("services", services)])], ..Facts::default() })
    }

    const MESSAGE: &str = "service `app` waits for `db` to be healthy, whose health nobody checks";

    #[test]
    fn the_image_is_asked() {
        let db = || map([("image", text("db:0"))]);
        let checked = || image("db").config([("Healthcheck", map([("Test", list([text("CMD"), text("/x")]))]))]);
        assert_eq!(wait_for(db(), vec![image("db")]), [MESSAGE]);
        assert!(wait_for(db(), vec![checked()]).is_empty());
        assert_eq!(wait_for(db(), vec![image("db").argument("fromImage", text("/nix/store/x"))]), [MESSAGE]);
        // Nobody knows what others' images have.
        assert!(wait_for(db(), vec![]).is_empty());
    }

    #[test]
    fn the_compose_file_has_the_last_word() {
        let with = |check: Node| map([("image", text("db:0")), ("healthcheck", check)]);
        assert!(wait_for(with(map([("test", text("x"))])), vec![image("db")]).is_empty());
        assert_eq!(wait_for(with(map([("interval", text("1s"))])), vec![image("db")]), [MESSAGE]);
        assert_eq!(wait_for(with(map([("disable", Node::new(NodeKind::Bool(true)))])), vec![]), [MESSAGE]);
        assert_eq!(wait_for(with(map([("test", list([text("NONE")]))])), vec![]), [MESSAGE]);
    }
}
