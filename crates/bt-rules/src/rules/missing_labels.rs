//! IMG014: the image has no labels that say where it comes from.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS, listed, verb};
use crate::image::{has_known_config, report, setting};
use crate::rule::{FixKind, Need, Rule};
use bt_container::Node;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "IMG014",
    name: "missing-labels",
    severity: Severity::Info,
    off: true,
    summary: "The image has no labels that say where it comes from",
    fix: FixKind::None,
    references: &["https://github.com/opencontainers/image-spec/blob/main/annotations.md", "hadolint DL3049"],
    needs: &[Need::Config],
    docs: r#"
## What it finds

An image without the labels `org.opencontainers.image.source`, `.revision` and `.licenses`. Those of a base
image (`fromImage`) do not count: the builders take only its layers and its `Env`.

## Why it matters

Who finds a container that misbehaves wants to know which source it was built from. Scanners and registries read these labels too.

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
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Labels = {
      "org.opencontainers.image.source" = "https://github.com/example/app";
      "org.opencontainers.image.revision" = "0a1b2c3";
      "org.opencontainers.image.licenses" = "MIT";
    };
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let labels = setting(image, "Labels");
        if !has_known_config(image) || labels.is_some_and(Node::has_failed) {
            continue;
        }
        let is_missing = |name: &&String| {
            let label = labels.and_then(|labels| labels.get(name));
            label.is_none_or(|label| label.text().is_some_and(str::is_empty) || label.is_null())
        };
        let missing: Vec<String> = context.options.required_labels.iter().filter(is_missing).cloned().collect();
        if missing.is_empty() {
            continue;
        }
        let plural = if missing.len() == 1 { "" } else { "s" };
        let place = labels.and_then(|labels| context.value(labels)).or_else(|| context.missing_setting(image));
        let message = format!("{SUBJECTS} {} the label{plural} {}", verb("lacks", "lack"), listed(&missing, 3));
        findings.push(
            report(context, image, "config.Labels", message, place, "does not say where it comes from")
                .help("`Labels.\"org.opencontainers.image.revision\" = self.rev or self.dirtyRev;`"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, map, of_image, text};

    #[test]
    fn labels_are_there_and_not_empty() {
        let labels = |value: &str| {
            let labels = map([
                ("org.opencontainers.image.source", text("https://x")),
                ("org.opencontainers.image.revision", text(value)),
                ("org.opencontainers.image.licenses", text("MIT")),
            ]);
            of_image(&RULE, image("a").config([("Labels", labels)]))
        };
        assert!(labels("abc").is_empty());
        assert_eq!(labels(""), ["image `a` lacks the label `org.opencontainers.image.revision`"]);
        assert_eq!(of_image(&RULE, image("a")).len(), 1);
        assert_eq!(of_image(&RULE, image("a").argument("fromImage", text("x"))).len(), 1);
    }
}
