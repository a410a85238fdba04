//! IMG005: the image is built as a single layer.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS};
use crate::image::report;
use crate::rule::{FixKind, Need, Rule};
use bt_container::Builder;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "IMG005",
    name: "single-layer-image",
    severity: Severity::Info,
    off: false,
    summary: "The image is built as a single layer",
    fix: FixKind::None,
    references: &["https://nixos.org/manual/nixpkgs/stable/#ssec-pkgs-dockerTools-buildLayeredImage"],
    needs: &[Need::Config],
    docs: r#"
## What it finds

`buildImage` with contents or a configuration and without `runAsRoot`, which the layered builders do not have. `buildImage` of nix2container makes
layers of its own.

## Why it matters

All that is in the image is one layer: each change of the program makes a new copy of everything that it depends on, in the
registry and on each machine. `buildLayeredImage` gives packages layers of their own, which images and versions share.

## Bad

```nix
pkgs.dockerTools.buildImage {
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
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in context.facts.images.iter().filter(|image| image.builder == Builder::BuildImage) {
        let is_given = |key: &str| image.argument(key).is_some_and(|node| !node.is_null());
        let is_empty = image.config.is_none() && image.contents.as_ref().is_some_and(Vec::is_empty);
        if is_empty || ["runAsRoot", "keepContentsDirlinks"].into_iter().any(is_given) {
            continue;
        }
        let message = format!("a single layer, which shares nothing with other images, for {SUBJECTS}");
        let help =
            "use `buildLayeredImage` or `streamLayeredImage`: `copyToRoot` is called `contents` there, the rest stays";
        let place = context.call(image);
        findings.push(report(context, image, "layers", message, place, "all in one layer").help(help).together());
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, messages, of_image, package, text};
    use bt_container::{Builder, Facts};

    #[test]
    fn single_layers_are_told() {
        let single = || image("a").builder(Builder::BuildImage).contents([package("hello")]);
        assert_eq!(
            of_image(&RULE, single()),
            ["a single layer, which shares nothing with other images, for image `a`"]
        );
        let both = Facts { images: vec![single().done(), single().done()], ..Facts::default() };
        assert_eq!(messages(&RULE, both).len(), 1);
        assert!(of_image(&RULE, single().argument("runAsRoot", text("x"))).is_empty());
        assert!(of_image(&RULE, image("a").builder(Builder::BuildImage)).is_empty());
        assert!(of_image(&RULE, single().builder(Builder::BuildContainer)).is_empty());
        assert!(of_image(&RULE, image("a").contents([package("hello")])).is_empty());
    }
}
