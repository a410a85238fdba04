//! CFG021: the working directory is relative, or nothing makes it.

use crate::context::Context;
use crate::deployment::{all_runs, mounts, setting as service_setting};
use crate::edit::{add_before, package_set};
use crate::findings::{Findings, SUBJECTS};
use crate::image::{is_root, report, setting};
use crate::root::{Lookup, Root};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Builder, Image, Node, Service, is_below};
use bt_diag::{Confidence, Edit, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "CFG021",
    name: "workdir-missing",
    severity: Severity::Warning,
    off: false,
    summary: "The working directory is relative, or nothing makes it",
    fix: FixKind::Unsafe,
    references: &["hadolint DL3000", "https://github.com/opencontainers/image-spec/blob/main/config.md"],
    needs: &[Need::Config, Need::Contents, Need::Closure, Need::Compose],
    docs: r#"
## What it finds

`WorkingDir` that does not start with `/`, and one that no content, command, volume or mount provides.

It stays quiet when a base image may have the directory, and when a content whose files nobody knows may hold the directory.

## Why it matters

Runtimes make a missing working directory, owned by root. A program that runs as another user then cannot write where it
starts, and one that expects files there finds none. A relative one is refused.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    WorkingDir = "app";
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
    WorkingDir = "/var/lib/app";
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
    WorkingDir = "/";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  fakeRootCommands = ''
    mkdir -p var/lib/app
    chown 1000:1000 var/lib/app
  '';
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    WorkingDir = "/var/lib/app";
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
    WorkingDir = "/data";
    Volumes."/data" = { };
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let Some((node, directory)) = setting(image, "WorkingDir").and_then(|node| Some((node, node.text()?))) else {
            continue;
        };
        let is_relative = !directory.is_empty() && !directory.starts_with('/');
        if directory.is_empty() || directory.contains('$') {
            continue;
        }
        let is_set = |service: &Service| {
            service_setting(service, "working_dir").is_some() || (!is_relative && mounts(service, directory))
        };
        let missing = if is_relative { Some(Confidence::Certain) } else { is_missing(context, image, directory) };
        let Some(confidence) = missing.filter(|_| !all_runs(context.facts, image, is_set)) else {
            continue;
        };
        let reason = if is_relative { "is not absolute" } else { "is made by nothing" };
        findings.push(
            report(
                context,
                image,
                "config.WorkingDir",
                format!("the working directory of {SUBJECTS}, `{directory}`, {reason}"),
                context.setting(image, node),
                reason,
            )
            .help(format!(
                "make it, and give it to the user: `fakeRootCommands = \"mkdir -p {0} && chown 1000:1000 {0}\";`, or a volume: \
                 `Volumes.\"/{0}\" = {{ }};`",
                directory.trim_matches('/')
            ))
            .fix("Make it, and give it to the user", make(context, image, node, directory))
            .confidence(confidence),
        );
    }
}

/// Makes a directory for a user, when all that is written down as it is.
fn make(context: &Context<'_>, image: &Image, node: &Node, directory: &str) -> Option<Edit> {
    let config = image.config.as_ref()?;
    package_set(context, config.position)?;
    let user = setting(image, "User")?;
    let owner = user.text().filter(|text| text.bytes().all(|b| b.is_ascii_digit() || b == b':') && !is_root(text))?;
    let is_literal = |node: &Node, text: &str| {
        context.value(node).and_then(|span| context.text(span)).is_some_and(|written| written == format!("\"{text}\""))
    };
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b'-');
    let is_known = directory.starts_with('/') && directory.bytes().all(is_plain) && !directory.contains("..");
    let is_layered = matches!(image.builder, Builder::BuildLayeredImage | Builder::StreamLayeredImage);
    let is_free = image.argument("fakeRootCommands").is_none();
    if !is_known || !is_layered || !is_free || !is_literal(node, directory) || !is_literal(user, owner) {
        return None;
    }
    let command = format!("fakeRootCommands = \"mkdir -p .{directory} && chown {owner} .{directory}\";");
    add_before(context, "config", config.position, &command)
}

/// Whether nothing in the image is at a directory.
pub(crate) fn is_missing(context: &Context<'_>, image: &Image, directory: &str) -> Option<Confidence> {
    let volumes = setting(image, "Volumes");
    let is_volume = volumes.is_some_and(|volumes| {
        volumes.has_failed() || volumes.entries().iter().any(|(path, _)| is_below(directory, path))
    });
    let path = directory.trim_matches('/');
    if is_volume || path.is_empty() {
        return None;
    }
    match Root::new(context.facts, image).find(directory) {
        Lookup::Missing(confidence) => Some(confidence),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{ImageFixture, image, map, of_image, package, text};

    fn workdir(directory: &str) -> ImageFixture {
        image("a").config([("WorkingDir", text(directory))])
    }

    #[test]
    fn somebody_has_to_make_it() {
        assert_eq!(
            of_image(&RULE, workdir("/app")),
            ["the working directory of image `a`, `/app`, is made by nothing"]
        );
        assert_eq!(of_image(&RULE, workdir("app")), ["the working directory of image `a`, `app`, is not absolute"]);
        assert_eq!(of_image(&RULE, workdir("/app").contents([package("caddy")])).len(), 1);
        assert!(of_image(&RULE, workdir("/app").contents([package("app")])).is_empty());
        assert!(of_image(&RULE, workdir("/app").argument("extraCommands", text("mkdir -p app"))).is_empty());
        assert!(of_image(&RULE, workdir("/app").argument("fromImage", text("/nix/store/x"))).is_empty());
        assert_eq!(of_image(&RULE, workdir("app").argument("fromImage", text("/nix/store/x"))).len(), 1);
        for directory in ["/", "", "/proc"] {
            assert!(of_image(&RULE, workdir(directory)).is_empty(), "{directory}");
        }
    }

    #[test]
    fn volumes_are_made_by_the_runtime() {
        let volume = |path: &str| {
            let volumes = map([(path, map([]))]);
            of_image(&RULE, image("a").config([("WorkingDir", text("/data/x")), ("Volumes", volumes)]))
        };
        assert!(volume("/data").is_empty() && volume("/data/x").is_empty());
        assert_eq!(volume("/database").len(), 1);
    }
}
