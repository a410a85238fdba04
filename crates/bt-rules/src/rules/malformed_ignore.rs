//! BTL002: a remark to bt-lint is not understood.

use crate::context::Context;
use crate::findings::{Findings, Report};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::{Edit, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "BTL002",
    name: "malformed-ignore",
    severity: Severity::Warning,
    off: false,
    summary: "A remark to bt-lint is not understood, so it ignores nothing",
    fix: FixKind::Safe,
    references: &["https://docs.astral.sh/ruff/rules/invalid-suppression-comment/"],
    needs: &[Need::Syntax],
    docs: r#"
## What it finds

Comments that begin with `bt-lint:` and say nothing that bt-lint knows: rules that do not exist, no brackets, another word
than `ignore`, `file-ignore`, `ignore-start` and `ignore-end`, a range without its end or without its beginning, nothing that
follows. Rules are named one by one, by name or code.

## Why it matters

What is not understood is not done: the finding that it was written for is still there.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Env = [ "LANG=C" ]; # bt-lint: ignore[secrets-in-env] nobody has to hide it
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  # bt-lint: ignore root-user
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

## Good

```nix
# bt-lint: file-ignore[image-tag-latest] it is never pushed
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "latest";
  # bt-lint: ignore[CFG001] it has to listen on port 80
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (file, problem) in context.ignores.problems() {
        let place = context.own(Some(file.span(problem.range.clone())));
        let report = Report::new("outputs", &problem.message).at(place, problem.label).help(&problem.help);
        findings.push(match &problem.fix {
            Some((what, range, text)) => {
                report.fix(what, Some(Edit { span: file.span(range.clone()), text: text.clone() }))
            }
            None => report,
        });
    }
}
