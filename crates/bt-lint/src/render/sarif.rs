//! SARIF 2.1.0, which code scanning services read (OASIS, "Static Analysis Results Interchange Format", errata 01).

use super::json::to_text;
use super::locations::{Fingerprints, Range, place, range};
use crate::names::FileNames;
use crate::pages;
use crate::report::Report;
use bt_diag::{Confidence, Finding, Fix, FixSafety, Severity, SourceMap};
use bt_rules::{Rule, Suppressed};
use serde::ser::{Serialize, SerializeSeq, Serializer};
use serde_json::{Value as Json, json};
use std::cell::RefCell;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The whole document, ending in a line break. All of the rules that were on are described, also those that found nothing.
pub fn render(report: &Report, sources: &SourceMap, names: &FileNames<'_>, rules: &[&'static Rule]) -> String {
    let mut fingerprints = Fingerprints::default();
    let places = Places { sources, names };
    // Where there is a baseline, all results have a state (3.27.24), and all or none of a run have the list of what suppresses
    // them (3.27.23); "external" is what does not stand in the source (3.35.2).
    let has_suppressions = report.has_baseline || !report.suppressed.is_empty();
    let new = report.findings.iter().map(|finding| (finding, "new", json!([])));
    let accepted = json!([{ "kind": "external", "status": "accepted", "justification": "in the baseline" }]);
    let known = report.baselined.iter().map(|finding| (finding, "unchanged", accepted.clone()));
    let ignored =
        report.suppressed.iter().map(|suppressed| (&suppressed.finding, "new", json!([places.in_source(suppressed)])));
    let results = new.chain(known).chain(ignored).map(|(finding, state, suppressions)| {
        let mut result = places.result(finding, rules, &mut fingerprints);
        if report.has_baseline {
            result["baselineState"] = json!(state);
        }
        if has_suppressions {
            result["suppressions"] = suppressions;
        }
        result
    });
    let notifications: Vec<Json> = report
        .incomplete
        .iter()
        .map(|part| {
            let what = match part.attr.as_str() {
                "" => "the flake could not be evaluated".to_string(),
                attr => format!("output '{attr}' could not be evaluated"),
            };
            let mut notification = json!({
                "level": "error",
                "message": { "text": format!("{what}: {}", part.diagnostic.message) },
                "descriptor": { "id": crate::report::INCOMPLETE_CODE },
            });
            let at = part.diagnostic.span.and_then(|span| range(span, sources, names));
            if let Some(at) = at {
                notification["locations"] = json!([location(&at)]);
            }
            notification
        })
        .collect();
    let notes = report.notices.iter().map(|notice| json!({ "level": "note", "message": { "text": notice } }));
    let invocation = json!({
        "executionSuccessful": !report.is_incomplete() && report.incomplete.is_empty(),
        "toolExecutionNotifications": notifications.into_iter().chain(notes).collect::<Vec<_>>(),
    });
    let tool = json!({ "driver": {
        "name": "bt-lint",
        "version": env!("CARGO_PKG_VERSION"),
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
    } });
    to_text(&Document {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool,
            column_kind: "unicodeCodePoints",
            invocations: [invocation],
            results: Each(RefCell::new(results)),
        }],
    })
}

#[derive(serde::Serialize)]
struct Document<R: Serialize> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [R; 1],
}

#[derive(serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<R: Serialize> {
    tool: Json,
    column_kind: &'static str,
    invocations: [Json; 1],
    results: R,
}

/// A list whose elements are made one by one while it is written: all of them at once need much memory.
struct Each<I>(RefCell<I>);

impl<I: Iterator<Item = Json>> Serialize for Each<I> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for element in &mut *self.0.borrow_mut() {
            list.serialize_element(&element)?;
        }
        list.end()
    }
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn descriptor(rule: &Rule) -> Json {
    json!({
        "id": rule.code,
        "name": rule.name,
        "shortDescription": { "text": format!("{}.", rule.summary) },
        "helpUri": pages::address(rule.code),
        "help": {
            "text": format!("{}. 'bt-lint rule {}' says more.", rule.summary, rule.name),
            "markdown": rule.docs.trim(),
        },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": { "tags": ["containers", "nix"] },
    })
}

/// A path as a relative reference (RFC 3986).
fn uri(file: &str) -> String {
    let mut uri = String::with_capacity(file.len());
    for byte in file.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' | b'+' | b'@' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

fn region(at: &Range) -> Json {
    json!({
        "startLine": at.line,
        "startColumn": at.column,
        "endLine": at.end_line,
        "endColumn": at.end_column,
    })
}

fn location(at: &Range) -> Json {
    json!({ "physicalLocation": { "artifactLocation": { "uri": uri(&at.file) }, "region": region(at) } })
}

struct Places<'r> {
    sources: &'r SourceMap,
    names: &'r FileNames<'r>,
}

