//! `bt-lint check`: finds what is wrong with the containers of a flake.

use super::plan::{self, Planned};
use super::{Outcome, explain_all};
use crate::baseline::Baselines;
use crate::cli::{CheckArguments, FailOn, Format};
use crate::engine::{self, Failure};
use crate::exit::Exit;
use crate::names::FileNames;
use crate::output;
use crate::render::{concise, full, github, gitlab, json, junit, sarif, statistics, summary};
use crate::report::Report;
use crate::request::{CheckRequest, Outputs, Target};
use crate::selection::Selection;
use crate::surroundings::{self, Stream, Style};
use bt_diag::SourceMap;
use std::time::Instant;

/// Checks all targets and prints one report.
pub fn run(arguments: &CheckArguments) -> Outcome {
    let start = Instant::now();
    let current_directory = surroundings::current_directory()?;
    let sources = SourceMap::new();
    let mut arguments = arguments.clone();

    let mut report = Report::default();
    let mut is_told = false;
    let now = surroundings::today(arguments.now)?;
    let requests = requests(&arguments, &Selection::default(), now, &current_directory);
    let planned = match plan::plan(&mut arguments, requests, &current_directory, &sources) {
        Ok(planned) => planned,
        Err(errors) => return Ok(explain_all(errors, &sources, &arguments.messages, &current_directory)),
    };
    let arguments = &arguments;
    let mut baselines = Baselines::default();
    for Planned { request, effective } in &planned {
        match engine::check(request, &sources) {
            Ok(mut part) => {
                effective.apply(&mut part, &sources, &mut baselines)?;
                report.merge(part);
            }
            // An error without a place (no such file) is for people, unless the reader is a program.
            Err(failure)
                if failure.diagnostic.span.is_none()
                    && !arguments.reports.iter().any(|(format, _)| format.is_document()) =>
            {
                super::explain(&failure, &sources, &arguments.messages, &current_directory);
                is_told = true;
            }
            // Whatever is ignored: a flake that cannot be loaded is not in order.
            Err(Failure { diagnostic, places }) => report.merge(Report::of_failure(diagnostic, places)),
        }
    }
    // What was not looked for is not gone.
    let is_whole = planned.iter().all(|planned| planned.request.attrs.is_empty()) && !arguments.has_selection();
    if is_whole && !is_told && !report.is_incomplete() {
        report.gone = baselines.gone();
        report.notices.extend(summary::gone(&report));
    }
    report.sort(&sources);
    report.date = bt_rules::day_of(now);
    report.elapsed = start.elapsed();

    let names = FileNames::from_directory(&report.places, &current_directory);
    for (format, file) in &arguments.reports {
        let text = match format {
            Format::Json if arguments.statistics => statistics::list(&report),
            _ if arguments.statistics => {
                let stream = if file.is_some() { Stream::File } else { Stream::Stdout };
                statistics::text(&report, Style::of(stream, arguments.messages.color))
            }
            Format::Full => {
                let to_file = file.as_deref().is_some_and(|file| file != "-");
                let stream = if to_file { Stream::File } else { Stream::Stdout };
                let style = Style::of(stream, arguments.messages.color);
                full::render(&report, &sources, &names, style, arguments.messages.show_trace)
            }
            Format::Concise => concise::render(&report, &sources, &names),
            Format::Json => json::render(&report, &sources),
            Format::Sarif => {
                let rules = bt_rules::all()
                    .iter()
                    .copied()
                    .filter(|rule| planned.iter().any(|planned| planned.request.selection.includes(rule)));
                sarif::render(&report, &sources, &names, &rules.collect::<Vec<_>>())
            }
            Format::Github => github::render(&report, &sources, &names),
            Format::Gitlab => gitlab::render(&report, &sources, &names),
            Format::Junit => junit::render(&report, &sources, &names),
        };
        output::deliver(file.as_deref(), &text)?;
    }
    super::show_notices(&report.notices, &arguments.messages);
    if arguments.verbose {
        summary::inventory(&report).iter().for_each(|line| output::note(line));
    }
    // After an error, counts of nothing would look like success.
    let is_empty = report.findings.is_empty() && report.images.is_empty() && report.compose.is_empty();
    let has_summary = !is_told || !is_empty;
    if has_summary && !arguments.messages.quiet {
        output::note(&summary::summary(&report));
    }
    Ok(if is_told { Exit::Failed } else { exit(&report, plan::fail_on(&planned)) })
}

/// One request for each flake, in the order of the targets.
pub(super) fn requests(
    arguments: &CheckArguments,
    selection: &Selection,
    now: i64,
    current_directory: &str,
) -> Vec<CheckRequest> {
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
                outputs: Outputs::default(),
                selection: selection.clone(),
                options: bt_rules::Options::default(),
                now,
                evaluation: arguments.evaluation.to_evaluation(current_directory),
            }),
        }
    }
    for request in requests.iter_mut().filter(|request| whole.contains(&request.flake)) {
        request.attrs.clear();
    }
    requests
}

fn exit(report: &Report, fail_on: FailOn) -> Exit {
    if report.is_incomplete() {
        return Exit::Failed;
    }
    let counts = report.findings.iter().any(|finding| fail_on.includes(finding.severity));
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
        let code = |report: &Report, line: &str| exit(report, arguments(line).fail_on.unwrap_or_default());
        assert_eq!(code(&Report::default(), "--fail-on info"), Exit::Clean);
        assert_eq!(code(&report(Severity::Error), ""), Exit::Findings);
        assert_eq!(code(&report(Severity::Warning), ""), Exit::Clean);
        assert_eq!(code(&report(Severity::Warning), "--fail-on warning"), Exit::Findings);
        assert_eq!(code(&report(Severity::Info), "--fail-on info"), Exit::Findings);
        assert_eq!(code(&report(Severity::Error), "--fail-on never"), Exit::Clean);
        let failed = Report::of_failure(Diagnostic::new("no such file"), Places::default());
        assert_eq!(code(&failed, "--fail-on never"), Exit::Failed);
    }

    #[test]
    fn one_request_for_each_flake() {
        let flakes = |line: &str| {
            let requests = requests(&arguments(line), &Selection::default(), 0, "/");
            requests.into_iter().map(|r| format!("{}[{}]", r.flake, r.attrs.join(" "))).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(flakes(""), ".[]");
        assert_eq!(flakes("a#x b a#y"), "a[x y] b[]");
        assert_eq!(flakes("a#x a"), "a[]");
    }
}
