//! One evaluator with its world, for one request.

use super::locate::{Located, absolute};
use super::{Failure, features, get_flake, remote, store};
use crate::names::{Origin, Places};
use crate::request::{Evaluation, Nixpkgs};
use crate::surroundings::{clock, variable};
use bt_diag::SourceMap;
use bt_eval::{Evaluator, Options};
use bt_flake::{FlakeRef, Loaded, LockFacts, NixpkgsMode, Override, Request, StandIn, StandIns};
use bt_glue::{Directory, Environment, Glue, OsFileSystem, Overlay, SourceTree, TreeHashes};
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::rc::Rc;

/// The stand-ins that are part of the program.
pub(super) struct Embedded;

impl StandIns for Embedded {
    fn find(&self, reference: &FlakeRef) -> Option<StandIn> {
        let by_url = || bt_model::tree_for_url(reference.get("url")?);
        let tree = bt_model::tree_for(reference.get("owner"), reference.repository()?).or_else(by_url)?;
        let files = Directory::new(tree.files.iter().map(|(path, text)| (path.to_string(), *text)));
        Some(StandIn { name: tree.name.to_string(), tree: SourceTree::embedded(tree.root(), Rc::new(files)) })
    }
}

/// The system whose containers are built on this machine: containers are Linux programs.
pub(super) fn default_system() -> String {
    format!("{}-linux", std::env::consts::ARCH)
}

/// An entry of the search path, `path` or `prefix=path`, as (prefix, path).
fn search_path_entry(text: &str) -> (String, String) {
    let (prefix, path) = text.split_once('=').unwrap_or(("", text));
    (prefix.into(), path.into())
}

/// The entries of NIX_PATH. Colons separate them, but one of them may belong to a URL.
fn entries_of_variable(text: &str) -> Vec<String> {
    let mut entries: Vec<String> = Vec::new();
    for part in text.split(':') {
        let scheme = entries.last().map(|last| last.split_once('=').map_or(last.as_str(), |(_, path)| path));
        let continues = match scheme {
            Some("http" | "https" | "file" | "git" | "s3" | "ssh") => part.starts_with("//"),
            Some("channel" | "flake") => true,
            _ => false,
        };
        match entries.last_mut() {
            Some(last) if continues => {
                last.push(':');
                last.push_str(part);
            }
            _ => entries.push(part.to_string()),
        }
    }
    entries.retain(|entry| !entry.is_empty());
    entries
}

/// `-I`, and NIX_PATH unless pure, as (prefix, path) pairs.
fn search_path(evaluation: &Evaluation, pure: bool) -> Vec<(String, String)> {
    let mut entries: Vec<_> = evaluation.search_path.iter().map(|entry| search_path_entry(entry)).collect();
    if !pure {
        let of_variable = entries_of_variable(&variable("NIX_PATH").unwrap_or_default());
        entries.extend(of_variable.iter().map(|entry| search_path_entry(entry)));
    }
    entries
}

/// Where what is remembered from run to run is kept: the `bt-lint` of the user's directory for such things, if there is
/// one (XDG Base Directory Specification).
pub(crate) fn cache_directory() -> Option<PathBuf> {
    let absolute = |name| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let directory = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
    Some(directory.join("bt-lint"))
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
        environment.time = clock();
    }
    environment.tree_hashes = cache_directory().map(|directory| TreeHashes::in_file(directory.join("tree-hashes")));
    environment.now = clock();
    environment.search_path = search_path(evaluation, mode.pure);
    environment.current_directory = evaluation.current_directory.clone();
    let files = Overlay::new(OsFileSystem, evaluation.texts.clone());
    let glue = Glue::new(Box::new(files), environment);
    if let Some(fetcher) = remote::fetch(evaluation.network, evaluation.timeout) {
        glue.set_fetcher(fetcher);
    }
    if evaluation.allow_ifd {
        glue.set_realiser(Box::new(store::importer(evaluation.store.as_deref())?));
    }
    // What -I names may be read.
    for entry in &evaluation.search_path {
        let path = absolute(&search_path_entry(entry).1, &evaluation.current_directory);
        glue.add_tree(SourceTree::with_store_path(&path, &path));
    }
    let mut options = Options {
        shows_thunks: mode.shows_thunks,
        literals: evaluation.literals,
        trace_verbose: evaluation.trace_verbose,
        ..Options::default()
    };
    for name in features::enable(&evaluation.features, &mut options) {
        crate::output::log(&format!("warning: unknown experimental feature '{name}'"));
    }
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
    let tables = [&bt_glue::builtins()[..], &[get_flake::TABLE]].concat();
    let ev = ManuallyDrop::new(Evaluator::new(&arena, &glue, sources, options, &tables));
    ev.observations.observe(bt_container::OBSERVED);
    let result = work(&ev, &glue);
    glue.save_tree_hashes();
    if result.is_ok() {
        ev.check_strings()?;
    } else {
        // A store path that is not known may be why something else went wrong.
        ev.check_store_paths()?;
    }
    result
}

