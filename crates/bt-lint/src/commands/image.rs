//! `bt-lint image`: checks an image that is built.

use super::Outcome;
use crate::cli::{FailOn, ImageArguments, ImageFormat, MessageArguments};
use crate::engine::{self, ExpectedImage, ImageOutcome};
use crate::exit::Exit;
use crate::names::{FileNames, Places};
use crate::output;
use crate::render::{concise, escape, full, json, summary};
use crate::report::{ImageSummary, Report};
use crate::request::Target;
use crate::selection::Selection;
use crate::surroundings::{self, Stream, Style};
use bt_diag::{Diagnostic, SourceMap};
use bt_image::{BuiltImage, Format, ImageError, Limits};
use bt_rules::Secrets;
use serde_json::{Value as Json, json};
use std::path::Path;
use std::time::Instant;

/// Reads it, runs the rules, and prints what is known.
pub fn run(arguments: &ImageArguments) -> Outcome {
    let start = Instant::now();
    let selection = Selection::parse(&arguments.select, &arguments.ignore).map_err(Diagnostic::new)?;
    let limits = Limits { unpacked_size: u64::from(arguments.max_size) << 20, ..Limits::default() };
    let name = arguments.name.as_deref();
    let image = if arguments.file == "-" {
        bt_image::inspect_stream(std::io::stdin().lock(), name, &limits)
    } else {
        bt_image::inspect(Path::new(&arguments.file), name, &limits)
    };
    let image = image.map_err(diagnostic)?;
    let sources = SourceMap::new();
    let outcome = engine::image(image, &|rule| selection.includes(rule), &sources);
    let differences = match &arguments.expect {
        Some(target) => match expected(arguments, target)? {
            Some(expected) => differences(&expected, &outcome),
            None => return Ok(Exit::Failed),
        },
        None => Vec::new(),
    };
    let mut report = report(&outcome, &arguments.file);
    report.elapsed = start.elapsed();
    report.hide_secrets();
    deliver(arguments, &outcome, &report, &sources, &differences)?;
    if !arguments.messages.quiet {
        output::note(&summary::summary(&report));
    }
    let counts = report.findings.iter().any(|finding| arguments.fail_on.includes(finding.severity));
    Ok(if counts || !differences.is_empty() { Exit::Findings } else { Exit::Clean })
}

/// Checks an image that was built of a flake, and tells on standard error what is wrong.
///
/// Errors: it cannot be read.
pub(super) fn verify(
    image: Result<BuiltImage, ImageError>,
    expected: Option<&ExpectedImage>,
    name: &str,
    selection: &Selection,
    messages: &MessageArguments,
    fail_on: FailOn,
) -> Outcome {
    let sources = SourceMap::new();
    let outcome = engine::image(image.map_err(diagnostic)?, &|rule| selection.includes(rule), &sources);
    let differences = expected.map_or_else(Vec::new, |expected| differences(expected, &outcome));
    let mut report = report(&outcome, name);
    report.hide_secrets();
    for difference in &differences {
        output::note(&escape::line(&outcome.secrets.hide(&difference.message())));
    }
    let places = Places::default();
    let style = Style::of(Stream::Stderr, messages.color);
    let text = full::render(&report, &sources, &FileNames::from_root(&places), style, messages.show_trace);
    if !text.is_empty() {
        output::note(text.trim_end_matches('\n'));
    }
    let counts = report.findings.iter().any(|finding| fail_on.includes(finding.severity));
    if counts || !differences.is_empty() {
        return Ok(Exit::Findings);
    }
    if !messages.quiet {
        let image = &outcome.image;
        let as_evaluated = if expected.is_some() { ", configured as evaluated" } else { "" };
        let layers = summary::counted(image.layers.len(), "layer");
        let text = format!("image {}: {} in {layers}{as_evaluated}", outcome.name, size(image.size()));
        output::note(&escape::line(&text));
    }
    Ok(Exit::Clean)
}

fn diagnostic(error: ImageError) -> Diagnostic {
    let diagnostic = Diagnostic::new(error.message);
    match error.help {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    }
}

fn report(outcome: &ImageOutcome, attr: &str) -> Report {
    Report {
        findings: outcome.findings.clone(),
        secrets: outcome.secrets.clone(),
        images: vec![ImageSummary {
            attr: attr.to_string(),
            name: Some(outcome.name.clone()),
            tag: None,
            builder: format_name(outcome.image.format).into(),
        }],
        ..Report::default()
    }
}

fn deliver(
    arguments: &ImageArguments,
    outcome: &ImageOutcome,
    report: &Report,
    sources: &SourceMap,
    differences: &[Difference],
) -> Result<(), Diagnostic> {
    let places = Places::default();
    let names = FileNames::from_root(&places);
    let lines = differences
        .iter()
        .map(|difference| format!("{}\n", escape::line(&outcome.secrets.hide(&difference.message()))));
    let text = match arguments.format {
        ImageFormat::Json => json::to_text(&document(arguments, outcome, report, sources, differences)),
        ImageFormat::Concise => lines.collect::<String>() + &concise::render(report, sources, &names),
        ImageFormat::Full => {
            let to_file = arguments.output.as_deref().is_some_and(|file| file != "-");
            let style = Style::of(if to_file { Stream::File } else { Stream::Stdout }, arguments.messages.color);
            let findings = full::render(report, sources, &names, style, arguments.messages.show_trace);
            format!("{}{}{findings}", overview(outcome), lines.collect::<String>())
        }
    };
    output::deliver(arguments.output.as_deref(), &text)
}

