//! `bt-lint build`: checks what is to be built, and has nix-daemon build it.

mod images;
mod links;

use super::check::{self, requests};
use super::plan::{self, Planned};
use super::{Outcome, explain_all};
use crate::baseline::Baselines;
use crate::cli::{BuildArguments, CheckArguments};
use crate::engine::{self, BuildOutcome, Daemon, Failure, Listeners, Realised, Session};
use crate::exit::Exit;
use crate::interrupt::Interrupt;
use crate::progress::{Builds, without_log};
use crate::render::{escape, json, summary};
use crate::request::{BuildRequest, BuildTarget, Nixpkgs};
use crate::selection::Selection;
use crate::{output, surroundings};
use bt_daemon::{BuildStatus, Missing};
use bt_diag::{Diagnostic, Finding, SourceMap};
use bt_store::StorePath;
use serde_json::{Value as Json, json};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

/// Builds, flake by flake.
pub fn run(arguments: &BuildArguments) -> Outcome {
    let current_directory = surroundings::current_directory()?;
    if arguments.evaluation.nixpkgs == Some(Nixpkgs::Model) {
        let message = "'--nixpkgs model' stands in for packages that cannot be built";
        return Err(Diagnostic::new(message));
    }
    let flakes = arguments.targets().map_err(Diagnostic::new)?;
    let base =
        (!arguments.no_link && !arguments.dry_run).then(|| links::absolute(&arguments.out_link, &current_directory));
    if let Some(base) = &base {
        links::check(base)?;
    }
    let mut check = arguments.check().map_err(|error| Diagnostic::new(error.to_string()))?;
    let now = surroundings::today(arguments.now)?;
    let planned = requests(&check, &Selection::default(), now, &current_directory);
    let configurations = SourceMap::new();
    let planned = match plan::plan(&mut check, planned, &current_directory, &configurations) {
        Ok(planned) => planned,
        Err(errors) => return Ok(explain_all(errors, &configurations, &arguments.messages, &current_directory)),
    };
    check.reports = vec![(crate::cli::Format::Full, None)];

    let mut run = Run::new(arguments, &check, &current_directory);
    for (flake, planned) in flakes.iter().zip(&planned) {
        let exit = run.flake(flake.targets.iter().map(|(_, target)| target.clone()).collect(), planned)?;
        if exit != Exit::Clean {
            return Ok(run.ended(exit));
        }
    }
    // Those of several flakes stand in the order of the command line.
    let places = flakes.iter().flat_map(|flake| flake.targets.iter().map(|(place, target)| (&target.text, *place)));
    let places: Vec<_> = places.collect();
    let place = |one: &Realised| places.iter().find(|(text, _)| **text == one.target).map_or(0, |(_, place)| *place);
    run.realised.sort_by_key(place);
    let exit = run.finish(base.as_deref(), &planned)?;
    Ok(run.ended(exit))
}

/// One run of the command.
struct Run<'a> {
    arguments: &'a BuildArguments,
    check: &'a CheckArguments,
    current_directory: &'a str,
    progress: Rc<RefCell<Builds>>,
    interrupt: Rc<OnceCell<Interrupt>>,
    listeners: Listeners,
    daemon: Option<Daemon>,
    realised: Vec<Realised>,
    missing: Option<Missing>,
    /// What checking by the store came to.
    verified: Exit,
}

