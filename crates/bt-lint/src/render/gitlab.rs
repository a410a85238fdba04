//! GitLab's code quality report (GitLab Docs, "Code Quality", "Code Quality report format").

use super::json::to_text;
use super::locations::{Fingerprints, place};
use crate::names::FileNames;
use crate::report::Report;
use bt_diag::{Severity, SourceMap};
use serde::Serialize;

#[derive(Serialize)]
struct Issue<'r> {
    description: &'r str,
    check_name: &'r str,
    fingerprint: String,
    severity: &'static str,
    location: Location,
}

#[derive(Serialize)]
struct Location {
    path: String,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: u32,
    end: u32,
}

/// A list of issues, ending in a line break.
pub fn render(report: &Report, sources: &SourceMap, names: &FileNames<'_>) -> String {
    let mut fingerprints = Fingerprints::default();
    let issues = report.findings.iter().map(|finding| {
        let at = place(finding, sources, names);
        Issue {
            description: &finding.message,
            check_name: finding.name,
            fingerprint: fingerprints.of(finding, &at.file),
            severity: match finding.severity {
                Severity::Error => "major",
                Severity::Warning => "minor",
                Severity::Info => "info",
            },
            location: Location { path: at.file, lines: Lines { begin: at.line, end: at.end_line } },
        }
    });
    to_text(&issues.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::names::FileNames;
    use crate::render::fixtures::Fixture;
    use insta::assert_snapshot;

    #[test]
    fn issues() {
        let fixture = Fixture::new("{\n  user = 1;\n}\n");
        let names = FileNames::from_root(&fixture.places);
        let finding = || fixture.finding(fixture.find("user"), "");
        let text = render(&fixture.report(vec![finding()]), &fixture.sources, &names);
        assert_snapshot!(text, @r#"
        [
          {
            "description": "image `app` runs as root",
            "check_name": "root-user",
            "fingerprint": "b8add7721a4a5188757b4ccef2fbeba8",
            "severity": "major",
            "location": {
              "path": "flake.nix",
              "lines": {
                "begin": 2,
                "end": 2
              }
            }
          }
        ]
        "#);
        assert_eq!(render(&fixture.report(Vec::new()), &fixture.sources, &names), "[]\n");
        // Findings that are alike differ in their fingerprints.
        let two: serde_json::Value =
            serde_json::from_str(&render(&fixture.report(vec![finding(), finding()]), &fixture.sources, &names))
                .unwrap();
        assert_ne!(two[0]["fingerprint"], two[1]["fingerprint"]);
    }

    #[test]
    fn fingerprints_stay_when_lines_move() {
        let fingerprint = |text: &str| {
            let fixture = Fixture::new(text);
            let names = FileNames::from_root(&fixture.places);
            let finding = fixture.finding(fixture.find("user"), "");
            let issues = render(&fixture.report(vec![finding]), &fixture.sources, &names);
            serde_json::from_str::<serde_json::Value>(&issues).unwrap()[0]["fingerprint"].clone()
        };
        assert_eq!(fingerprint("user"), fingerprint("\n\n  user"));
    }
}
