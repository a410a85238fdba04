//! `bt-lint build`: registers what was evaluated with a daemon, and has it built.

use super::check::Session;
use super::eval::flake_attribute;
use super::image::{ExpectedImage, expected_in};
use super::store::{Daemon, diagnostic};
use super::{Failure, session};
use crate::request::{BuildRequest, BuildTarget};
use bt_daemon::{BuildMode, BuildResult, BuildStatus, Missing, OutputSelection, Target};
use bt_diag::{Diagnostic, SourceMap};
use bt_eval::{Attrs, Error, ErrorKind, Evaluator, Result, StringBuilder, Value, sym};
use bt_flakeref::Outputs;
use bt_store::StorePath;
use std::collections::{BTreeMap, BTreeSet};

/// What became of a target.
#[derive(Debug, Clone)]
pub struct Realised {
    /// The target as it was given.
    pub target: String,
    /// The derivation that was built; `None` for a source.
    pub derivation: Option<StorePath>,
    /// Where its outputs are, the first one first; a source is `out`. Empty when they are only known after a build.
    pub outputs: Vec<(String, StorePath)>,
    /// Whether it was built, fetched, or there; `None` when only asked for.
    pub status: Option<BuildStatus>,
    /// What it is meant to be, when it is an image.
    pub image: Option<ExpectedImage>,
}

/// What [`build`] did.
#[derive(Debug)]
pub struct BuildOutcome {
    /// By target, in order. A target that refers to several things has several.
    pub realised: Vec<Realised>,
    /// What would be built and fetched, when that was the question.
    pub missing: Option<Missing>,
    /// The builds that failed: what, and why.
    pub failed: Vec<(StorePath, String)>,
}

/// What a target stands for.
enum Wanted {
    /// A derivation, and which of its outputs; the first ones first.
    Derivation(StorePath, OutputSelection),
    /// A source, or a store path that is known by name only.
    Path(StorePath),
}

/// Builds the targets of a request in a flake that is loaded.
///
/// # Errors
/// A target cannot be evaluated or is nothing that can be built, the daemon fails, or the store disagrees about paths. That a
/// build failed is an outcome.
pub fn build(
    session: &Session<'_, '_>,
    request: &BuildRequest,
    daemon: &mut Daemon,
    sources: &SourceMap,
) -> std::result::Result<BuildOutcome, Failure> {
    let failed = |diagnostic| Failure { diagnostic, places: session::places(session.located) };
    let of_evaluation =
        |error: Error| failed(bt_container::own_diagnostic(&error, sources, session.located.tree.as_str()));
    let of_daemon = |error: bt_daemon::DaemonError| failed(diagnostic(&error));

    let mut wanted: Vec<(&BuildTarget, Wanted)> = Vec::new();
    for target in &request.targets {
        let these = resolve(session, target).map_err(of_evaluation)?;
        these.iter().try_for_each(|one| one.check(session)).map_err(failed)?;
        wanted.extend(these.into_iter().map(|one| (target, one)));
    }
    session.ev.check_strings()?;

    let tops = wanted.iter().map(|(_, wanted)| wanted.path().clone());
    let closure = bt_realise::closure(session.glue, tops).map_err(of_evaluation)?;
    for (target, wanted) in &wanted {
        if let Wanted::Derivation(path, _) = wanted
            && closure.get(path).is_none()
        {
            return Err(failed(stand_in(target, path)));
        }
    }

    daemon.set(&request.settings).map_err(failed)?;
    let store = &mut daemon.store;
    store.register(&closure).map_err(of_daemon)?;
    let distinct = merged(wanted.iter().map(|(_, wanted)| wanted));
    let (mut missing, mut results) = (None, BTreeMap::new());
    if request.dry_run {
        missing = Some(store.connection().query_missing(&distinct).map_err(of_daemon)?);
    } else {
        let mode = if request.settings.rebuild { BuildMode::Check } else { BuildMode::Normal };
        let built = store.build(&distinct, mode).map_err(of_daemon)?;
        let paths = distinct.into_iter().map(|target| match target {
            Target::Path(path) | Target::Outputs { derivation: path, .. } => path,
        });
        results = paths.zip(built).collect();
    }

    let mut outcome = BuildOutcome { realised: Vec::new(), missing, failed: Vec::new() };
    for (target, wanted) in &wanted {
        let result = results.get(wanted.path());
        if let Some(result) = result.filter(|result| !result.status.is_success()) {
            let path = wanted.path().clone();
            if !outcome.failed.iter().any(|(known, _)| *known == path) {
                outcome.failed.push((path, result.error.clone()));
            }
            continue;
        }
        let outputs = outputs(session, wanted, result).map_err(failed)?;
        let image = match wanted {
            Wanted::Derivation(..) if request.compares => image(session, target, sources),
            _ => None,
        };
        let derivation = match wanted {
            Wanted::Derivation(path, _) => Some(path.clone()),
            Wanted::Path(_) => None,
        };
        let status = result.map(|result| result.status);
        outcome.realised.push(Realised { target: target.text.clone(), derivation, outputs, status, image });
    }
    Ok(outcome)
}

