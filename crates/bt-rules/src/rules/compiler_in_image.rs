//! CNT002: a compiler in the image.

use crate::context::Context;
use crate::findings::Findings;
use crate::knowledge::contents::check_contents;
use crate::knowledge::tools::known_as;
use crate::rule::{FixKind, Need, Rule};
use bt_container::Package;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CNT002",
    name: "compiler-in-image",
    severity: Severity::Error,
    off: false,
    summary: "The contents of an image hold a compiler or what only building needs",
    fix: FixKind::Unsafe,
    references: &["CIS Docker Benchmark 4.3", "NIST SP 800-190 3.1.1"],
    needs: &[Need::Config, Need::Contents],
    docs: r#"
## What it finds

A compiler, linker or `make` among the contents of an image, directly or as a part of `buildEnv` or `symlinkJoin`, and `dev`
outputs, which hold headers.

Runtimes that also can compile, such as `openjdk`, `nodejs` and `python3`, are none.

## Why it matters

What builds the program has no use when it runs. It makes the image larger by hundreds of megabytes, brings its own
vulnerabilities, and spares an attacker the work of bringing tools along.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.hello pkgs.gcc ];
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
  contents = [ pkgs.openssl.dev ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

## Good

```nix
let
  app = pkgs.stdenv.mkDerivation {
    pname = "app";
    version = "1.0";
    src = ./.;
    nativeBuildInputs = [ pkgs.cmake ];
  };
in
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ app pkgs.openssl ];
  config = {
    Cmd = [ "${app}/bin/app" ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

/// Compilers, linkers and `make`, by the name of their package.
pub(crate) const COMPILERS: &[&str] = &[
    "binutils",
    "clang",
    "crystal",
    "dmd",
    "dotnet-sdk",
    "flang",
    "fpc",
    "gcc",
    "gfortran",
    "ghc",
    "gnumake",
    "go",
    "kotlin",
    "ldc",
    "lld",
    "llvm",
    "mold",
    "nim",
    "ocaml",
    "rust-default",
    "rust-minimal",
    "rustc",
    "rustup",
    "sbcl",
    "scala",
    "swift",
    "tinycc",
    "zig",
];

fn check(context: &Context<'_>, findings: &mut Findings) {
    check_contents(context, findings, RULE.code, "for building only", HELP, recognise);
}

const HELP: &str = "remove it: what a program needs to run comes along by itself, and what builds it stays outside";

fn recognise(package: &Package) -> Option<String> {
    if package.output == "dev" {
        return Some(format!("{}.dev", package.pname));
    }
    known_as(package, COMPILERS).map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::{COMPILERS, RULE};
    use crate::fixtures::{image, of_image, package};
    use bt_container::Package;
    use std::rc::Rc;

    #[test]
    fn compilers_are_found() {
        let dev = Rc::new(Package { output: "dev".into(), ..(*package("openssl")).clone() });
        assert_eq!(
            of_image(&RULE, image("a").contents([package("gcc-wrapper"), dev])),
            [
                "`gcc-wrapper` in the contents of image `a` is for building only",
                "`openssl.dev` in the contents of image `a` is for building only"
            ]
        );
        for pname in ["openssl", "nodejs", "openjdk", "go-task", "gcc-unwrapped-lib"] {
            assert!(of_image(&RULE, image("a").contents([package(pname)])).is_empty(), "{pname}");
        }
        assert!(COMPILERS.is_sorted());
    }
}
