//! CNT016: packages that the configuration forbids.

use crate::context::Context;
use crate::findings::Findings;
use crate::knowledge::contents::check_contents;
use crate::knowledge::tools::known_as;
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CNT016",
    name: "forbidden-package",
    severity: Severity::Error,
    off: true,
    summary: "The contents of the image have a package that the configuration forbids",
    fix: FixKind::Unsafe,
    references: &["CIS Docker Benchmark 4.3", "NIST SP 800-190 3.1.2"],
    needs: &[Need::Config, Need::Contents],
    docs: r#"
## What it finds

A package in the contents of an image, directly or as a part of `buildEnv` or `symlinkJoin`, that the configuration forbids.
The rule is on as soon as there is a list:

```toml
[rules.forbidden-package]
packages = ["imagemagick", "perl"]
allowed-in = { "thumbnails" = ["imagemagick"] }
```

## Why it matters

What does not belong into your images is known to you only. A list keeps it out of those that are written tomorrow.

## Bad

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  outputs = { self, nixpkgs }:
    let
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
    in
    {
      packages.x86_64-linux.default = pkgs.dockerTools.buildLayeredImage {
        name = "app";
        tag = "1.0";
        contents = [ pkgs.jq ];
        config = {
          Cmd = [ "${pkgs.hello}/bin/hello" ];
          User = "1000:1000";
        };
      };
    };
}
```

```toml
# file: bt-lint.toml
[rules.forbidden-package]
packages = ["jq"]
```

## Good

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  outputs = { self, nixpkgs }:
    let
      pkgs = nixpkgs.legacyPackages.x86_64-linux;
    in
    {
      packages.x86_64-linux.default = pkgs.dockerTools.buildLayeredImage {
        name = "app";
        tag = "1.0";
        contents = [ pkgs.jq ];
        config = {
          Cmd = [ "${pkgs.hello}/bin/hello" ];
          User = "1000:1000";
        };
      };
    };
}
```

```toml
# file: bt-lint.toml
[rules.forbidden-package]
packages = ["jq"]
allowed-in = { "app" = ["jq"] }
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let forbidden: Vec<&str> = context.options.forbidden_packages.iter().map(String::as_str).collect();
    check_contents(context, findings, RULE.code, "forbidden by the configuration", HELP, |package| {
        known_as(package, &forbidden).map(str::to_string)
    });
}

const HELP: &str = "remove it, or allow it for this image with `allowed-in`";

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, image, package};
    use bt_container::Facts;

    #[test]
    fn only_what_is_listed_is_forbidden() {
        let found = |forbidden: &[&str]| -> Vec<String> {
            let images = vec![image("a").contents([package("jq"), package("perl")]).done()];
            let mut world = World::new(Facts { images, ..Facts::default() });
            world.options.forbidden_packages = forbidden.iter().map(|name| (*name).to_string()).collect();
            world.check(&RULE).into_iter().map(|f| f.message).collect()
        };
        assert_eq!(found(&["jq"]), ["`jq` in the contents of image `a` is forbidden by the configuration"]);
        assert!(found(&[]).is_empty());
    }
}
