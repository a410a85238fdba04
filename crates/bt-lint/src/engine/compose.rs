//! `bt-lint compose`.

use super::check::attr_path;
use super::locate::Located;
use super::{Failure, locate, session};
use crate::names::Places;
use crate::request::ComposeRequest;
use bt_container::{Builder, Compose, Facts, Image, Node, NodeKind, Service, Wanted};
use bt_diag::{Diagnostic, SourceMap};
use bt_flake::LockFacts;
use bt_rules::{Ignores, Ignoring, Secrets};
use serde_json::{Map, Number, Value as Json};
use std::collections::BTreeMap;

/// What [`compose`] found.
#[derive(Debug, Clone)]
pub struct ComposeOutcome {
    /// The compose file, keys in Nix's order.
    pub value: Json,
    /// Store paths that have to be there before it is used, sorted.
    pub context: Vec<ContextPath>,
    /// What no report shows: the file itself holds it.
    pub secrets: Secrets,
    /// Where it is not what the Compose Specification says.
    pub invalid: Vec<Failure>,
    /// What people should know of how it came about, such as which stand-in for nixpkgs was used.
    pub notices: Vec<String>,
}

/// A store path that strings of a compose file refer to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextPath {
    /// A derivation whose output is named, or a source.
    pub path: String,
    /// Places in the compose file that name it, such as `services.app.volumes[0]`.
    pub places: Vec<String>,
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
        let mut facts = bt_container::discover(ev, glue, loaded.flake, &system, &located.tree, &only, Wanted::ALL)
            .map_err(|error| failure(bt_container::own_diagnostic(&error, sources, &located.tree)))?;
        let chosen = chosen(&facts).map_err(failure)?;
        let compose = facts.compose.swap_remove(chosen);
        if compose.root.has_failed() {
            let reason = facts.incomplete.iter().find(|i| i.attr.starts_with(&compose.attr));
            let missing = || Diagnostic::new(format!("'{}' could not be evaluated", compose.attr));
            return Err(failure(reason.map_or_else(missing, |i| i.diagnostic.clone())));
        }
        let root = request.subset.of(&compose).map_err(|(message, there)| failure(unknown(message, &there)))?;
        let value = json(&root).map_err(failure)?;
        let mut notices = session::notices(glue);
        if !notices.is_empty() {
            notices.extend(guessed_tags(&compose, &facts.images));
        }
        facts.compose = vec![compose];
        let invalid = if request.validate { invalid(&facts, &loaded.lock, sources, &located) } else { Vec::new() };
        let secrets = Secrets::of(&facts);
        Ok(ComposeOutcome { secrets, value, context: context(&root), invalid, notices })
    })
    .map_err(|failure| match failure.places == Places::default() {
        true => Failure { places: session::places(&located), ..failure },
        false => failure,
    })
}

/// The one compose file; of several that say the same the first.
fn chosen(facts: &Facts) -> Result<usize, Diagnostic> {
    let says_the_same = |one: &Compose, other: &Compose| {
        !one.root.has_failed() && matches!((json(&one.root), json(&other.root)), (Ok(one), Ok(other)) if one == other)
    };
    match facts.compose.as_slice() {
        [] => match facts.incomplete.first() {
            Some(incomplete) => Err(incomplete.diagnostic.clone()),
            None => Err(Diagnostic::new("the flake has no compose file").with_help(
                "a compose file is an attribute set with services that becomes a text through builtins.toJSON, \
                 pkgs.formats.yaml or pkgs.formats.json, or that is an output itself",
            )),
        },
        [first, others @ ..] if others.iter().all(|other| says_the_same(first, other)) => Ok(0),
        several => {
            let attrs: Vec<&str> = several.iter().map(|c| c.attr.as_str()).collect();
            Err(Diagnostic::new("the flake has several compose files").with_help(format!(
                "choose one of them: {}",
                attrs.iter().map(|a| format!("'#{a}'")).collect::<Vec<_>>().join(", ")
            )))
        }
    }
}

