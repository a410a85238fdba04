//! CNT012: two contents of an image provide one path.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS};
use crate::image::report;
use crate::knowledge::contents::argument_of_contents;
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Built, Content, Image};
use bt_diag::Severity;
use std::collections::BTreeMap;

/// So many paths are named.
const NAMED: usize = 3;

/// What no program reads when it runs.
const ASIDE: &[&str] = &["nix-support/", "share/doc/", "share/info/", "share/licenses/", "share/man/"];

/// So many paths of two contents are compared.
const COMPARED: usize = 1000;

pub(crate) const RULE: Rule = Rule {
    code: "CNT012",
    name: "colliding-contents",
    severity: Severity::Warning,
    off: false,
    summary: "Two contents of an image provide one path with different files",
    fix: FixKind::None,
    references: &["https://nixos.org/manual/nixpkgs/stable/#sec-pkgs-dockerTools"],
    needs: &[Need::Config, Need::Contents, Need::Closure],
    docs: r#"
## What it finds

Two contents of an image that have a file at the same path, with different contents. Only one of them is in the image.
`/etc/passwd` and `/etc/group` are the matter of `user-database-conflict`, and documentation does not count.

It looks at files that are there: with `--closures store` or `--closures substituters`, and where the contents are in the
store of this machine.

## Why it matters

`symlinkJoin` keeps the first file without a word, and `copyToRoot` the last: which program runs as `/bin/app` depends on the
order of a list.

## Bad

```nix
# Both have `bin/nc`; found with `--closures store`.
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.libressl.nc pkgs.netcat-gnu ];
  config = {
    Cmd = [ "/bin/nc" "-l" "12011" ];
    User = "1000:1000";
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
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        for (first, second, paths) in collisions(image) {
            let shown = paths.iter().take(NAMED).map(|path| format!("`/{path}`")).collect::<Vec<_>>().join(", ");
            let more = match paths.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let message = format!(
                "two contents of {SUBJECTS} have different files at {shown}{more}, and only one of them counts"
            );
            let part = argument_of_contents(image);
            findings.push(
                report(context, image, part, message, context.own(second.span), "the second")
                    .and_at(context.own(first.span), "the first")
                    .help("keep one of them, or give `pkgs.buildEnv` the paths that are wanted of each"),
            );
        }
    }
}

/// Pairs of contents with the paths at which both have files that differ.
fn collisions(image: &Image) -> Vec<(&Content, &Content, Vec<String>)> {
    let mut owners: BTreeMap<String, (usize, &Built)> = BTreeMap::new();
    let mut pairs: BTreeMap<(usize, usize), Vec<String>> = BTreeMap::new();
    let contents: Vec<&Content> = image.contents.iter().flatten().collect();
    let mut compared = 0;
    for (number, content) in contents.iter().enumerate() {
        let Some(built) = content.package.as_ref().and_then(|package| package.realised.get()) else { continue };
        for file in built.0.list().unwrap_or_default() {
            // What every package has, and nobody runs; and what another rule is about.
            let is_aside = ASIDE.iter().any(|directory| file.path.starts_with(directory));
            if is_aside || matches!(file.path.as_str(), "etc/passwd" | "etc/group" | "") {
                continue;
            }
            let Some((first, other)) = owners.get(&file.path).copied() else {
                owners.insert(file.path, (number, built));
                continue;
            };
            compared += 1;
            if compared > COMPARED {
                break;
            }
            let (ours, theirs) = (built.0.fingerprint(&file.path), other.0.fingerprint(&file.path));
            if ours.zip(theirs).is_some_and(|(ours, theirs)| ours != theirs) {
                pairs.entry((first, number)).or_default().push(file.path);
            }
        }
    }
    pairs.into_iter().map(|((first, second), paths)| (contents[first], contents[second], paths)).collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, of_image, realised};

    #[test]
    fn different_files_collide() {
        let found = |one: &[(&str, &str)], two: &[(&str, &str)]| {
            of_image(&RULE, image("a").contents([realised("one", one), realised("two", two)]))
        };
        assert_eq!(
            found(&[("bin/x", "1"), ("bin/y", "1")], &[("bin/x", "2"), ("bin/z", "1")]),
            ["two contents of image `a` have different files at `/bin/x`, and only one of them counts"]
        );
        assert!(found(&[("bin/x", "1")], &[("bin/x", "1")]).is_empty());
        assert!(found(&[("bin/x", "1")], &[("bin/y", "1")]).is_empty());
        for path in ["nix-support/setup-hook", "share/doc/LICENSE", "etc/passwd"] {
            assert!(found(&[(path, "1")], &[(path, "2")]).is_empty(), "{path}");
        }
    }

    #[test]
    fn unknown_files_do_not() {
        let package = crate::fixtures::package("two");
        assert!(of_image(&RULE, image("a").contents([realised("one", &[("bin/x", "1")]), package])).is_empty());
    }
}
