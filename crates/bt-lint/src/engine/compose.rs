//! `bt-lint compose`.

use super::check::attr_path;
use super::{Failure, locate, session};
use crate::names::Places;
use crate::request::ComposeRequest;
use bt_container::{Compose, Facts, Node, NodeKind, Wanted};
use bt_diag::{Diagnostic, SourceMap};
use serde_json::{Map, Number, Value as Json};

/// What [`compose`] found.
#[derive(Debug, Clone)]
pub struct ComposeOutcome {
    /// The compose file, keys in Nix's order.
    pub value: Json,
    /// What people should know of how it came about, such as which stand-in for nixpkgs was used.
    pub notices: Vec<String>,
}

/// Evaluates one compose file. An error says which attribute paths there are when the target leaves a choice.
pub fn compose(request: &ComposeRequest, sources: &SourceMap) -> Result<ComposeOutcome, Failure> {
    let evaluation = &request.evaluation;
    let located = locate::flake(&request.target.path, &evaluation.current_directory)?;
    let failure = |diagnostic: Diagnostic| Failure { diagnostic, places: session::places(&located) };
    session::with_evaluator(evaluation, session::Mode::FLAKE, sources, |ev, glue| {
        let loaded = session::load(ev, glue, &located, evaluation)?;
        let only = request.target.attr.iter().map(|attr| attr_path(attr)).collect::<Result<Vec<_>, _>>()?;
        let system = evaluation.system.clone().unwrap_or_else(session::default_system);
        let facts = bt_container::discover(ev, glue, loaded.flake, &system, &located.tree, &only, Wanted::ALL)
            .map_err(|error| failure(bt_container::own_diagnostic(&error, sources, &located.tree)))?;
        let compose = chosen(&facts).map_err(failure)?;
        if compose.root.has_failed() {
            let reason = facts.incomplete.iter().find(|i| i.attr.starts_with(&compose.attr));
            let missing = || Diagnostic::new(format!("'{}' could not be evaluated", compose.attr));
            return Err(failure(reason.map_or_else(missing, |i| i.diagnostic.clone())));
        }
        let value = json(&compose.root).map_err(failure)?;
        Ok(ComposeOutcome { value, notices: session::notices(glue) })
    })
    .map_err(|failure| match failure.places == Places::default() {
        true => Failure { places: session::places(&located), ..failure },
        false => failure,
    })
}

fn chosen(facts: &Facts) -> Result<&Compose, Diagnostic> {
    match facts.compose.as_slice() {
        [only] => Ok(only),
        [] => match facts.incomplete.first() {
            Some(incomplete) => Err(incomplete.diagnostic.clone()),
            None => Err(Diagnostic::new("the flake has no compose file").with_help(
                "a compose file is an attribute set with services that becomes a text through builtins.toJSON, \
                 pkgs.formats.yaml or pkgs.formats.json, or that is an output itself",
            )),
        },
        several => {
            let attrs: Vec<&str> = several.iter().map(|c| c.attr.as_str()).collect();
            Err(Diagnostic::new("the flake has several compose files").with_help(format!(
                "choose one of them: {}",
                attrs.iter().map(|a| format!("'#{a}'")).collect::<Vec<_>>().join(", ")
            )))
        }
    }
}

fn json(node: &Node) -> Result<Json, Diagnostic> {
    Ok(match &node.kind {
        NodeKind::Null => Json::Null,
        NodeKind::Bool(b) => Json::Bool(*b),
        NodeKind::Int(i) => Json::Number((*i).into()),
        NodeKind::Float(f) => {
            Json::Number(Number::from_f64(*f).ok_or_else(|| Diagnostic::new("JSON has no such number"))?)
        }
        NodeKind::String(text) => Json::String(text.text.clone()),
        NodeKind::List(items) => Json::Array(items.iter().map(json).collect::<Result<_, _>>()?),
        NodeKind::Map(entries) => {
            let entries = entries.iter().map(|(name, node)| Ok((name.clone(), json(node)?)));
            Json::Object(entries.collect::<Result<Map<_, _>, Diagnostic>>()?)
        }
        NodeKind::Derivation(name) => Json::String(name.clone()),
        NodeKind::Function => return Err(Diagnostic::new("cannot convert a function to JSON")),
        NodeKind::Failed => return Err(Diagnostic::new("a part of the compose file could not be evaluated")),
    })
}
