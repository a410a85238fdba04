//! `bt-lint inputs`.

use super::{Failure, locate, remote, session};
use crate::request::InputsRequest;
use bt_diag::SourceMap;
use bt_eval::{Attrs, Evaluator, Result, StringBuilder};
use bt_flake::{FlakeRef, InputEntry, InputRow};
use bt_glue::{Fetch, FetchFailure, Glue, Unlocked};
use bt_store::Hash;
use serde_json::{Map, Value as Json};

/// What [`inputs`] found.
#[derive(Debug, Clone)]
pub struct InputsOutcome {
    /// The inputs in the order of their paths, with the sizes of those whose files are at hand.
    pub inputs: Vec<(InputRow, Option<u64>)>,
    /// `description` of flake.nix.
    pub description: Option<String>,
    /// `self.sourceInfo`, when it was asked for.
    pub source_info: Option<Json>,
}

/// Knows what could be fetched, and fetches nothing.
struct LooksOnly(Box<dyn Fetch>);

impl Fetch for LooksOnly {
    fn find(&self, hash: &Hash) -> Option<String> {
        self.0.find(hash)
    }

    fn can_fetch(&self, reference: &FlakeRef) -> bool {
        self.0.can_fetch(reference)
    }

    fn insists(&self) -> bool {
        self.0.insists()
    }

    fn fetch(&self, reference: &FlakeRef, _: &Hash, _: bool) -> std::result::Result<String, FetchFailure> {
        Err(not_fetched(&reference.display()))
    }

    fn fetch_file(&self, url: &str, _: &Hash) -> std::result::Result<String, FetchFailure> {
        Err(not_fetched(url))
    }

    fn fetch_unlocked(&self, reference: &FlakeRef) -> std::result::Result<Unlocked, FetchFailure> {
        Err(not_fetched(&reference.display()))
    }
}

fn not_fetched(what: &str) -> FetchFailure {
    let message = format!("'{what}' is not fetched for looking at the inputs");
    FetchFailure { message, help: None, is_unreachable: true }
}

/// Resolves the inputs of a flake, without the network and without calling its outputs.
pub fn inputs(request: &InputsRequest, sources: &SourceMap) -> std::result::Result<InputsOutcome, Failure> {
    let evaluation = &request.evaluation;
    let located = locate::flake(&request.flake, &evaluation.current_directory)?;
    session::with_evaluator(evaluation, session::Mode::FLAKE, sources, |ev, glue| {
        if let Some(fetcher) = remote::fetch(evaluation.network, evaluation.timeout) {
            glue.set_fetcher(Box::new(LooksOnly(fetcher)));
        }
        let work = || -> Result<InputsOutcome> {
            let asked = session::request(&located, evaluation);
            let found = bt_flake::inputs(ev, glue, &asked, &session::Embedded)?;
            let source_info = request.source_info.then(|| json(ev, found.source_info)).transpose()?;
            let inputs = found.rows.into_iter().map(|row| {
                let size = size(glue, &row);
                (row, size)
            });
            Ok(InputsOutcome { inputs: inputs.collect(), description: found.description, source_info })
        };
        work().map_err(|error| Failure {
            diagnostic: bt_container::own_diagnostic(&error, sources, &located.tree),
            places: session::places(&located),
        })
    })
}

/// The size of an input's tree. What cannot be read has none.
fn size(glue: &Glue, row: &InputRow) -> Option<u64> {
    let InputEntry::Source(input) = &row.entry else { return None };
    let directory = input.directory.as_deref()?;
    // All of the tree, and not only the directory in it.
    let root = input.locked.as_ref().and_then(|locked| glue.locked_tree(&locked.nar_hash()?));
    let root = root.filter(|root| directory.starts_with(root.as_str()));
    glue.size_of(root.as_deref().unwrap_or(directory)).ok()
}

/// A set by its attributes: as a whole it would be its `outPath`.
fn json<'e>(ev: &Evaluator<'e>, attrs: &'e Attrs<'e>) -> Result<Json> {
    let mut json = Map::new();
    for (name, attr) in ev.sorted_entries(attrs) {
        let mut text = StringBuilder::default();
        ev.write_json(ev.force_slot(&attr.value)?, &mut text)?;
        json.insert(name.to_string(), serde_json::from_slice(text.bytes()).unwrap_or_default());
    }
    Ok(Json::Object(json))
}
