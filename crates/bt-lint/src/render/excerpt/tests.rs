use crate::render::fixtures::Fixture;
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
fn empty_span() {
    let fixture = Fixture::new(FLAKE);
    let end = fixture.find("Cmd").start;
    assert_snapshot!(fixture.full(fixture.finding(end..end, "here")), @r#"
    error CFG001 root-user

      × image `app` runs as root
       ╭─[flake.nix:6:9]
     5 │       config = {
     6 │         Cmd = [ "/bin/app" ];
       ·         ▲
       ·         ╰── here
     7 │       };
       ╰────
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    "#);
}

#[test]
fn end_of_file() {
    let fixture = Fixture::new("{\n  a = 1;\n");
    let end = fixture.file.text.len();
    assert_snapshot!(fixture.full(fixture.finding(end..end, "`}` is missing")), @"
    error CFG001 root-user

      × image `app` runs as root
       ╭─[flake.nix:3:1]
     2 │   a = 1;
     3 │ 
       · ▲
       · ╰── `}` is missing
       ╰────
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    ");
    let unfinished = Fixture::new("{ a");
    assert_snapshot!(unfinished.full(unfinished.finding(3..3, "`=` is missing")), @"
    error CFG001 root-user

      × image `app` runs as root
       ╭─[flake.nix:1:4]
     1 │ { a
       ·    ▲
       ·    ╰── `=` is missing
       ╰────
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    ");
    let empty = Fixture::new("");
    assert_snapshot!(empty.full(empty.finding(0..0, "nothing here")), @"
    error CFG001 root-user

      × image `app` runs as root
       ╭─[flake.nix:1:1]
     1 │ 
       · ▲
       · ╰── nothing here
       ╰────
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    ");
}

#[test]
fn several_lines() {
    let fixture = Fixture::new(FLAKE);
    let (start, end) = (fixture.find("config").start, fixture.find("      };").end);
    assert_snapshot!(fixture.full(fixture.finding(start..end, "this set")), @r#"
    error CFG001 root-user

      × image `app` runs as root
       ╭─[flake.nix:5:7]
     4 │           name = "app";
     5 │ ╭─▶       config = {
     6 │ │           Cmd = [ "/bin/app" ];
     7 │ ├─▶       };
       · ╰──── this set
     8 │         };
       ╰────
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    "#);
}

#[test]
fn many_lines_are_shown_as_the_first() {
    let fixture = Fixture::new(FLAKE);
    assert_snapshot!(fixture.full(fixture.finding(0..FLAKE.len(), "the flake")), @"
    error CFG001 root-user

      × image `app` runs as root
       ╭─[flake.nix:1:1]
     1 │ {
       · ┬
       · ╰── the flake
     2 │   outputs = { nixpkgs, ... }: {
       ╰────
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    ");
}

#[test]
fn unicode_and_tabs() {
    let fixture = Fixture::new("{\n\tgrün = \"日本語\";\tx = 1;\n}\n");
    assert_snapshot!(fixture.full(fixture.finding(fixture.find("\"日本語\""), "wide")), @r#"
    error CFG001 root-user

      × image `app` runs as root
       ╭─[flake.nix:2:9]
     1 │ {
     2 │     grün = "日本語";    x = 1;
       ·            ────┬───
       ·                ╰── wide
     3 │ }
       ╰────
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    "#);
    assert_snapshot!(fixture.full(fixture.finding(fixture.find("x = 1"), "after a tab")), @r#"
    error CFG001 root-user

      × image `app` runs as root
       ╭─[flake.nix:2:16]
     1 │ {
     2 │     grün = "日本語";    x = 1;
       ·                         ──┬──
       ·                           ╰── after a tab
     3 │ }
       ╰────
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    "#);
}

#[test]
fn carriage_returns() {
    let fixture = Fixture::new("{\r\n  a = 1;\r\n  b = 2;\r\n}\r\n");
    let text = fixture.full(fixture.finding(fixture.find("a = 1;\r\n"), "to the end of the line"));
    assert!(!text.contains(['\r', '␍']));
    assert_snapshot!(text, @"
    error CFG001 root-user

      × image `app` runs as root
       ╭─[flake.nix:2:3]
     1 │ {
     2 │   a = 1;
       ·   ───┬──
       ·      ╰── to the end of the line
     3 │   b = 2;
       ╰────
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    ");
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
    assert_snapshot!(fixture.full(finding), @"
    error CFG001 root-user

      × image `app` runs as root
       ╭─[flake.nix:1:7]
     1 │ { a = b.c; }
       ·   ┬   ─┬─
       ·   │    ╰── the value
       ·   ╰── the name
       ╰────
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    ");
}

#[test]
fn places_far_apart_and_one_between() {
    let text: String = (1..=30).map(|i| format!("line{i:02}\n")).collect();
    let fixture = Fixture::new(&text);
    let mut finding = fixture.finding(fixture.find("line20"), "first");
    finding.related =
        vec![fixture.label(fixture.find("line05"), "second"), fixture.label(fixture.find("line17"), "third")];
    assert_snapshot!(fixture.full(finding), @"
    error CFG001 root-user

      × image `app` runs as root
        ╭─[flake.nix:20:1]
     16 │ line16
     17 │ line17
        · ───┬──
        ·    ╰── third
     18 │ line18
     19 │ line19
     20 │ line20
        · ───┬──
        ·    ╰── first
     21 │ line21
        ╰────
       ╭─[flake.nix:5:1]
     4 │ line04
     5 │ line05
       · ───┬──
       ·    ╰── second
     6 │ line06
       ╰────
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    ");
}

#[test]
fn long_lines_are_cut_around_the_place() {
    let text = format!("{{ a = \"{}\"; here = 1; b = \"{}\"; }}\n", "x".repeat(500_000), "y".repeat(500_000));
    let fixture = Fixture::new(&text);
    assert_snapshot!(fixture.full(fixture.finding(fixture.find("here"), "this one")), @r#"
    error CFG001 root-user

      × image `app` runs as root
       ╭─[flake.nix:1:500011]
     1 │ …xxxxxxxxxxxxxx"; here = 1; b = "yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…
       ·                   ──┬─
       ·                     ╰── this one
       ╰────
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    "#);
    assert_snapshot!(fixture.full(fixture.finding(fixture.find("a = "), "at the start")), @r#"
    error CFG001 root-user

      × image `app` runs as root
       ╭─[flake.nix:1:3]
     1 │ { a = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
       ·   ──┬─
       ·     ╰── at the start
       ╰────
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    "#);
    assert_snapshot!(fixture.full(fixture.finding(0..text.len() - 1, "all of it")), @r#"
    error CFG001 root-user

      × image `app` runs as root
       ╭─[flake.nix:1:1]
     1 │ { a = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
       · ──────────────────────────────────┬──────────────────────────────────
       ·                                   ╰── all of it
       ╰────
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    "#);
    let mut both = fixture.finding(fixture.find("a ="), "one end");
    both.related = vec![fixture.label(fixture.find("; }"), "the other end")];
    assert_snapshot!(fixture.full(both), @r#"
    error CFG001 root-user

      × image `app` runs as root
       ╭─[flake.nix:1:3]
     1 │ { a = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
       ·   ─┬─                                                                ▲
       ·    │                                                                 ╰── the other end
       ·    ╰── one end
       ╰────
      attr: packages.x86_64-linux.app.config
      rule: bt-lint rule root-user
    "#);
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
