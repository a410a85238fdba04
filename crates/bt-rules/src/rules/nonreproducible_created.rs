//! IMG002: the creation date of an image, or of its files, is the time of the build.

use crate::context::Context;
use crate::edit::remove_binding;
use crate::findings::{Findings, SUBJECTS};
use crate::image::report;
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "IMG002",
    name: "nonreproducible-created",
    severity: Severity::Warning,
    off: false,
    summary: "The creation date of an image, or of its files, is the time of the build",
    fix: FixKind::Unsafe,
    references: &[
        "https://nixos.org/manual/nixpkgs/stable/#sec-pkgs-dockerTools",
        "https://github.com/NixOS/nixpkgs/issues/254421",
    ],
    needs: &[Need::Config],
    docs: r#"
## What it finds

`created = "now"` or `mtime = "now"`.

## Why it matters

Each build of one commit gives another image: its digest changes though nothing in it does, caches and registries keep every
one of them, and nobody can check an image by building it again. Without the argument the date is a fixed one.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  created = "now";
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
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  created = "2025-01-01T00:00:00Z";
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
        for (key, what) in [("created", "creation date"), ("mtime", "date of the files")] {
            let Some(node) = image.argument(key).filter(|node| node.text() == Some("now")) else {
                continue;
            };
            let message = format!("the {what} of {SUBJECTS} is the time of the build, so no two builds are alike");
            findings.push(
                report(context, image, key, message, context.setting(image, node), "changes with every build")
                    .help(format!(
                        "leave `{key}` out for a fixed date, or take that of the source: `{key} = self.lastModifiedDate;`"
                    ))
                    .fix(format!("Remove `{key}`"), remove_binding(context, node.position)),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, of_image, text};

    #[test]
    fn only_now_is_reported() {
        assert_eq!(
            of_image(&RULE, image("a").argument("created", text("now"))),
            ["the creation date of image `a` is the time of the build, so no two builds are alike"]
        );
        assert_eq!(of_image(&RULE, image("a").argument("mtime", text("now"))).len(), 1);
        assert!(of_image(&RULE, image("a").argument("created", text("2025-01-01T00:00:00Z"))).is_empty());
        assert!(of_image(&RULE, image("a")).is_empty());
    }
}
