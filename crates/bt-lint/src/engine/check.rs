//! `bt-lint check`.

use super::{Failure, closures, locate, session};
use crate::report::{ComposeSummary, INCOMPLETE_CODE, ImageSummary, Report};
use crate::request::{CheckRequest, Evaluation};
use bt_container::{Facts, Wanted};
use bt_diag::{Diagnostic, SourceMap};
use bt_eval::{Attrs, Evaluator, Value};
use bt_flake::{Loaded, LockFacts};
use bt_glue::Glue;
use bt_rules::{Found, Ignores, Ignoring, Need, Rule};

/// A flake that was checked, with what it takes to go on.
pub struct Session<'s, 'e> {
    /// The evaluator.
    pub ev: &'s Evaluator<'e>,
    /// Its world.
    pub glue: &'s Glue,
    /// The flake.
    pub flake: &'e Attrs<'e>,
    /// The system whose outputs are looked at.
    pub system: String,
    /// Where the flake is.
    pub(super) located: &'s locate::Located,
}

/// Checks one flake. `Err` is for a flake that cannot be loaded at all; what goes wrong in one of its outputs is part of
/// the report.
pub fn check(request: &CheckRequest, sources: &SourceMap) -> Result<Report, Failure> {
    check_then(request, sources, |report, _| Ok(report))
}

