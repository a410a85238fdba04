//! CNT014: a plain file among the contents.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS};
use crate::knowledge::contents::content_report;
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, Node, Package, PackageFiles};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CNT014",
    name: "file-in-contents",
    severity: Severity::Error,
    off: false,
    summary: "An element of the contents is a plain file, which cannot be merged into the root",
    fix: FixKind::Unsafe,
    references: &["https://nixos.org/manual/nixpkgs/stable/#sec-pkgs-dockerTools"],
    needs: &[Need::Config, Need::Contents],
    docs: r#"
## What it finds

An element of `contents` or `copyToRoot` whose output is one plain file rather than a directory: `writeText`,
`writeShellScript`, `(pkgs.formats.json { }).generate`. Also as a part of `buildEnv` or `symlinkJoin`.

## Why it matters

dockerTools merges the directories of the contents into the root of the image. A file has nothing to merge, so the image
does not build: `lndir: …-caddy.json: Not a directory`. And `writeText "Caddyfile" …` would never be at `/Caddyfile`: the
name is a part of its store path.

## Bad

```nix
let
  config = (pkgs.formats.json { }).generate "caddy.json" { apps = { }; };
in
pkgs.dockerTools.buildLayeredImage {
  name = "web";
  tag = "1.0";
  contents = [ pkgs.caddy config ];
  config = {
    Cmd = [ "${pkgs.caddy}/bin/caddy" "run" "--config" "${config}" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ (pkgs.writeText "app.yaml" "greeting: hello\n") ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

## Good

```nix
let
  config = (pkgs.formats.json { }).generate "caddy.json" { apps = { }; };
in
pkgs.dockerTools.buildLayeredImage {
  name = "web";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.caddy}/bin/caddy" "run" "--config" "${config}" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ (pkgs.writeTextDir "etc/app.yaml" "greeting: hello\n") ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" "--config=/etc/app.yaml" ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        for content in image.contents.iter().flatten() {
            let parts = content.package.iter().flat_map(Package::parts);
            for part in parts.filter(|part| matches!(part.files, PackageFiles::PlainFile(_))) {
                let message = format!(
                    "`{}` in the contents of {SUBJECTS} is a plain file, which has no place in the root",
                    part.pname
                );
                let help = if is_named(image, &part) {
                    "remove it: the configuration names it by its store path, which brings it in".to_string()
                } else {
                    format!(
                        "put it at a path, `(pkgs.writeTextDir \"etc/{}\" \"…\")`, or remove it and name it by its store path where it is \
                         used, `\"${{file}}\"`, which brings it in",
                        part.pname
                    )
                };
                findings.push(
                    content_report(context, image, content, &part, message, "one file, not a directory").help(help),
                );
            }
        }
    }
}

/// Whether a string of the configuration names a package by its store path.
fn is_named(image: &Image, package: &Package) -> bool {
    let Some(path) = package.out_path.as_deref() else {
        return false;
    };
    image.config.as_ref().is_some_and(|config| names(config, path))
}

fn names(node: &Node, path: &str) -> bool {
    node.text().is_some_and(|text| text.contains(path))
        || node.items().iter().any(|item| names(item, path))
        || node.entries().iter().any(|(_, value)| names(value, path))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, file, files, image, list, of_image, package, text};
    use bt_container::{Facts, PackageFiles};

    #[test]
    fn files_are_found() {
        let plain = || files("app.yaml", PackageFiles::PlainFile(file("", false, "x")));
        let tree = files("etc", PackageFiles::Tree(vec![file("etc/app.yaml", false, "x")]));
        assert!(of_image(&RULE, image("a").contents([package("caddy"), tree])).is_empty());
        let union = files("env", PackageFiles::Union(vec![plain()]));
        assert_eq!(of_image(&RULE, image("a").contents([plain(), union])).len(), 2);
    }

    #[test]
    fn help_knows_whether_the_file_is_named() {
        let plain = files("app.yaml", PackageFiles::PlainFile(file("", false, "x")));
        let argument = text(&format!("--config={}", plain.out_path.as_deref().unwrap()));
        let named = image("a").contents([plain.clone()]).config([("Cmd", list([argument]))]).done();
        let other = image("b").contents([plain]).done();
        let help =
            |image| World::new(Facts { images: vec![image], ..Facts::default() }).check(&RULE)[0].help.clone().unwrap();
        assert!(help(named).starts_with("remove it: "));
        assert!(help(other).starts_with("put it at a path"));
    }
}
