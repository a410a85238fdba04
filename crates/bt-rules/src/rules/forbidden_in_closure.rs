//! CNT005: what does not belong into an image is in it all the same, because something refers to it.

use crate::built::KINDS;
use crate::context::Context;
use crate::findings::{Findings, Report, SUBJECTS};
use crate::knowledge::closure::{Roots, drawn, name_of};
use crate::knowledge::tools::known_as;
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, Package};
use bt_diag::{Confidence, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "CNT005",
    name: "forbidden-in-closure",
    severity: Severity::Warning,
    off: false,
    summary: "An image brings a shell, a compiler or a package manager along that it does not name",
    fix: FixKind::None,
    references: &[
        "https://github.com/NixOS/nixpkgs/issues/41152",
        "https://github.com/NixOS/nixpkgs/issues/229921",
        "CIS Docker Benchmark 4.3",
    ],
    needs: &[Need::Config, Need::Contents, Need::Closure, Need::Context],
    docs: r#"
## What it finds

Shells, compilers with outputs for building (`dev`), package managers, and packages that `forbidden-package` forbids, that
are in an image without being named: the contents or the configuration refer to something that refers to them. The help
has the shortest chain of references, as `nix why-depends` prints it.

That is known only of what a store or a binary cache has, and these are asked only with `--closures store` or
`--closures substituters`. Where nobody knows a path, the rule is quiet about it.

```toml
[rules.forbidden-in-closure]
allowed = ["bash"]
allowed-in = { "thumbnails" = ["gcc"] }
```

## Why it matters

Nix puts everything into an image that its programs refer to, also by mistake: one forgotten path of a compiler in a
binary, or one script that wraps a program, makes an image twice as large and brings along what was to be kept out.

## Bad

```nix
# A script for bash: with `--closures store`, bash is found behind it.
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ (pkgs.writeShellScript "start" "exec ${pkgs.hello}/bin/hello") ];
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
        let roots = Roots::of(context, image);
        for (root, chain) in roots.indirect(context, image) {
            let Some(end) = chain.last() else { continue };
            let Some((name, what)) = class_of(context, image, end) else { continue };
            let help = format!(
                "{name} is reached by\n{}\nfind out why with `nix why-depends --precise`; `removeReferencesTo`, an output of its own \
                 or another package leaves it out",
                drawn(&chain)
            );
            let message = format!("`{}` in the closure of {SUBJECTS} is {what}", name_of(end));
            findings.push(
                Report::new(root.attr.clone(), message)
                    .of("image", image.display_name())
                    .at(context.own(root.place).or_else(|| context.call(image)), "brings it along")
                    .and_at(context.call(image), "image built here")
                    .help(help)
                    .confidence(Confidence::High),
            );
        }
    }
}

/// What a store path is that does not belong into an image: the name of the package, and the kind.
fn class_of(context: &Context<'_>, image: &Image, path: &str) -> Option<(String, &'static str)> {
    let package = Package::of_store_path(path)?;
    let forbidden: Vec<&str> = context.options.forbidden_packages.iter().map(String::as_str).collect();
    let (code, name, what) = match package.output.as_str() {
        "dev" => ("CNT002", format!("{}.dev", package.pname), "for building only"),
        "out" | "bin" => {
            let kinds = KINDS
                .iter()
                .filter(|(code, ..)| *code != "CNT004")
                .map(|(code, names, what, _)| (*code, *names, *what));
            let mut kinds = kinds.chain([("CNT016", forbidden.as_slice(), "forbidden by the configuration")]);
            kinds.find_map(|(code, names, what)| Some((code, known_as(&package, names)?.to_string(), what)))?
        }
        _ => return None,
    };
    let is_allowed = [RULE.code, code].into_iter().any(|rule| context.options.allows(rule, image, &package, &name));
    (!is_allowed).then_some((name, what))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{ImageFixture, World, closure, closures, image, list, referring, store_path};
    use crate::options::{AllowedPackages, Options};
    use bt_container::Facts;

    fn found(image: ImageFixture, known: &[(&str, u64, &[&str])], options: Options) -> Vec<(String, String)> {
        let mut world = World::new(Facts { images: vec![image.done()], closures: closures(known), ..Facts::default() });
        world.options = options;
        world.check(&RULE).into_iter().map(|f| (f.message, f.help.unwrap_or_default())).collect()
    }

    fn messages(known: &[(&str, u64, &[&str])]) -> Vec<String> {
        found(image("a").contents([closure("app-1")]), known, Options::default()).into_iter().map(|(m, _)| m).collect()
    }

    #[test]
    fn what_something_refers_to_is_found_with_the_chain() {
        let known: &[(&str, u64, &[&str])] = &[
            ("app-1", 1, &["lib-1"]),
            ("lib-1", 1, &["bash-5.2", "gcc-13-lib"]),
            ("bash-5.2", 1, &[]),
            ("gcc-13-lib", 1, &[]),
        ];
        let found = found(image("a").contents([closure("app-1")]), known, Options::default());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0, "`bash-5.2` in the closure of image `a` is a shell");
        let chain = ["app-1", "lib-1", "bash-5.2"].map(store_path);
        let drawn = format!("{}\n└───{}\n    └───{}\n", chain[0], chain[1], chain[2]);
        assert!(found[0].1.contains(&drawn), "{}", found[0].1);
    }

    #[test]
    fn kinds_and_outputs() {
        let behind = |name: &str| messages(&[("app-1", 1, &[name]), (name, 1, &[])]).len();
        for name in ["gcc-wrapper-13.2", "openssl-3-dev", "nix-2.18", "busybox-1.36", "python3.12-pip-24"] {
            assert_eq!(behind(name), 1, "{name}");
        }
        for name in ["gcc-13-libgcc", "bash-5.2-man", "curl-8", "glibc-2.39", "bash-completion-2"] {
            assert_eq!(behind(name), 0, "{name}");
        }
    }

    #[test]
    fn what_is_named_or_unknown_is_not_found() {
        // The shell in the contents is another rule's.
        let known: &[(&str, u64, &[&str])] = &[("app-1", 1, &["bash-5.2"]), ("bash-5.2", 1, &[])];
        let both = image("a").contents([closure("app-1"), closure("bash-5.2")]);
        assert!(found(both, known, Options::default()).is_empty());
        assert!(messages(&[("other-1", 1, &["bash-5.2"]), ("bash-5.2", 1, &[])]).is_empty());
        assert!(messages(&[]).is_empty());
    }

    #[test]
    fn the_configuration_names_paths() {
        let known: &[(&str, u64, &[&str])] = &[("start", 1, &["bash-5.2"]), ("bash-5.2", 1, &[])];
        let cmd = |text: &str| {
            found(image("a").config([("Cmd", list([referring(text, "start")]))]), known, Options::default())
        };
        assert_eq!(cmd(&store_path("start")).len(), 1);
        assert!(cmd("/bin/start").is_empty());
        // What the image leaves out it does not hold.
        let without = crate::fixtures::boolean(false);
        let image = image("a").config([("Cmd", list([referring(&store_path("start"), "start")]))]);
        assert!(found(image.argument("includeStorePaths", without), known, Options::default()).is_empty());
    }

    #[test]
    fn what_is_allowed_is_allowed() {
        let known: &[(&str, u64, &[&str])] = &[("app-1", 1, &["bash-5.2"]), ("bash-5.2", 1, &[])];
        for rule in ["CNT005", "CNT001"] {
            let allowed = AllowedPackages { rule, image: None, names: vec!["bash".into()] };
            let options = Options { allowed_packages: vec![allowed], ..Options::default() };
            assert!(found(image("a").contents([closure("app-1")]), known, options).is_empty());
        }
    }
}
