//! CNT013: an image holds more than it may.

use crate::context::{Context, image_attr};
use crate::findings::{Findings, Report, SUBJECTS};
use crate::knowledge::closure::{Roots, mebibytes, name_of};
use crate::knowledge::contents::argument_of_contents;
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

/// So many of the largest paths are named.
const NAMED: usize = 5;

pub(crate) const RULE: Rule = Rule {
    code: "CNT013",
    name: "oversized-closure",
    severity: Severity::Warning,
    off: true,
    summary: "An image holds more than it may",
    fix: FixKind::None,
    references: &["NIST SP 800-190 3.1.1"],
    needs: &[Need::Config, Need::Contents, Need::Closure, Need::Context],
    docs: r#"
## What it finds

An image whose contents and configuration, with all that these refer to, are together larger than `max-closure-size`. The
rule is on as soon as that is set; the sizes are those of the store, in MiB, before any compression. The help names the
largest paths. What the image is built `fromImage` does not count.

```toml
[rules.oversized-closure]
max-closure-size = 250
```

Sizes are known only of what a store or a binary cache has, and these are asked only with `--closures store` or
`--closures substituters`. Where some sizes are not known, the image is found when the others are too large already.

## Why it matters

What is in an image can be attacked and has to be updated, and it is loaded wherever the image is started.

## Bad

```nix
# With `--closures store` and `max-closure-size = 250`.
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.llvm ];
  config = {
    Cmd = [ "/bin/opt" ];
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
    let allowed = u64::from(context.options.max_closure_size) << 20;
    for image in &context.facts.images {
        let closure = Roots::of(context, image).closure(context);
        let size = closure.paths.values().fold(0u64, |sum, object| sum.saturating_add(object.size));
        if size <= allowed {
            continue;
        }
        let mut largest: Vec<(u64, &str)> = closure.paths.iter().map(|(path, object)| (object.size, *path)).collect();
        largest.sort_by_key(|(size, path)| (std::cmp::Reverse(*size), *path));
        let named =
            largest.iter().take(NAMED).map(|(size, path)| format!("`{}` ({})", name_of(path), mebibytes(*size)));
        let named = named.collect::<Vec<_>>().join(", ");
        let least = if closure.is_complete { "" } else { "at least " };
        let message =
            format!("the closure of {SUBJECTS} has {least}{}, more than {}", mebibytes(size), mebibytes(allowed));
        let help =
            format!("of {} paths the largest are {named}; `nix why-depends` says what brings them", largest.len());
        findings.push(
            Report::new(image_attr(image, argument_of_contents(image)), message)
                .of("image", image.display_name())
                .at(context.call(image), "image built here")
                .help(help),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, closure, closures, image};
    use bt_container::Facts;

    fn found(known: &[(&str, u64, &[&str])], mebibytes: u32) -> Vec<(String, String)> {
        let images = vec![image("a").contents([closure("app-1")]).done()];
        let mut world = World::new(Facts { images, closures: closures(known), ..Facts::default() });
        world.options.max_closure_size = mebibytes;
        world.check(&RULE).into_iter().map(|f| (f.message, f.help.unwrap_or_default())).collect()
    }

    #[test]
    fn sizes_are_added_up() {
        let known: &[(&str, u64, &[&str])] =
            &[("app-1", 2 << 20, &["lib-1"]), ("lib-1", 9 << 20, &[]), ("other", 1 << 30, &[])];
        let found_ten = found(known, 10);
        assert_eq!(found_ten[0].0, "the closure of image `a` has 11 MiB, more than 10 MiB");
        assert_eq!(
            found_ten[0].1,
            "of 2 paths the largest are `lib-1` (9.0 MiB), `app-1` (2.0 MiB); `nix why-depends` says what brings them"
        );
        assert!(found(known, 11).is_empty());
    }

    #[test]
    fn what_is_not_known_is_not_counted() {
        let known: &[(&str, u64, &[&str])] = &[("app-1", 20 << 20, &["lib-1"])];
        assert_eq!(found(known, 10)[0].0, "the closure of image `a` has at least 20 MiB, more than 10 MiB");
        assert!(found(known, 20).is_empty() && found(&[], 1).is_empty());
    }
}
