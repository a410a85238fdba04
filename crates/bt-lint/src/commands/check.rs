//! `bt-lint check`: finds what is wrong with the containers of a flake.

use super::plan::{self, Planned};
use super::{Outcome, explain_all};
use crate::baseline::Baselines;
use crate::cli::{CheckArguments, FailOn, Format};
use crate::engine::{self, Failure};
use crate::exit::Exit;
use crate::fix::{self as fixes, Fixed, Fixes, Look};
use crate::names::FileNames;
use crate::output;
use crate::render::{concise, escape, full, github, gitlab, json, junit, sarif, statistics, summary};
use crate::report::Report;
use crate::request::{CheckRequest, Outputs, Target};
use crate::selection::Selection;
use crate::surroundings::{self, Stream, Style};
use bt_diag::{Diagnostic, SourceMap};
use bt_rules::Ignoring;
use std::time::Instant;

/// Checks all targets and prints one report.
pub fn run(arguments: &CheckArguments) -> Outcome {
    let start = Instant::now();
    let current_directory = surroundings::current_directory()?;
    let mut arguments = arguments.clone();
    let now = surroundings::today(arguments.now)?;
    let requests = requests(&arguments, &Selection::default(), now, &current_directory);
    let configurations = SourceMap::new();
    let planned = match plan::plan(&mut arguments, requests, &current_directory, &configurations) {
        Ok(planned) => planned,
        Err(errors) => return Ok(explain_all(errors, &configurations, &arguments.messages, &current_directory)),
    };
    let arguments = &arguments;
    let mut baselines = Baselines::default();
    planned
        .iter()
        .filter_map(|planned| planned.effective.baseline.as_ref())
        .try_for_each(|path| baselines.read(path))?;
    let requests: Vec<CheckRequest> = planned.iter().map(|planned| planned.request.clone()).collect();
    let look = |requests: &[CheckRequest]| look(requests, &planned, baselines.clone(), arguments, now);
    let (looked, fixed) = match arguments.fixes() {
        Some(fixes) => with_fixes(arguments, fixes::run(&requests, fixes, &look), fixes, &current_directory)?,
        None => (look(&requests), None),
    };
    let Look { sources, report, failures } = looked;
    let mut report = report.without_telling_fixes();
    for failure in &failures {
        super::explain(failure, &sources, &arguments.messages, &current_directory);
    }
    let is_told = !failures.is_empty();
    report.elapsed = start.elapsed();

    show(&report, &sources, &planned, arguments, &current_directory)?;
    // After an error, counts of nothing would look like success.
    let is_empty = report.findings.is_empty() && report.images.is_empty() && report.compose.is_empty();
    let has_summary = !is_told || !is_empty;
    if has_summary && !arguments.messages.quiet {
        output::note(&summary::summary(&report));
    }
    if let Some(done) = fixed.as_ref().filter(|_| !arguments.messages.quiet) {
        output::note(&done.summary);
    }
    match fixed {
        _ if is_told || fixed.as_ref().is_some_and(|done| done.has_failed) => Ok(Exit::Failed),
        // What is asked is whether there is something to fix.
        Some(done) if arguments.diff && !report.is_incomplete() => {
            Ok(if done.count > 0 { Exit::Findings } else { Exit::Clean })
        }
        _ => Ok(exit(&report, plan::fail_on(&planned))),
    }
}

/// Delivers a report in the formats that were asked for, with what there is to say about it.
pub(super) fn show(
    report: &Report,
    sources: &SourceMap,
    planned: &[Planned],
    arguments: &CheckArguments,
    current_directory: &str,
) -> Result<(), Diagnostic> {
    let stdout = if arguments.to_stderr { Stream::Stderr } else { Stream::Stdout };
    let names = FileNames::from_directory(&report.places, current_directory);
    for (format, file) in &arguments.reports {
        let text = match format {
            Format::Json if arguments.statistics => statistics::list(report),
            _ if arguments.statistics => {
                let stream = if file.is_some() { Stream::File } else { stdout };
                statistics::text(report, Style::of(stream, arguments.messages.color))
            }
            Format::Full => {
                let to_file = file.as_deref().is_some_and(|file| file != "-");
                let stream = if to_file { Stream::File } else { stdout };
                let style = Style::of(stream, arguments.messages.color);
                full::render(report, sources, &names, style, arguments.messages.show_trace)
            }
            Format::Concise => concise::render(report, sources, &names),
            Format::Json => json::render(report, sources),
            Format::Sarif => {
                let rules = bt_rules::all()
                    .iter()
                    .copied()
                    .filter(|rule| planned.iter().any(|planned| planned.request.selection.includes(rule)));
                sarif::render(report, sources, &names, &rules.collect::<Vec<_>>())
            }
            Format::Github => github::render(report, sources, &names),
            Format::Gitlab => gitlab::render(report, sources, &names),
            Format::Junit => junit::render(report, sources, &names),
        };
        match file {
            None if arguments.to_stderr => {
                if !text.is_empty() {
                    output::note(text.trim_end_matches('\n'));
                }
            }
            file => output::deliver(file.as_deref(), &text)?,
        }
    }
    super::show_notices(&report.notices, &arguments.messages);
    if arguments.verbose {
        summary::inventory(report).iter().for_each(|line| output::note(line));
    }
    Ok(())
}

