//! The inputs of a flake: a table for people, a document for programs (docs/flakes.md, "bt-lint inputs").

use super::escape;
use super::paint::{bold, dim};
use crate::engine::InputsOutcome;
use crate::surroundings::Style;
use bt_flake::{FlakeRef, InputEntry, InputRow, Origin, ResolvedInput};
use serde::Serialize;
use serde_json::Value as Json;

/// The version of the document; it changes when something that was there is gone or means something else.
const VERSION: u32 = 1;

/// An input and the size of its tree.
type Row = (InputRow, Option<u64>);

/// The document.
#[derive(Serialize)]
pub struct Document<'r> {
    version: u32,
    flake: JsonFlake<'r>,
    inputs: Vec<JsonInput<'r>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonFlake<'r> {
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_info: Option<&'r Json>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct JsonInput<'r> {
    path: &'r [String],
    /// `input`, `follows` or `same`.
    entry: &'static str,
    /// Of the last two: the inputs on the way to what it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'r [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    flake: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    original: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locked: Option<Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rev: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nar_hash: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_modified: Option<u64>,
    /// Seconds since `lastModified`.
    #[serde(skip_serializing_if = "Option::is_none")]
    age: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stand_in: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    directory: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
}

fn source_name(origin: &Origin) -> &'static str {
    match origin {
        Origin::Override => "override",
        Origin::Store => "store",
        Origin::Cache => "cache",
        Origin::Network(_) => "network",
        Origin::LocalFile => "local-file",
        Origin::StandIn(_) => "stand-in",
        Origin::Flake => "flake",
        Origin::Directory => "directory",
        Origin::Unavailable(_) => "unavailable",
    }
}

/// What is shown of an input: what is locked, or else what is asked for.
fn best(input: &ResolvedInput) -> &FlakeRef {
    input.locked.as_ref().unwrap_or(&input.original)
}

fn age(reference: &FlakeRef, now: i64) -> Option<i64> {
    Some(now.saturating_sub(i64::try_from(reference.integer("lastModified")?).ok()?))
}

/// Everything, for programs.
pub fn document(outcome: &InputsOutcome, now: i64) -> Document<'_> {
    let flake = JsonFlake { description: outcome.description.as_deref(), source_info: outcome.source_info.as_ref() };
    Document { version: VERSION, flake, inputs: outcome.inputs.iter().map(|row| json_input(row, now)).collect() }
}

fn json_input((row, size): &Row, now: i64) -> JsonInput<'_> {
    let mut json = JsonInput {
        path: &row.path,
        entry: "input",
        target: None,
        kind: None,
        flake: None,
        original: None,
        locked: None,
        url: None,
        rev: None,
        nar_hash: None,
        last_modified: None,
        age: None,
        source: None,
        stand_in: None,
        message: None,
        directory: None,
        size: *size,
    };
    let input = match &row.entry {
        InputEntry::Follows(target) => return JsonInput { entry: "follows", target: Some(target), ..json },
        InputEntry::Same(target) => return JsonInput { entry: "same", target: Some(target), ..json },
        InputEntry::Source(input) => input,
    };
    let best = best(input);
    json.kind = Some(best.kind());
    json.flake = Some(input.is_flake);
    json.original = Some(input.original.attributes().to_json());
    json.locked = input.locked.as_ref().map(|locked| locked.attributes().to_json());
    json.url = Some(best.display());
    json.rev = best.get("rev");
    json.nar_hash = best.get("narHash");
    json.last_modified = best.integer("lastModified");
    json.age = age(best, now);
    json.source = Some(source_name(&input.origin));
    match &input.origin {
        Origin::StandIn(name) => json.stand_in = Some(name),
        Origin::Network(stand_in) => json.stand_in = stand_in.as_deref(),
        Origin::Unavailable(message) => json.message = Some(message),
        // Elsewhere it follows from the reference.
        Origin::Override | Origin::Store | Origin::Cache | Origin::Directory => {
            json.directory = input.directory.as_deref();
        }
        Origin::Flake | Origin::LocalFile => {}
    }
    json
}

const HEADINGS: [&str; 7] = ["INPUT", "KIND", "REVISION", "AGE", "SOURCE", "SIZE", "REFERENCE"];

/// The column of numbers, which are aligned at the right.
const SIZE: usize = 5;

/// Columns that are left out where there is no room, the first of these first: kind, size, age, revision.
const DISPENSABLE: [usize; 4] = [1, SIZE, 3, 2];

/// Below this many characters for it, a reference gets a line of its own.
const LEAST_REFERENCE: usize = 24;

