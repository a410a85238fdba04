//! CFG022: A volume lies over a directory that belongs to the system.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS};
use crate::image::{report, setting};
use crate::rule::{FixKind, Need, Rule};
use bt_container::Node;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CFG022",
    name: "sensitive-volume",
    severity: Severity::Error,
    off: false,
    summary: "A volume lies over a directory that belongs to the system",
    fix: FixKind::None,
    references: &["dockle DKL-DI-0002", "https://github.com/opencontainers/image-spec/blob/main/config.md"],
    needs: &[Need::Config],
    docs: r#"
## What it finds

`Volumes` on `/`, `/nix`, `/nix/store`, `/proc`, `/sys` or `/dev`.

## Why it matters

A volume hides what the image has at that place, or keeps the first version of it for ever: with `/nix/store` on a volume, a
new image runs the programs of the old one. The kernel's directories are mounted by the runtime, which refuses the container
or gives it away.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Volumes."/nix/store" = { };
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
    Volumes."/var/lib/app" = { };
  };
}
```
"#,
    check,
};

/// Directories that no volume may lie over.
const SENSITIVE: &[&str] = &["", "/dev", "/nix", "/nix/store", "/proc", "/sys"];

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let volumes = setting(image, "Volumes");
        for (path, node) in volumes.map_or(&[][..], Node::entries) {
            if !path.starts_with('/') || !SENSITIVE.contains(&path.trim_end_matches('/')) {
                continue;
            }
            let place = context.name(node).or_else(|| volumes.map(|node| context.setting(image, node))?);
            let message = format!("a volume of {SUBJECTS} lies over `{path}`, which belongs to the system");
            findings.push(
                report(context, image, "config.Volumes", message, place, "belongs to the system")
                    .help("give the program a directory of its own: `Volumes.\"/var/lib/app\" = { };`"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, map, of_image};

    #[test]
    fn the_system_has_no_volumes() {
        let volume = |path: &str| of_image(&RULE, image("a").config([("Volumes", map([(path, map([]))]))]));
        assert_eq!(volume("/nix/store"), ["a volume of image `a` lies over `/nix/store`, which belongs to the system"]);
        for path in ["/", "/dev/", "/proc", "/sys", "/nix"] {
            assert_eq!(volume(path).len(), 1, "{path}");
        }
        for path in ["/data", "/var/lib/nix", "/devel", ""] {
            assert!(volume(path).is_empty(), "{path}");
        }
    }
}