impl Wanted {
    fn path(&self) -> &StorePath {
        match self {
            Wanted::Derivation(path, _) | Wanted::Path(path) => path,
        }
    }

    /// Errors: an output that the derivation does not have.
    fn check(&self, session: &Session<'_, '_>) -> std::result::Result<(), Diagnostic> {
        let Wanted::Derivation(path, OutputSelection::Names(names)) = self else { return Ok(()) };
        let Some(known) = session.glue.derivation(path.as_str()) else { return Ok(()) };
        match names.iter().find(|name| !known.derivation.outputs.contains_key(*name)) {
            Some(name) => Err(Diagnostic::new(format!("derivation '{path}' does not have an output '{name}'"))),
            None => Ok(()),
        }
    }
}

/// What a daemon is asked for: each path once, since daemons give one result for each.
fn merged<'w>(wanted: impl Iterator<Item = &'w Wanted>) -> Vec<Target> {
    let mut all: BTreeMap<&StorePath, Option<OutputSelection>> = BTreeMap::new();
    for one in wanted {
        let known = all.entry(one.path()).or_default();
        if let Wanted::Derivation(_, outputs) = one {
            *known = Some(match (known.take(), outputs) {
                (Some(OutputSelection::Names(mut known)), OutputSelection::Names(names)) => {
                    known.extend(names.iter().cloned());
                    OutputSelection::Names(known)
                }
                (Some(OutputSelection::All), _) => OutputSelection::All,
                (_, outputs) => outputs.clone(),
            });
        }
    }
    let target = |(path, outputs): (&StorePath, Option<OutputSelection>)| match outputs {
        Some(outputs) => Target::Outputs { derivation: path.clone(), outputs },
        None => Target::Path(path.clone()),
    };
    all.into_iter().map(target).collect()
}

fn stand_in(target: &BuildTarget, path: &StorePath) -> Diagnostic {
    Diagnostic::new(format!(
        "'{}' cannot be built: '{path}' is not of this evaluation, or made by a stand-in",
        target.text
    ))
    .with_help("a stand-in knows packages by name only: make nixpkgs available, and do not use '--nixpkgs model'")
}

/// What an attribute stands for: a derivation, a store path, or whatever the strings in a set (such as a compose file)
/// refer to.
fn resolve<'e>(session: &Session<'_, 'e>, target: &BuildTarget) -> Result<Vec<Wanted>> {
    let ev = session.ev;
    let value = flake_attribute(ev, session.flake, &target.attribute, &session.system)?;
    let nothing = |value: Value<'_>| {
        let what = value.type_with_article();
        let message = format!("there is nothing to build in '{}', which is {what}", target.text);
        Error::new(ErrorKind::Type, message)
    };
    if let Value::Attrs(attrs) = value
        && ev.is_derivation(attrs)?
    {
        return Ok(vec![derivation(ev, attrs, &target.outputs)?]);
    }
    let mut text = StringBuilder::default();
    ev.write_json(value, &mut text)?;
    let Value::String(text) = text.finish(ev) else { return Err(nothing(value)) };
    let mut wanted: BTreeMap<StorePath, Option<BTreeSet<String>>> = BTreeMap::new();
    for element in text.context() {
        let parse =
            |path: &str| StorePath::parse_absolute(path).map_err(|e| Error::new(ErrorKind::Other, e.to_string()));
        match element.strip_prefix('!').and_then(|rest| rest.split_once('!')) {
            Some((output, path)) => {
                wanted.entry(parse(path)?).or_default().get_or_insert_default().insert(output.to_string());
            }
            None => {
                wanted.entry(parse(element.strip_prefix('=').unwrap_or(element))?).or_default();
            }
        }
    }
    if wanted.is_empty() {
        return Err(nothing(value));
    }
    let wanted = wanted.into_iter().map(|(path, outputs)| match outputs {
        Some(outputs) => Wanted::Derivation(path, OutputSelection::Names(outputs)),
        None => Wanted::Path(path),
    });
    Ok(wanted.collect())
}

