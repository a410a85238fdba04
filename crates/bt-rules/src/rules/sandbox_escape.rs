//! SUP004: what is in the image is built outside the sandbox.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS, listed};
use crate::knowledge::held::held;
use crate::rule::{FixKind, Need, Rule};
use bt_container::Escape;
use bt_diag::{Severity, Span};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) const RULE: Rule = Rule {
    code: "SUP004",
    name: "sandbox-escape",
    severity: Severity::Error,
    off: false,
    summary: "What is in the image is built outside the sandbox",
    fix: FixKind::None,
    references: &[
        "https://nix.dev/manual/nix/latest/command-ref/conf-file.html#conf-sandbox",
        "https://nix.dev/manual/nix/latest/language/advanced-attributes.html",
        "NIST SP 800-190 3.1.5",
    ],
    needs: &[Need::Config, Need::Contents, Need::Graph],
    docs: r#"
## What it finds

`__noChroot = true` or `__impure = true` in a derivation that is in an image or that something in the image is built from, as
far as evaluation makes these derivations: without nixpkgs, the inputs of packages are not known.

## Why it matters

Outside the sandbox a build sees the network and the files of the machine that it runs on. What it makes of them is different
each time, nobody can check it, and whoever controls either decides what is in the image. Machines where the sandbox is strict
refuse to build it.

## Bad

```nix
let
  app = pkgs.stdenv.mkDerivation {
    name = "app";
    src = ./.;
    __noChroot = true;
    buildPhase = "npm install";
  };
in
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${app}/bin/app" ];
    User = "1000:1000";
  };
}
```

```nix
let
  models = pkgs.runCommand "models" { __impure = true; } ''
    mkdir $out
    ${pkgs.curl}/bin/curl https://example.org/model > $out/model
  '';
in
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ models ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

## Good

```nix
let
  app = pkgs.buildNpmPackage {
    pname = "app";
    version = "1.0";
    src = ./.;
    npmDepsHash = "sha256-Q8mTz0d0xJmVXKYr2kS4gEbDmlkWvTRBf0y0eMBBzqU=";
    __noChroot = false;
  };
in
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${app}/bin/app" ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

const HELP: &str = "let a fetcher with a hash (`fetchurl`, `vendorHash`, `npmDepsHash`, …) bring what the build needs from \
                    outside, and build in the sandbox";

fn check(context: &Context<'_>, findings: &mut Findings) {
    // A helper may make many derivations with one attribute.
    let mut names: BTreeMap<Option<Span>, BTreeSet<&str>> = BTreeMap::new();
    for escape in context.facts.escapes.values().flatten() {
        names.entry(written_at(context, escape)).or_default().insert(&escape.name);
    }
    for image in &context.facts.images {
        for held in held(context, image) {
            for escape in context.facts.escapes.get(&held.derivation).into_iter().flatten() {
                let attribute = escape.cause.attribute;
                let place = written_at(context, escape);
                let names: Vec<&str> = match names.get(&place).filter(|_| place.is_some()) {
                    Some(names) => names.iter().copied().collect(),
                    None => vec![&escape.name],
                };
                let verb = if names.len() == 1 { "is" } else { "are" };
                let names = listed(&names, 3);
                let message =
                    format!("{names} {verb} built outside the sandbox (`{attribute}`), and part of {SUBJECTS}");
                let report = held.report(context, image, message, "brings it").help(HELP);
                findings.push(match place {
                    Some(_) => report
                        .at(place, "leaves the sandbox")
                        .and_at(held.place(context, image), "comes into the image here"),
                    // It is in another's files: all that it reaches is one finding.
                    None => report.together(),
                });
            }
        }
    }
}

/// Where the attribute is, if that is in the user's own files.
fn written_at(context: &Context<'_>, escape: &Escape) -> Option<Span> {
    context.own(context.name_at(escape.cause.position))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, messages, package};
    use bt_container::{Escape, Facts};
    use std::rc::Rc;

    #[test]
    fn one_escape_is_one_finding() {
        let (models, other) = (package("models"), package("other"));
        let cause = bt_container::SandboxEscape { attribute: "__noChroot", position: 0 };
        let escape = Rc::new(Escape { derivation: "/nix/store/x.drv".into(), name: "fetched".into(), cause });
        let facts = Facts {
            escapes: [(models.derivation.clone().unwrap(), vec![escape])].into(),
            images: vec![
                image("a").contents([other.clone(), models.clone()]).done(),
                image("b").contents([other.clone(), other.clone(), models]).done(),
                image("c").contents([other]).done(),
            ],
            ..Facts::default()
        };
        assert_eq!(
            messages(&RULE, facts),
            ["`fetched` is built outside the sandbox (`__noChroot`), and part of images `a` and `b`"]
        );
    }
}