/// Checks all flakes.
fn look(
    requests: &[CheckRequest],
    planned: &[Planned],
    mut baselines: Baselines,
    arguments: &CheckArguments,
    now: i64,
) -> Look {
    let is_for_programs = arguments.reports.iter().any(|(format, _)| format.is_document());
    let sources = SourceMap::new();
    let (mut report, mut failures) = (Report::default(), Vec::new());
    for (request, Planned { effective, .. }) in requests.iter().zip(planned) {
        match engine::check(request, &sources) {
            Ok(mut part) => {
                effective.apply(&mut part, &sources, &mut baselines);
                report.merge(part);
            }
            // An error without a place (no such file) is for people, unless the reader is a program.
            Err(failure) if failure.diagnostic.span.is_none() && !is_for_programs => failures.push(failure),
            // Whatever is ignored: a flake that cannot be loaded is not in order.
            Err(Failure { diagnostic, places }) => report.merge(Report::of_failure(diagnostic, places)),
        }
    }
    // What was not looked for is not gone.
    let is_whole = requests.iter().all(|request| request.attrs.is_empty()) && !arguments.has_selection();
    if is_whole && failures.is_empty() && !report.is_incomplete() {
        report.gone = baselines.gone();
        report.notices.extend(summary::gone(&report));
    }
    report.sort(&sources);
    report.date = bt_rules::day_of(now);
    Look { sources, report, failures }
}

/// What is said about fixes after the report.
struct Done {
    summary: String,
    count: usize,
    has_failed: bool,
}

/// Writes what was fixed, or shows what would be written, and gives the state that is to be reported.
fn with_fixes(
    arguments: &CheckArguments,
    fixed: Fixed,
    fixes: Fixes,
    current_directory: &str,
) -> Result<(Look, Option<Done>), Diagnostic> {
    let mut written = Ok(());
    if arguments.diff {
        let diff = fixed.diff(&FileNames::from_root(&fixed.first.report.places));
        let is_seen = surroundings::is_terminal(Stream::Stdout);
        output::deliver(None, &if is_seen { escape::text(&diff) } else { diff })?;
        for mistake in &fixed.mistakes {
            output::note(&format!("error: {}", escape::line(&mistake.message)));
        }
    } else {
        written = fixed.write();
    }
    let is_written = !arguments.diff && written.is_ok();
    let done = Done { summary: fixed.summary(fixes, is_written), count: fixed.mended, has_failed: written.is_err() };
    let look = fixed.into_look(is_written);
    if let Err(diagnostic) = written {
        super::explain(&diagnostic.into(), &look.sources, &arguments.messages, current_directory);
        return Ok((look, Some(Done { summary: "Nothing was fixed".into(), ..done })));
    }
    Ok((look, Some(done)))
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
                ignoring: if arguments.no_ignores { Ignoring::Off } else { Ignoring::Whole },
                now,
                evaluation: arguments.evaluation.to_evaluation(current_directory),
            }),
        }
    }
    for request in requests.iter_mut().filter(|request| whole.contains(&request.flake)) {
        request.attrs.clear();
    }
    // What one of several flakes does not need, another may.
    let is_one = requests.len() == 1;
    for request in requests.iter_mut().filter(|request| request.ignoring == Ignoring::Whole) {
        request.ignoring = if is_one && request.attrs.is_empty() { Ignoring::Whole } else { Ignoring::Part };
    }
    requests
}

pub(super) fn exit(report: &Report, fail_on: FailOn) -> Exit {
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
    use bt_rules::Ignoring;

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
    fn remarks_can_be_unused_where_all_is_looked_at() {
        let ignoring = |line: &str| {
            let requests = requests(&arguments(line), &Selection::default(), 0, "/");
            requests.into_iter().map(|request| request.ignoring).collect::<Vec<_>>()
        };
        assert_eq!(ignoring("a"), [Ignoring::Whole]);
        assert_eq!(ignoring("a#x"), [Ignoring::Part]);
        assert_eq!(ignoring("a b"), [Ignoring::Part; 2]);
        assert_eq!(ignoring("a b --no-ignores"), [Ignoring::Off; 2]);
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
