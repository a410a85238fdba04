//! Workflow commands of GitHub Actions: annotations on the lines of a pull request (GitHub Docs, "Workflow commands for
//! GitHub Actions", "Setting an error message").

use super::escape;
use super::locations::place;
use crate::names::FileNames;
use crate::pages;
use crate::report::Report;
use bt_diag::{Severity, SourceMap};

/// One line for each finding.
pub fn render(report: &Report, sources: &SourceMap, names: &FileNames<'_>) -> String {
    let mut out = String::new();
    for finding in &report.findings {
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "notice",
        };
        let at = place(finding, sources, names);
        // An annotation of several lines has no columns.
        let columns = match at.line == at.end_line {
            true => format!(",col={},endColumn={}", at.column, at.end_column),
            false => String::new(),
        };
        let help = finding.help.as_ref().map(|help| format!("\nhelp: {help}")).unwrap_or_default();
        let page = pages::address(finding.code).map(|url| format!("\nsee {url}")).unwrap_or_default();
        out.push_str(&format!(
            "::{command} file={},line={},endLine={}{columns},title={}::{}\n",
            property(&at.file),
            at.line,
            at.end_line,
            property(&format!("{} {}", finding.code, finding.name)),
            message(&escape::lines(&format!("{}{help}{page}", finding.message))),
        ));
    }
    out
}

fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::names::FileNames;
    use crate::render::fixtures::{Fixture, nowhere};
    use bt_diag::{Finding, Severity};
    use insta::assert_snapshot;

    #[test]
    fn annotations() {
        let fixture = Fixture::new("{\n  user = 1;\n}\n");
        let user = fixture.find("user");
        let all = 0..fixture.file.text.len() - 1;
        let findings = vec![
            Finding { help: Some("100 %, or\nless".into()), ..fixture.finding(user, "") },
            Finding { severity: Severity::Warning, ..fixture.finding(all, "") },
            nowhere(Finding { severity: Severity::Info, message: "bell \u{7}".into(), ..fixture.finding(0..0, "") }),
        ];
        let names = FileNames::from_root(&fixture.places);
        assert_snapshot!(render(&fixture.report(findings), &fixture.sources, &names), @"
        ::error file=flake.nix,line=2,endLine=2,col=3,endColumn=7,title=CFG001 root-user::image `app` runs as root%0Ahelp: 100 %25, or%0Aless%0Asee https://github.com/betrace-hq/bt-lint/blob/main/docs/rules/root-user.md
        ::warning file=flake.nix,line=1,endLine=3,title=CFG001 root-user::image `app` runs as root%0Asee https://github.com/betrace-hq/bt-lint/blob/main/docs/rules/root-user.md
        ::notice file=flake.nix,line=1,endLine=1,col=1,endColumn=1,title=CFG001 root-user::bell ␇%0Asee https://github.com/betrace-hq/bt-lint/blob/main/docs/rules/root-user.md
        ");
        assert_eq!(render(&fixture.report(Vec::new()), &fixture.sources, &names), "");
    }
}
