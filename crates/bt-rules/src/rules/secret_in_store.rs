//! CFG020: A secret is copied into the Nix store and into an image.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS};
use crate::image::{report, strings};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Package, PackageFiles};
use bt_diag::{Confidence, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "CFG020",
    name: "secret-in-store",
    severity: Severity::Error,
    off: false,
    summary: "A secret is copied into the Nix store and into an image",
    fix: FixKind::None,
    references: &["CIS Docker Benchmark 4.10", "NIST SP 800-190 3.1.4"],
    needs: &[Need::Config, Need::Contents, Need::Context, Need::Compose],
    docs: r#"
## What it finds

Files of the flake that hold secrets by their names (`.env`, `id_ed25519`, `tls.key`, `*.p12`, …) in the contents or the
configuration of an image, and texts that hold a private key. Certificates and public keys are none.

## Why it matters

Everybody on the machine can read the store, also after the file is gone from the repository; everybody who gets the image can
read what is in it. A secret belongs to where the container runs, and is mounted there.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [
    (pkgs.writeTextDir "etc/tls/server.pem" ''
      -----BEGIN PRIVATE KEY-----
      MC4CAQAwBQYDK2VwBCIEIA==
      -----END PRIVATE KEY-----
    '')
  ];
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
  contents = [
    (pkgs.writeTextDir "etc/tls/server.pem" ''
      -----BEGIN CERTIFICATE-----
      MIIBszCCAVmgAwIBAgIUQ==
      -----END CERTIFICATE-----
    '')
  ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

const HELP: &str = "mount it where the container runs, as a secret of compose or a file: `secrets = [ \"name\" ];` gives /run/secrets/name; \
                    and change the secret, it is known by now";

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        for content in image.contents.iter().flatten() {
            for part in content.package.iter().flat_map(Package::parts) {
                if let Some((what, confidence)) = secret_of(&part) {
                    let place = context.own(content.span);
                    let message = format!("{what} is in the contents of {SUBJECTS}");
                    findings.push(
                        report(context, image, "contents", message, place, "readable for everybody")
                            .help(HELP)
                            .confidence(confidence),
                    );
                }
            }
        }
        let texts = image.config.as_ref().map_or(Vec::new(), strings);
        for (node, text) in texts {
            let sources = text.references.iter().filter(|path| !path.ends_with(".drv"));
            let named = sources.filter_map(|path| secret_name(name_of(path))).next();
            let named = named.map(|name| (format!("`{name}`"), Confidence::High));
            let written = has_private_key(&text.text).then(|| ("a private key".to_string(), Confidence::Certain));
            let built = || {
                let packages = context.facts.packages.iter().filter(|(path, _)| text.text.contains(path.as_str()));
                packages.flat_map(|(_, package)| package.parts()).find_map(|part| secret_of(&part))
            };
            if let Some((what, confidence)) = named.or(written).or_else(built) {
                let message = format!("{what} comes with the configuration of {SUBJECTS}");
                findings.push(
                    report(context, image, "config", message, context.setting(image, node), "readable for everybody")
                        .help(HELP)
                        .confidence(confidence),
                );
            }
        }
    }
}

/// What is secret in a package, for a message.
fn secret_of(package: &Package) -> Option<(String, Confidence)> {
    let texts: Vec<&str> = match &package.files {
        PackageFiles::PlainFile(file) => file.text.as_deref().into_iter().collect(),
        PackageFiles::Tree(files) => files.iter().filter_map(|file| file.text.as_deref()).collect(),
        _ => Vec::new(),
    };
    if texts.into_iter().any(has_private_key) {
        return Some((format!("a private key in `{}`", package.pname), Confidence::Certain));
    }
    // A path of the flake: only its name is known.
    let name = secret_name(&package.pname).filter(|_| package.derivation.is_none())?;
    Some((format!("`{name}`"), Confidence::High))
}

/// The block of PEM that holds a private key (RFC 7468, section 10).
fn has_private_key(text: &str) -> bool {
    text.match_indices("-----BEGIN ").any(|(at, begin)| {
        let rest = &text[at + begin.len()..];
        rest.split_once("-----").is_some_and(|(label, _)| label.len() < 40 && label.ends_with("PRIVATE KEY"))
    })
}

/// The name of a path of the store, without its hash.
fn name_of(path: &str) -> &str {
    path.rsplit('/').next().and_then(|base| base.get(33..)).unwrap_or_default()
}

/// A file name, if it is that of a secret.
pub(crate) fn secret_name(name: &str) -> Option<&str> {
    const NAMES: &[&str] = &[
        ".env",
        ".htpasswd",
        ".netrc",
        ".pgpass",
        "id_dsa",
        "id_ecdsa",
        "id_ed25519",
        "id_rsa",
        "privkey.pem",
        "private.pem",
    ];
    const ENDINGS: &[&str] = &[".env", ".jks", ".kdbx", ".key", ".keystore", ".p12", ".pfx", "-key.pem", "_key.pem"];
    let lower = name.to_ascii_lowercase();
    let is_public = ["pub", "example", "sample", "template"].iter().any(|word| lower.contains(word));
    let is_secret = NAMES.contains(&lower.as_str()) || ENDINGS.iter().any(|ending| lower.ends_with(ending));
    (is_secret && !is_public).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::{RULE, has_private_key, secret_name};
    use crate::fixtures::{file, files, image, list, of_image, source, text};
    use bt_container::{Node, NodeKind, PackageFiles, Text};

    const KEY: &str = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\n";

    #[test]
    fn contents_are_searched() {
        let tree = |text: &str| files("tls", PackageFiles::Tree(vec![file("etc/tls/x.pem", false, text)]));
        let found = of_image(&RULE, image("a").contents([tree(KEY)]));
        assert_eq!(found, ["a private key in `tls` is in the contents of image `a`"]);
        assert!(of_image(&RULE, image("a").contents([tree("-----BEGIN CERTIFICATE-----")])).is_empty());
        assert_eq!(of_image(&RULE, image("a").contents([source("server.key")])).len(), 1);
        assert!(of_image(&RULE, image("a").contents([source("assets")])).is_empty());
    }

    #[test]
    fn settings_are_searched() {
        let env = |node: Node| of_image(&RULE, image("a").config([("Env", list([node]))]));
        let path = "/nix/store/00000000000000000000000000000000-id_rsa";
        let named = Text { text: format!("KEY={path}"), references: vec![path.into()], coerced: false };
        assert_eq!(env(Node::new(NodeKind::String(named))), ["`id_rsa` comes with the configuration of image `a`"]);
        assert_eq!(env(text(&format!("KEY={KEY}"))), ["a private key comes with the configuration of image `a`"]);
        assert!(env(text("KEY=/run/secrets/key")).is_empty());
    }

    #[test]
    fn names_and_blocks() {
        assert!(["prod.env", ".env", "tls.KEY", "ca-key.pem"].iter().all(|name| secret_name(name).is_some()));
        assert!(
            ["ca.pem", "id_rsa.pub", "public.key", ".env.example", "keys"].iter().all(|n| secret_name(n).is_none())
        );
        assert!(has_private_key("x-----BEGIN PRIVATE KEY-----") && !has_private_key("-----BEGIN PUBLIC KEY-----"));
    }
}