fn format_name(format: Format) -> &'static str {
    match format {
        Format::Docker => "docker archive",
        Format::Oci => "OCI layout",
    }
}

/// Name, digest, and the layers with their sizes.
fn overview(outcome: &ImageOutcome) -> String {
    let BuiltImage { format, id, layers, tree, .. } = &*outcome.image;
    let mut text = format!("image {} ({}), {} files\n", escape::line(&outcome.name), format_name(*format), tree.len());
    text.push_str(&format!("  id      {id}\n"));
    for (index, layer) in layers.iter().enumerate() {
        let size = size(layer.size);
        text.push_str(&format!("  layer {:>3} {size:>10}  {} ({} files)\n", index + 1, layer.diff_id, layer.entries));
    }
    text.push_str(&format!("  in all    {:>10}\n\n", size(outcome.image.size())));
    text
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} B"),
        1024..1_048_576 => format!("{:.1} KiB", bytes as f64 / 1024.0),
        _ => format!("{:.1} MiB", bytes as f64 / 1_048_576.0),
    }
}

/// The report as `check` gives it, with what is known of the image.
fn document(
    arguments: &ImageArguments,
    outcome: &ImageOutcome,
    report: &Report,
    sources: &SourceMap,
    differences: &[Difference],
) -> Json {
    let image = &outcome.image;
    let layers = image.layers.iter().map(|layer| {
        json!({
            "digest": layer.digest,
            "diff_id": layer.diff_id,
            "size": layer.size,
            "stored_size": layer.stored_size,
            "files": layer.entries,
        })
    });
    let about = json!({
        "format": format_name(image.format),
        "names": image.names,
        "id": image.id,
        "size": image.size(),
        "files": image.tree.len(),
        "layers": layers.collect::<Vec<_>>(),
        "configuration": hidden(&image.configuration, &outcome.secrets),
    });
    let mut document: Json = serde_json::from_str(&json::render(report, sources)).unwrap_or_default();
    if let Json::Object(entries) = &mut document {
        entries.insert("image".into(), about);
        if arguments.expect.is_some() {
            entries.insert(
                "differences".into(),
                differences.iter().map(|d| hidden(&d.to_json(), &outcome.secrets)).collect(),
            );
        }
    }
    document
}

/// A value without secrets.
fn hidden(value: &Json, secrets: &Secrets) -> Json {
    match value {
        Json::String(text) => Json::String(secrets.hide(text).into_owned()),
        Json::Array(items) => items.iter().map(|item| hidden(item, secrets)).collect(),
        Json::Object(entries) => entries.iter().map(|(key, value)| (key.clone(), hidden(value, secrets))).collect(),
        other => other.clone(),
    }
}

/// A key of the configuration that is another than the flake says.
struct Difference {
    key: String,
    expected: Json,
    built: Json,
}

impl Difference {
    fn message(&self) -> String {
        let shown = |value: &Json| if value.is_null() { "nothing".to_string() } else { value.to_string() };
        format!("difference: {} is {}, and the flake says {}", self.key, shown(&self.built), shown(&self.expected))
    }

    fn to_json(&self) -> Json {
        json!({ "key": self.key, "built": self.built, "expected": self.expected })
    }
}

/// The image of a flake to compare with; `None` when that could not be evaluated, which is told.
fn expected(arguments: &ImageArguments, target: &str) -> Result<Option<ExpectedImage>, Diagnostic> {
    let current_directory = surroundings::current_directory()?;
    let sources = SourceMap::new();
    let evaluation = arguments.evaluation.to_evaluation(&current_directory);
    match engine::expected_image(&Target::parse(target), &evaluation, &sources) {
        Ok((expected, notices)) => {
            super::show_notices(&notices, &arguments.messages);
            Ok(Some(expected))
        }
        Err(failure) => {
            super::explain(&failure, &sources, &arguments.messages, &current_directory);
            Ok(None)
        }
    }
}

/// What a built image has otherwise than the flake says.
fn differences(ExpectedImage { config, reference, .. }: &ExpectedImage, outcome: &ImageOutcome) -> Vec<Difference> {
    let mut found = Vec::new();
    if let Some(reference) = reference.as_ref().filter(|reference| !outcome.image.names.contains(reference)) {
        let built = outcome.image.names.first().map_or(Json::Null, |name| json!(name));
        found.push(Difference { key: "name".into(), expected: json!(reference), built });
    }
    let built = outcome.image.config().cloned().unwrap_or_default();
    let mut keys: Vec<&String> = [config, &built].iter().filter_map(|v| v.as_object()).flat_map(|o| o.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        let of = |value: &Json| value.get(key.as_str()).map_or(Json::Null, given);
        let (expected, built) = (of(config), of(&built));
        if expected != built {
            found.push(Difference { key: format!("config.{key}"), expected, built });
        }
    }
    found
}

/// A value without what Go leaves out when it writes the configuration.
fn given(value: &Json) -> Json {
    let is_empty = match value {
        Json::Null | Json::Bool(false) => true,
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(entries) => entries.is_empty(),
        Json::Bool(true) | Json::Number(_) => false,
    };
    if is_empty { Json::Null } else { value.clone() }
}
