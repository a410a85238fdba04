//! `bt-lint compose`: prints the compose file that a flake defines, or compares it with one that is there.

use super::Outcome;
use crate::cli::{ComposeArguments, ComposeFormat};
use crate::engine::{ComposeOutcome, ContextPath};
use crate::exit::Exit;
use crate::fix::diff;
use crate::render::{escape, json};
use crate::request::{ComposeRequest, Target};
use crate::surroundings::{self, Stream};
use crate::{engine, output, yaml};
use bt_container::Subset;
use bt_diag::{Diagnostic, SourceMap};
use bt_glue::{FileSystem, OsFileSystem};
use serde_json::Value as Json;
use std::io::ErrorKind;

/// Evaluates and prints it.
pub fn run(arguments: &ComposeArguments) -> Outcome {
    let current_directory = surroundings::current_directory()?;
    let request = ComposeRequest {
        target: Target::parse(&arguments.target),
        subset: Subset { services: arguments.services.clone(), profiles: arguments.profiles.clone() },
        validate: !arguments.no_validate,
        evaluation: arguments.evaluation.to_evaluation(&current_directory),
    };
    let sources = SourceMap::new();
    let outcome = match engine::compose(&request, &sources) {
        Ok(outcome) => outcome,
        Err(failure) => {
            super::explain(&failure, &sources, &arguments.messages, &current_directory);
            return Ok(Exit::Failed);
        }
    };
    if !outcome.invalid.is_empty() {
        // What compose refuses is not written.
        for failure in &outcome.invalid {
            super::explain(failure, &sources, &arguments.messages, &current_directory);
        }
        return Ok(Exit::Failed);
    }
    let exit = deliver(arguments, &outcome)?;
    super::show_notices(&outcome.notices, &arguments.messages);
    if !arguments.list_context {
        super::show_notices(&needed(&outcome.context), &arguments.messages);
    }
    Ok(exit)
}

fn deliver(arguments: &ComposeArguments, outcome: &ComposeOutcome) -> Outcome {
    if arguments.list_context {
        output::deliver(arguments.output.as_deref(), &listed(&outcome.context))?;
        return Ok(Exit::Clean);
    }
    let file = arguments.check.as_deref().or(arguments.output.as_deref());
    let format = arguments.format.unwrap_or_else(|| format_of(file));
    let text = match format {
        ComposeFormat::Json => json::to_text(&outcome.value),
        ComposeFormat::Yaml => yaml::to_text(&outcome.value),
    };
    match &arguments.check {
        None => output::deliver(arguments.output.as_deref(), &text).map(|()| Exit::Clean),
        Some(file) => compare(file, &text, outcome),
    }
}

/// The format that the name of a file asks for.
fn format_of(file: Option<&str>) -> ComposeFormat {
    match file.and_then(|file| file.rsplit_once('.')) {
        Some((_, "yaml" | "yml")) => ComposeFormat::Yaml,
        _ => ComposeFormat::Json,
    }
}

/// Compares a file with what would be written to it, byte by byte.
///
/// Errors: the file cannot be read. One that is not there is out of date.
fn compare(file: &str, text: &str, outcome: &ComposeOutcome) -> Outcome {
    let cannot = |why: &dyn std::fmt::Display| Diagnostic::new(format!("cannot read '{file}': {why}"));
    let before = match OsFileSystem.read(file) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|_| cannot(&"it is not UTF-8"))?,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            output::note(&format!("error: there is no '{}': write it with -o", escape::line(file)));
            return Ok(Exit::Findings);
        }
        Err(error) => return Err(cannot(&error)),
    };
    if before == text {
        return Ok(Exit::Clean);
    }
    let name = file.trim_start_matches('/').trim_start_matches("./");
    let diff = outcome.secrets.hide(&diff::unified(name, &before, text)).into_owned();
    let is_seen = surroundings::is_terminal(Stream::Stdout);
    output::deliver(None, &if is_seen { escape::text(&diff) } else { diff })?;
    let there = serde_json::from_str::<Json>(&before).ok().or_else(|| yaml::read::from_text(&before));
    let is_same = there.is_some_and(|there| sorted(&there) == sorted(&outcome.value));
    let what = if is_same { "says the same, but is written otherwise" } else { "is out of date" };
    output::note(&format!("error: '{}' {what}: write it anew with -o", escape::line(file)));
    Ok(Exit::Findings)
}

/// The value with keys in one order: an object is the same whatever the order of its keys.
fn sorted(value: &Json) -> Json {
    match value {
        Json::Object(entries) => {
            let mut entries: Vec<(String, Json)> = entries.iter().map(|(k, v)| (k.clone(), sorted(v))).collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Json::Object(entries.into_iter().collect())
        }
        Json::Array(items) => Json::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// What has to be there before the file is used, in a few lines.
fn needed(context: &[ContextPath]) -> Vec<String> {
    match context {
        [] => Vec::new(),
        [only] => {
            vec![format!("'{}' names {}, which has to be in the Nix store before it is used", at(only), only.path)]
        }
        [first, ..] => vec![format!(
            "the compose file names {} store paths, such as {} in '{}', which have to be there before it is used: see \
             --list-context",
            context.len(),
            first.path,
            at(first)
        )],
    }
}

fn at(path: &ContextPath) -> &str {
    path.places.first().map_or("", String::as_str)
}

fn listed(context: &[ContextPath]) -> String {
    let line = |path: &ContextPath| format!("{}\n", escape::line(&format!("{} {}", path.path, path.places.join(" "))));
    context.iter().map(line).collect()
}
