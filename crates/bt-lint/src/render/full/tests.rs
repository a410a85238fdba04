use crate::render::fixtures::{Fixture, OUTSIDE, nowhere};
use crate::surroundings::Style;
use bt_diag::{Edit, Finding, Fix, FixSafety, Label, Severity};
use insta::assert_snapshot;

const FLAKE: &str = "\
{
  outputs = { nixpkgs, ... }: {
    app = buildImage {
      name = \"app\";
      config = {
        Cmd = [ \"/bin/app\" ];
      };
    };
  };
}
";

#[test]
fn everything_at_once() {
    let fixture = Fixture::new(FLAKE);
    let other = fixture.add("/flake/nix/config.nix", "{ lib }:\n\n{\n  base = { };\n}\n");
    let mut finding = fixture.finding(fixture.find("config"), "no `User` here");
    finding.related = vec![
        fixture.label(fixture.find("buildImage"), "the image is made here"),
        Label { span: other.span(14..18), text: "and extended here".into() },
    ];
    finding.help = Some("set `User` to a number other than 0, such as `User = \"65534:65534\";`, which is nobody".into());
    let edit = Edit { span: other.span(0..0), text: "x".into() };
    finding.fix = Some(Fix { message: "add `User`".into(), safety: FixSafety::Unsafe, edits: vec![edit] });
    assert_snapshot!(fixture.full(finding), @"");
}

#[test]
fn severities_without_unicode() {
    let fixture = Fixture::new(FLAKE);
    let style = Style { unicode: false, width: 80, color: false };
    for (severity, expected) in
        [(Severity::Error, "  x image"), (Severity::Warning, "  ! image"), (Severity::Info, "  > image")]
    {
        let finding = Finding { severity, ..fixture.finding(0..1, "here") };
        let text = fixture.full_with(finding, style);
        assert!(text.is_ascii() && text.contains(expected), "{text}");
        assert!(text.starts_with(&format!("{} CFG001 root-user\n", severity.as_str())), "{text}");
    }
}

#[test]
fn colors() {
    let fixture = Fixture::new("{ a = 1; }\n");
    let text = fixture.full_with(fixture.finding(2..3, "here"), Style { color: true, unicode: true, width: 80 });
    assert_snapshot!(text.replace('\u{1b}', "ESC"), @"");
}

#[test]
fn no_place() {
    let fixture = Fixture::new(FLAKE);
    assert_snapshot!(fixture.full(nowhere(fixture.finding(0..0, ""))), @"");
    let outside = Label { span: OUTSIDE, text: "gone".into() };
    let finding = Finding { primary: Some(outside), ..fixture.finding(0..0, "") };
    assert_eq!(fixture.full(finding), fixture.full(nowhere(fixture.finding(0..0, ""))));
}

#[test]
fn empty_span() {
    let fixture = Fixture::new(FLAKE);
    let end = fixture.find("Cmd").start;
    assert_snapshot!(fixture.full(fixture.finding(end..end, "here")), @"");
}

#[test]
fn end_of_file() {
    let fixture = Fixture::new("{\n  a = 1;\n");
    let end = fixture.file.text.len();
    assert_snapshot!(fixture.full(fixture.finding(end..end, "`}` is missing")), @"");
    let unfinished = Fixture::new("{ a");
    assert_snapshot!(unfinished.full(unfinished.finding(3..3, "`=` is missing")), @"");
    let empty = Fixture::new("");
    assert_snapshot!(empty.full(empty.finding(0..0, "nothing here")), @"");
}

#[test]
fn several_lines() {
    let fixture = Fixture::new(FLAKE);
    let (start, end) = (fixture.find("config").start, fixture.find("      };").end);
    assert_snapshot!(fixture.full(fixture.finding(start..end, "this set")), @"");
}

#[test]
fn many_lines_are_shown_as_the_first() {
    let fixture = Fixture::new(FLAKE);
    assert_snapshot!(fixture.full(fixture.finding(0..FLAKE.len(), "the flake")), @"");
}

