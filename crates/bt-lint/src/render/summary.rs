//! What is said on standard error after a check.

use super::escape;
use crate::report::Report;
use bt_diag::Severity;
use std::time::Duration;

/// One line: what was checked, what was found, how long it took.
pub fn summary(report: &Report) -> String {
    let images = counted(report.images.len(), "image");
    let services: usize = report.compose.iter().map(|compose| compose.services.len()).sum();
    let mut compose = counted(report.compose.len(), "compose file");
    if !report.compose.is_empty() {
        compose = format!("{compose} with {}", counted(services, "service"));
    }
    let counts = [Severity::Error, Severity::Warning, Severity::Info]
        .map(|severity| counted(report.count(severity), severity.as_str()))
        .join(", ");
    let aside = |count: usize, how: &str| match count {
        0 => String::new(),
        count => format!("; {} {how}", counted(count, "finding")),
    };
    let ignored = aside(report.suppressed.len(), "ignored");
    let known = aside(report.baselined.len(), "in the baseline");
    let incomplete = if report.is_incomplete() { "; the analysis is incomplete" } else { "" };
    format!("{images}, {compose}: {counts} ({}){ignored}{known}{incomplete}", duration(report.elapsed))
}

/// The lines that `--verbose` adds: every image and compose file that was checked.
pub fn inventory(report: &Report) -> Vec<String> {
    let images = report.images.iter().map(|image| {
        let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "?".into());
        format!("image {}:{} ({}, {})", part(&image.name), part(&image.tag), image.builder, image.attr)
    });
    let compose = report.compose.iter().map(|file| format!("compose file {}: {}", file.attr, file.services.join(", ")));
    images.chain(compose).map(|line| escape::line(&line).into_owned()).collect()
}

/// What is said when findings of the baseline do not occur any more.
pub fn gone(report: &Report) -> Option<String> {
    let verb = if report.gone == 1 { "does" } else { "do" };
    let count = counted(report.gone, "finding");
    (report.gone > 0).then(|| {
        format!("{count} of the baseline {verb} not occur any more; `bt-lint init --baseline` brings it up to date")
    })
}

/// A number of things: `1 finding`, `2 findings`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn duration(elapsed: Duration) -> String {
    if elapsed < Duration::from_secs(1) {
        format!("{} ms", elapsed.as_millis())
    } else {
        format!("{:.1} s", elapsed.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::{inventory, summary};
    use crate::render::fixtures::Fixture;
    use crate::report::{ComposeSummary, ImageSummary, Report};
    use std::time::Duration;

    #[test]
    fn counts_what_was_checked() {
        let image = |attr: &str| ImageSummary {
            attr: attr.into(),
            name: Some("a\u{1b}".into()),
            tag: None,
            builder: "buildImage".into(),
        };
        let compose = ComposeSummary { attr: "c".into(), services: vec!["web".into(), "db".into()] };
        let fixture = Fixture::new("x");
        let mut report = Report {
            images: vec![image("a"), image("b")],
            compose: vec![compose],
            findings: vec![fixture.finding(0..1, "")],
            elapsed: Duration::from_micros(23_456),
            ..Report::default()
        };
        let expected = "2 images, 1 compose file with 2 services: 1 error, 0 warnings, 0 infos (23 ms)";
        assert_eq!(summary(&report), expected);
        assert_eq!(inventory(&report)[0], "image a␛:? (buildImage, a)");
        assert_eq!(inventory(&report)[2], "compose file c: web, db");
        report.findings[0].code = "BTL004";
        assert!(summary(&report).ends_with("(23 ms); the analysis is incomplete"));
        let ignored = |finding| bt_rules::Suppressed { finding, remark: fixture.file.span(0..1), reason: None };
        report.suppressed = vec![ignored(fixture.finding(0..1, ""))];
        assert!(summary(&report).ends_with("(23 ms); 1 finding ignored; the analysis is incomplete"));
        report.baselined = vec![fixture.finding(0..1, "")];
        assert!(
            summary(&report)
                .ends_with("(23 ms); 1 finding ignored; 1 finding in the baseline; the analysis is incomplete")
        );
        let empty = Report { elapsed: Duration::from_millis(1250), ..Report::default() };
        assert_eq!(summary(&empty), "0 images, 0 compose files: 0 errors, 0 warnings, 0 infos (1.2 s)");
    }
}
