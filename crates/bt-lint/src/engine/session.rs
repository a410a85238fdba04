//! One evaluator with its world, for one request.

use super::Failure;
use super::locate::{Located, absolute};
use crate::names::{Origin, Places};
use crate::request::{Evaluation, Nixpkgs};
use crate::surroundings::variable;
use bt_diag::SourceMap;
use bt_eval::{Evaluator, Options};
use bt_flake::{FlakeRef, Loaded, NixpkgsMode, Request, StandIn, StandIns};
use bt_glue::{Directory, Environment, Glue, OsFileSystem, SourceTree};
use std::mem::ManuallyDrop;
use std::rc::Rc;

/// The stand-ins that are part of the program.
struct Embedded;

impl StandIns for Embedded {
    fn find(&self, reference: &FlakeRef) -> Option<StandIn> {
        let tree = bt_model::tree_for(reference.get("owner"), reference.repository()?)?;
        let files = Directory::new(tree.files.iter().map(|(path, text)| (path.to_string(), *text)));
        Some(StandIn { name: tree.name.to_string(), tree: SourceTree::embedded(tree.root(), Rc::new(files)) })
    }
}

/// The system whose containers are built on this machine: containers are Linux programs.
pub(super) fn default_system() -> String {
    format!("{}-linux", std::env::consts::ARCH)
}

#[expect(clippy::disallowed_methods, reason = "impure evaluation is where programs may see the clock")]
fn now() -> i64 {
    let elapsed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    elapsed.map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(0))
}

/// `-I` and NIX_PATH as (prefix, path) pairs.
fn search_path() -> Vec<(String, String)> {
    let entries = variable("NIX_PATH").unwrap_or_default();
    let entries = entries.split(':').filter(|e| !e.is_empty());
    entries.map(|e| e.split_once('=').map_or((String::new(), e.into()), |(p, path)| (p.into(), path.into()))).collect()
}

/// How a value is evaluated.
#[derive(Clone, Copy)]
pub(super) struct Mode {
    /// Without the outside, as flakes are.
    pub pure: bool,
    /// Whether the result shows what was not evaluated.
    pub shows_thunks: bool,
}

impl Mode {
    /// For the outputs of a flake.
    pub const FLAKE: Mode = Mode { pure: true, shows_thunks: false };
}

/// Makes an evaluator and does something with it.
pub(super) fn with_evaluator<T>(
    evaluation: &Evaluation,
    mode: Mode,
    sources: &SourceMap,
    work: impl FnOnce(&Evaluator<'_>, &Glue) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let system = evaluation.system.clone().unwrap_or_else(default_system);
    let mut environment = Environment::pure(system);
    environment.log = Box::new(crate::output::log);
    if !mode.pure {
        environment.pure = false;
        environment.variable = Box::new(variable);
        environment.time = now();
        environment.search_path = search_path();
    }
    let glue = Glue::new(Box::new(OsFileSystem), environment);
    let mut options = Options { shows_thunks: mode.shows_thunks, ..Options::default() };
    if let Some(bytes) = evaluation.max_memory {
        options.max_memory = bytes;
    }
    if let Some(depth) = evaluation.max_call_depth {
        options.max_call_depth = depth;
    }
    options.deadline = evaluation.timeout.map(|timeout| std::time::Instant::now() + timeout);
    // Never freed: the process ends after a few requests, and giving memory back piece by piece takes longer than making
    // the values did.
    let arena = ManuallyDrop::new(bumpalo::Bump::new());
    let tables = bt_glue::builtins();
    let ev = ManuallyDrop::new(Evaluator::new(&arena, &glue, sources, options, &tables));
    ev.observations.observe(bt_container::OBSERVED);
    let result = work(&ev, &glue)?;
    ev.check_strings()?;
    Ok(result)
}

/// Loads a flake.
pub(super) fn load<'e>(
    ev: &Evaluator<'e>,
    glue: &Glue,
    located: &Located,
    evaluation: &Evaluation,
) -> Result<Loaded<'e>, Failure> {
    let overrides = evaluation.overrides.iter();
    let overrides = overrides.map(|o| (o.input.clone(), absolute(&o.reference, &evaluation.current_directory)));
    let request = Request {
        directory: located.directory.clone(),
        tree: located.tree.clone(),
        overrides: overrides.collect(),
        nixpkgs: match evaluation.nixpkgs {
            Nixpkgs::Auto => NixpkgsMode::Auto,
            Nixpkgs::Locked => NixpkgsMode::Locked,
            Nixpkgs::Model => NixpkgsMode::Model,
        },
    };
    let sources = ev.sources;
    bt_flake::load(ev, glue, &request, &Embedded).map_err(|error| Failure {
        diagnostic: bt_container::own_diagnostic(&error, sources, &located.tree),
        places: places(located),
    })
}

/// How the files of a flake are named.
pub(super) fn places(located: &Located) -> Places {
    let mut origins: Vec<Origin> = ["nixpkgs", "flake-utils", "systems"]
        .iter()
        .filter_map(|name| bt_model::tree(name))
        .map(|tree| Origin { path: tree.root(), name: format!("<{}-model>", tree.name) })
        .collect();
    // Files of the repository above the flake are seen from the flake.
    if let Some(rest) = located.directory.strip_prefix(&located.tree)
        && !rest.is_empty()
    {
        let steps = rest.split('/').filter(|part| !part.is_empty()).count();
        origins.push(Origin { path: located.tree.clone(), name: vec![".."; steps].join("/") });
    }
    Places { root: located.directory.clone(), origins }
}

/// What people should know about the inputs: one line.
pub(super) fn notices(loaded: &Loaded<'_>) -> Vec<String> {
    let names: Vec<&str> = loaded.stand_ins.iter().map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let (are, them) = if names.len() == 1 { ("is", "it") } else { ("are", "them") };
    vec![format!("{} {are} not in the Nix store: the built-in model stands in for {them}", names.join(", "))]
}
