//! IMG009: images from registries nobody has listed.

use crate::context::{Context, service_attr};
use crate::deployment::is_pulled;
use crate::findings::{Findings, Report, SUBJECTS, listed, verb};
use crate::image::report;
use crate::rule::{FixKind, Need, Rule};
use bt_container::Builder;
use bt_diag::Severity;
use bt_diag::glob::Glob;

pub(crate) const RULE: Rule = Rule {
    code: "IMG009",
    name: "untrusted-registry",
    severity: Severity::Error,
    off: true,
    summary: "An image is pulled from a registry that is not on the list",
    fix: FixKind::None,
    references: &["hadolint DL3026", "CIS Docker Benchmark 4.2", "NIST SP 800-190 3.1.5"],
    needs: &[Need::Config, Need::Compose],
    docs: r#"
## What it finds

A `pullImage`, or a service of a compose file, with an image from a registry that the configuration does not name. The rule
is on as soon as there is a list:

```toml
[rules.untrusted-registry]
trusted-registries = ["ghcr.io/betrace-hq", "docker.io/library", "*.example.org"]
```

Images without a registry come from `docker.io`, and official ones from `docker.io/library`. Images that the flake builds
are not meant.

## Why it matters

Whoever can write to a registry decides what runs. A list makes it visible when an image comes from somewhere new.

## Bad

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  outputs = { self, nixpkgs }: {
    packages.x86_64-linux.compose =
      (nixpkgs.legacyPackages.x86_64-linux.formats.yaml { }).generate "docker-compose.yaml" {
        services.cache.image =
          "quay.io/someone/redis:7.4@sha256:87ec5e0a167dc7d4831729f9e1d2ee7b8597dcc49ccd9e43cc5f89e808d2adae";
      };
  };
}
```

```toml
# file: bt-lint.toml
[rules.untrusted-registry]
trusted-registries = ["ghcr.io/betrace-hq", "docker.io/library"]
```

## Good

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  outputs = { self, nixpkgs }: {
    packages.x86_64-linux.compose =
      (nixpkgs.legacyPackages.x86_64-linux.formats.yaml { }).generate "docker-compose.yaml" {
        services.cache.image =
          "redis:7.4@sha256:87ec5e0a167dc7d4831729f9e1d2ee7b8597dcc49ccd9e43cc5f89e808d2adae";
      };
  };
}
```

```toml
# file: bt-lint.toml
[rules.untrusted-registry]
trusted-registries = ["ghcr.io/betrace-hq", "docker.io/library"]
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let trusted = &context.options.trusted_registries;
    if trusted.is_empty() {
        return;
    }
    let names: Vec<String> = trusted.iter().map(ToString::to_string).collect();
    let help = format!("trusted are {}", listed(&names, 8));
    for image in &context.facts.images {
        let pulled = match &image.base {
            Some(base) => Some((base.builder, &base.arguments, "fromImage")),
            None => Some((image.builder, &image.arguments, "imageName")),
        };
        let Some((_, arguments, part)) = pulled.filter(|(builder, ..)| *builder == Builder::PullImage) else {
            continue;
        };
        let Some(node) = arguments.get("imageName") else { continue };
        let Some(name) = node.text().filter(|name| !is_trusted(name, trusted)) else { continue };
        let message = format!("`{name}`, which is pulled for {SUBJECTS}, is from a registry that is not on the list");
        findings.push(report(context, image, part, message, context.value(node), "not on the list").help(&help));
    }
    for (compose, service) in context.services() {
        let Some((reference, node)) = service.image.as_ref().filter(|_| is_pulled(context.facts, service)) else {
            continue;
        };
        if !is_trusted(reference, trusted) {
            findings.push(
                Report::new(
                    service_attr(compose, service, "image"),
                    format!(
                        "{SUBJECTS} {} `{reference}`, from a registry that is not on the list",
                        verb("runs", "run")
                    ),
                )
                .of("service", &service.name)
                .at(context.value(node), "not on the list")
                .help(&help),
            );
        }
    }
}

fn is_trusted(reference: &str, trusted: &[Glob]) -> bool {
    let name = full_name(reference);
    trusted.iter().any(|glob| glob.matches(&name))
}

/// `registry/namespace/name`, without tag and digest, as the distribution's reference grammar reads a familiar name: what
/// comes first is a registry when it has a dot or a port, or is `localhost`.
fn full_name(reference: &str) -> String {
    let name = reference.split('@').next().unwrap_or(reference);
    let name = match name.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => name,
    };
    match name.split_once('/') {
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => name.to_string(),
        Some(_) => format!("docker.io/{name}"),
        None => format!("docker.io/library/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{RULE, full_name};
    use crate::fixtures::{World, compose, image, map, text};
    use bt_container::{Builder, Facts};
    use bt_diag::glob::Glob;

    fn run(trusted: &[&str]) -> Vec<String> {
        let services = map([("db", map([("image", text("quay.io/a/postgres:17@sha256:0"))]))]);
        let pulled = image("base").builder(Builder::PullImage).argument("imageName", text("debian"));
        let mut world = World::new(Facts {
            images: vec![pulled.done()],
            compose: vec![compose([("services", services)])],
            ..Facts::default()
        });
        world.options.trusted_registries = trusted.iter().map(|glob| Glob::parse(glob, '/').unwrap()).collect();
        world.check(&RULE).into_iter().map(|f| f.message).collect()
    }

    #[test]
    fn registries_are_on_the_list_or_not() {
        assert_eq!(
            run(&["ghcr.io"]),
            [
                "`debian`, which is pulled for image `base`, is from a registry that is not on the list",
                "service `db` runs `quay.io/a/postgres:17@sha256:0`, from a registry that is not on the list"
            ]
        );
        assert_eq!(run(&["docker.io/library", "*.io/b"]).len(), 1);
        assert!(run(&["docker.io", "quay.io/a"]).is_empty() && run(&[]).is_empty());
    }

    #[test]
    fn names_in_full() {
        assert_eq!(full_name("redis:7"), "docker.io/library/redis");
        assert_eq!(full_name("a/b@sha256:0"), "docker.io/a/b");
        assert_eq!(full_name("localhost:5000/x"), "localhost:5000/x");
        assert_eq!(full_name("localhost/x:1"), "localhost/x");
    }
}
