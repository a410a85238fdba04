//! CNT007: A time zone is set, and the image has no data of time zones.

use crate::context::Context;
use crate::deployment::{all_runs, mounts, runs};
use crate::edit::add_variable;
use crate::findings::{Findings, SUBJECTS};
use crate::image::{environment, has_base, has_known_config, report};
use crate::knowledge::contents::uses_package;
use crate::root::{Lookup, Root};
use crate::rule::{FixKind, Need, Rule};
use bt_container::Node;
use bt_diag::{Confidence, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "CNT007",
    name: "missing-tzdata",
    severity: Severity::Info,
    off: false,
    summary: "A time zone is set, and the image has no data of time zones",
    fix: FixKind::Safe,
    references: &["https://www.gnu.org/software/libc/manual/html_node/TZ-Variable.html"],
    needs: &[Need::Config, Need::Contents, Need::Closure, Need::Context, Need::Compose],
    docs: r#"
## What it finds

`TZ` that names a zone (`Europe/Berlin`), in the environment of an image or of all services that run it, when nothing in the image
brings `tzdata`, and neither `TZDIR` nor `ZONEINFO` is set.

## Why it matters

A program that does not find the zone uses UTC, and says nothing.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Env = [ "TZ=Europe/Berlin" ];
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
    Env = [ "TZ=Europe/Berlin" "TZDIR=${pkgs.tzdata}/share/zoneinfo" ];
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
    Env = [ "TZ=UTC" ];
  };
}
```
"#,
    check,
};

/// Programs that have the data built in.
const OWN_DATA: &[&str] = &["bun", "deno", "jdk", "jre", "nodejs", "openjdk", "tzdata"];

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        if !has_known_config(image) || has_base(image) || image.contents.is_none() {
            continue;
        }
        let own = environment(image);
        let services = runs(context.facts, image);
        let of_services = services.iter().flat_map(|service| &service.environment);
        let of_services = of_services.filter_map(|v| Some((v.name.as_str(), v.value.as_deref()?, &v.node)));
        let all: Vec<(&str, &str, &Node)> = own.iter().map(|v| (v.name, v.value, v.node)).chain(of_services).collect();
        let zone = all.iter().find(|(name, value, _)| *name == "TZ" && is_zone(value));
        let Some((_, zone, node)) = zone.filter(|_| !all.iter().any(|(n, ..)| matches!(*n, "TZDIR" | "ZONEINFO")))
        else {
            continue;
        };
        let root = Root::new(context.facts, image);
        let is_missing = matches!(root.find("/usr/share/zoneinfo"), Lookup::Missing(_));
        let is_mounted = |service: &_| mounts(service, "/usr/share/zoneinfo") || mounts(service, "/etc/localtime");
        if !is_missing || uses_package(context, image, OWN_DATA) || all_runs(context.facts, image, is_mounted) {
            continue;
        }
        let message = format!("`TZ` of {SUBJECTS} is `{zone}`, but there is no data of time zones");
        findings.push(
            report(context, image, "config.Env", message, context.setting(image, node), "is UTC without the data")
                .help("say where it is: `\"TZDIR=${pkgs.tzdata}/share/zoneinfo\"`, which also brings it in")
                .fix(
                    "Bring the data in, and say where it is",
                    add_variable(context, image, |pkgs| format!("TZDIR=${{{pkgs}.tzdata}}/share/zoneinfo")),
                )
                // A program may have the data built in.
                .confidence(Confidence::High),
        );
    }
}

/// Whether a value names a zone of the database: not UTC, and not the rules themselves (`CET-1CEST`).
fn is_zone(value: &str) -> bool {
    let is_utc = value.is_empty() || ["utc", "gmt"].iter().any(|name| value.to_ascii_lowercase().ends_with(name));
    value.contains('/') && !value.starts_with([':', '/', '<']) && !is_utc && !value.contains('$')
}

#[cfg(test)]
mod tests {
    use super::{RULE, is_zone};
    use crate::fixtures::{image, list, of_image, package, text};

    #[test]
    fn zones_need_data() {
        let env = |variable: &str| image("a").config([("Env", list([text(variable)]))]);
        assert_eq!(
            of_image(&RULE, env("TZ=Europe/Berlin")),
            ["`TZ` of image `a` is `Europe/Berlin`, but there is no data of time zones"]
        );
        assert!(of_image(&RULE, env("TZ=Europe/Berlin").contents([package("tzdata")])).is_empty());
        assert!(of_image(&RULE, env("TZ=Europe/Berlin").argument("fromImage", text("x"))).is_empty());
        for fine in ["UTC", "Etc/UTC", "CET-1CEST", "", ":/etc/localtime", "${TZ}/x"] {
            assert!(!is_zone(fine), "{fine}");
        }
    }
}
