//! BTL004: a part of the flake could not be evaluated.

use crate::context::Context;
use crate::findings::Findings;
use crate::incomplete::{explained_by, report};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "BTL004",
    name: "incomplete-analysis",
    severity: Severity::Error,
    off: false,
    summary: "A part of the flake could not be evaluated, so it was not checked",
    fix: FixKind::None,
    references: &["https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake-check.html"],
    needs: &[Need::Evaluation],
    docs: r#"
## What it finds

An output, or a value in the configuration of an image or a compose file, whose evaluation fails: an error in the Nix code,
a `throw`, an input that is not available. All else is checked as usual.

## Why it matters

What could not be evaluated could not be checked. Silence about it would look like success.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = throw "nobody has decided yet";
  };
}
```

```nix
{
  app = pkgs.dockerTools.buildLayeredImage {
    name = "app";
    tag = "1.0";
    config = {
      Cmd = [ "${pkgs.hello}/bin/hello" ];
      User = "1000:1000";
    };
  };
  other = pkgs.dockerTools.buildLayeredImage {
    name = "other";
    unknownArgument = true;
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
    for incomplete in context.facts.incomplete.iter().filter(|part| explained_by(context, part).is_none()) {
        let diagnostic = &incomplete.diagnostic;
        let why = format!(": {}", diagnostic.message);
        let help = diagnostic.help.as_deref().unwrap_or("all else has been checked; this part has not");
        findings.push(report(context, incomplete, &why, "this could not be evaluated").help(help));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::World;
    use bt_container::{Cause, Facts, Incomplete};
    use bt_diag::{Diagnostic, Label, Span};

    #[test]
    fn errors_become_findings_and_one_error_is_one() {
        let incomplete = |attr: &str, at: u32| {
            let mut diagnostic = Diagnostic::new("undefined variable `x`").at(Span::new(at, at + 1));
            diagnostic.trace =
                (10..15).map(|start| Label { span: Span::new(start, start + 1), text: "while".into() }).collect();
            Incomplete { attr: attr.into(), diagnostic, cause: Cause::Error }
        };
        let facts =
            Facts { incomplete: vec![incomplete("a", 1), incomplete("b", 1), incomplete("c", 3)], ..Facts::default() };
        let found = World::new(facts).check(&RULE);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].message, "outputs `a` and `b` could not be evaluated: undefined variable `x`");
        assert_eq!(found[1].related.len(), 3);
    }
}