impl<'a> Run<'a> {
    fn new(arguments: &'a BuildArguments, check: &'a CheckArguments, current_directory: &'a str) -> Run<'a> {
        let progress = Rc::new(RefCell::new(Builds::new(arguments.messages.quiet, arguments.print_build_logs)));
        let told = Rc::clone(&progress);
        let interrupt: Rc<OnceCell<Interrupt>> = Rc::default();
        let listening = Rc::clone(&interrupt);
        let listeners = Listeners {
            log: Rc::new(move |event| told.borrow_mut().tell(event)),
            connected: Rc::new(move |connection| {
                // From now on there is something to clean up. Where signals cannot be listened to, they end the program.
                if let (None, Ok(interrupt)) = (listening.get(), Interrupt::listen()) {
                    let _ = listening.set(interrupt);
                }
                if let Some(interrupt) = listening.get() {
                    interrupt.add(connection);
                }
            }),
        };
        let (daemon, realised, missing) = (None, Vec::new(), None);
        let verified = Exit::Clean;
        Run { arguments, check, current_directory, progress, interrupt, listeners, daemon, realised, missing, verified }
    }

    fn is_interrupted(&self) -> bool {
        self.interrupt.get().is_some_and(Interrupt::is_requested)
    }

    /// The exit code, unless someone ended the program.
    fn ended(&self, exit: Exit) -> Exit {
        if !self.is_interrupted() {
            return exit;
        }
        output::note("error: interrupted");
        Exit::Interrupted
    }

    /// Checks and builds what is wanted of one flake.
    fn flake(&mut self, targets: Vec<BuildTarget>, planned: &Planned) -> Outcome {
        let sources = SourceMap::new();
        let mut baselines = Baselines::default();
        planned.effective.baseline.iter().try_for_each(|path| baselines.read(path))?;
        let request = BuildRequest {
            targets,
            settings: self.arguments.build_settings(),
            dry_run: self.arguments.dry_run,
            compares: self.arguments.verify || self.arguments.load.is_some(),
        };
        let (check, current_directory) = (self.check, self.current_directory);
        let result = if self.arguments.no_lint {
            let evaluation = &planned.request.evaluation;
            engine::with_flake(&planned.request.flake, evaluation, &sources, |session| {
                let outcome = self.build(session, &request, &sources)?;
                self.verify_closures(session, planned, &outcome, &[], &mut baselines, &sources)?;
                Ok(Ok(outcome))
            })
        } else {
            engine::check_then(&planned.request, &sources, |mut report, session| {
                planned.effective.apply(&mut report, &sources, &mut baselines);
                report.sort(&sources);
                check::show(&report, &sources, std::slice::from_ref(planned), check, current_directory)?;
                let exit = check::exit(&report, planned.effective.fail_on);
                let is_quiet = self.arguments.messages.quiet;
                if !is_quiet && (exit != Exit::Clean || !report.findings.is_empty()) {
                    output::note(&summary::summary(&report));
                }
                match session {
                    Some(session) if exit == Exit::Clean => {
                        let outcome = self.build(&session, &request, &sources)?;
                        self.verify_closures(&session, planned, &outcome, &report.findings, &mut baselines, &sources)?;
                        Ok(Ok(outcome))
                    }
                    _ => {
                        if !is_quiet {
                            let advice = if exit == Exit::Findings { ": '--no-lint' builds all the same" } else { "" };
                            output::note(&format!("nothing was built{advice}"));
                        }
                        Ok(Err(if exit == Exit::Clean { Exit::Failed } else { exit }))
                    }
                }
            })
        };
        self.progress.borrow_mut().clear();
        match result {
            Ok(Ok(outcome)) => Ok(self.take(outcome)),
            Ok(Err(exit)) => Ok(exit),
            Err(_) if self.is_interrupted() => Ok(Exit::Interrupted),
            Err(failure) => {
                super::explain(&failure, &sources, &self.arguments.messages, current_directory);
                Ok(Exit::Failed)
            }
        }
    }

    fn build(
        &mut self,
        session: &Session<'_, '_>,
        request: &BuildRequest,
        sources: &SourceMap,
    ) -> Result<BuildOutcome, Failure> {
        let daemon = match &mut self.daemon {
            Some(daemon) => daemon,
            None => {
                let daemon = Daemon::open(self.arguments.evaluation.store.as_deref(), &self.listeners)?;
                self.daemon.insert(daemon)
            }
        };
        engine::build(session, request, daemon, sources)
    }

    /// Checks by what is in the store now what could not be known before: what images bring along, and the files of their
    /// packages. What was `known` before is not told again.
    fn verify_closures(
        &mut self,
        session: &Session<'_, '_>,
        planned: &Planned,
        outcome: &BuildOutcome,
        known: &[Finding],
        baselines: &mut Baselines,
        sources: &SourceMap,
    ) -> Result<(), Failure> {
        let Some(daemon) = self.daemon.as_mut().filter(|_| self.arguments.verify && outcome.failed.is_empty()) else {
            return Ok(());
        };
        let mut report = engine::check_realised(session, &planned.request, daemon, sources)?;
        let is_known = |finding: &Finding| {
            let is_same = |other: &Finding| {
                (other.code, &other.attr, &other.message) == (finding.code, &finding.attr, &finding.message)
            };
            known.iter().any(is_same)
        };
        report.findings.retain(|finding| !is_known(finding));
        planned.effective.apply(&mut report, sources, baselines);
        self.progress.borrow_mut().clear();
        check::show(&report, sources, std::slice::from_ref(planned), self.check, self.current_directory)?;
        let exit = check::exit(&report, planned.effective.fail_on);
        if exit != Exit::Clean {
            self.verified = exit;
        }
        Ok(())
    }

    /// Keeps what was built, or tells what failed.
    fn take(&mut self, outcome: BuildOutcome) -> Exit {
        let BuildOutcome { realised, missing, failed } = outcome;
        self.realised.extend(realised);
        if let Some(missing) = missing {
            let all = self.missing.get_or_insert_default();
            all.will_build.extend(missing.will_build);
            all.will_substitute.extend(missing.will_substitute);
            all.unknown.extend(missing.unknown);
            all.download_size += missing.download_size;
            all.nar_size += missing.nar_size;
        }
        if failed.is_empty() {
            return Exit::Clean;
        }
        self.tell_failures(&failed);
        Exit::Failed
    }

    /// The logs of the builds that failed, and why they did.
    fn tell_failures(&self, failed: &[(StorePath, String)]) {
        let progress = self.progress.borrow();
        let reasons: Vec<String> = failed.iter().map(|(_, reason)| escape::without_colors(reason)).collect();
        for (derivation, log) in progress.failed(&reasons) {
            output::note(&format!("log of '{derivation}':"));
            log.lines().for_each(|line| output::note(&format!("  {line}")));
        }
        for ((path, _), reason) in failed.iter().zip(&reasons) {
            let reason = without_log(reason.trim().strip_prefix("error:").unwrap_or(reason).trim());
            output::note(&format!("error: {}", escape::lines(reason)));
            if !reason.contains(path.as_str()) {
                output::note(&format!("       '{path}' was not built"));
            }
        }
    }

    /// What comes after building: links, checks of images, loading, and the result.
    fn finish(&mut self, base: Option<&str>, planned: &[Planned]) -> Outcome {
        if let Some(missing) = &self.missing {
            return tell_missing(missing, &self.realised, self.arguments);
        }
        let Some(mut daemon) = self.daemon.take() else { return Ok(Exit::Clean) };
        let mut exit = self.verified;
        if self.arguments.verify {
            let selection = planned.first().map_or_else(Selection::default, |one| one.request.selection.clone());
            for one in &self.realised {
                let verified =
                    images::verify(&daemon, one, &selection, &self.arguments.messages, plan::fail_on(planned))?;
                exit = if verified == Exit::Clean { exit } else { verified };
            }
        }
        let mut made = Vec::new();
        if let Some(base) = base {
            made = links::make(&mut daemon, base, &self.arguments.out_link, &self.realised)?;
            if made.is_empty() && !self.arguments.messages.quiet {
                output::note("note: no links were made: the store is on another machine");
            }
        }
        let mut loaded = Vec::new();
        if let Some(loader) = self.arguments.load
            && exit == Exit::Clean
        {
            loaded = images::load(loader, &mut daemon, &self.realised)?;
            if !self.arguments.messages.quiet {
                loaded.iter().flatten().for_each(|name| output::note(&format!("loaded {}", escape::line(name))));
            }
        }
        if self.is_interrupted() {
            return Ok(Exit::Interrupted);
        }
        let text = if self.arguments.json {
            json::to_text(&document(&self.realised, &made, &loaded))
        } else {
            let paths = self.realised.iter().flat_map(|one| one.outputs.iter().map(|(_, path)| format!("{path}\n")));
            paths.collect()
        };
        output::deliver(None, &text)?;
        Ok(exit)
    }
}

fn status(status: BuildStatus) -> &'static str {
    match status {
        BuildStatus::Substituted => "substituted",
        BuildStatus::AlreadyValid | BuildStatus::ResolvesToAlreadyValid => "already-valid",
        _ => "built",
    }
}

