//! CFG024: the configuration has a key that is written otherwise, or means nothing.

use crate::context::{Context, attr_name};
use crate::findings::{Findings, SUBJECTS, listed};
use crate::image::{report, setting};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, Node};
use bt_diag::suggest::nearest;
use bt_diag::{Edit, Severity, Span};

pub(crate) const RULE: Rule = Rule {
    code: "CFG024",
    name: "noncanonical-config-key",
    severity: Severity::Warning,
    off: false,
    summary: "The configuration has a key that is written otherwise, or means nothing",
    fix: FixKind::Safe,
    references: &[
        "https://github.com/opencontainers/image-spec/blob/main/config.md",
        "https://github.com/moby/docker-image-spec/blob/main/spec.md",
    ],
    needs: &[Need::Config],
    docs: r#"
## What it finds

Keys of `config` that differ from those of the specification in their case (`cmd`, `exposedPorts`), or that it does not have
(`Volume`, `WorkDir`), and the same in `Healthcheck`.

## Why it matters

Runtimes are written in Go, whose JSON decoder does not look at case, so `cmd` works for most. But nixpkgs does look: it merges
the `Env` of a base image under this name alone, and other tools read `Cmd` only. A key that nobody knows is dropped without a
word.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    User = "1000:1000";
    cmd = [ "hello" ];
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
    Volume."/data" = { };
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
    Healthcheck.interval = 30000000000;
    Healthcheck.Test = [ "NONE" ];
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
    Volumes."/data" = { };
    StopSignal = "SIGINT";
  };
}
```
"#,
    check,
};

/// Keys of the configuration: of OCI, and those of Docker beyond it.
const KEYS: &[&str] = &[
    "ArgsEscaped",
    "AttachStderr",
    "AttachStdin",
    "AttachStdout",
    "Cmd",
    "CpuShares",
    "Domainname",
    "Entrypoint",
    "Env",
    "ExposedPorts",
    "Healthcheck",
    "Hostname",
    "Image",
    "Labels",
    "MacAddress",
    "Memory",
    "MemorySwap",
    "NetworkDisabled",
    "OnBuild",
    "OpenStdin",
    "Shell",
    "StdinOnce",
    "StopSignal",
    "StopTimeout",
    "Tty",
    "User",
    "Volumes",
    "WorkingDir",
];

/// Keys of a health check.
const HEALTH_KEYS: &[&str] = &["Interval", "Retries", "StartInterval", "StartPeriod", "Test", "Timeout"];

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        if let Some(config) = &image.config {
            check_keys(context, image, config, "config", KEYS, findings);
        }
        if let Some(health) = setting(image, "Healthcheck") {
            check_keys(context, image, health, "config.Healthcheck", HEALTH_KEYS, findings);
        }
    }
}

fn check_keys(
    context: &Context<'_>,
    image: &Image,
    set: &Node,
    part: &str,
    keys: &[&'static str],
    findings: &mut Findings,
) {
    let mut others = Vec::new();
    for (key, node) in set.entries().iter().filter(|(key, _)| !keys.contains(&key.as_str())) {
        let place = context.name(node).or_else(|| context.setting(image, node));
        if let Some(known) = keys.iter().find(|known| known.eq_ignore_ascii_case(key)) {
            others.push(Other { key, known, node, place });
            continue;
        }
        let near = nearest(key, keys.iter().copied());
        let help = near.map_or_else(|| "remove it".to_string(), |near| format!("did you mean `{near}`?"));
        let message = format!("`{key}` in `{part}` of {SUBJECTS} means nothing to runtimes");
        let attr = format!("{part}.{}", attr_name(key));
        findings.push(report(context, image, &attr, message, place, "unknown key").help(help));
    }
    // Whoever writes one key so writes all so.
    let Some(first) = others.first() else { return };
    let is = if others.len() == 1 { "is" } else { "are" };
    let names = listed(&others.iter().map(|other| other.key).collect::<Vec<_>>(), others.len());
    let known = listed(&others.iter().map(|other| other.known).collect::<Vec<_>>(), others.len());
    let message = format!("{names} in `{part}` of {SUBJECTS} {is} called {known} by the specification");
    let attr = format!("{part}.{}", attr_name(first.key));
    let mut report = report(context, image, &attr, message, first.place, format!("called `{}`", first.known));
    for other in &others[1..] {
        report = report.and_at(other.place, format!("called `{}`", other.known));
    }
    let edits = others.iter().filter_map(|other| other.edit(context, set)).collect();
    findings
        .push(report.help(format!("write {known}: not everybody ignores case")).fixes(format!("Write {known}"), edits));
}

/// A key that differs from that of the specification in its case.
struct Other<'n> {
    key: &'n str,
    known: &'static str,
    node: &'n Node,
    place: Option<Span>,
}

impl Other<'_> {
    /// The key as it should be, where it is written in full and the other one is not there as well.
    fn edit(&self, context: &Context<'_>, set: &Node) -> Option<Edit> {
        let is_free = set.get(self.known).is_none();
        let span = self.place.filter(|span| is_free && context.text(*span).as_deref() == Some(self.key))?;
        let binding = context.places.binding_at(self.node.position).and_then(|whole| context.text(whole))?;
        let is_assigned = binding.starts_with(self.key) && binding.contains('=');
        is_assigned.then(|| Edit { span, text: self.known.to_string() })
    }
}

#[cfg(test)]
mod tests {
    use super::{HEALTH_KEYS, KEYS, RULE};
    use crate::fixtures::{image, map, of_image, text};

    #[test]
    fn keys_are_those_of_the_specification() {
        let key = |key: &str| of_image(&RULE, image("a").config([(key, text("x"))]));
        assert_eq!(key("cmd"), ["`cmd` in `config` of image `a` is called `Cmd` by the specification"]);
        assert_eq!(key("Volume"), ["`Volume` in `config` of image `a` means nothing to runtimes"]);
        for known in KEYS.iter().filter(|key| **key != "Healthcheck") {
            assert!(key(known).is_empty(), "{known}");
        }
        assert!(KEYS.is_sorted() && HEALTH_KEYS.is_sorted());
    }

    #[test]
    fn keys_of_one_set_are_one_finding() {
        let found = of_image(&RULE, image("a").config([("cmd", text("x")), ("user", text("1")), ("volum", text("x"))]));
        assert_eq!(
            found,
            [
                "`volum` in `config` of image `a` means nothing to runtimes",
                "`cmd` and `user` in `config` of image `a` are called `Cmd` and `User` by the specification"
            ]
        );
    }

    #[test]
    fn health_checks_have_their_own() {
        let key = |key: &str| of_image(&RULE, image("a").config([("Healthcheck", map([(key, text("x"))]))]));
        assert_eq!(key("test"), ["`test` in `config.Healthcheck` of image `a` is called `Test` by the specification"]);
        assert!(key("StartInterval").is_empty());
    }
}
