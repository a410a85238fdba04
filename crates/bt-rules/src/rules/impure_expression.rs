//! FLK011: what pure evaluation does not have.

use crate::context::Context;
use crate::findings::{Findings, Report};
use crate::incomplete::{explained_by, report};
use crate::inputs;
use crate::program::variables;
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "FLK011",
    name: "impure-expression",
    severity: Severity::Error,
    off: false,
    summary: "The flake depends on the environment, the clock, the search path or the files of one machine",
    fix: FixKind::None,
    references: &[
        "https://nix.dev/manual/nix/latest/command-ref/conf-file.html#conf-pure-eval",
        "https://nix.dev/guides/best-practices.html",
    ],
    needs: &[Need::Lock, Need::Syntax, Need::Evaluation],
    docs: r#"
## What it finds

Expressions that were evaluated and depend on what flakes cannot see: `builtins.getEnv` (which gives an empty string),
`builtins.currentSystem` and `builtins.currentTime` (which do not exist), `<nixpkgs>`, paths outside of the flake; and inputs
whose reference is an absolute path. Files that no output needs, and defaults of arguments that are given, do not count.

## Why it matters

In a flake they are either errors or silently empty, so an image gets an empty tag or an empty setting. With `--impure` they
are something else on every machine.

## Bad

```nix
# file: flake.nix
{
  outputs = { self }: {
    packages.x86_64-linux = if builtins.getEnv "CI" == "" then { } else { inherit (self) ci; };
  };
}
```

```nix
# file: flake.nix
{
  outputs = { self }: {
    packages.x86_64-linux = import <nixpkgs> { };
  };
}
```

## Good

```nix
# file: flake.nix
{
  outputs = { self }: {
    packages.x86_64-linux = (import ./packages.nix) { system = "x86_64-linux"; };
  };
}
```

```nix
# file: packages.nix
{ system ? builtins.currentSystem, pkgs ? import <nixpkgs> { } }: { }
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for incomplete in &context.facts.incomplete {
        if explained_by(context, incomplete).is_some_and(|rule| rule.code == RULE.code) {
            let diagnostic = &incomplete.diagnostic;
            let report =
                report(context, incomplete, &format!(": {}", diagnostic.message), "not there in pure evaluation");
            findings.push(report.help(diagnostic.help.as_deref().unwrap_or("take it as an argument, or as an input")));
        }
    }
    let asked = &context.facts.variables;
    let calls = if asked.is_empty() { Vec::new() } else { variables(context) };
    for call in calls.iter().filter(|call| asked.contains(&call.name)) {
        let message = format!("`builtins.getEnv \"{}\"` is always empty in a flake", call.name);
        let report =
            Report::new("outputs", message).at(context.own(Some(call.call)), "pure evaluation has no environment");
        findings.push(
            report.help("write the value down, make it an output for each value, or set it when the container starts"),
        );
    }
    for declared in inputs::declared(context.lock) {
        let path = match (declared.reference.kind(), declared.reference.get("url")) {
            ("path", _) => declared.reference.get("path"),
            (_, Some(url)) => url.strip_prefix("file://"),
            _ => None,
        };
        let is_absolute = path.is_some_and(|path| path.starts_with('/') && !path.starts_with("/nix/store/"));
        if is_absolute {
            let message = format!("input `{}` is an absolute path, which exists on one machine only", declared.name());
            findings.push(
                Report::new(declared.attr(), message)
                    .at(inputs::place(context, declared.input), "not there for anyone else")
                    .help(
                        "name a repository, or a path relative to the flake; for a local copy use `--override-input`",
                    ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, of_inputs};
    use bt_container::{Cause, Facts, Incomplete};
    use bt_diag::{Diagnostic, Span};

    #[test]
    fn variables_that_were_asked_for() {
        let source = "{ a = builtins.getEnv \"A\"; b = builtins.getEnv \"B\"; }";
        let facts = Facts { variables: vec!["A".into(), "HOME".into()], ..Facts::default() };
        let found = World::with_source(facts, source).check(&RULE);
        let messages: Vec<&str> = found.iter().map(|f| f.message.as_str()).collect();
        assert_eq!(messages, ["`builtins.getEnv \"A\"` is always empty in a flake"]);
        assert!(World::with_source(Facts::default(), source).check(&RULE).is_empty());
    }

    #[test]
    fn what_pure_evaluation_refused() {
        let check = |cause| {
            let diagnostic = Diagnostic::new("attribute 'currentTime' missing").at(Span::new(1, 2));
            let incomplete = vec![Incomplete { attr: "packages.a".into(), diagnostic, cause }];
            World::new(Facts { incomplete, ..Facts::default() }).check(&RULE)
        };
        let message = "output `packages.a` could not be evaluated: attribute 'currentTime' missing";
        assert_eq!(check(Cause::Impure)[0].message, message);
        assert!(check(Cause::Error).is_empty() && check(Cause::Build).is_empty());
    }

    #[test]
    fn absolute_paths_of_inputs() {
        let count = |url: &str| of_inputs(&RULE, &[("x", url)]).len();
        assert_eq!(["path:/home/me/x", "/home/me/x", "git+file:///home/me/x", "file:///x.tar.gz"].map(count), [1; 4]);
        assert_eq!(
            ["path:./x", "./x", "github:o/r", "https://example.org/x.tar.gz", "git+ssh://h/x"].map(count),
            [0; 5]
        );
    }
}
