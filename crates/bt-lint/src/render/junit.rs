//! JUnit's XML, as Jenkins, GitLab and others read it: a suite for each file, a failed test for each finding.

use super::escape;
use super::locations::{Range, place};
use crate::names::FileNames;
use crate::pages;
use crate::report::Report;
use bt_diag::{Finding, SourceMap};
use std::collections::BTreeMap;

/// The whole document.
pub fn render(report: &Report, sources: &SourceMap, names: &FileNames<'_>) -> String {
    let mut files: BTreeMap<String, Vec<(Range, &Finding)>> = BTreeMap::new();
    for finding in &report.findings {
        let at = place(finding, sources, names);
        files.entry(at.file.clone()).or_default().push((at, finding));
    }
    let count = report.findings.len();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    if files.is_empty() {
        // A report without any test is taken for one that did not run.
        let name = text(&names.flake());
        out.push_str("<testsuites name=\"bt-lint\" tests=\"1\" failures=\"0\">\n");
        out.push_str(&format!("  <testsuite name=\"{name}\" tests=\"1\" failures=\"0\">\n"));
        out.push_str(&format!("    <testcase classname=\"{name}\" name=\"nothing found\"/>\n  </testsuite>\n"));
    } else {
        out.push_str(&format!("<testsuites name=\"bt-lint\" tests=\"{count}\" failures=\"{count}\">\n"));
    }
    for (file, findings) in &files {
        let (name, count) = (text(file), findings.len());
        out.push_str(&format!("  <testsuite name=\"{name}\" tests=\"{count}\" failures=\"{count}\">\n"));
        for (at, finding) in findings {
            out.push_str(&case(&name, at, finding));
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn case(file: &str, at: &Range, finding: &Finding) -> String {
    let attr = if finding.attr.is_empty() { String::new() } else { format!(" ({})", finding.attr) };
    let title = text(&format!("{} {}{attr}", finding.code, finding.name));
    let message = text(&finding.message);
    let help = finding.help.as_ref().map(|help| format!("\nhelp: {}", text(help))).unwrap_or_default();
    let page = pages::address(finding.code).map(|url| format!("\nsee: {}", text(&url))).unwrap_or_default();
    let place = format!("{file}:{}:{}", at.line, at.column);
    format!(
        "    <testcase classname=\"{file}\" name=\"{title}\" file=\"{file}\" line=\"{}\">\n      \
         <failure type=\"{}\" message=\"{message}\">{place}: {} {}: {message}{help}{page}</failure>\n    </testcase>\n",
        at.line,
        finding.severity.as_str(),
        finding.severity.as_str(),
        finding.code,
    )
}

/// For attributes and text alike; what XML cannot hold is made visible.
fn text(plain: &str) -> String {
    let visible = escape::lines(plain);
    let mut out = String::with_capacity(visible.len());
    for c in visible.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::names::FileNames;
    use crate::render::fixtures::{Fixture, nowhere};
    use bt_diag::Finding;
    use insta::assert_snapshot;

    #[test]
    fn suites() {
        let fixture = Fixture::new("{\n  user = 1;\n}\n");
        let names = FileNames::from_root(&fixture.places);
        let first = Finding {
            message: "a < \"b\" & \u{1b}[31m \u{ffff}".into(),
            help: Some("two\nlines".into()),
            ..fixture.finding(fixture.find("user"), "")
        };
        let second = nowhere(Finding { attr: String::new(), ..fixture.finding(0..0, "") });
        assert_snapshot!(render(&fixture.report(vec![first, second]), &fixture.sources, &names), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="bt-lint" tests="2" failures="2">
          <testsuite name="flake.nix" tests="2" failures="2">
            <testcase classname="flake.nix" name="CFG001 root-user (packages.x86_64-linux.app.config)" file="flake.nix" line="2">
              <failure type="error" message="a &lt; &quot;b&quot; &amp; ␛[31m �">flake.nix:2:3: error CFG001: a &lt; &quot;b&quot; &amp; ␛[31m �
        help: two&#10;lines
        see: https://github.com/betrace-hq/bt-lint/blob/main/docs/rules/root-user.md</failure>
            </testcase>
            <testcase classname="flake.nix" name="CFG001 root-user" file="flake.nix" line="1">
              <failure type="error" message="image `app` runs as root">flake.nix:1:1: error CFG001: image `app` runs as root
        see: https://github.com/betrace-hq/bt-lint/blob/main/docs/rules/root-user.md</failure>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
        assert_snapshot!(render(&fixture.report(Vec::new()), &fixture.sources, &names), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="bt-lint" tests="1" failures="0">
          <testsuite name="flake.nix" tests="1" failures="0">
            <testcase classname="flake.nix" name="nothing found"/>
          </testsuite>
        </testsuites>
        "#);
    }
}
