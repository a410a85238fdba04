//! SUP003: a package whose vulnerabilities nixpkgs knows.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS, listed};
use crate::knowledge::held::held;
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "SUP003",
    name: "known-vulnerable-package",
    severity: Severity::Error,
    off: false,
    summary: "The image holds a package that is marked as vulnerable",
    fix: FixKind::None,
    references: &[
        "https://nixos.org/manual/nixpkgs/stable/#sec-allow-insecure",
        "CIS Docker Benchmark 4.4",
        "NIST SP 800-190 3.1.1",
    ],
    needs: &[Need::Config, Need::Contents, Need::Meta],
    docs: r#"
## What it finds

A package in the contents of an image, or that its configuration names, whose `meta.knownVulnerabilities` is not empty.

nixpkgs refuses to evaluate such a package, and bt-lint then says that the image could not be checked (BTL004), unless
`config.permittedInsecurePackages` or `config.allowInsecurePredicate` lets it pass: the permission was given for a whole package
set, and this rule tells which images use it. What is only marked in a package of nixpkgs is not known without nixpkgs.

## Why it matters

Whoever packages the program knows of flaws that nobody will mend in this version, often because it is not maintained any more.
A permission that was meant for a tool on one's own machine must not end in a service that others reach.

## Bad

```nix
let
  legacy = pkgs.stdenv.mkDerivation {
    pname = "legacy";
    version = "1.0";
    src = ./.;
    meta.knownVulnerabilities = [ "CVE-2024-0001" ];
  };
in
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${legacy}/bin/legacy" ];
    User = "1000:1000";
  };
}
```

## Good

```nix
let
  app = pkgs.stdenv.mkDerivation {
    pname = "app";
    version = "2.0";
    src = ./.;
    meta.knownVulnerabilities = [ ];
  };
in
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "2.0";
  config = {
    Cmd = [ "${app}/bin/app" ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        for held in held(context, image) {
            let meta = context.facts.metas.get(&held.derivation);
            if let Some(meta) = meta.filter(|meta| !meta.vulnerabilities.is_empty()) {
                let message = format!("`{}` in {SUBJECTS} has known vulnerabilities", meta.name);
                let known: Vec<String> = meta.vulnerabilities.iter().map(|text| one_line(text)).collect();
                let help =
                    format!("known: {}; use a version without them, or leave the package out", listed(&known, 5));
                findings.push(
                    held.report(context, image, message, &format!("brings `{}`", meta.name))
                        .and_at(context.name_at(meta.vulnerabilities_position), "known since this was written")
                        .help(help),
                );
            }
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, image, package};
    use bt_container::{Facts, Meta};

    #[test]
    fn only_vulnerable_packages_are_found() {
        let found = |vulnerabilities: &[&str]| -> Vec<(String, String)> {
            let legacy = package("legacy");
            let vulnerabilities = vulnerabilities.iter().map(|text| (*text).to_string()).collect();
            let meta = Meta { name: "legacy-1.0".into(), vulnerabilities, ..Meta::default() };
            let facts = Facts {
                metas: [(legacy.derivation.clone().unwrap(), meta)].into(),
                images: vec![image("a").contents([legacy, package("other")]).done()],
                ..Facts::default()
            };
            let findings = World::new(facts).check(&RULE).into_iter();
            findings.map(|f| (f.message, f.help.unwrap_or_default())).collect()
        };
        let found_one = found(&["CVE-1", "It is\nold"]);
        assert_eq!(found_one.len(), 1);
        assert_eq!(found_one[0].0, "`legacy-1.0` in image `a` has known vulnerabilities");
        assert!(found_one[0].1.starts_with("known: `CVE-1` and `It is old`; "), "{}", found_one[0].1);
        assert!(found(&[]).is_empty());
    }
}
