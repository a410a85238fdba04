//! The rules, one small file each, and their registry.
//!
//! 1. [`all`] is the registry: a [`Rule`] lives whole in one file of `rules/`, and its examples are its tests
//!    ([`Rule::examples`]).
//! 2. [`run`] asks of each rule whether it is on, and only then lets it look at the [`Context`]: what is known of the
//!    images, the compose files and the lock, and the places where all that was written.
//! 3. A rule hands each flaw to [`Findings`] as a [`Report`], which takes out what remarks in the user's files make
//!    ignored ([`Ignores`]), and merges those that have one cause.
//!
//! A rule reports what is proven. What it cannot know, because a value failed to evaluate or a package's files are
//! known to nobody before they are built, leaves it quiet.

mod built;
mod context;
mod date;
mod deployment;
mod edit;
mod example;
mod findings;
#[cfg(test)]
mod fixtures;
mod ignores;
mod image;
mod incomplete;
mod inputs;
mod knowledge;
mod options;
mod program;
mod root;
mod rule;
mod rules;
mod secrets;
mod services;
mod url;

pub use built::{BuiltFile, built_finding, check_built};
pub use context::Context;
pub use date::{day_of, parse_date};
pub use example::{Example, ExampleFile};
pub use findings::{Findings, Found, Report};
pub use ignores::{Ignores, Ignoring, Suppressed};
pub use options::{AllowedPackages, Options};
pub use rule::{FixKind, Need, Rule};
pub use secrets::{MASK, Secrets};

use bt_diag::{Confidence, Finding, Severity};
use std::any::Any;
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Code of the finding that a rule becomes when it panics. It is no rule: it cannot be switched off.
pub const INTERNAL_ERROR_CODE: &str = "BTL000";

/// Name of the finding that a rule becomes when it panics.
pub const INTERNAL_ERROR_NAME: &str = "internal-error";

/// Every rule, by code.
pub fn all() -> &'static [&'static Rule] {
    rules::ALL
}

/// The rule with a code (`CFG001`) or name (`root-user`).
pub fn find(code_or_name: &str) -> Option<&'static Rule> {
    all().iter().find(|r| r.code.eq_ignore_ascii_case(code_or_name) || r.name == code_or_name).copied()
}

/// Runs the rules that are on. Findings come by code, then by attribute path.
pub fn run(context: &Context<'_>) -> Found {
    run_rules(all(), context)
}

fn run_rules(rules: &[&'static Rule], context: &Context<'_>) -> Found {
    let mut all = Found::default();
    // Which remarks are of use is known when all other rules have run.
    let is_last = |rule: &&'static Rule| rule.code == rules::UNUSED_IGNORE.code;
    let (last, first): (Vec<_>, Vec<_>) = rules.iter().copied().partition(is_last);
    for rule in first.into_iter().chain(last).filter(|rule| (context.is_on)(rule)) {
        // What a rule sees is shared and not changed by it, and what it has collected is thrown away.
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let mut collected = Findings::new(rule);
            (rule.check)(context, &mut collected);
            collected.finish(context)
        }));
        match outcome {
            Ok(found) => {
                all.findings.extend(found.findings);
                all.suppressed.extend(found.suppressed);
            }
            Err(panic) => all.findings.push(internal_error(rule, panic.as_ref())),
        }
    }
    all.findings.sort_by(order);
    all.suppressed.sort_by(|a, b| order(&a.finding, &b.finding));
    all
}

fn order(a: &Finding, b: &Finding) -> Ordering {
    let start = |f: &Finding| f.primary.as_ref().map_or(0, |label| label.span.start);
    (a.code, &a.attr, start(a), &a.message).cmp(&(b.code, &b.attr, start(b), &b.message))
}

fn internal_error(rule: &Rule, panic: &(dyn Any + Send)) -> Finding {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_string());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into());
    Finding {
        code: INTERNAL_ERROR_CODE,
        name: INTERNAL_ERROR_NAME,
        severity: Severity::Error,
        confidence: Confidence::Certain,
        message: format!("internal error in rule {} {}: {text}", rule.code, rule.name),
        attr: String::new(),
        primary: None,
        related: Vec::new(),
        help: Some(format!(
            "this is a bug of bt-lint, please report it; the other rules ran, and `--ignore {}` switches this one off",
            rule.name
        )),
        fix: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::World;
    use bt_container::Facts;

    static PANICS: Rule = Rule { check: |_, _| panic!("nobody is perfect"), ..rules::ROOT_USER };

    #[test]
    fn a_rule_that_panics_becomes_a_finding_and_the_others_run() {
        let world = World::new(Facts { images: vec![fixtures::image("app").done()], ..Facts::default() });
        let rules: &[&'static Rule] = &[&PANICS, &rules::ROOT_USER];
        let found = world.look(|context| run_rules(rules, context)).findings;
        let codes: Vec<&str> = found.iter().map(|f| f.code).collect();
        assert_eq!(codes, ["BTL000", "CFG001"]);
        assert!(found[0].message.ends_with("nobody is perfect"), "{}", found[0].message);
    }

    #[test]
    fn a_rule_that_is_off_does_not_run() {
        let world = World::new(Facts::default());
        let rules: &[&'static Rule] = &[&PANICS];
        let off = world.look(|context| run_rules(rules, &Context { is_on: &|_| false, ..*context }));
        assert_eq!(off, Found::default());
    }

    #[test]
    fn rules_are_found_by_code_and_name() {
        assert_eq!(find("cfg001").map(|r| r.name), Some("root-user"));
        assert_eq!(find("root-user").map(|r| r.code), Some("CFG001"));
        assert!(find("nothing").is_none());
    }
}
