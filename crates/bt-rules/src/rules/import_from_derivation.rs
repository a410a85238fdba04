//! FLK014: an evaluation that needs a build.

use crate::context::Context;
use crate::findings::Findings;
use crate::incomplete::{explained_by, report};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "FLK014",
    name: "import-from-derivation",
    severity: Severity::Warning,
    off: false,
    summary: "A part of the flake can be evaluated only after something was built",
    fix: FixKind::None,
    references: &["https://nix.dev/manual/nix/latest/language/import-from-derivation.html"],
    needs: &[Need::Syntax, Need::Evaluation],
    docs: r#"
## What it finds

An output, or a value in the configuration of an image or a compose file, whose evaluation reads what a derivation makes:
`import`, `builtins.readFile` and the like with the path of a package. That part is not checked, so the exit code is 2, as
for everything that could not be evaluated. All else is checked as usual.

## Why it matters

Evaluation stops and waits for a build, one after the other. `nix flake check` and `nix flake show` fail for other systems
than one's own, and what an image holds can be known only after building.

## Bad

```nix
# file: flake.nix
{
  outputs = { self }: {
    packages.x86_64-linux =
      import (derivation { name = "packages.nix"; system = "x86_64-linux"; builder = "/bin/sh"; });
  };
}
```

## Good

```nix
# file: flake.nix
{
  outputs = { self }: { packages.x86_64-linux = import ./packages.nix; };
}
```

```nix
# file: packages.nix
{ }
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for incomplete in &context.facts.incomplete {
        if explained_by(context, incomplete).is_some_and(|rule| rule.code == RULE.code) {
            let diagnostic = &incomplete.diagnostic;
            let report = report(context, incomplete, &format!(": {}", diagnostic.message), "this needs a build");
            findings.push(report.help(diagnostic.help.as_deref().unwrap_or("generate the file ahead of time")));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::World;
    use crate::rules::ALL;
    use bt_container::{Cause, Facts, Incomplete};
    use bt_diag::{Diagnostic, Span};

    #[test]
    fn one_cause_is_one_finding() {
        let world = |cause| {
            let diagnostic = Diagnostic::new("cannot read the output of 'x.drv'").at(Span::new(1, 2));
            let incomplete = vec![Incomplete { attr: "packages.a".into(), diagnostic, cause }];
            World::new(Facts { incomplete, ..Facts::default() })
        };
        let general = ALL.iter().find(|rule| rule.code == "BTL004").unwrap();
        let message = "output `packages.a` could not be evaluated: cannot read the output of 'x.drv'";
        let count = |rule, cause| world(cause).check(rule).into_iter().filter(|f| f.message == message).count();
        assert_eq!([count(&RULE, Cause::Build), count(general, Cause::Build)], [1, 0]);
        assert_eq!([count(&RULE, Cause::Error), count(general, Cause::Error)], [0, 1]);
    }

    /// Who ignores this rule hears of it all the same: what was not checked must not look like success.
    #[test]
    fn without_it_the_analysis_is_incomplete() {
        let diagnostic = Diagnostic::new("x").at(Span::new(1, 2));
        let incomplete = vec![Incomplete { attr: "a".into(), diagnostic, cause: Cause::Build }];
        let world = World::new(Facts { incomplete, ..Facts::default() });
        let found =
            world.look(|context| crate::run(&crate::Context { is_on: &|rule| rule.code != "FLK014", ..*context }));
        assert_eq!(found.findings.iter().map(|f| f.code).collect::<Vec<_>>(), ["BTL004"]);
    }
}