/// Each target, as `nix build --json` has it, with what became of it.
fn document(realised: &[Realised], links: &[Vec<String>], loaded: &[Vec<String>]) -> Json {
    let one = |(at, one): (usize, &Realised)| {
        let outputs = one.outputs.iter().map(|(name, path)| (name.clone(), json!(path.as_str())));
        let mut entry = json!({
            "target": one.target,
            "drvPath": one.derivation.as_ref().map(StorePath::as_str),
            "outputs": outputs.collect::<serde_json::Map<_, _>>(),
        });
        if let Json::Object(entry) = &mut entry {
            if let Some(built) = one.status {
                entry.insert("status".into(), status(built).into());
            }
            if let Some(links) = links.get(at) {
                entry.insert("links".into(), json!(links));
            }
            if let Some(loaded) = loaded.get(at).filter(|loaded| !loaded.is_empty()) {
                entry.insert("loaded".into(), json!(loaded));
            }
        }
        entry
    };
    realised.iter().enumerate().map(one).collect()
}

fn texts(paths: &BTreeSet<StorePath>) -> Vec<&str> {
    paths.iter().map(StorePath::as_str).collect()
}

/// What would be built and fetched.
fn tell_missing(missing: &Missing, realised: &[Realised], arguments: &BuildArguments) -> Outcome {
    let (build, fetch, unknown) =
        (texts(&missing.will_build), texts(&missing.will_substitute), texts(&missing.unknown));
    if arguments.json {
        let document = json!({
            "targets": document(realised, &[], &[]),
            "build": build,
            "fetch": fetch,
            "unknown": unknown,
            "downloadSize": missing.download_size,
            "narSize": missing.nar_size,
        });
        output::deliver(None, &json::to_text(&document))?;
        return Ok(Exit::Clean);
    }
    let mut text = String::new();
    let mut list = |what: String, paths: &[&str]| {
        if !paths.is_empty() {
            text.push_str(&format!("{what}\n"));
            paths.iter().for_each(|path| text.push_str(&format!("  {path}\n")));
        }
    };
    let mib = |bytes: u64| bytes as f64 / 1_048_576.0;
    list(format!("{} will be built:", summary::counted(build.len(), "derivation")), &build);
    let sizes = format!("{:.1} MiB to download, {:.1} MiB unpacked", mib(missing.download_size), mib(missing.nar_size));
    list(format!("{} will be fetched ({sizes}):", summary::counted(fetch.len(), "path")), &fetch);
    list(format!("{} can neither be built nor fetched:", summary::counted(unknown.len(), "path")), &unknown);
    if text.is_empty() {
        text = "nothing: all is there\n".into();
    }
    output::deliver(None, &text)?;
    Ok(Exit::Clean)
}
