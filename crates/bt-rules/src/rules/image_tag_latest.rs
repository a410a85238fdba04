//! IMG001: the tag `latest`.

use crate::context::{Context, image_attr};
use crate::edit::replace_literal;
use crate::findings::{Findings, Report, SUBJECTS};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "IMG001",
    name: "image-tag-latest",
    severity: Severity::Warning,
    off: false,
    summary: "The image's tag is `latest`",
    fix: FixKind::Unsafe,
    references: &["dockle DKL-DI-0006", "hadolint DL3007", "trivy DS001", "CIS Docker Benchmark 5.28"],
    needs: &[Need::Config],
    docs: r#"
## What it finds

An image with `tag = "latest"`. Without a tag, or with `null`, dockerTools derives the tag from the image's hash, which is
fine.

## Why it matters

`latest` says nothing about which image it is, and moves with every build. A machine that has an older one keeps running
it, two images cannot be told apart, and going back is impossible.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "latest";
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
  tag = pkgs.hello.version;
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

```nix
rec {
  app = pkgs.dockerTools.buildLayeredImage {
    name = "app";
    tag = null;
    config = {
      Cmd = [ "${pkgs.hello}/bin/hello" ];
      User = "1000:1000";
    };
  };
  compose = (pkgs.formats.yaml { }).generate "docker-compose.yaml" {
    services.app.image = "${app.imageName}:${app.imageTag}";
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let Some(node) = image.argument("tag").filter(|node| node.text() == Some("latest")) else {
            continue;
        };
        let place = context.setting(image, node);
        findings.push(
            Report::new(image_attr(image, "tag"), format!("the tag of {SUBJECTS} is `latest`, which moves with every build"))
                .of("image", image.display_name())
                .at(place, "moves with every build")
                .and_at(context.call(image), "image built here")
                .help(
                    "use the program's version, `tag = package.version;`, or leave `tag` out for one made of the image's hash; in compose, \
                     `image = \"${image.imageName}:${image.imageTag}\";` follows it",
                )
                .fix("Use the hash of the image", replace_literal(context, place, "latest", "null")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, of_image};
    use bt_container::{Node, NodeKind};

    #[test]
    fn only_latest_is_reported() {
        assert_eq!(
            of_image(&RULE, image("a").tag("latest")),
            ["the tag of image `a` is `latest`, which moves with every build"]
        );
        assert!(of_image(&RULE, image("a").tag("1.0")).is_empty());
        assert!(of_image(&RULE, image("a").argument("tag", Node::new(NodeKind::Null))).is_empty());
        assert!(of_image(&RULE, image("a")).is_empty());
    }
}