/// Checks one flake, and goes on with it in the same evaluation; there is no [`Session`] if it could not be loaded.
pub fn check_then<T>(
    request: &CheckRequest,
    sources: &SourceMap,
    then: impl FnOnce(Report, Option<Session<'_, '_>>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let started = std::time::Instant::now();
    let is_on = |rule: &Rule| request.selection.includes(rule);
    // Files of other flakes that were checked before are not looked at.
    let known_files = sources.files().len();
    let located = locate::flake(&request.flake, &request.evaluation.current_directory)?;
    let finish = |mut report: Report| {
        report.places = session::places(&located);
        report.unchecked = !report.incomplete.is_empty() && request.selection.allows(INCOMPLETE_CODE);
        report.date = bt_rules::day_of(request.now);
        report.hide_secrets();
        report.sort(sources);
        report.elapsed = started.elapsed();
        report
    };
    session::with_evaluator(&request.evaluation, session::Mode::FLAKE, sources, |ev, glue| {
        // What can be said before outputs are evaluated.
        let at_first_sight = |lock: &LockFacts, glue: &Glue| {
            let ignores = ignores(request, sources, known_files, &located, true);
            found(request, &is_on, &Facts::default(), lock, glue, sources, &located.tree, &ignores)
        };
        let needed = needed(request);
        // Outputs that nobody asks for are not even called, and inputs not fetched. That a target is there, they say.
        if needed.is_nothing() && request.attrs.is_empty() {
            let lock = session::lock_facts(ev, glue, &located, &request.evaluation)?;
            let found = at_first_sight(&lock, glue);
            return then(finish(summary(Facts::default(), found, session::notices(glue))), None);
        }
        let loaded = match session::load(ev, glue, &located, &request.evaluation) {
            Ok(loaded) => loaded,
            // Its inputs can be checked all the same.
            Err(failure) if failure.diagnostic.span.is_some() => {
                let lock = bt_flake::facts(ev, glue, &session::request(&located, &request.evaluation));
                let Ok(lock) = lock else { return Err(failure) };
                let found = at_first_sight(&lock, glue);
                let report = with_failure(summary(Facts::default(), found, session::notices(glue)), failure);
                return then(finish(report), None);
            }
            Err(failure) => return Err(failure),
        };
        let mut notices = Vec::new();
        let wanted = request.evaluation.system.clone();
        let system = wanted.unwrap_or_else(|| system_of(ev, &loaded, &mut notices));
        let only = request.attrs.iter().map(|attr| attr_path(attr)).collect::<Result<Vec<_>, _>>()?;
        let discovered = bt_container::discover(ev, glue, loaded.flake, &system, &located.tree, &only, needed);
        let (facts, failure) = match discovered.map_err(|e| bt_container::own_diagnostic(&e, sources, &located.tree)) {
            Ok(mut facts) => {
                request.outputs.filter(&mut facts);
                notices.extend(closures::look_up(&mut facts, glue, &request.evaluation));
                (facts, None)
            }
            Err(diagnostic) => (Facts::default(), Some(Failure { diagnostic, places: session::places(&located) })),
        };
        let ignores = ignores(request, sources, known_files, &located, failure.is_some());
        let found = found(request, &is_on, &facts, &loaded.lock, glue, sources, &located.tree, &ignores);
        notices.splice(0..0, session::notices(glue));
        notices.extend(hidden(&facts, sources));
        let report = summary(facts, found, notices);
        let session = Session { ev, glue, flake: loaded.flake, system, located: &located };
        match failure {
            None => then(finish(report), Some(session)),
            Some(failure) if failure.diagnostic.span.is_some() => {
                then(finish(with_failure(report, failure)), Some(session))
            }
            Some(failure) => Err(failure),
        }
    })
}

/// Loads a flake without checking it, and goes on.
pub fn with_flake<T>(
    flake: &str,
    evaluation: &Evaluation,
    sources: &SourceMap,
    then: impl FnOnce(&Session<'_, '_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let located = locate::flake(flake, &evaluation.current_directory)?;
    session::with_evaluator(evaluation, session::Mode::FLAKE, sources, |ev, glue| {
        let flake = session::load(ev, glue, &located, evaluation)?.flake;
        let system = evaluation.system.clone().unwrap_or_else(session::default_system);
        then(&Session { ev, glue, flake, system, located: &located })
    })
}

/// What has to be evaluated for the rules that were asked for: what was not asked for is not incomplete either.
fn needed(request: &CheckRequest) -> Wanted {
    let is_needed = |is_one: fn(Need) -> bool| {
        bt_rules::all().iter().any(|rule| request.selection.asks_for(rule) && rule.needs(is_one))
    };
    Wanted {
        images: is_needed(Need::is_of_images),
        compose: is_needed(Need::is_of_compose),
        meta: is_needed(|need| need == Need::Meta),
        graph: is_needed(|need| need == Need::Graph),
    }
}

/// The source tree that a flake is in: the root of its repository, or its directory; without links. `None` when there is
/// no such flake.
pub fn source_tree(request: &CheckRequest) -> Option<String> {
    let tree = locate::flake(&request.flake, &request.evaluation.current_directory).ok()?.tree;
    std::fs::canonicalize(tree).ok()?.into_os_string().into_string().ok()
}

/// What was found out, and that the flake could not be evaluated.
fn with_failure(mut report: Report, failure: Failure) -> Report {
    report.merge(Report::of_failure(failure.diagnostic, failure.places));
    report
}

/// The remarks in the flake's own files that were read for it.
pub(super) fn ignores(
    request: &CheckRequest,
    sources: &SourceMap,
    known_files: usize,
    located: &locate::Located,
    has_failed: bool,
) -> Ignores {
    let mut files = sources.files().split_off(known_files);
    let places = bt_container::Places::new(sources, located.tree.as_str());
    files.retain(|file| places.own(file.span(0..file.text.len().min(1))).is_some());
    let ignoring = match request.ignoring {
        Ignoring::Whole if has_failed => Ignoring::Part,
        ignoring => ignoring,
    };
    Ignores::read(&files, &located.directory, ignoring)
}

#[expect(clippy::too_many_arguments, reason = "each is another thing that rules see")]
pub(super) fn found(
    request: &CheckRequest,
    is_on: &dyn Fn(&Rule) -> bool,
    facts: &Facts,
    lock: &LockFacts,
    glue: &Glue,
    sources: &SourceMap,
    user_root: &str,
    ignores: &Ignores,
) -> Found {
    let places = bt_container::Places::new(sources, user_root);
    let is_own = |span| places.own(span).is_some();
    bt_rules::run(&bt_rules::Context {
        facts,
        places: &places,
        lock,
        untracked: &glue.untracked(),
        source_exists: &|path| glue.source_exists(path),
        sources,
        is_own: &is_own,
        is_on,
        ignores,
        now: request.now,
        options: &request.options,
    })
}

fn summary(facts: Facts, found: Found, notices: Vec<String>) -> Report {
    let images = facts.images.iter().map(|image| ImageSummary {
        attr: image.attr.clone(),
        name: image.name.clone(),
        tag: image.tag.clone(),
        builder: image.builder.as_str().to_string(),
    });
    let compose = facts.compose.iter().map(|compose| ComposeSummary {
        attr: compose.attr.clone(),
        services: compose.services.iter().map(|service| service.name.clone()).collect(),
    });
    let secrets = bt_rules::Secrets::of(&facts);
    Report {
        secrets,
        images: images.collect(),
        compose: compose.collect(),
        findings: found.findings,
        suppressed: found.suppressed,
        notices,
        incomplete: facts.incomplete,
        ..Report::default()
    }
}

fn hidden(facts: &Facts, sources: &SourceMap) -> Vec<String> {
    let notice = |(name, span): &(String, bt_diag::Span)| {
        let line = sources.locate(*span).map_or(0, |at| at.start.line);
        format!(
            "output '{name}' is hidden by the '//' on line {line} of flake.nix; what it would hold is checked all the same"
        )
    };
    facts.hidden_outputs.iter().map(notice).collect()
}

/// The system to look at: this machine's, unless the flake has packages for other Linux systems only.
fn system_of<'e>(ev: &Evaluator<'e>, loaded: &Loaded<'e>, notices: &mut Vec<String>) -> String {
    let own = session::default_system();
    let packages = ev.symbols.find("packages").and_then(|name| loaded.flake.get(name));
    let Some(Ok(Value::Attrs(packages))) = packages.map(|attr| ev.force_slot(&attr.value)) else { return own };
    let systems: Vec<&str> = ev.sorted_entries(packages).into_iter().map(|(name, _)| name).collect();
    if systems.is_empty() || systems.contains(&own.as_str()) {
        return own;
    }
    let linux = ["x86_64-linux", "aarch64-linux"].into_iter().find(|s| systems.contains(s));
    match linux.or_else(|| systems.iter().copied().find(|s| s.ends_with("-linux"))) {
        Some(other) => other.to_string(),
        None => {
            notices
                .push(format!("the flake has packages for {} only, none for {own}; see --system", systems.join(", ")));
            own
        }
    }
}

/// The names of an attribute path such as `packages."x.y".z`.
pub(super) fn attr_path(text: &str) -> Result<Vec<String>, Diagnostic> {
    let mut names = vec![String::new()];
    let mut chars = text.chars();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '"' => quoted = !quoted,
            '\\' if quoted => names.last_mut().into_iter().for_each(|n| n.extend(chars.next())),
            '.' if !quoted => names.push(String::new()),
            c => names.last_mut().into_iter().for_each(|n| n.push(c)),
        }
    }
    if quoted {
        return Err(Diagnostic::new(format!("missing closing quote in the attribute path '{text}'")));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::attr_path;

    #[test]
    fn attribute_paths() {
        assert_eq!(attr_path("a.\"b.c\".d").unwrap(), ["a", "b.c", "d"]);
        assert!(attr_path("a.\"b").is_err());
    }
}