/// What to load.
pub(super) fn request(located: &Located, evaluation: &Evaluation) -> Request {
    let overrides = evaluation.overrides.iter();
    let overrides = overrides.map(|o| Override {
        input: o.input.clone(),
        directory: absolute(&o.reference, &evaluation.current_directory),
        is_path: o.reference.starts_with("path:"),
    });
    Request {
        directory: located.directory.clone(),
        tree: located.tree.clone(),
        is_repository: located.is_repository,
        submodules: false,
        locked: None,
        overrides: overrides.collect(),
        nixpkgs: match evaluation.nixpkgs {
            Nixpkgs::Auto => NixpkgsMode::Auto,
            Nixpkgs::Locked => NixpkgsMode::Locked,
            Nixpkgs::Model => NixpkgsMode::Model,
        },
    }
}

/// What is known of the inputs and the lock of a flake that is not loaded.
pub(super) fn lock_facts(
    ev: &Evaluator<'_>,
    glue: &Glue,
    located: &Located,
    evaluation: &Evaluation,
) -> Result<LockFacts, Failure> {
    let sources = ev.sources;
    bt_flake::facts_alone(ev, glue, &request(located, evaluation)).map_err(|error| Failure {
        diagnostic: bt_container::own_diagnostic(&error, sources, &located.tree),
        places: places(located),
    })
}

/// Loads a flake.
pub(super) fn load<'e>(
    ev: &Evaluator<'e>,
    glue: &Glue,
    located: &Located,
    evaluation: &Evaluation,
) -> Result<Loaded<'e>, Failure> {
    let request = request(located, evaluation);
    let sources = ev.sources;
    bt_flake::load(ev, glue, &request, &Embedded).map_err(|error| Failure {
        diagnostic: bt_container::own_diagnostic(&error, sources, &located.tree),
        places: places(located),
    })
}

/// How the files of a flake are named.
pub(super) fn places(located: &Located) -> Places {
    let mut origins: Vec<Origin> =
        bt_model::trees().map(|tree| Origin { path: tree.root(), name: format!("<{}-model>", tree.name) }).collect();
    // Files of the repository above the flake are seen from the flake.
    if let Some(rest) = located.directory.strip_prefix(&located.tree)
        && !rest.is_empty()
    {
        let steps = rest.split('/').filter(|part| !part.is_empty()).count();
        origins.push(Origin { path: located.tree.clone(), name: vec![".."; steps].join("/") });
    }
    Places { root: located.directory.clone(), origins }
}

/// What people should know about the inputs once they have been used: one line.
pub(super) fn notices(glue: &Glue) -> Vec<String> {
    let stand_ins = glue.stand_ins();
    let names: Vec<&str> = stand_ins.iter().map(|(name, _)| name.as_str()).collect();
    if names.is_empty() {
        return Vec::new();
    }
    let (are, them) = if names.len() == 1 { ("is", "it") } else { ("are", "them") };
    // The first reason is that of the others, too.
    let reason = match stand_ins.iter().find_map(|(_, reason)| reason.as_ref()) {
        Some(reason) => format!(", nor fetched ({reason})"),
        None => String::new(),
    };
    vec![format!("{} {are} not in the Nix store{reason}: the built-in model stands in for {them}", names.join(", "))]
}

#[cfg(test)]
mod tests {
    use super::{entries_of_variable, search_path_entry};

    #[test]
    fn search_path() {
        let pair = |(prefix, path): (String, String)| format!("{prefix}|{path}");
        assert_eq!(pair(search_path_entry("a=b=c")), "a|b=c");
        assert_eq!(pair(search_path_entry("/a")), "|/a");
        let text = "a=/b::/c:n=https://x/y.tar:channel:z:flake:nixpkgs:http:d";
        let entries = ["a=/b", "/c", "n=https://x/y.tar", "channel:z", "flake:nixpkgs", "http", "d"];
        assert_eq!(entries_of_variable(text), entries);
        assert!(entries_of_variable("").is_empty());
    }
}