#[test]
fn unicode_and_tabs() {
    let fixture = Fixture::new("{\n\tgrün = \"日本語\";\tx = 1;\n}\n");
    assert_snapshot!(fixture.full(fixture.finding(fixture.find("\"日本語\""), "wide")), @"");
    assert_snapshot!(fixture.full(fixture.finding(fixture.find("x = 1"), "after a tab")), @"");
}

#[test]
fn carriage_returns() {
    let fixture = Fixture::new("{\r\n  a = 1;\r\n  b = 2;\r\n}\r\n");
    let text = fixture.full(fixture.finding(fixture.find("a = 1;\r\n"), "to the end of the line"));
    assert!(!text.contains(['\r', '␍']));
    assert_snapshot!(text, @"");
}

#[test]
fn labels_on_one_line_and_the_same_place_twice() {
    let fixture = Fixture::new("{ a = b.c; }\n");
    let mut finding = fixture.finding(fixture.find("b.c"), "the value");
    finding.related = vec![
        fixture.label(fixture.find("a"), "the name"),
        fixture.label(fixture.find("b.c"), "the value"),
        fixture.label(fixture.find("b.c"), ""),
    ];
    assert_snapshot!(fixture.full(finding), @"");
}

#[test]
fn places_far_apart_and_one_between() {
    let text: String = (1..=30).map(|i| format!("line{i:02}\n")).collect();
    let fixture = Fixture::new(&text);
    let mut finding = fixture.finding(fixture.find("line20"), "first");
    finding.related = vec![fixture.label(fixture.find("line05"), "second"), fixture.label(fixture.find("line17"), "third")];
    assert_snapshot!(fixture.full(finding), @"");
}

#[test]
fn many_places() {
    let text: String = (1..=100).map(|i| format!("line{i:03}\n")).collect();
    let fixture = Fixture::new(&text);
    let mut finding = fixture.finding(0..7, "first");
    finding.related = (1..=9).map(|i| fixture.label(i * 80..i * 80 + 7, "again")).collect();
    let shown = fixture.full(finding);
    assert_eq!(shown.matches("again").count(), 6);
    assert!(shown.contains("more: 3 other places, shown by --show-trace"), "{shown}");
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let text = format!("{{ a = \"{}\"; here = 1; b = \"{}\"; }}\n", "x".repeat(500_000), "y".repeat(500_000));
    let fixture = Fixture::new(&text);
    assert_snapshot!(fixture.full(fixture.finding(fixture.find("here"), "this one")), @"");
    assert_snapshot!(fixture.full(fixture.finding(fixture.find("a = "), "at the start")), @"");
    assert_snapshot!(fixture.full(fixture.finding(0..text.len() - 1, "all of it")), @"");
    let mut both = fixture.finding(fixture.find("a ="), "one end");
    both.related = vec![fixture.label(fixture.find("; }"), "the other end")];
    assert_snapshot!(fixture.full(both), @"");
}

#[test]
fn what_acts_on_a_terminal_is_shown() {
    let fixture = Fixture::new("{ a = \"\u{1b}[31m\u{202e}red\"; }\n");
    let mut finding = fixture.finding(fixture.find("red"), "la\u{1b}bel\nin two lines");
    finding.message = "bad \u{1b}]0;title\u{7}".into();
    finding.attr = "packages.\u{9b}x".into();
    finding.help = Some("do\u{8} this\nand that".into());
    let text = fixture.full(finding);
    assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
    assert_snapshot!(text, @"");
}

#[test]
fn every_span_of_a_text_can_be_shown() {
    for text in ["", "\n", "a", "\r\n", "é\n\n\tb\r\nc", "a\n\nb\n"] {
        let fixture = Fixture::new(text);
        let boundaries: Vec<usize> = (0..=text.len()).filter(|i| text.is_char_boundary(*i)).collect();
        for (i, start) in boundaries.iter().enumerate() {
            for end in &boundaries[i..] {
                let shown = fixture.full(fixture.finding(*start..*end, "label"));
                assert!(shown.contains("label") && shown.contains("flake.nix:"), "{text:?} {start}..{end}\n{shown}");
            }
        }
    }
}
