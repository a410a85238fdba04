//! What is checked, and what counts for each of it by its configuration.

use crate::cli::{CheckArguments, FailOn};
use crate::config::Effective;
use crate::request::CheckRequest;
use bt_diag::{Diagnostic, SourceMap};

/// One flake, and what counts for it.
#[derive(Debug)]
pub(super) struct Planned {
    pub request: CheckRequest,
    pub effective: Effective,
}

/// Puts what the configurations say into requests, and into the formats where the command line names none.
///
/// Errors: all mistakes in the first configuration that has some.
pub(super) fn plan(
    arguments: &mut CheckArguments,
    requests: Vec<CheckRequest>,
    current_directory: &str,
    sources: &SourceMap,
) -> Result<Vec<Planned>, Vec<Diagnostic>> {
    let mut planned = Vec::new();
    for request in requests {
        let effective = Effective::of(arguments, &request.flake, current_directory, sources)?;
        planned.push(Planned { request: configured(request, &effective, arguments), effective });
    }
    let format = planned.first().and_then(|first: &Planned| first.effective.configuration.format);
    if let (Some(format), true, [(report, _)]) = (format, arguments.format.is_empty(), arguments.reports.as_mut_slice())
    {
        *report = format;
    }
    arguments.check_statistics().map_err(|message| vec![Diagnostic::new(message)])?;
    Ok(planned)
}

/// A request with what its configuration says.
pub(super) fn configured(request: CheckRequest, effective: &Effective, arguments: &CheckArguments) -> CheckRequest {
    let mut evaluation = request.evaluation;
    evaluation.nixpkgs = effective.nixpkgs(arguments.evaluation.nixpkgs);
    evaluation.closures = arguments.closures.or(effective.configuration.closures).unwrap_or_default();
    evaluation.system = evaluation.system.or_else(|| effective.configuration.system.clone());
    CheckRequest {
        selection: effective.selection.clone(),
        options: effective.configuration.options.clone(),
        outputs: effective.outputs(),
        evaluation,
        ..request
    }
}

/// What makes the exit code 1: the strictest of all.
pub(super) fn fail_on(planned: &[Planned]) -> FailOn {
    let all = planned.iter().map(|planned| planned.effective.fail_on);
    all.max_by_key(|fail_on| fail_on.strictness()).unwrap_or_default()
}
