//! CFG016: A service has no health check, neither in its image nor in compose.

use crate::context::Context;
use crate::deployment::{runs, setting as service_setting};
use crate::findings::{Findings, SUBJECTS};
use crate::image::{has_known_config, report, setting};
use crate::rule::{FixKind, Need, Rule};
use bt_container::Service;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CFG016",
    name: "missing-healthcheck",
    severity: Severity::Info,
    off: false,
    summary: "A service has no health check, neither in its image nor in compose",
    fix: FixKind::None,
    references: &[
        "CIS Docker Benchmark 4.6",
        "CIS Docker Benchmark 5.27",
        "dockle CIS-DI-0006",
        "hadolint DL3057",
        "trivy DS026",
    ],
    needs: &[Need::Config, Need::Compose],
    docs: r#"
## What it finds

An image that exposes ports, or that a compose service runs, without `Healthcheck`, unless each service that runs it has a
`healthcheck`. Images that do neither are programs that end by themselves. The check of a base image (`fromImage`) does not
count: the builders take only its layers and its `Env`.

## Why it matters

Without a check a runtime knows only whether the process is there. A server that hangs is never started again, and what waits for
it with `condition: service_healthy` cannot start at all.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    ExposedPorts."8080/tcp" = { };
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
    ExposedPorts."8080/tcp" = { };
    Healthcheck = {
      Test = [ "CMD" "${pkgs.hello}/bin/hello" ];
      Interval = 30000000000;
    };
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        if !has_known_config(image) || image.config.is_none() {
            continue;
        }
        let runs = runs(context.facts, image);
        let is_service =
            setting(image, "ExposedPorts").is_some_and(|ports| !ports.entries().is_empty()) || !runs.is_empty();
        let is_checked = |service: &Service| service_setting(service, "healthcheck").is_some();
        let is_left = runs.is_empty() || !runs.iter().all(|service| is_checked(service));
        if !is_service || !is_left || setting(image, "Healthcheck").is_some() {
            continue;
        }
        findings.push(
            report(
                context,
                image,
                "config.Healthcheck",
                format!("no health check for {SUBJECTS}"),
                context.missing_setting(image),
                "no `Healthcheck`",
            )
            .help(
                "ask the program itself, there is no shell and no curl in a small image: \
                 `Healthcheck.Test = [ \"CMD\" \"${package}/bin/program\" \"--healthcheck\" ];`, times are in nanoseconds",
            )
            .together(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{compose, image, list, map, messages, of_image, text};
    use bt_container::Facts;

    #[test]
    fn servers_are_checked() {
        let exposed = || ("ExposedPorts", map([("80/tcp", map([]))]));
        assert_eq!(of_image(&RULE, image("a").config([exposed()])), ["no health check for image `a`"]);
        let health = ("Healthcheck", map([("Test", list([text("NONE")]))]));
        assert!(of_image(&RULE, image("a").config([exposed(), health])).is_empty());
        assert!(of_image(&RULE, image("a").config([("User", text("1"))])).is_empty());
        assert_eq!(of_image(&RULE, image("a").config([exposed()]).argument("fromImage", text("x"))).len(), 1);
    }

    #[test]
    fn services_may_check() {
        let with = |key: &str| {
            let image = image("a").tag("1").config([("User", text("1"))]).done();
            let service = map([("image", text("a:1")), (key, map([("test", text("x"))]))]);
            let compose = vec![compose([("services", map([("s", service)]))])];
            messages(&RULE, Facts { images: vec![image], compose, ..Facts::default() })
        };
        assert!(with("healthcheck").is_empty());
        assert_eq!(with("labels"), ["no health check for image `a`"]);
    }
}
