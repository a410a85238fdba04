//! IMG013: an image holds the database of the Nix store, and no Nix.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS, verb};
use crate::image::{has_base, report};
use crate::knowledge::contents::uses_package;
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Builder, NodeKind};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "IMG013",
    name: "nix-db-in-image",
    severity: Severity::Info,
    off: false,
    summary: "An image holds the database of the Nix store, and no Nix",
    fix: FixKind::None,
    references: &["https://github.com/NixOS/nixpkgs/pull/289813"],
    needs: &[Need::Config, Need::Contents, Need::Context],
    docs: r#"
## What it finds

`includeNixDB = true`, `buildImageWithNixDb` and `buildLayeredImageWithNixDb`, when `nix` is not among the contents.

## Why it matters

Only Nix reads the database: it is for images in which something is built. In any other it is a list of what an attacker finds.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  includeNixDB = true;
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
  includeNixDB = false;
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
        let argument = image.argument("includeNixDB");
        let is_builder = matches!(image.builder, Builder::BuildImageWithNixDb | Builder::BuildLayeredImageWithNixDb);
        let given = argument.filter(|node| node.kind == NodeKind::Bool(true));
        let is_known = image.contents.is_some() && !has_base(image);
        if (given.is_none() && !is_builder) || !is_known || uses_package(context, image, &["nix", "lix"]) {
            continue;
        }
        let place = given.and_then(|node| context.value(node)).or_else(|| context.call(image));
        findings.push(
            report(
                context,
                image,
                "includeNixDB",
                format!("{SUBJECTS} {} the database of the Nix store, which only Nix reads", verb("holds", "hold")),
                place,
                "brings the database",
            )
            .help("leave it out: `includeNixDB = false;`, or the builder without `WithNixDb`"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, of_image, package};
    use bt_container::{Builder, Node, NodeKind};

    #[test]
    fn the_database_is_for_nix() {
        let with = |included: bool| image("a").argument("includeNixDB", Node::new(NodeKind::Bool(included)));
        assert_eq!(
            of_image(&RULE, with(true)),
            ["image `a` holds the database of the Nix store, which only Nix reads"]
        );
        assert_eq!(of_image(&RULE, image("a").builder(Builder::BuildImageWithNixDb)).len(), 1);
        assert!(of_image(&RULE, with(false)).is_empty() && of_image(&RULE, image("a")).is_empty());
        assert!(of_image(&RULE, with(true).contents([package("nix")])).is_empty());
    }
}
