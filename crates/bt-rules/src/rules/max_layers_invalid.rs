//! IMG003: `maxLayers` is more than runtimes can stack, or less than two.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS};
use crate::image::report;
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Builder, NodeKind};
use bt_diag::{Edit, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "IMG003",
    name: "max-layers-invalid",
    severity: Severity::Error,
    off: false,
    summary: "`maxLayers` is more than runtimes can stack, or less than two",
    fix: FixKind::Unsafe,
    references: &[
        "https://github.com/docker/docs/issues/8230",
        "https://nixos.org/manual/nixpkgs/stable/#sec-pkgs-dockerTools",
    ],
    needs: &[Need::Config],
    docs: r#"
## What it finds

`maxLayers` above 127 or below 2.

## Why it matters

Overlay file systems stack 127 layers at most: an image with more of them is built and loaded, and then fails to start with
`max depth exceeded`. dockerTools needs one layer for the contents and one for what is customised.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  maxLayers = 200;
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
  maxLayers = 120;
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
  maxLayers = 2;
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

/// Layers that runtimes can stack.
const MOST: i64 = 127;

/// Layers that dockerTools needs.
const LEAST: i64 = 2;

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let Some((node, layers)) = image.argument("maxLayers").and_then(|node| match node.kind {
            NodeKind::Int(layers) => Some((node, layers)),
            _ => None,
        }) else {
            continue;
        };
        // nix2container counts from one, which is its default.
        let is_fine = layers == 1 && image.builder == Builder::BuildContainer;
        let (reason, instead) = match layers {
            _ if is_fine => continue,
            ..LEAST => ("is less than the 2 that are needed", LEAST),
            LEAST..=MOST => continue,
            _ => ("is more than the 127 that runtimes can stack", 100),
        };
        let place = context.setting(image, node);
        let literal = place.filter(|span| context.text(*span) == Some(layers.to_string()));
        findings.push(
            report(context, image, "maxLayers", format!("`maxLayers` of {SUBJECTS} {reason}"), place, "out of range")
                .help(
                    "images that others are built on should stay well below 127: each image on top adds its own layers",
                )
                .fix(
                    format!("Use {instead} layers at most"),
                    literal.map(|span| Edit { span, text: instead.to_string() }),
                ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, of_image, text};
    use bt_container::{Builder, Node, NodeKind};

    #[test]
    fn layers_have_limits() {
        let layers = |n: i64| of_image(&RULE, image("a").argument("maxLayers", Node::new(NodeKind::Int(n))));
        assert_eq!(layers(128), ["`maxLayers` of image `a` is more than the 127 that runtimes can stack"]);
        let one = || image("a").argument("maxLayers", Node::new(NodeKind::Int(1)));
        assert!(of_image(&RULE, one().builder(Builder::BuildContainer)).is_empty());
        assert_eq!(layers(1), ["`maxLayers` of image `a` is less than the 2 that are needed"]);
        assert!(layers(127).is_empty() && layers(2).is_empty());
        assert!(of_image(&RULE, image("a").argument("maxLayers", text("200"))).is_empty());
    }
}
