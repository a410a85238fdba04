//! What could not be evaluated, and which rule says why: one cause is one finding.

use crate::context::Context;
use crate::findings::{Report, SUBJECTS};
use crate::program::unhashed_fetches;
use crate::rule::Rule;
use crate::rules;
use bt_container::{Cause, Incomplete, MISSING_MODULE};

/// Places on the way to the error; more are of no use in a report.
const MAX_TRACE: usize = 3;

/// The rule that says why a part could not be evaluated, where it is on; another one than that for everything else.
pub(crate) fn explained_by(context: &Context<'_>, incomplete: &Incomplete) -> Option<&'static Rule> {
    let rule = match incomplete.cause {
        _ if is_unhashed_fetch(context, incomplete) => &rules::UNHASHED_FETCH,
        Cause::Build => &rules::IMPORT_FROM_DERIVATION,
        Cause::Impure => &rules::IMPURE_EXPRESSION,
        Cause::Error => return None,
    };
    Some(rule).filter(|rule| (context.is_on)(rule))
}

/// Whether the error comes from a fetch that another finding is about.
fn is_unhashed_fetch(context: &Context<'_>, incomplete: &Incomplete) -> bool {
    let Some(span) = context.own(incomplete.diagnostic.span) else { return false };
    let overlaps = |call: bt_diag::Span| call.start < span.end && span.start < call.end;
    // The argument may be evaluated on the way; what is wrong with that is another matter.
    let is_about_it = incomplete.cause != Cause::Build && incomplete.diagnostic.message.contains("'fetch");
    is_about_it && unhashed_fetches(context).iter().any(|fetch| overlaps(fetch.call))
}

/// A report on what could not be evaluated; `why` follows "could not be evaluated".
pub(crate) fn report(context: &Context<'_>, incomplete: &Incomplete, why: &str, label: &str) -> Report {
    let diagnostic = &incomplete.diagnostic;
    let mut trace = diagnostic.telling_steps().filter(|label| context.own(Some(label.span)).is_some());
    // An error inside nixpkgs is shown where the user's own code led to it.
    let (place, text) = match context.own(diagnostic.span) {
        Some(place) => (Some(place), label.to_string()),
        None => trace.next().map_or((None, String::new()), |label| (Some(label.span), label.text.clone())),
    };
    let message = match incomplete.attr.as_str() {
        MISSING_MODULE => format!("a module was left out{why}"),
        _ => format!("{SUBJECTS} could not be evaluated{why}"),
    };
    let mut report = Report::new(&incomplete.attr, message).of("output", &incomplete.attr).at(place, text);
    for label in trace.take(MAX_TRACE) {
        report = report.and_at(Some(label.span), label.text.clone());
    }
    report
}
