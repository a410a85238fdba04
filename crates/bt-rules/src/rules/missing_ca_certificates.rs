//! CNT006: A program connects by TLS, and the image has no certificates of authorities.

use crate::context::Context;
use crate::deployment::{all_runs, mounts, runs};
use crate::edit::add_variable;
use crate::findings::{Findings, SUBJECTS};
use crate::image::{environment, has_known_config, report};
use crate::knowledge::contents::uses_package;
use crate::root::{Lookup, Root};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, Node};
use bt_diag::{Confidence, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "CNT006",
    name: "missing-ca-certificates",
    severity: Severity::Warning,
    off: false,
    summary: "A program connects by TLS, and the image has no certificates of authorities",
    fix: FixKind::Safe,
    references: &["https://github.com/NixOS/nixpkgs/issues/374290"],
    needs: &[Need::Config, Need::Contents, Need::Closure, Need::Context, Need::Compose],
    docs: r#"
## What it finds

An `https://` address that a setting names as something to connect to (`…_ENDPOINT`, `…_API_URL`, `…_REGISTRY`, `…_PROXY`), in
the environment of an image or of a compose service that runs it, when the image has no bundle of certificates at the places where
programs look and no variable names one (`SSL_CERT_FILE`, …).

It stays quiet about images built `fromImage`, about contents that may hold a bundle, and about runtimes that bring their own:
Node.js, Java, Deno.

## Why it matters

There is no `/etc/ssl` in an image unless something brings it. All connections fail: `x509: certificate signed by unknown
authority`.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Env = [ "OTEL_EXPORTER_OTLP_ENDPOINT=https://otel.example.com:4318" ];
  };
}
```

## Good

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.dockerTools.caCertificates ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Env = [ "OTEL_EXPORTER_OTLP_ENDPOINT=https://otel.example.com:4318" ];
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
    Env = [
      "OTEL_EXPORTER_OTLP_ENDPOINT=https://otel.example.com:4318"
      "SSL_CERT_FILE=${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt"
    ];
  };
}
```
"#,
    check,
};

/// Where programs look for the bundle.
const BUNDLES: &[&str] = &["/etc/ssl/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"];

/// Ends of the names of variables that say what to connect to.
const TARGETS: &[&str] = &["API_URL", "API_BASE_URL", "ENDPOINT", "PROXY", "REGISTRY", "WEBHOOK_URL"];

/// Packages whose programs bring certificates of their own.
const OWN_BUNDLE: &[&str] =
    &["bun", "certifi", "chromium", "deno", "electron", "jdk", "jre", "node", "nodejs", "openjdk"];

const HELP: &str = "add `pkgs.dockerTools.caCertificates` to `contents`, or set \
                    `\"SSL_CERT_FILE=${pkgs.cacert}/etc/ssl/certs/ca-bundle.crt\"`";

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let Some(confidence) = lacks_bundle(context, image) else {
            continue;
        };
        let own = environment(image);
        let services = runs(context.facts, image);
        let of_services = services.iter().flat_map(|service| &service.environment);
        let of_services = of_services.filter_map(|v| Some((v.name.as_str(), v.value.as_deref()?, &v.node)));
        let all: Vec<(&str, &str, &Node)> = own.iter().map(|v| (v.name, v.value, v.node)).chain(of_services).collect();
        if all.iter().any(|(name, ..)| name.contains("_CERT") || name.contains("CA_BUNDLE") || name.contains("CACERT"))
        {
            continue;
        }
        // One variable is enough: the flaw is in the image.
        let target = all.iter().find(|(name, value, _)| {
            value.starts_with("https://") && TARGETS.iter().any(|end| name.to_ascii_uppercase().ends_with(end))
        });
        if let Some((name, _, node)) = target {
            let message =
                format!("`{name}` makes {SUBJECTS} connect by TLS, but there are no certificates of authorities");
            findings.push(
                report(context, image, "config.Env", message, context.setting(image, node), "connects by TLS")
                    .help(HELP)
                    .fix(
                        "Bring certificates in, and say where they are",
                        add_variable(context, image, |pkgs| {
                            format!("SSL_CERT_FILE=${{{pkgs}.cacert}}/etc/ssl/certs/ca-bundle.crt")
                        }),
                    )
                    .confidence(confidence),
            );
        }
    }
}

/// Whether an image has no bundle anywhere.
fn lacks_bundle(context: &Context<'_>, image: &Image) -> Option<Confidence> {
    if !has_known_config(image) || uses_package(context, image, OWN_BUNDLE) {
        return None;
    }
    let root = Root::new(context.facts, image);
    let is_missing = |path: &str| matches!(root.find(path), Lookup::Missing(_));
    let is_mounted = |service: &_| BUNDLES.iter().any(|path| mounts(service, path));
    let is_lacking = BUNDLES.iter().all(|path| is_missing(path)) && !all_runs(context.facts, image, is_mounted);
    // A program may have certificates built in.
    is_lacking.then_some(Confidence::High)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{ImageFixture, image, list, of_image, package, text};

    fn env(variable: &str) -> ImageFixture {
        image("a").config([("Env", list([text(variable)]))])
    }

    #[test]
    fn tls_needs_certificates() {
        assert_eq!(
            of_image(&RULE, env("X_ENDPOINT=https://x.org")),
            ["`X_ENDPOINT` makes image `a` connect by TLS, but there are no certificates of authorities"]
        );
        for fine in ["X_ENDPOINT=http://x.org", "PUBLIC_URL=https://x.org", "BASE_URL=https://x.org"] {
            assert!(of_image(&RULE, env(fine)).is_empty(), "{fine}");
        }
        for fine in ["ca-certificates", "nodejs", "nss-cacert", "unknown"] {
            assert!(of_image(&RULE, env("X_ENDPOINT=https://x.org").contents([package(fine)])).is_empty(), "{fine}");
        }
        let with = image("a").config([("Env", list([text("X_ENDPOINT=https://x"), text("SSL_CERT_FILE=/x")]))]);
        assert!(of_image(&RULE, with).is_empty());
    }
}
