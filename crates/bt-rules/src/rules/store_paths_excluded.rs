//! IMG011: the store is left out of an image, and nobody mounts it.

use crate::context::Context;
use crate::deployment::{all_runs, mounts};
use crate::findings::{Findings, SUBJECTS, verb};
use crate::image::report;
use crate::rule::{FixKind, Need, Rule};
use bt_container::NodeKind;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "IMG011",
    name: "store-paths-excluded",
    severity: Severity::Warning,
    off: false,
    summary: "The store is left out of an image, and nobody mounts it",
    fix: FixKind::None,
    references: &["https://nixos.org/manual/nixpkgs/stable/#ssec-pkgs-dockerTools-streamLayeredImage"],
    needs: &[Need::Config, Need::Compose],
    docs: r#"
## What it finds

`includeStorePaths = false`, unless all compose services that run the image mount `/nix/store`.

## Why it matters

The image then holds links to paths in the store and not what they point to. It runs only where the store of the machine that
built it is mounted: nowhere else does the command exist.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  includeStorePaths = false;
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
  includeStorePaths = true;
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

```nix
rec {
  app = pkgs.dockerTools.streamLayeredImage {
    name = "app";
    tag = "1.0";
    includeStorePaths = false;
    config = {
      Cmd = [ "${pkgs.hello}/bin/hello" ];
      User = "1000:1000";
    };
  };
  compose = (pkgs.formats.yaml { }).generate "docker-compose.yaml" {
    services.app = {
      image = "${app.imageName}:${app.imageTag}";
      volumes = [ "/nix/store:/nix/store:ro" ];
    };
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let excluded = image.argument("includeStorePaths").filter(|node| node.kind == NodeKind::Bool(false));
        let Some(node) = excluded.filter(|_| !all_runs(context.facts, image, |s| mounts(s, "/nix/store"))) else {
            continue;
        };
        findings.push(
            report(
                context,
                image,
                "includeStorePaths",
                format!("{SUBJECTS} {} without the store, and no service mounts /nix/store", verb("comes", "come")),
                context.setting(image, node),
                "leaves the store out",
            )
            .help("remove it, or mount the store where the image runs: `volumes = [ \"/nix/store:/nix/store:ro\" ];`"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{compose, image, list, map, messages, of_image, text};
    use bt_container::{Facts, Node, NodeKind};

    #[test]
    fn somebody_has_to_mount_the_store() {
        let without = || image("a").tag("1").argument("includeStorePaths", Node::new(NodeKind::Bool(false)));
        assert_eq!(of_image(&RULE, without()), ["image `a` comes without the store, and no service mounts /nix/store"]);
        assert!(of_image(&RULE, image("a").argument("includeStorePaths", Node::new(NodeKind::Bool(true)))).is_empty());
        let with_volume = |volume: &str| {
            let service = map([("image", text("a:1")), ("volumes", list([text(volume)]))]);
            let compose = vec![compose([("services", map([("s", service)]))])];
            messages(&RULE, Facts { images: vec![without().done()], compose, ..Facts::default() })
        };
        assert!(with_volume("/nix/store:/nix/store:ro").is_empty());
        assert_eq!(with_volume("/data:/data").len(), 1);
    }
}
