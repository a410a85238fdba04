//! How many findings each rule has, most first.

use super::{json, paint};
use crate::report::Report;
use crate::surroundings::Style;
use bt_diag::{FixSafety, Severity};
use serde::Serialize;
use std::collections::BTreeMap;

/// The findings of a rule.
#[derive(Debug, Default, Serialize)]
struct Count {
    code: &'static str,
    name: &'static str,
    /// The worst of them.
    severity: &'static str,
    count: usize,
    /// How many have a fix that can be applied without looking.
    fixable: usize,
    /// How many more are in the baseline.
    baselined: usize,
}

fn counts(report: &Report) -> Vec<Count> {
    let mut counts: BTreeMap<&str, (Option<Severity>, Count)> = BTreeMap::new();
    let new = report.findings.iter().map(|finding| (finding, true));
    for (finding, is_new) in new.chain(report.baselined.iter().map(|finding| (finding, false))) {
        let (worst, count) = counts.entry(finding.code).or_default();
        *worst = (*worst).max(Some(finding.severity));
        (count.code, count.name) = (finding.code, finding.name);
        count.severity = worst.map_or("", Severity::as_str);
        count.count += usize::from(is_new);
        count.baselined += usize::from(!is_new);
        let is_fixable = is_new && finding.fix.as_ref().is_some_and(|fix| fix.safety == FixSafety::Safe);
        count.fixable += usize::from(is_fixable);
    }
    let mut counts: Vec<Count> = counts.into_values().map(|(_, count)| count).collect();
    counts.sort_by(|a, b| (b.count, b.baselined, a.code).cmp(&(a.count, a.baselined, b.code)));
    counts
}

/// For people: a line for each rule that found something.
pub fn text(report: &Report, style: Style) -> String {
    let counts = counts(report);
    let width = |f: fn(&Count) -> usize| counts.iter().map(f).max().unwrap_or(0);
    let (digits, names) = (width(|count| count.count.to_string().len()), width(|count| count.name.len()));
    let mut out = String::new();
    for Count { code, name, severity, count, fixable, baselined } in &counts {
        let level = match *severity {
            "error" => Severity::Error,
            "warning" => Severity::Warning,
            _ => Severity::Info,
        };
        let severity = paint::severity(&format!("{severity:7}"), level, style);
        let mut more = Vec::new();
        if *fixable > 0 {
            more.push(format!("{fixable} fixable"));
        }
        if *baselined > 0 {
            more.push(format!("{baselined} in the baseline"));
        }
        let line = format!("{count:>digits$}  {code}  {name:names$}  {severity}  {}", more.join(", "));
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// For programs: a list.
pub fn list(report: &Report) -> String {
    json::to_text(&counts(report))
}

#[cfg(test)]
mod tests {
    use super::{list, text};
    use crate::render::fixtures::Fixture;
    use crate::surroundings::Style;
    use bt_diag::{Finding, Fix, FixSafety, Severity};

    #[test]
    fn most_first() {
        let fixture = Fixture::new("x");
        let finding = |code: &'static str, name: &'static str, severity: Severity| Finding {
            code,
            name,
            severity,
            ..fixture.finding(0..1, "")
        };
        let fix = Fix { message: "mend".into(), safety: FixSafety::Safe, edits: Vec::new() };
        let tag = || finding("IMG001", "image-tag-latest", Severity::Warning);
        let mut report = fixture.report(vec![finding("CFG001", "root-user", Severity::Error), tag()]);
        report.findings.push(Finding { fix: Some(fix), severity: Severity::Info, ..tag() });
        report.baselined.push(finding("CFG001", "root-user", Severity::Error));
        let expected = "2  IMG001  image-tag-latest  warning  1 fixable\n1  CFG001  root-user         error    1 in the baseline\n";
        assert_eq!(text(&report, Style::PLAIN), expected);
        let json: serde_json::Value = serde_json::from_str(&list(&report)).unwrap();
        assert_eq!(json[0]["code"], "IMG001");
        assert_eq!((json[0]["count"].as_u64(), json[1]["baselined"].as_u64()), (Some(2), Some(1)));
        assert_eq!(text(&fixture.report(Vec::new()), Style::PLAIN), "");
    }
}