fn unknown(message: String, there: &[String]) -> Diagnostic {
    let quoted = there.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
    let name = message.rsplit('\'').nth(1).unwrap_or_default();
    let help = match bt_diag::suggest::nearest(name, there.iter().map(String::as_str)) {
        Some(near) if near != name => format!("did you mean '{near}'?"),
        _ if there.is_empty() => "there are none".into(),
        _ => format!("there are {quoted}"),
    };
    Diagnostic::new(message).with_help(help)
}

/// The rule that compares a compose file with the Compose Specification.
const SCHEMA_RULE: &str = "compose-invalid";

/// What the rule finds, as errors: what is to be ignored, remarks in the flake's files say here too.
fn invalid(facts: &Facts, lock: &LockFacts, sources: &SourceMap, located: &Located) -> Vec<Failure> {
    let places = bt_container::Places::new(sources, located.tree.as_str());
    let mut files = sources.files();
    files.retain(|file| places.own(file.span(0..file.text.len().min(1))).is_some());
    let is_own = |span| places.own(span).is_some();
    let found = bt_rules::run(&bt_rules::Context {
        facts,
        places: &places,
        lock,
        untracked: &[],
        source_exists: &|_| None,
        sources,
        is_own: &is_own,
        is_on: &|rule| rule.name == SCHEMA_RULE,
        ignores: &Ignores::read(&files, &located.directory, Ignoring::Part),
        now: 0,
        options: &bt_rules::Options::default(),
    });
    let failures = found.findings.into_iter().map(|finding| {
        let (span, label) = finding.primary.map_or((None, String::new()), |label| (Some(label.span), label.text));
        let message = format!("{} ({} {})", finding.message, finding.code, finding.name);
        Diagnostic { message, span, label, trace: finding.related, help: finding.help }
    });
    failures.map(|diagnostic| Failure { diagnostic, places: session::places(located) }).collect()
}

/// Services whose image has the hash of a derivation as its tag: with a stand-in for nixpkgs it is another.
fn guessed_tags(compose: &Compose, images: &[Image]) -> Option<String> {
    let is_hash =
        |image: &&Image| image.argument("tag").is_none_or(Node::is_null) && image.builder != Builder::PullImage;
    let references: Vec<String> = images.iter().filter(is_hash).filter_map(Image::reference).collect();
    let is_guessed = |service: &&Service| service.image.as_ref().is_some_and(|(text, _)| references.contains(text));
    let names: Vec<String> = compose.services.iter().filter(is_guessed).map(|s| format!("'{}'", s.name)).collect();
    (!names.is_empty()).then(|| {
        format!(
            "the image tags of {} are hashes of what nixpkgs builds, and others with the real one: give the images a \
             `tag`, or make nixpkgs available",
            names.join(", ")
        )
    })
}

/// The store paths that strings refer to.
fn context(root: &Node) -> Vec<ContextPath> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut open = vec![(String::new(), root)];
    while let Some((place, node)) = open.pop() {
        for path in node.string().iter().flat_map(|text| &text.references) {
            found.entry(path.clone()).or_default().push(place.clone());
        }
        let dot = if place.is_empty() { "" } else { "." };
        let entries = node.entries().iter().map(|(name, node)| (format!("{place}{dot}{}", quoted(name)), node));
        open.extend(entries.rev());
        open.extend(node.items().iter().enumerate().rev().map(|(at, node)| (format!("{place}[{at}]"), node)));
    }
    found.into_iter().map(|(path, places)| ContextPath { path, places }).collect()
}

/// A name as a part of a path: quoted where it would be two parts.
fn quoted(name: &str) -> String {
    let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'\''));
    if is_plain && !name.is_empty() { name.to_string() } else { format!("\"{name}\"") }
}

pub(super) fn json(node: &Node) -> Result<Json, Diagnostic> {
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
