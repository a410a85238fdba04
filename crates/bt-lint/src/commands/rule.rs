//! `bt-lint rule`: explains a rule, from the documentation that stands beside its code.

use super::Outcome;
use crate::cli::{RuleArguments, RuleFormat};
use crate::exit::Exit;
use crate::render::{json, paint};
use crate::surroundings::{Stream, Style};
use crate::{markdown, output, pages};
use bt_diag::Diagnostic;
use bt_rules::Rule;
use serde::Serialize;

/// Longer lines of prose are hard to read.
const MAX_WIDTH: usize = 100;

/// Prints a rule's documentation, or the list of all rules.
pub fn run(arguments: &RuleArguments) -> Outcome {
    let style = Style::of(Stream::Stdout, arguments.color);
    let style = Style { width: style.width.min(MAX_WIDTH), ..style };
    let text = match &arguments.name {
        None => list(arguments.format, style),
        Some(name) => {
            let rule = bt_rules::find(name).ok_or_else(|| Diagnostic::new(crate::selection::unknown(name)))?;
            explain(rule, arguments.format, style)
        }
    };
    output::deliver(None, &text)?;
    Ok(Exit::Clean)
}

/// A rule for programs. The version of the format is that of the findings in JSON.
#[derive(Serialize)]
struct JsonRule {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    /// Off unless it is selected.
    off: bool,
    summary: &'static str,
    needs: Vec<&'static str>,
    fix: Option<&'static str>,
    references: &'static [&'static str],
    docs: &'static str,
    examples: Vec<JsonExample>,
    url: Option<String>,
}

#[derive(Serialize)]
struct JsonExample {
    bad: bool,
    files: Vec<JsonFile>,
}

#[derive(Serialize)]
struct JsonFile {
    /// `null` for an expression over `pkgs` and `lib`.
    name: Option<String>,
    text: String,
}

impl JsonRule {
    fn new(rule: &'static Rule) -> JsonRule {
        let Rule { code, name, off, summary, references, docs, .. } = *rule;
        let examples = rule.examples().into_iter().map(|example| JsonExample {
            bad: example.bad,
            files: example.files.into_iter().map(|file| JsonFile { name: file.name, text: file.text }).collect(),
        });
        JsonRule {
            code,
            name,
            severity: rule.severity.as_str(),
            off,
            summary,
            needs: rule.needs.iter().map(|need| need.as_str()).collect(),
            fix: pages::fix(rule.fix),
            references,
            docs,
            examples: examples.collect(),
            url: pages::address(code),
        }
    }
}

fn explain(rule: &'static Rule, format: RuleFormat, style: Style) -> String {
    match format {
        RuleFormat::Json => json::to_text(&JsonRule::new(rule)),
        RuleFormat::Markdown => pages::page(rule),
        RuleFormat::Text => {
            let title = paint::bold(&format!("{} {}", rule.code, rule.name), style);
            let title = paint::link(&title, pages::address(rule.code).as_deref(), style);
            let nature = pages::nature(rule);
            let (severity, rest) = nature.split_at(rule.severity.as_str().len());
            let mut out = format!("{title} ({}{rest})\n", paint::severity(severity, rule.severity, style));
            out.push_str(&textwrap::fill(rule.summary, paint::wrapping(style)));
            out.push_str("\n\n");
            out.push_str(&markdown::render(&paint::words(&pages::body(rule), style), style));
            out
        }
    }
}

fn list(format: RuleFormat, style: Style) -> String {
    let rules = bt_rules::all();
    match format {
        RuleFormat::Json => json::to_text(&rules.iter().map(|rule| JsonRule::new(rule)).collect::<Vec<_>>()),
        RuleFormat::Markdown => pages::index(),
        RuleFormat::Text => {
            let width = rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
            let rows = rules.iter().map(|rule| {
                let code = paint::link(rule.code, pages::address(rule.code).as_deref(), style);
                let severity = match rule.off {
                    true => paint::dim("off    ", style),
                    false => paint::severity(&format!("{:7}", rule.severity.as_str()), rule.severity, style),
                };
                format!("{code} {:width$}  {severity}  {}\n", rule.name, rule.summary)
            });
            rows.collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{explain, list};
    use crate::cli::RuleFormat;
    use crate::surroundings::Style;

    #[test]
    fn every_rule_is_explained_in_every_format() {
        for rule in bt_rules::all() {
            let text = explain(rule, RuleFormat::Text, Style::PLAIN);
            assert!(text.starts_with(&format!("{} {} (", rule.code, rule.name)), "{text}");
            assert!(explain(rule, RuleFormat::Markdown, Style::PLAIN).contains(rule.docs.trim()));
            let json: serde_json::Value = serde_json::from_str(&explain(rule, RuleFormat::Json, Style::PLAIN)).unwrap();
            assert_eq!(json["name"], rule.name);
            assert_eq!(json["off"], rule.off);
            assert_eq!(json["needs"].as_array().map(Vec::len), Some(rule.needs.len()));
            assert_eq!(json["examples"].as_array().map(Vec::len), Some(rule.examples().len()));
            assert!(json["examples"][0]["files"][0]["text"].as_str().is_some_and(|text| !text.is_empty()));
            assert_eq!(json["url"], crate::pages::address(rule.code).unwrap());
            assert_eq!(text.contains("off unless selected"), rule.off, "{text}");
        }
    }

    #[test]
    fn all_rules_are_listed_by_code() {
        let text = list(RuleFormat::Text, Style::PLAIN);
        assert_eq!(text.lines().count(), bt_rules::all().len());
        assert!(text.lines().is_sorted());
        assert!(
            text.contains(" non-numeric-user ") && text.lines().filter(|line| line.contains("  off      ")).count() > 1
        );
        let json: serde_json::Value = serde_json::from_str(&list(RuleFormat::Json, Style::PLAIN)).unwrap();
        assert_eq!(json.as_array().map(Vec::len), Some(bt_rules::all().len()));
    }
}