impl Places<'_> {
    /// A remark in the source that makes a finding ignored, 3.35.
    fn in_source(&self, Suppressed { remark, reason, .. }: &Suppressed) -> Json {
        let mut suppression = json!({ "kind": "inSource" });
        if let Some(reason) = reason {
            suppression["justification"] = json!(reason);
        }
        if let Some(at) = range(*remark, self.sources, self.names) {
            suppression["location"] = location(&at);
        }
        suppression
    }

    fn result(&self, finding: &Finding, rules: &[&'static Rule], fingerprints: &mut Fingerprints) -> Json {
        let at = place(finding, self.sources, self.names);
        let mut message = finding.message.clone();
        if let Some(help) = &finding.help {
            message.push_str(&format!("\n{help}"));
        }
        let mut primary = location(&at);
        if !finding.attr.is_empty() {
            primary["logicalLocations"] = json!([{ "fullyQualifiedName": finding.attr }]);
        }
        let mut result = json!({
            "ruleId": finding.code,
            "level": level(finding.severity),
            "message": { "text": message },
            "locations": [primary],
            "partialFingerprints": { "btLintFinding/v1": fingerprints.of(finding, &at.file) },
            // Of 100, for services that sort by it.
            "rank": match finding.confidence { Confidence::Certain => 100.0, Confidence::High => 80.0 },
        });
        if let Some(index) = rules.iter().position(|rule| rule.code == finding.code) {
            result["ruleIndex"] = json!(index);
        }
        let related = finding.related.iter().filter_map(|label| {
            let at = range(label.span, self.sources, self.names)?;
            let mut related = location(&at);
            if !label.text.is_empty() {
                related["message"] = json!({ "text": label.text });
            }
            Some(related)
        });
        let related: Vec<Json> = related.collect();
        if !related.is_empty() {
            result["relatedLocations"] = json!(related);
        }
        if let Some(fix) = finding.fix.as_ref().and_then(|fix| self.fix(fix)) {
            result["fixes"] = json!([fix]);
        }
        result
    }

    /// A fix whose edits all have a place; half of a fix is none.
    fn fix(&self, fix: &Fix) -> Option<Json> {
        let mut changes: Vec<(String, Vec<Json>)> = Vec::new();
        for edit in &fix.edits {
            let at = range(edit.span, self.sources, self.names)?;
            let replacement = json!({ "deletedRegion": region(&at), "insertedContent": { "text": edit.text } });
            match changes.iter_mut().find(|(file, _)| *file == at.file) {
                Some((_, replacements)) => replacements.push(replacement),
                None => changes.push((at.file, vec![replacement])),
            }
        }
        let changes = changes.into_iter().map(
            |(file, replacements)| json!({ "artifactLocation": { "uri": uri(&file) }, "replacements": replacements }),
        );
        let look = if fix.safety == FixSafety::Safe { "" } else { " (look at the result)" };
        Some(json!({
            "description": { "text": format!("{}{look}", fix.message) },
            "artifactChanges": changes.collect::<Vec<_>>(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::{render, uri};
    use crate::names::FileNames;
    use crate::render::fixtures::{Fixture, nowhere};
    use bt_container::Incomplete;
    use bt_diag::{Diagnostic, Edit, Finding, Fix, FixSafety, Severity};
    use bt_rules::Suppressed;
    use insta::assert_snapshot;
    use serde_json::Value as Json;

    #[test]
    fn a_document() {
        let fixture = Fixture::new("{\n  grün = 1; user = 1;\n}\n");
        let names = FileNames::from_root(&fixture.places);
        let user = fixture.find("user");
        let edit = Edit { span: fixture.file.span(user.clone()), text: "User".into() };
        let other = fixture.add("/flake/a b.nix", "x");
        let finding = Finding {
            help: Some("say who".into()),
            related: vec![fixture.label(fixture.find("grün"), "here"), fixture.label(0..0, "")],
            fix: Some(Fix { message: "name a user".into(), safety: FixSafety::Unsafe, edits: vec![edit] }),
            ..fixture.finding(user.clone(), "label")
        };
        let in_other = bt_diag::Label { span: other.span(0..1), text: String::new() };
        let findings = vec![
            finding,
            Finding { primary: Some(in_other), severity: Severity::Info, ..fixture.finding(0..0, "") },
            nowhere(Finding { code: "XXX001", attr: String::new(), ..fixture.finding(0..0, "") }),
        ];
        let mut report = fixture.report(findings);
        let at = fixture.find("user");
        for reason in [Some("on purpose".to_string()), None] {
            let remark = fixture.file.span(at.clone());
            report.suppressed.push(Suppressed { finding: fixture.finding(at.clone(), ""), remark, reason });
        }
        report.notices.push("a model".into());
        let diagnostic = Diagnostic::new("it throws").at(fixture.file.span(user));
        report.incomplete.push(Incomplete { attr: "packages.x".into(), diagnostic, cause: Default::default() });
        let rules: Vec<_> = bt_rules::find("CFG001").into_iter().collect();
        let text = render(&report, &fixture.sources, &names, &rules);
        let mut json: Json = serde_json::from_str(&text).unwrap();
        let markdown = json["runs"][0]["tool"]["driver"]["rules"][0]["help"]["markdown"].take();
        assert!(markdown.as_str().unwrap().starts_with("## What it finds"));
        json["runs"][0]["tool"]["driver"]["version"] = "0".into();
        assert_snapshot!(serde_json::to_string_pretty(&json).unwrap());
    }

    #[test]
    fn what_is_in_the_baseline_is_suppressed() {
        let fixture = Fixture::new("user");
        let names = FileNames::from_root(&fixture.places);
        let mut report = fixture.report(vec![fixture.finding(0..4, "")]);
        let results = |report: &crate::report::Report| -> Json {
            let json: Json = serde_json::from_str(&render(report, &fixture.sources, &names, &[])).unwrap();
            json["runs"][0]["results"].clone()
        };
        assert!(
            results(&report)[0].get("baselineState").is_none() && results(&report)[0].get("suppressions").is_none()
        );
        report.has_baseline = true;
        report.baselined = vec![nowhere(fixture.finding(0..4, ""))];
        let results = results(&report);
        assert_eq!(results[0]["baselineState"], "new");
        assert_eq!(results[0]["suppressions"], serde_json::json!([]));
        assert_eq!(results[1]["baselineState"], "unchanged");
        assert_eq!(results[1]["suppressions"][0]["kind"], "external");
    }

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("a b/ü%#?:.nix"), "a%20b/%C3%BC%25%23%3F%3A.nix");
        assert_eq!(uri("../x-1_~.nix"), "../x-1_~.nix");
    }
}
