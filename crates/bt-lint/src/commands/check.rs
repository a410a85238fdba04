//! `bt-lint check`: finds what is wrong with the containers of a flake.

use super::Outcome;
use crate::cli::{CheckArguments, Format};
use crate::engine::{self, Failure};
use crate::exit::Exit;
use crate::names::FileNames;
use crate::output;
use crate::render::{concise, full, json, summary};
use crate::report::Report;
use crate::request::{CheckRequest, Target};
use crate::selection::Selection;
use crate::surroundings::{self, Stream, Style};
use bt_diag::{Diagnostic, SourceMap};
use std::time::Instant;

/// Checks all targets and prints one report.
pub fn run(arguments: &CheckArguments) -> Outcome {
    let start = Instant::now();
    let current_directory = surroundings::current_directory()?;
    let selection = arguments.selection().map_err(Diagnostic::new)?;
    let sources = SourceMap::new();

    let mut report = Report::default();
    for request in requests(arguments, &selection, &current_directory) {
        match engine::check(&request, &sources) {
            Ok(part) => report.merge(part),
            Err(failure) => report.merge(of_failure(failure, arguments, &sources, &current_directory)),
        }
    }
    report.findings.retain(|finding| selection.allows(finding.code));
    report.sort(&sources);
    report.elapsed = start.elapsed();

    output::deliver(arguments.output.as_deref(), &render(&report, &sources, arguments, &current_directory))?;
    super::show_notices(&report.notices, &arguments.messages);
    if arguments.verbose {
        summary::inventory(&report).iter().for_each(|line| output::note(line));
    }
    if !arguments.messages.quiet {
        output::note(&summary::summary(&report));
    }
    Ok(exit(&report, arguments))
}

/// One request for each flake, in the order of the targets.
fn requests(arguments: &CheckArguments, selection: &Selection, current_directory: &str) -> Vec<CheckRequest> {
    let mut requests: Vec<CheckRequest> = Vec::new();
    // Flakes that are wanted whole, whatever attributes are named beside.
    let mut whole: Vec<String> = Vec::new();
    for target in arguments.targets.iter().map(|text| Target::parse(text)) {
        if target.attr.is_none() {
            whole.push(target.path.clone());
        }
        match requests.iter_mut().find(|request| request.flake == target.path) {
            Some(request) => request.attrs.extend(target.attr),
            None => requests.push(CheckRequest {
                flake: target.path,
                attrs: target.attr.into_iter().collect(),
                selection: selection.clone(),
                evaluation: arguments.evaluation.to_evaluation(current_directory),
            }),
        }
    }
    for request in requests.iter_mut().filter(|request| whole.contains(&request.flake)) {
        request.attrs.clear();
    }
    requests
}

/// What a flake that cannot be loaded becomes. An error with a place is a finding in every format. One without (no such
/// file) is told on standard error, and is a finding for programs.
fn of_failure(failure: Failure, arguments: &CheckArguments, sources: &SourceMap, current_directory: &str) -> Report {
    let mut report = Report::of_failure(failure.diagnostic.clone(), failure.places.clone());
    if failure.diagnostic.span.is_none() && arguments.format != Format::Json {
        super::explain(&failure, sources, &arguments.messages, current_directory);
        report.findings.clear();
    }
    report
}

fn render(report: &Report, sources: &SourceMap, arguments: &CheckArguments, current_directory: &str) -> String {
    let names = FileNames::from_directory(&report.places, current_directory);
    match arguments.format {
        Format::Full => {
            let to_file = arguments.output.as_deref().is_some_and(|file| file != "-");
            let stream = if to_file { Stream::File } else { Stream::Stdout };
            let style = Style::of(stream, arguments.messages.color);
            full::render(report, sources, &names, style, arguments.messages.show_trace)
        }
        Format::Concise => concise::render(report, sources, &names),
        Format::Json => json::render(report, sources),
    }
}

fn exit(report: &Report, arguments: &CheckArguments) -> Exit {
    // Where a failure has no finding, it was told as an error.
    let is_told = report.incomplete.iter().any(|part| part.attr.is_empty() && part.diagnostic.span.is_none());
    if report.is_incomplete() || is_told {
        return Exit::Failed;
    }
    let counts = report.findings.iter().any(|finding| arguments.fail_on.includes(finding.severity));
    if counts { Exit::Findings } else { Exit::Clean }
}

#[cfg(test)]
mod tests {
    use super::{exit, requests};
    use crate::cli::{Command, parse};
    use crate::exit::Exit;
    use crate::names::Places;
    use crate::render::fixtures::Fixture;
    use crate::report::Report;
    use crate::selection::Selection;
    use bt_diag::{Diagnostic, Severity};

    fn arguments(line: &str) -> super::CheckArguments {
        match parse(std::iter::once("bt-lint").chain(line.split_whitespace()).map(Into::into)) {
            Ok(Command::Check(arguments)) => arguments,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn exit_codes() {
        let fixture = Fixture::new("x");
        let report = |severity: Severity| Report {
            findings: vec![bt_diag::Finding { severity, ..fixture.finding(0..1, "") }],
            ..Report::default()
        };
        let code = |report: &Report, line: &str| exit(report, &arguments(line));
        assert_eq!(code(&Report::default(), "--fail-on info"), Exit::Clean);
        assert_eq!(code(&report(Severity::Error), ""), Exit::Findings);
        assert_eq!(code(&report(Severity::Warning), ""), Exit::Clean);
        assert_eq!(code(&report(Severity::Warning), "--fail-on warning"), Exit::Findings);
        assert_eq!(code(&report(Severity::Info), "--fail-on info"), Exit::Findings);
        assert_eq!(code(&report(Severity::Error), "--fail-on never"), Exit::Clean);
        let failed = Report::of_failure(Diagnostic::new("no such file"), Places::default());
        assert_eq!(code(&failed, "--fail-on never"), Exit::Failed);
        let told = Report { findings: Vec::new(), ..failed };
        assert_eq!(code(&told, ""), Exit::Failed);
    }

    #[test]
    fn one_request_for_each_flake() {
        let flakes = |line: &str| {
            let requests = requests(&arguments(line), &Selection::default(), "/");
            requests.into_iter().map(|r| format!("{}[{}]", r.flake, r.attrs.join(" "))).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(flakes(""), ".[]");
        assert_eq!(flakes("a#x b a#y"), "a[x y] b[]");
        assert_eq!(flakes("a#x a"), "a[]");
    }
}
