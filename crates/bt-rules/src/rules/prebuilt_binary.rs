//! SUP005: a package that was not built from its source.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS, listed};
use crate::knowledge::held::held;
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "SUP005",
    name: "prebuilt-binary",
    severity: Severity::Warning,
    off: true,
    summary: "The image holds a package that somebody else has built",
    fix: FixKind::None,
    references: &["https://nixos.org/manual/nixpkgs/stable/#var-meta-sourceProvenance", "CIS Docker Benchmark 4.11"],
    needs: &[Need::Config, Need::Contents, Need::Meta],
    docs: r#"
## What it finds

A package in the contents of an image, or that its configuration names, whose `meta.sourceProvenance` has `binaryNativeCode`,
`binaryBytecode` or `binaryFirmware`. What is only said in a package of nixpkgs is not known without nixpkgs.

## Why it matters

Nobody can tell from the flake what is in such a program: it is what its vendor has built, on a machine that nobody knows.
Patches of nixpkgs do not reach it either.

## Bad

```nix
let
  agent = pkgs.stdenv.mkDerivation {
    pname = "agent";
    version = "1.0";
    src = pkgs.fetchurl {
      url = "https://example.org/agent-1.0-linux-amd64";
      hash = "sha256-Q8mTz0d0xJmVXKYr2kS4gEbDmlkWvTRBf0y0eMBBzqU=";
    };
    meta.sourceProvenance = [ pkgs.lib.sourceTypes.binaryNativeCode ];
  };
in
pkgs.dockerTools.buildLayeredImage {
  name = "agent";
  tag = "1.0";
  config = {
    Cmd = [ "${agent}/bin/agent" ];
    User = "1000:1000";
  };
}
```

## Good

```nix
let
  agent = pkgs.buildGoModule {
    pname = "agent";
    version = "1.0";
    src = ./.;
    vendorHash = null;
    meta.sourceProvenance = [ pkgs.lib.sourceTypes.fromSource ];
  };
in
pkgs.dockerTools.buildLayeredImage {
  name = "agent";
  tag = "1.0";
  config = {
    Cmd = [ "${agent}/bin/agent" ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

/// What is no source (nixpkgs manual, `meta.sourceProvenance`).
const BINARIES: &[&str] = &["binaryBytecode", "binaryFirmware", "binaryNativeCode"];

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        for held in held(context, image) {
            let Some(meta) = context.facts.metas.get(&held.derivation) else {
                continue;
            };
            let binaries = meta.provenance.iter().filter(|source| BINARIES.contains(&source.as_str()));
            let binaries: Vec<&String> = binaries.collect();
            if !binaries.is_empty() {
                let message = format!("`{}` in {SUBJECTS} is not built from source", meta.name);
                findings.push(held.report(context, image, message, &format!("brings `{}`", meta.name)).help(format!(
                    "its `meta.sourceProvenance` says {}; build it from source, or look for another package",
                    listed(&binaries, 3)
                )));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BINARIES, RULE};
    use crate::fixtures::{image, messages, package};
    use bt_container::{Facts, Meta};

    #[test]
    fn binaries_are_found() {
        let found = |provenance: &[&str]| {
            let agent = package("agent");
            let provenance = provenance.iter().map(|text| (*text).to_string()).collect();
            let meta = Meta { name: "agent-1.0".into(), provenance, ..Meta::default() };
            let metas = [(agent.derivation.clone().unwrap(), meta)].into();
            messages(&RULE, Facts { metas, images: vec![image("a").contents([agent]).done()], ..Facts::default() })
        };
        assert_eq!(found(&["fromSource", "binaryNativeCode"]), ["`agent-1.0` in image `a` is not built from source"]);
        assert!(found(&["fromSource"]).is_empty() && found(&["obfuscatedCode"]).is_empty() && found(&[]).is_empty());
        assert!(BINARIES.is_sorted());
    }
}
