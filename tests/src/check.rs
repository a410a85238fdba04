//! bt-lint in this process. Answers are read from its JSON, which is what programs depend on.

use bt_diag::SourceMap;
use bt_lint::config::{Configuration, Wanted};
use bt_lint::request::{
    CheckRequest, EvalFormat, EvalRequest, EvalSource, Evaluation, InputOverride, Nixpkgs, Outputs, Target,
};
use bt_lint::selection::Selection;
use bt_lint::{engine, render, report::Report};
use bt_rules::{Ignoring, Options};
use serde_json::Value as Json;
use std::fmt;
use std::path::Path;

/// A finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Relative to the flake; empty when it has no place.
    pub file: String,
    /// From 1; 0 when it has no place.
    pub line: u64,
    /// `CFG001`.
    pub code: String,
    /// `error`, `warning` or `info`.
    pub severity: String,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub help: String,
    /// Attribute path.
    pub attr: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {} {}: {}", self.file, self.line, self.severity, self.code, self.message)
    }
}

/// What a check found.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The whole JSON document.
    pub json: Json,
    /// Its findings, by place.
    pub findings: Vec<Finding>,
}

impl Checked {
    /// From the text of a JSON document.
    pub fn parse(text: &str) -> Checked {
        let json: Json = serde_json::from_str(text).unwrap_or_else(|error| panic!("not JSON: {error}\n{text}"));
        let mut findings: Vec<Finding> = list(&json["findings"]).iter().map(finding).collect();
        findings.sort();
        Checked { json, findings }
    }

    /// The findings of a rule.
    pub fn of(&self, code: &str) -> Vec<&Finding> {
        self.findings.iter().filter(|finding| finding.code == code).collect()
    }

    /// `file:line CODE` of each finding.
    pub fn places(&self) -> Vec<String> {
        self.findings.iter().map(|f| format!("{}:{} {}", f.file, f.line, f.code)).collect()
    }

    /// All findings, a line each, for messages.
    pub fn shown(&self) -> String {
        if self.findings.is_empty() {
            return "  (no findings)".into();
        }
        self.findings.iter().map(|finding| format!("  {finding}")).collect::<Vec<_>>().join("\n")
    }

    /// The attribute paths of the images.
    pub fn images(&self) -> Vec<&str> {
        list(&self.json["images"]).iter().map(|image| text(&image["attr"])).collect()
    }
}

fn finding(json: &Json) -> Finding {
    let primary = list(&json["locations"]).iter().find(|at| at["role"] == "primary");
    Finding {
        file: primary.map_or("", |at| text(&at["file"])).into(),
        line: primary.map_or(0, |at| at["line"].as_u64().expect("a line is a number")),
        code: text(&json["code"]).into(),
        severity: text(&json["severity"]).into(),
        message: text(&json["message"]).into(),
        help: json["help"].as_str().unwrap_or_default().into(),
        attr: text(&json["attr"]).into(),
    }
}

/// A list in a JSON document.
pub fn list(json: &Json) -> &[Json] {
    json.as_array().unwrap_or_else(|| panic!("not a list: {json}"))
}

/// A string in a JSON document.
pub fn text(json: &Json) -> &str {
    json.as_str().unwrap_or_else(|| panic!("not a string: {json}"))
}

/// How tests evaluate: the same on every machine, whatever is in its store.
pub fn evaluation(overrides: &[(&str, &str)]) -> Evaluation {
    let overrides = overrides
        .iter()
        .map(|(input, reference)| InputOverride { input: (*input).to_string(), reference: (*reference).to_string() });
    Evaluation {
        system: Some("x86_64-linux".into()),
        nixpkgs: Nixpkgs::Model,
        overrides: overrides.collect(),
        current_directory: "/".into(),
        ..Evaluation::default()
    }
}

/// The codes of rules whose flaws show only when a store is asked, which tests/closures.rs does.
pub const ASKING: &[&str] = &["CNT005", "CNT012", "CNT013"];

/// What rules take for today: 2026-10-01.
pub const NOW: i64 = 1_790_812_800;

/// Checks the flake in a directory.
pub fn check(directory: &Path) -> Checked {
    check_with(directory, &[])
}

/// Checks the flake in a directory with one rule only, whether it is on by default or not.
pub fn check_only(directory: &Path, code: &str) -> Checked {
    let selection = Selection::parse(&[code.into()], &[]).expect("a rule");
    run(CheckRequest { selection, ..request(directory, &[]) })
}

/// Checks the flake in a directory, with other flakes for some of its inputs.
pub fn check_with(directory: &Path, overrides: &[(&str, &str)]) -> Checked {
    run(request(directory, overrides))
}

/// How the flake in a directory is checked, with other flakes for some of its inputs.
pub fn request(directory: &Path, overrides: &[(&str, &str)]) -> CheckRequest {
    CheckRequest {
        flake: path_text(directory),
        attrs: Vec::new(),
        outputs: Outputs::default(),
        selection: Selection::default(),
        options: options(directory),
        ignoring: Ignoring::Whole,
        now: NOW,
        evaluation: evaluation(overrides),
    }
}

/// What the configuration in a directory says about rules; there need not be one.
fn options(directory: &Path) -> Options {
    let sources = SourceMap::new();
    let configuration = Configuration::load(Wanted::Nearest, directory, "/", &sources);
    configuration.unwrap_or_else(|errors| panic!("{errors:?}")).options
}

fn run(request: CheckRequest) -> Checked {
    Checked::parse(&with_stack(move || {
        let sources = SourceMap::new();
        let report = engine::check(&request, &sources);
        let report = report.unwrap_or_else(|failure| Report::of_failure(failure.diagnostic, failure.places));
        render::json::render(&report, &sources)
    }))
}

/// Evaluates an output of the flake in a directory to JSON; `Err` holds message and help.
pub fn eval(directory: &Path, attr: &str) -> Result<Json, String> {
    eval_with(directory, attr, &[])
}

/// The same with other flakes for some of its inputs.
pub fn eval_with(directory: &Path, attr: &str, overrides: &[(&str, &str)]) -> Result<Json, String> {
    let request = EvalRequest {
        source: EvalSource::Flake(Target { path: path_text(directory), attr: Some(attr.into()) }),
        attrs: Vec::new(),
        arguments: Vec::new(),
        strict: false,
        format: EvalFormat::Json,
        location: false,
        impure: false,
        evaluation: evaluation(overrides),
    };
    let outcome = with_stack(move || {
        let sources = SourceMap::new();
        engine::eval(&request, &sources).map(|outcome| outcome.text).map_err(|failure| {
            format!("{}\n{}", failure.diagnostic.message, failure.diagnostic.help.unwrap_or_default())
        })
    });
    outcome.map(|text| serde_json::from_str(&text).unwrap_or_else(|error| panic!("not JSON: {error}\n{text}")))
}

fn path_text(path: &Path) -> String {
    path.to_str().expect("a plain path").into()
}

/// On a thread with as much stack as the program gives itself.
fn with_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(256 << 20).spawn(work).expect("a thread");
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
