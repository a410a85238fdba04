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
    finding.help =
        Some("set `User` to a number other than 0, such as `User = \"65534:65534\";`, which is nobody".into());
    let edit = Edit { span: other.span(0..0), text: "x".into() };
    finding.fix = Some(Fix { message: "add `User`".into(), safety: FixSafety::Unsafe, edits: vec![edit] });
    assert_snapshot!(fixture.full(finding), @r#"
    error CFG001 root-user

      × image `app` runs as root
       ╭─[flake.nix:5:7]
     2 │   outputs = { nixpkgs, ... }: {
     3 │     app = buildImage {
       ·           ─────┬────
       ·                ╰── the image is made here
     4 │       name = "app";
     5 │       config = {
       ·       ───┬──
       ·          ╰── no `User` here
     6 │         Cmd = [ "/bin/app" ];
       ╰────
       ╭─[nix/config.nix:4:3]
     3 │ {
     4 │   base = { };
       ·   ──┬─
       ·     ╰── and extended here
     5 │ }
       ╰────
      help: set `User` to a number other than 0, such as `User = "65534:65534";`,
            which is nobody
      fix: add `User` (to be reviewed)
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    "#);
}

#[test]
fn severities_without_unicode() {
    let fixture = Fixture::new(FLAKE);
    let style = Style { unicode: false, width: 80, ..Style::PLAIN };
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
fn marks_without_unicode() {
    let long = format!("{{ a = \"{}\"; \u{1b} = 1; }}\n", "x".repeat(200));
    let fixture = Fixture::new(&long);
    let at = fixture.find("= 1");
    let finding = Finding {
        message: "write `[ … ]`".into(),
        help: Some("as in `{ … }`".into()),
        ..fixture.finding(at, "a label that is so long that it has to be cut, because no terminal is as wide as that …")
    };
    let text = fixture.full_with(finding.clone(), Style { unicode: false, width: 60, ..Style::PLAIN });
    assert!(text.is_ascii(), "{text}");
    assert!(text.contains("`[ ... ]`") && text.contains("`{ ... }`") && text.contains("~xxx"), "{text}");
    assert!(text.contains("? = 1"), "{text}");
    // Otherwise the marks stay.
    let text = fixture.full_with(finding, Style { width: 60, ..Style::PLAIN });
    assert!(text.contains("`[ … ]`") && text.contains("…xxx") && text.contains("␛ = 1"), "{text}");
    // And so does what is the user's.
    let fixture = Fixture::new("{ grün = 1; }\n");
    let text = fixture.full_with(fixture.finding(2..7, ""), Style { unicode: false, width: 60, ..Style::PLAIN });
    assert!(text.contains("{ grün = 1; }"), "{text}");
}

#[test]
fn narrow_terminals() {
    let fixture = Fixture::new(
        "{\n  services.backend.environment.OTEL = \"http://alloy:4317\"; # and so on, to the right of the screen\n}\n",
    );
    let finding = Finding {
        message: "`http://alloy:4317` in the environment of service `backend` leads nowhere".into(),
        help: Some("set `OTEL_EXPORTER_OTLP_ENDPOINT` to the name of a service".into()),
        attr: "packages.x86_64-linux.compose".into(),
        related: vec![fixture.label(fixture.find("backend"), "the service is made here, for all that it is worth")],
        ..fixture.finding(fixture.find("\"http://alloy:4317\""), "there is no service `alloy`")
    };
    for unicode in [true, false] {
        let text = fixture.full_with(finding.clone(), Style { unicode, width: 40, ..Style::PLAIN });
        for line in text.lines() {
            assert!(textwrap::core::display_width(line) <= 40, "{line:?} is too wide in\n{text}");
        }
        assert!(text.contains("http://alloy:4317\""), "{text}");
        assert!(text.contains("there is no"), "{text}");
    }
}

#[test]
fn colors() {
    let fixture = Fixture::new("{ a = 1; }\n");
    let text = fixture.full_with(fixture.finding(2..3, "here"), Style { color: true, width: 80, ..Style::PLAIN });
    assert_snapshot!(text.replace('\u{1b}', "ESC"), @"
    ESC[31merror CFG001 root-userESC[0m

      ESC[31m×ESC[0m image `app` runs as root
       ╭─[ESC[36;1;4mflake.nix:1:3ESC[0m]
     ESC[2m1ESC[0m │ { a = 1; }
       · ESC[35;1m  ┬ESC[0m
       ·   ESC[35;1m╰── ESC[35;1mhereESC[0mESC[0m
       ╰────
      ESC[36mattr:ESC[0m packages.x86_64-linux.app.config
      ESC[36mrule:ESC[0m bt-lint rule root-user
    ");
}

#[test]
fn the_code_leads_to_the_page() {
    let fixture = Fixture::new("{ a = 1; }\n");
    let style = Style { links: true, width: 80, ..Style::PLAIN };
    let text = fixture.full_with(fixture.finding(2..3, "here"), style);
    let url = "https://github.com/betrace-hq/bt-lint/blob/main/docs/rules/root-user.md";
    let link = format!("\u{1b}]8;;{url}\u{1b}\\error CFG001 root-user\u{1b}]8;;\u{1b}\\\n");
    assert!(text.starts_with(&link), "{text:?}");
    // Nothing else differs.
    let plain = fixture.full_with(fixture.finding(2..3, "here"), Style { width: 80, ..Style::PLAIN });
    assert_eq!(text.replace(&link, "error CFG001 root-user\n"), plain);
    // What is no rule has no page.
    let internal = Finding { code: "BTL000", name: "internal-error", ..fixture.finding(2..3, "here") };
    assert!(!fixture.full_with(internal, style).contains('\u{1b}'));
}

#[test]
fn no_place() {
    let fixture = Fixture::new(FLAKE);
    assert_snapshot!(fixture.full(nowhere(fixture.finding(0..0, ""))), @"
    error CFG001 root-user

      × image `app` runs as root
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    ");
    let outside = Label { span: OUTSIDE, text: "gone".into() };
    let finding = Finding { primary: Some(outside), ..fixture.finding(0..0, "") };
    assert_eq!(fixture.full(finding), fixture.full(nowhere(fixture.finding(0..0, ""))));
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
fn what_acts_on_a_terminal_is_shown() {
    let fixture = Fixture::new("{ a = \"\u{1b}[31m\u{202e}red\"; }\n");
    let mut finding = fixture.finding(fixture.find("red"), "la\u{1b}bel\nin two lines");
    finding.message = "bad \u{1b}]0;title\u{7}".into();
    finding.attr = "packages.\u{9b}x".into();
    finding.help = Some("do\u{8} this\nand that".into());
    let text = fixture.full(finding);
    assert!(!text.chars().any(|c| c != '\n' && c.is_control()), "{text:?}");
    assert_snapshot!(text, @r#"
    error CFG001 root-user

      × bad ␛]0;title␇
       ╭─[flake.nix:1:14]
     1 │ { a = "␛[31m�red"; }
       ·              ─┬─
       ·               ╰── la␛bel in two lines
       ╰────
      help: do␈ this
            and that
      attr: packages.�x
      rule: bt-lint rule root-user
    "#);
}
