//! CNT001: a shell in the image.

use crate::context::Context;
use crate::findings::Findings;
use crate::knowledge::contents::check_contents;
use crate::knowledge::tools::{SHELLS, known_as};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CNT001",
    name: "shell-in-image",
    severity: Severity::Error,
    off: false,
    summary: "The contents of an image hold a shell",
    fix: FixKind::Unsafe,
    references: &[
        "CIS Docker Benchmark 4.3",
        "NIST SP 800-190 3.1.2",
        "https://github.com/GoogleContainerTools/distroless",
    ],
    needs: &[Need::Config, Need::Contents],
    docs: r#"
## What it finds

A shell among the contents of an image, directly or as a part of `buildEnv` or `symlinkJoin`: `bash`, `busybox`, `zsh`,
`dockerTools.binSh`, and so on. `coreutils` alone is no shell. A shell that a program refers to by its store path is not
among the contents.

## Why it matters

A shell at a fixed place is what most attacks go on with: whoever can make a program run `/bin/sh` can run anything. An
image that Nix builds needs none, since programs are named by their store paths.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.coreutils pkgs.bash ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildImage {
  name = "app";
  tag = "1.0";
  copyToRoot = pkgs.buildEnv {
    name = "image-root";
    paths = [ pkgs.hello pkgs.dockerTools.binSh ];
  };
  config = {
    Cmd = [ "/bin/hello" ];
    User = "1000:1000";
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
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = lib.optional false pkgs.bashInteractive;
  config = {
    Cmd = [ (pkgs.writeShellScript "start" "exec ${pkgs.hello}/bin/hello") ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    check_contents(context, findings, RULE.code, "a shell", HELP, |package| {
        known_as(package, SHELLS).map(str::to_string)
    });
}

const HELP: &str = "remove it: programs are named by their store paths, and for debugging there is `docker debug`, or an image of its own \
                    `fromImage` this one";

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, files, image, of_image, package, source};
    use bt_container::{Facts, PackageFiles};

    #[test]
    fn shells_are_found() {
        for pname in ["bash", "bash-interactive", "busybox", "bin-sh", "zsh"] {
            let found = of_image(&RULE, image("a").contents([package(pname)]));
            assert_eq!(found, [format!("`{pname}` in the contents of image `a` is a shell")]);
        }
        assert!(of_image(&RULE, image("a").contents([source("bash")])).is_empty());
        for pname in ["coreutils", "bash-completion", "hello", "nss-cacert"] {
            assert!(of_image(&RULE, image("a").contents([package(pname)])).is_empty(), "{pname}");
        }
    }

    #[test]
    fn parts_count_and_one_element_is_one_cause() {
        let env = || files("env", PackageFiles::Union(vec![package("hello"), package("bash")]));
        let images = vec![image("a").contents([env()]).done(), image("b").contents([env()]).done()];
        let found = World::new(Facts { images, ..Facts::default() }).check(&RULE);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].message, "`bash` in the contents of images `a` and `b` is a shell");
    }
}
