//! CNT008: an image has no /tmp.

use crate::context::Context;
use crate::deployment::{all_runs, mounts};
use crate::edit::{add_before, package_set};
use crate::findings::{Findings, SUBJECTS};
use crate::image::{command, has_base, report};
use crate::rule::{FixKind, Need, Rule};
use crate::rules::workdir_missing::is_missing;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CNT008",
    name: "missing-tmp",
    severity: Severity::Info,
    off: false,
    summary: "An image has no /tmp",
    fix: FixKind::Unsafe,
    references: &["https://github.com/NixOS/nixpkgs/issues/257172"],
    needs: &[Need::Config, Need::Contents, Need::Compose],
    docs: r#"
## What it finds

An image with a command in which nothing makes `/tmp`, unless all services that run it mount something there. It stays quiet about
images built `fromImage`, and when a content whose files nobody knows may hold it.

## Why it matters

Nothing is in an image unless something makes it, and a user who is not root cannot make `/tmp`. Programs expect it, and some fail
late: `mkstemp: No such file or directory`.

## Bad

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

## Good

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  extraCommands = ''
    mkdir -m 1777 tmp
  '';
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
        let has_command = command(image).is_some_and(|words| !words.is_empty());
        let missing = is_missing(context, image, "/tmp").filter(|_| has_command && !has_base(image));
        let Some(confidence) = missing.filter(|_| !all_runs(context.facts, image, |service| mounts(service, "/tmp")))
        else {
            continue;
        };
        // The place of the contents, which images share that are made by one function.
        let place = context.call(image);
        let config = image.config.as_ref().filter(|config| package_set(context, config.position).is_some());
        let edit = config.filter(|_| image.argument("extraCommands").is_none()).and_then(|config| {
            add_before(context, "config", config.position, "extraCommands = \"mkdir -m 1777 tmp\";")
        });
        findings.push(
            report(context, image, "contents", format!("no /tmp in {SUBJECTS}"), place, "makes no /tmp")
                .help("`extraCommands = \"mkdir -m 1777 tmp\";`, or `tmpfs = [ \"/tmp\" ];` in compose")
                .fix("Make /tmp", edit)
                .confidence(confidence)
                .together(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{ImageFixture, compose, image, list, map, messages, of_image, package, text};
    use bt_container::Facts;

    fn app() -> ImageFixture {
        image("a").tag("1").config([("Cmd", list([text("/nix/store/x/bin/app")]))])
    }

    #[test]
    fn somebody_has_to_make_it() {
        assert_eq!(of_image(&RULE, app()), ["no /tmp in image `a`"]);
        assert_eq!(of_image(&RULE, app().contents([package("caddy")])).len(), 1);
        assert!(of_image(&RULE, app().contents([package("app")])).is_empty());
        assert!(of_image(&RULE, app().argument("extraCommands", text("mkdir -m 1777 tmp"))).is_empty());
        assert!(of_image(&RULE, app().argument("fromImage", text("x"))).is_empty());
        assert!(of_image(&RULE, image("a")).is_empty());
    }

    #[test]
    fn services_may_mount_it() {
        let service = map([("image", text("a:1")), ("tmpfs", list([text("/tmp")]))]);
        let compose = vec![compose([("services", map([("s", service)]))])];
        assert!(messages(&RULE, Facts { images: vec![app().done()], compose, ..Facts::default() }).is_empty());
    }
}
