//! `bt-lint rule`: explains a rule, from the documentation that stands beside its code.

use super::Outcome;
use crate::cli::{RuleArguments, RuleFormat};
use crate::exit::Exit;
use crate::render::{json, paint};
use crate::surroundings::{Stream, Style};
use crate::{markdown, output};
use bt_diag::Diagnostic;
use bt_rules::{FixKind, Rule};
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

#[derive(Serialize)]
struct JsonRule {
    code: &'static str,
    name: &'static str,
    severity: &'static str,
    summary: &'static str,
    fix: Option<&'static str>,
    references: &'static [&'static str],
    docs: &'static str,
}

impl JsonRule {
    fn new(rule: &'static Rule) -> JsonRule {
        let Rule { code, name, summary, references, docs, .. } = *rule;
        let fix = match rule.fix {
            FixKind::None => None,
            FixKind::Safe => Some("safe"),
            FixKind::Unsafe => Some("unsafe"),
        };
        JsonRule { code, name, severity: rule.severity.as_str(), summary, fix, references, docs }
    }
}

fn explain(rule: &'static Rule, format: RuleFormat, style: Style) -> String {
    match format {
        RuleFormat::Json => json::to_text(&JsonRule::new(rule)),
        RuleFormat::Markdown => page(rule),
        RuleFormat::Text => {
            let title = paint::bold(&format!("{} {}", rule.code, rule.name), style);
            let severity = paint::severity(rule.severity.as_str(), rule.severity, style);
            let mut out = format!("{title} ({severity}{})\n", fix_words(rule.fix));
            out.push_str(&textwrap::fill(rule.summary, paint::wrapping(style)));
            out.push_str("\n\n");
            out.push_str(&markdown::render(&body(rule), style));
            out
        }
    }
}

/// The documentation as a page of its own.
fn page(rule: &Rule) -> String {
    let severity = rule.severity.as_str();
    let title = format!("# {} `{}`\n\n{}.\n\n", rule.code, rule.name, rule.summary);
    format!("{title}Severity: {severity}{}.\n\n{}", fix_words(rule.fix), body(rule))
}

fn body(rule: &Rule) -> String {
    let mut text = rule.docs.trim().to_string();
    if !rule.references.is_empty() {
        text.push_str("\n\n## References\n\n");
        rule.references.iter().for_each(|reference| text.push_str(&format!("- {reference}\n")));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

fn fix_words(fix: FixKind) -> &'static str {
    match fix {
        FixKind::None => "",
        FixKind::Safe => ", with a safe fix",
        FixKind::Unsafe => ", with a fix to be reviewed",
    }
}

fn list(format: RuleFormat, style: Style) -> String {
    let mut rules = bt_rules::all().to_vec();
    rules.sort_by_key(|rule| rule.code);
    match format {
        RuleFormat::Json => json::to_text(&rules.into_iter().map(JsonRule::new).collect::<Vec<_>>()),
        RuleFormat::Markdown => {
            let rows = rules.iter().map(|rule| {
                format!("| {} | `{}` | {} | {} |\n", rule.code, rule.name, rule.severity.as_str(), rule.summary)
            });
            "| Code | Name | Severity | Summary |\n|---|---|---|---|\n".to_string() + &rows.collect::<String>()
        }
        RuleFormat::Text => {
            let width = rules.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
            let rows = rules.iter().map(|rule| {
                let severity = paint::severity(&format!("{:7}", rule.severity.as_str()), rule.severity, style);
                format!("{} {:width$}  {severity}  {}\n", rule.code, rule.name, rule.summary)
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
        }
    }

    #[test]
    fn all_rules_are_listed_by_code() {
        let text = list(RuleFormat::Text, Style::PLAIN);
        assert_eq!(text.lines().count(), bt_rules::all().len());
        assert!(text.lines().is_sorted());
        let json: serde_json::Value = serde_json::from_str(&list(RuleFormat::Json, Style::PLAIN)).unwrap();
        assert_eq!(json.as_array().map(Vec::len), Some(bt_rules::all().len()));
    }
}