/// The table for people. With a width, lines are at most that wide: references are cut off at their ends, or stand below,
/// and what is still too wide loses columns.
pub fn table(rows: &[Row], now: i64, style: Style, width: Option<usize>) -> String {
    if rows.is_empty() {
        return "the flake has no inputs\n".into();
    }
    let mut lines: Vec<[String; 7]> = vec![HEADINGS.map(str::to_string)];
    lines.extend(rows.iter().map(|row| cells(row, now)));
    let widest = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..HEADINGS.len()).map(widest).collect();
    let needed = |columns: &[usize]| columns.iter().map(|column| widths[*column] + 2).sum::<usize>();
    let mut columns: Vec<usize> = (0..HEADINGS.len() - 1).collect();
    let is_below = width.is_some_and(|width| width < needed(&columns) + LEAST_REFERENCE);
    for column in DISPENSABLE {
        if is_below && width.is_some_and(|width| needed(&columns) > width + 2) {
            columns.retain(|other| *other != column);
        }
    }
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        let mut shown = String::new();
        for column in &columns {
            let padding = " ".repeat(widths[*column] - line[*column].chars().count());
            let (before, after) = if *column == SIZE { (padding.as_str(), "") } else { ("", padding.as_str()) };
            shown += &format!("{before}{}{after}  ", line[*column]);
        }
        let reference = line.last().map_or("", String::as_str);
        if !is_below {
            shown += reference;
        }
        let shown = cut(shown.trim_end(), width);
        text += &if index == 0 { bold(&shown, style) } else { shown };
        text.push('\n');
        if is_below && index > 0 && !reference.is_empty() {
            // As deep as the inputs of the input.
            let indent = "  ".repeat(rows[index - 1].0.path.len().min(10));
            let what = match rows[index - 1].0.entry {
                InputEntry::Source(_) => String::new(),
                _ => format!("{} ", line[1]),
            };
            text += &dim(&cut(&format!("{indent}{what}{reference}"), width), style);
            text.push('\n');
        }
    }
    text
}

fn cut(text: &str, width: Option<usize>) -> String {
    match width {
        Some(width) if text.chars().count() > width => {
            text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
        }
        _ => text.to_string(),
    }
}

fn cells((row, size): &Row, now: i64) -> [String; 7] {
    let name = row.path.last().map_or("", String::as_str);
    let name = format!("{}{}", "  ".repeat(row.path.len().saturating_sub(1)), escape::line(name));
    let to = |target: &[String]| match target {
        [] => "the flake itself".to_string(),
        target => format!("'{}'", escape::line(&target.join("/"))),
    };
    let none = || String::new();
    let input = match &row.entry {
        InputEntry::Follows(target) => {
            return [name, "follows".into(), none(), none(), none(), none(), to(target)];
        }
        InputEntry::Same(target) => return [name, "same as".into(), none(), none(), none(), none(), to(target)],
        InputEntry::Source(input) => input,
    };
    let best = best(input);
    let source = match &input.origin {
        Origin::StandIn(_) => "stand-in",
        Origin::LocalFile => "local file",
        Origin::Unavailable(_) => "not available",
        other => source_name(other),
    };
    [
        name,
        escape::line(best.kind()).into_owned(),
        best.get("rev").map_or_else(none, |rev| escape::line(&rev.chars().take(7).collect::<String>()).into_owned()),
        age(best, now).map_or_else(none, duration),
        source.into(),
        size.map_or_else(none, bytes),
        escape::line(&input.original.display()).into_owned(),
    ]
}

/// What is to be said about inputs that are not available.
pub fn notes(rows: &[Row]) -> Vec<String> {
    let note = |(row, _): &Row| match &row.entry {
        InputEntry::Source(input) => match &input.origin {
            Origin::Unavailable(message) => Some(format!("note: {}", escape::line(message))),
            _ => None,
        },
        _ => None,
    };
    rows.iter().filter_map(note).collect()
}

/// A time as people say it: in the largest unit of which there are two.
fn duration(seconds: i64) -> String {
    const DAY: i64 = 86_400;
    if seconds < 0 {
        return "in future".into();
    }
    let (count, unit) = match seconds {
        0..7200 => (seconds / 60, "minute"),
        7200..172_800 => (seconds / 3600, "hour"),
        _ if seconds < 61 * DAY => (seconds / DAY, "day"),
        _ if seconds < 730 * DAY => (seconds * 12 / (365 * DAY), "month"),
        _ => (seconds / (365 * DAY), "year"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// A number of bytes as people read it.
fn bytes(size: u64) -> String {
    match size {
        0..1000 => format!("{size} B"),
        1000..1_000_000 => format!("{}.{} kB", size / 1000, size / 100 % 10),
        1_000_000..1_000_000_000 => format!("{}.{} MB", size / 1_000_000, size / 100_000 % 10),
        _ => format!("{}.{} GB", size / 1_000_000_000, size / 100_000_000 % 10),
    }
}

#[cfg(test)]
mod tests;
