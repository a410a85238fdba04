//! BTL003: a remark does not say why.

use crate::context::Context;
use crate::findings::{Findings, Report};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "BTL003",
    name: "ignore-without-reason",
    severity: Severity::Warning,
    off: true,
    summary: "A remark ignores a rule and does not say why",
    fix: FixKind::None,
    references: &["https://rust-lang.github.io/rust-clippy/master/index.html#allow_attributes_without_reason"],
    needs: &[Need::Syntax],
    docs: r#"
## What it finds

`# bt-lint: ignore[…]`, `file-ignore[…]` and `ignore-start[…]` with nothing behind the bracket.

## Why it matters

Whoever comes next cannot know whether the reason still holds.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "0:0"; # bt-lint: ignore[root-user]
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
    User = "0:0"; # bt-lint: ignore[root-user] it has to listen on port 80
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let remarks = context.ignores.remarks().iter();
    for remark in remarks.filter(|remark| !remark.is_end() && remark.reason().is_none()) {
        findings.push(
            Report::new("outputs", "what is ignored here is ignored without a reason")
                .at(context.own(Some(remark.span())), "why?")
                .help("say it behind the bracket"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::World;
    use bt_container::Facts;

    #[test]
    fn reasons_are_words() {
        let count = |source: &str| World::with_source(Facts::default(), source).check(&RULE).len();
        for without in ["ignore[root-user]", "ignore[root-user]:", "file-ignore[CFG001] - ", "ignore-start[CFG001]"] {
            assert_eq!(count(&format!("1 # bt-lint: {without}")), 1, "{without}");
        }
        for with in ["ignore[root-user] x", "ignore[root-user]: ö", "ignore-end[CFG001]"] {
            assert_eq!(count(&format!("1 # bt-lint: {with}")), 0, "{with}");
        }
        assert_eq!(count("1 /* bt-lint: ignore[root-user] */"), 1);
        assert_eq!(count("1 /* bt-lint: ignore[root-user] why */"), 0);
    }
}
