//! CMP012: an image of someone else by a name that moves.

use crate::context::{Context, service_attr};
use crate::deployment::is_pulled;
use crate::findings::{Findings, Report, SUBJECTS, verb};
use crate::rule::{FixKind, Need, Rule};
use crate::services::lacking;
use bt_container::{Facts, Service, normal_reference};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CMP012",
    name: "unpinned-image",
    severity: Severity::Warning,
    off: false,
    summary: "The compose file names an image of someone else without saying which one it is",
    fix: FixKind::None,
    references: &[
        "hadolint DL3006 and DL3007",
        "dclint service-image-require-explicit-tag",
        "compose-lint CL-0004 and CL-0019",
        "CIS Docker Benchmark 5.28",
    ],
    needs: &[Need::Config, Need::Compose],
    docs: r#"
## What it finds

A service that runs an image from a registry by the tag `latest`, or without a tag, which is the same. As information, one
finding for those of a compose file that are named by another tag, but without a digest.

Images that the flake builds are not meant, nor those of `build` and `pull_policy = "never"`.

## Why it matters

What is behind `latest` changes from day to day: two machines run different programs, and an update that nobody asked for
breaks the deployment or brings in what someone else has put there. Any other tag can be moved as well; only a digest
always means the same image.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.database.image = "postgres:latest";
  services.cache.image = "redis";
}
```

## Good

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.database.image =
    "postgres:17.2@sha256:87ec5e0a167dc7d4831729f9e1d2ee7b8597dcc49ccd9e43cc5f89e808d2adae";
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for compose in context.compose_files() {
        let mut tagged = Vec::new();
        for service in &compose.services {
            let Some((reference, node)) = service.image.as_ref().filter(|_| is_foreign(context.facts, service)) else {
                continue;
            };
            if !normal_reference(reference).ends_with(":latest") {
                tagged.push(service);
                continue;
            }
            let why = if reference.ends_with(":latest") { "by the tag `latest`" } else { "without a tag" };
            findings.push(
                Report::new(
                    service_attr(compose, service, "image"),
                    format!("{SUBJECTS} {} the image `{reference}` {why}", verb("names", "name")),
                )
                .of("service", &service.name)
                .at(context.value(node), "another image every time")
                .help("name a version, and best a digest as well: `image = \"name:1.2@sha256:…\";`"),
            );
        }
        let message = format!("an image is named without a digest in {SUBJECTS}");
        let image = |service: &Service| service.image.as_ref().and_then(|(_, node)| context.value(node));
        for tagged in context.grouped(&RULE, tagged, |service| image(service)) {
            let report = lacking(context, compose, &tagged, &message, "tags can be moved");
            let place = match tagged.as_slice() {
                [only] => image(only),
                _ => None,
            };
            findings_push(findings, report, place);
        }
    }
}

fn findings_push(findings: &mut Findings, report: Option<Report>, place: Option<bt_diag::Span>) {
    let Some(report) = report else { return };
    let report = match place {
        Some(place) => report.at(Some(place), "the tag can be moved"),
        None => report,
    };
    findings.push(
        report
            .severity(Severity::Info)
            .help("add the digest that the tag stands for: `docker buildx imagetools inspect NAME:TAG` shows it"),
    );
}

/// Whether a service runs an image of someone else, and its reference is no digest.
fn is_foreign(facts: &Facts, service: &Service) -> bool {
    is_pulled(facts, service) && service.image.as_ref().is_some_and(|(reference, _)| !reference.contains('@'))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, compose, image, map, text};
    use bt_container::Facts;

    fn run(references: &[&str]) -> Vec<String> {
        let names = ["a", "b", "c"];
        let mut services = map([]);
        if let bt_container::NodeKind::Map(entries) = &mut services.kind {
            for (name, reference) in names.iter().zip(references) {
                entries.push(((*name).into(), map([("image", text(reference))])));
            }
        }
        let facts = Facts {
            images: vec![image("own").done()],
            compose: vec![compose([("services", services)])],
            ..Facts::default()
        };
        World::new(facts).check(&RULE).iter().map(|f| format!("{}: {}", f.severity.as_str(), f.message)).collect()
    }

    #[test]
    fn moving_tags_are_warned_about_one_by_one() {
        assert_eq!(run(&["x:latest"]), ["warning: service `a` names the image `x:latest` by the tag `latest`"]);
        assert_eq!(
            run(&["localhost:5000/x"]),
            ["warning: service `a` names the image `localhost:5000/x` without a tag"]
        );
    }

    #[test]
    fn other_tags_are_one_information() {
        assert_eq!(
            run(&["x:1", "y:2", "z@sha256:0"]),
            ["info: an image is named without a digest in services `a` and `b`"]
        );
    }

    #[test]
    fn own_and_unknown_images_are_quiet() {
        assert!(run(&["own:latest", "${IMAGE}", "localhost/x:latest"]).is_empty());
        assert!(run(&["docker.io/library/own:1"]).is_empty());
    }
}
