//! IMG010: `architecture` is not a name that container runtimes know.

use crate::context::Context;
use crate::edit::replace_literal;
use crate::findings::{Findings, SUBJECTS};
use crate::image::report;
use crate::rule::{FixKind, Need, Rule};
use bt_container::Builder;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "IMG010",
    name: "foreign-platform",
    severity: Severity::Error,
    off: false,
    summary: "`architecture` is not a name that container runtimes know",
    fix: FixKind::Unsafe,
    references: &[
        "https://github.com/opencontainers/image-spec/blob/main/config.md",
        "https://go.dev/doc/install/source#environment",
    ],
    needs: &[Need::Config, Need::Contents],
    docs: r#"
## What it finds

`architecture = "x86_64"` and other names that the kernel, the compiler or Nix have for a processor. The OCI specification
takes those of Go: `amd64`, `arm64`, …

## Why it matters

dockerTools writes the name into the image's configuration as it is. A runtime that looks for the image of its own platform does
not find it, and warns of an image for another platform, or refuses it.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  architecture = "x86_64";
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
  architecture = "amd64";
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
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

/// What others call the architectures of Go.
const NAMES: &[(&str, &str)] = &[
    ("aarch64", "arm64"),
    ("aarch64-linux", "arm64"),
    ("armv6l", "arm"),
    ("armv7l", "arm"),
    ("armhf", "arm"),
    ("i386", "386"),
    ("i686", "386"),
    ("i686-linux", "386"),
    ("loongarch64", "loong64"),
    ("powerpc64le", "ppc64le"),
    ("x64", "amd64"),
    ("x86", "386"),
    ("x86-64", "amd64"),
    ("x86_64", "amd64"),
    ("x86_64-linux", "amd64"),
];

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let (key, node) = match image.builder {
            Builder::PullImage => ("arch", image.argument("arch")),
            _ => ("architecture", image.argument("architecture")),
        };
        let Some((node, name)) = node.and_then(|node| Some((node, node.text()?))) else {
            continue;
        };
        let lower = name.to_ascii_lowercase();
        let Some((_, known)) = NAMES.iter().find(|(other, _)| *other == lower) else {
            continue;
        };
        let place = context.setting(image, node);
        let message = format!("`{key}` of {SUBJECTS} is `{name}`, which runtimes call `{known}`");
        findings.push(
            report(context, image, key, message, place, "unknown to runtimes")
                .help(format!(
                    "write `{key} = \"{known}\";`, or leave it out: the default, `go.GOARCH` of the host platform, is right"
                ))
                .fix(format!("Write `{known}`"), replace_literal(context, place, name, &format!("\"{known}\""))),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{NAMES, RULE};
    use crate::fixtures::{image, of_image, text};

    #[test]
    fn names_of_others_are_reported() {
        let architecture = |name: &str| of_image(&RULE, image("a").argument("architecture", text(name)));
        assert_eq!(architecture("x86_64"), ["`architecture` of image `a` is `x86_64`, which runtimes call `amd64`"]);
        assert_eq!(architecture("AARCH64").len(), 1);
        for (_, name) in NAMES {
            assert!(architecture(name).is_empty(), "{name}");
        }
        assert!(architecture("riscv64").is_empty());
    }
}
