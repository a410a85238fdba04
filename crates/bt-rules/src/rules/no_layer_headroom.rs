//! IMG004: an image that others are built on leaves them few layers.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS};
use crate::image::report;
use crate::rule::{FixKind, Need, Rule};
use bt_container::NodeKind;
use bt_diag::{Edit, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "IMG004",
    name: "no-layer-headroom",
    severity: Severity::Info,
    off: false,
    summary: "An image that others are built on leaves them few layers",
    fix: FixKind::Unsafe,
    references: &["https://github.com/NixOS/nix/pull/13155", "https://github.com/hercules-ci/arion/issues/219"],
    needs: &[Need::Config],
    docs: r#"
## What it finds

`maxLayers` above 100 on an image that is the `fromImage` of another.

## Why it matters

Overlay file systems stack 127 layers at most. What is built on an image that may have nearly as many shares the rest, or cannot be
built: `usedLayers … to store 'fromImage'`.

## Bad

```nix
let
  base = pkgs.dockerTools.buildLayeredImage {
    name = "base";
    tag = "1.0";
    maxLayers = 120;
    contents = [ pkgs.tzdata ];
  };
in
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  fromImage = base;
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

## Good

```nix
let
  base = pkgs.dockerTools.buildLayeredImage {
    name = "base";
    tag = "1.0";
    maxLayers = 60;
    contents = [ pkgs.tzdata ];
  };
in
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  fromImage = base;
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

/// Layers that leave enough for an image on top.
const MOST: i64 = 100;

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let arguments = image.base.as_ref().map(|base| &base.arguments);
        let Some(node) = arguments.and_then(|arguments| arguments.get("maxLayers")) else {
            continue;
        };
        let NodeKind::Int(layers) = node.kind else {
            continue;
        };
        // More than there can be is another rule's, where the base image is an output.
        if layers > MOST {
            let place = context.value(node);
            let literal = place.filter(|span| context.text(*span) == Some(layers.to_string()));
            let message = format!("the base of {SUBJECTS} may take {layers} of 127 layers");
            findings.push(
                report(context, image, "fromImage", message, place, "leaves few layers")
                    .help("give the base image fewer: `maxLayers = 60;`")
                    .fix("Use 60 layers at most", literal.map(|span| Edit { span, text: "60".into() })),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, map, messages};
    use bt_container::{Base, Builder, Facts, Node, NodeKind};

    #[test]
    fn bases_leave_layers() {
        let base = |layers: i64| {
            let arguments = map([("maxLayers", Node::new(NodeKind::Int(layers)))]);
            let mut image = image("a").done();
            image.base = Some(Base { builder: Builder::BuildLayeredImage, arguments });
            messages(&RULE, Facts { images: vec![image], ..Facts::default() })
        };
        assert_eq!(base(120), ["the base of image `a` may take 120 of 127 layers"]);
        assert!(base(100).is_empty());
    }
}
