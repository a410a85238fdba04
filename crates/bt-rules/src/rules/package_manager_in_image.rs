//! CNT003: a package manager in the image.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS};
use crate::image::{command, report};
use crate::knowledge::contents::check_contents;
use crate::knowledge::tools::known_as;
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CNT003",
    name: "package-manager-in-image",
    severity: Severity::Error,
    off: false,
    summary: "The contents of an image hold a package manager",
    fix: FixKind::Unsafe,
    references: &["CIS Docker Benchmark 4.3", "CIS Docker Benchmark 4.11", "NIST SP 800-190 3.1.1"],
    needs: &[Need::Config, Need::Contents],
    docs: r#"
## What it finds

A package manager among the contents of an image, directly or as a part of `buildEnv` or `symlinkJoin`: `nix`, `pip`, `cargo`,
`apt`, `apk`, `yarn`, and so on. `nodejs` is a runtime, although it brings `npm` along, unless the image runs `npm` or `npx`: then it is a warning.

## Why it matters

An image is complete when it is built. What installs more while it runs makes it another one than was tested and
signed, and is the most convenient tool that an attacker could wish for.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.python3 pkgs.python3Packages.pip ];
  config = {
    Cmd = [ "${pkgs.python3}/bin/python3" "-m" "http.server" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.nix ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

## Good

```nix
let
  python = pkgs.python3.withPackages (packages: [ packages.flask ]);
in
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ python ];
  config = {
    Cmd = [ "${python}/bin/python3" "-m" "flask" "run" ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

/// Package managers, by the name of their package.
pub(crate) const PACKAGE_MANAGERS: &[&str] = &[
    "apk-tools",
    "apt",
    "aptitude",
    "bundler",
    "cabal-install",
    "cargo",
    "composer",
    "conda",
    "corepack",
    "dnf4",
    "dnf5",
    "dpkg",
    "flatpak",
    "guix",
    "lix",
    "luarocks",
    "mamba",
    "micromamba",
    "nix",
    "npm",
    "opam",
    "opkg",
    "pacman",
    "pdm",
    "pip",
    "pipenv",
    "pipx",
    "pixi",
    "pnpm",
    "poetry",
    "rpm",
    "snapd",
    "uv",
    "xbps",
    "yarn",
    "yarn-berry",
    "zypper",
];

fn check(context: &Context<'_>, findings: &mut Findings) {
    check_contents(context, findings, RULE.code, "a package manager", HELP, |package| {
        known_as(package, PACKAGE_MANAGERS).map(str::to_string)
    });
    for image in &context.facts.images {
        let Some((word, program)) = command(image).and_then(|words| Some((*words.first()?, words.first()?.text()?)))
        else {
            continue;
        };
        let name = program.rsplit('/').next().unwrap_or(program);
        if ["npm", "npx"].contains(&name) {
            let message = format!("the command of {SUBJECTS} is `{name}`, a package manager");
            findings.push(
                report(context, image, "config.Cmd", message, context.value(word), "runs the program through a shell")
                    .help("run the program itself: `Cmd = [ \"${pkgs.nodejs}/bin/node\" \"server.js\" ];`")
                    .severity(Severity::Warning),
            );
        }
    }
}

const HELP: &str = "remove it, and let Nix bring what the program needs: `pkgs.python3.withPackages (p: [ p.flask ])`";

#[cfg(test)]
mod tests {
    use super::{PACKAGE_MANAGERS, RULE};
    use crate::fixtures::{image, list, of_image, package, text};

    #[test]
    fn what_runs_may_be_one() {
        let run = |program: &str| of_image(&RULE, image("a").config([("Cmd", list([text(program), text("start")]))]));
        assert_eq!(run("/nix/store/x/bin/npm"), ["the command of image `a` is `npm`, a package manager"]);
        assert!(run("node").is_empty() && run("/bin/npm-server").is_empty());
    }

    #[test]
    fn package_managers_are_found() {
        assert_eq!(
            of_image(&RULE, image("a").contents([package("nix"), package("python3.12-pip")])),
            [
                "`nix` in the contents of image `a` is a package manager",
                "`python3.12-pip` in the contents of image `a` is a package manager"
            ]
        );
        for pname in ["nodejs", "nix-index", "python3", "cargo-nextest"] {
            assert!(of_image(&RULE, image("a").contents([package(pname)])).is_empty(), "{pname}");
        }
        assert!(PACKAGE_MANAGERS.is_sorted());
    }
}
