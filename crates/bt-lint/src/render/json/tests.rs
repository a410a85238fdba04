use crate::render::fixtures::{Fixture, OUTSIDE, nowhere};
use crate::report::{ComposeSummary, ImageSummary};
use bt_container::Incomplete;
use bt_diag::{Diagnostic, Edit, Finding, Fix, FixSafety};
use insta::assert_snapshot;

#[test]
fn everything_at_once() {
    let fixture = Fixture::new("{\r\n\tgrün = \"日本\"; user = 1;\r\n}\r\n");
    let mut finding = fixture.finding(fixture.find("user = 1"), "not in the document");
    finding.related = vec![fixture.label(fixture.find("\"日本\""), "")];
    finding.help = Some("do this".into());
    let edit = Edit { span: fixture.file.span(fixture.find("1")), text: "\"2\"".into() };
    finding.fix = Some(Fix { message: "make it a string".into(), safety: FixSafety::Safe, edits: vec![edit] });
    let mut report = fixture.report(vec![finding]);
    report.images.push(ImageSummary {
        attr: "packages.x.app".into(),
        name: Some("app".into()),
        tag: None,
        builder: "buildImage".into(),
    });
    report.compose.push(ComposeSummary { attr: "packages.x.compose".into(), services: vec!["web".into()] });
    let diagnostic = Diagnostic::new("boom").at(fixture.file.span(0..1));
    report.incomplete.push(Incomplete { attr: "packages.x.bad".into(), diagnostic, cause: Default::default() });
    let ignored = fixture.finding(fixture.find("grün"), "");
    let remark = fixture.file.span(fixture.find("user"));
    report.suppressed.push(bt_rules::Suppressed { finding: ignored, remark, reason: Some("on purpose".into()) });
    report.date = "2026-10-01".into();
    report.notices.push("nixpkgs is the built-in stand-in".into());
    assert_snapshot!(super::render(&report, &fixture.sources), @r#"
    {
      "version": 1,
      "date": "2026-10-01",
      "findings": [
        {
          "code": "CFG001",
          "name": "root-user",
          "severity": "error",
          "confidence": "certain",
          "message": "image `app` runs as root",
          "attr": "packages.x86_64-linux.app.config",
          "locations": [
            {
              "role": "primary",
              "file": "flake.nix",
              "line": 2,
              "column": 15,
              "end_line": 2,
              "end_column": 23
            },
            {
              "role": "related",
              "file": "flake.nix",
              "line": 2,
              "column": 9,
              "end_line": 2,
              "end_column": 13
            }
          ],
          "help": "do this",
          "url": "https://github.com/betrace-hq/bt-lint/blob/main/docs/rules/root-user.md",
          "fix": {
            "message": "make it a string",
            "safety": "safe",
            "edits": [
              {
                "file": "flake.nix",
                "start": {
                  "line": 2,
                  "column": 22
                },
                "end": {
                  "line": 2,
                  "column": 23
                },
                "text": "\"2\""
              }
            ]
          }
        }
      ],
      "suppressed": [
        {
          "code": "CFG001",
          "name": "root-user",
          "severity": "error",
          "confidence": "certain",
          "message": "image `app` runs as root",
          "attr": "packages.x86_64-linux.app.config",
          "locations": [
            {
              "role": "primary",
              "file": "flake.nix",
              "line": 2,
              "column": 2,
              "end_line": 2,
              "end_column": 6
            }
          ],
          "help": null,
          "url": "https://github.com/betrace-hq/bt-lint/blob/main/docs/rules/root-user.md",
          "fix": null,
          "suppression": {
            "kind": "inSource",
            "reason": "on purpose",
            "locations": [
              {
                "role": "primary",
                "file": "flake.nix",
                "line": 2,
                "column": 15,
                "end_line": 2,
                "end_column": 19
              }
            ]
          }
        }
      ],
      "images": [
        {
          "attr": "packages.x.app",
          "name": "app",
          "tag": null,
          "builder": "buildImage"
        }
      ],
      "compose": [
        {
          "attr": "packages.x.compose",
          "services": [
            "web"
          ]
        }
      ],
      "incomplete": [
        {
          "attr": "packages.x.bad",
          "message": "boom",
          "locations": [
            {
              "role": "primary",
              "file": "flake.nix",
              "line": 1,
              "column": 1,
              "end_line": 1,
              "end_column": 2
            }
          ],
          "help": null
        }
      ],
      "notices": [
        "nixpkgs is the built-in stand-in"
      ]
    }
    "#);
}

#[test]
fn escapes_and_missing_places() {
    let fixture = Fixture::new("x");
    let mut finding = nowhere(fixture.finding(0..0, ""));
    finding.message = "\u{1b}[31m \u{9b} \u{7f} \u{202e} \" \\ \n grün".into();
    let edit = Edit { span: OUTSIDE, text: String::new() };
    finding.fix = Some(Fix { message: "cannot be placed".into(), safety: FixSafety::Unsafe, edits: vec![edit] });
    let text = super::render(&fixture.report(vec![finding.clone()]), &fixture.sources);
    assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let found = &document["findings"][0];
    assert_eq!(found["message"], finding.message);
    assert_eq!(found["locations"], serde_json::json!([]));
    assert!(found["fix"].is_null());
    assert_eq!(found["url"], "https://github.com/betrace-hq/bt-lint/blob/main/docs/rules/root-user.md");
}

#[test]
fn findings_are_sorted() {
    let fixture = Fixture::new("a\nb\n");
    let other = fixture.add("/flake/a.nix", "x");
    let at = |code, range: std::ops::Range<usize>| Finding { code, ..fixture.finding(range, "") };
    let mut in_other = fixture.finding(0..0, "");
    in_other.primary = Some(bt_diag::Label { span: other.span(0..1), text: String::new() });
    let findings = vec![at("B", 2..3), at("C", 0..1), at("A", 2..3), in_other, at("A", 2..3), nowhere(at("Z", 0..0))];
    let mut report = fixture.report(findings);
    report.sort(&fixture.sources);
    let codes: Vec<&str> = report.findings.iter().map(|f| f.code).collect();
    assert_eq!(codes, ["Z", "CFG001", "C", "A", "B"]);
}