/// A derivation with the outputs that are meant: those that were named, the one that was selected
/// (`pkgs.x.dev`), those that `meta.outputsToInstall` names, or the first one.
fn derivation<'e>(ev: &Evaluator<'e>, attrs: &'e Attrs<'e>, outputs: &Outputs) -> Result<Wanted> {
    let text = |attrs: &'e Attrs<'e>, name| match ev.attribute(attrs, name) {
        Some(slot) => Ok(Some(ev.force_string(ev.force_slot(slot)?)?.to_text().into_owned())),
        None => Ok(None),
    };
    let Some(path) = text(attrs, sym::DRV_PATH)? else {
        return Err(Error::new(ErrorKind::Type, "a set of type 'derivation' has no attribute 'drvPath'"));
    };
    let path = StorePath::parse_absolute(&path).map_err(|e| Error::new(ErrorKind::Other, e.to_string()))?;
    let names = match outputs {
        Outputs::All => return Ok(Wanted::Derivation(path, OutputSelection::All)),
        Outputs::Names(names) => names.iter().cloned().collect(),
        Outputs::Default => {
            let is_selected = match ev.attribute(attrs, ev.symbols.intern("outputSpecified")) {
                Some(slot) => matches!(ev.force_slot(slot)?, Value::Bool(true)),
                None => false,
            };
            let installed = if is_selected { BTreeSet::new() } else { installed(ev, attrs)? };
            if installed.is_empty() {
                [text(attrs, sym::OUTPUT_NAME)?.unwrap_or_else(|| "out".into())].into()
            } else {
                installed
            }
        }
    };
    Ok(Wanted::Derivation(path, OutputSelection::Names(names)))
}

/// `meta.outputsToInstall` (Nixpkgs manual, "Standard meta-attributes").
fn installed<'e>(ev: &Evaluator<'e>, attrs: &'e Attrs<'e>) -> Result<BTreeSet<String>> {
    let member = |attrs: &'e Attrs<'e>, name: &str| match ev.attribute(attrs, ev.symbols.intern(name)) {
        Some(slot) => ev.force_slot(slot).map(Some),
        None => Ok(None),
    };
    let Some(Value::Attrs(meta)) = member(attrs, "meta")? else { return Ok(BTreeSet::new()) };
    let Some(Value::List(list)) = member(meta, "outputsToInstall")? else { return Ok(BTreeSet::new()) };
    list.items.iter().map(|item| Ok(ev.force_string(ev.force_slot(item)?)?.to_text().into_owned())).collect()
}

/// Where the outputs are: as computed, and as the store says. They must agree.
fn outputs(
    session: &Session<'_, '_>,
    wanted: &Wanted,
    result: Option<&BuildResult>,
) -> std::result::Result<Vec<(String, StorePath)>, Diagnostic> {
    let (path, selection) = match wanted {
        Wanted::Path(path) => return Ok(vec![("out".into(), path.clone())]),
        Wanted::Derivation(path, selection) => (path, selection),
    };
    let Some(known) = session.glue.derivation(path.as_str()) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for (name, output) in &known.derivation.outputs {
        if let OutputSelection::Names(names) = selection
            && !names.contains(name)
        {
            continue;
        }
        let built = result.and_then(|result| result.outputs.get(name));
        match (&output.path, built) {
            (Some(computed), Some(built)) if computed != built => {
                let message = format!("the store made '{built}' of '{path}', and '{computed}' was computed");
                return Err(Diagnostic::new(message));
            }
            (Some(path), _) | (None, Some(path)) => found.push((name.clone(), path.clone())),
            (None, None) => {}
        }
    }
    // `out` is what is meant when nothing is said.
    found.sort_by_key(|(name, _)| name != "out");
    Ok(found)
}

/// What an image is meant to be; `None` for what is none, or where that is not known.
fn image(session: &Session<'_, '_>, target: &BuildTarget, sources: &SourceMap) -> Option<ExpectedImage> {
    let attribute = target.attribute.trim_start_matches('.');
    let attribute = if attribute.is_empty() { "default" } else { attribute };
    expected_in(session, Some(attribute), sources).ok()
}
