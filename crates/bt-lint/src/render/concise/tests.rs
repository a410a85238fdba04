use crate::names::Origin;
use crate::render::fixtures::{Fixture, nowhere};
use bt_diag::{Finding, Label};
use insta::assert_snapshot;

#[test]
fn one_line_for_each_finding() {
    let mut fixture = Fixture::new("{\n  grün = 1; user\n}\n");
    fixture.places.origins.push(Origin { path: "/model".into(), name: "<nixpkgs-model>".into() });
    let model = fixture.add("/model/lib/x.nix", "{ }");
    let hostile = fixture.add("/flake/a\u{1b}[31m\n.nix", "x");
    let at = |label: Label, message: &str| Finding {
        primary: Some(label),
        message: message.into(),
        ..fixture.finding(0..0, "")
    };
    let label = |span| Label { span, text: "not shown".into() };
    let findings = vec![
        nowhere(fixture.finding(0..0, "")),
        at(fixture.label(fixture.find("user"), ""), "in two\nlines"),
        at(label(model.span(0..1)), "in the model"),
        at(label(hostile.span(0..1)), "bell \u{7}"),
    ];
    assert_snapshot!(fixture.concise(findings), @"
    flake.nix:1:1: error CFG001 root-user: image `app` runs as root
    flake.nix:2:13: error CFG001 root-user: in two lines
    <nixpkgs-model>/lib/x.nix:1:1: error CFG001 root-user: in the model
    a␛[31m .nix:1:1: error CFG001 root-user: bell ␇
    ");
}
