//! Inputs, dates, purity and trust, through the whole program.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::check::{Checked, check};
use bt_tests::program;
use bt_tests::project::{NIXPKGS_LOCK, Project};

const FLAKE: &str =
    "{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-26.05\";\n  outputs = { self, nixpkgs }: { };\n}\n";

fn locked() -> Project {
    Project::flake(FLAKE).with("flake.lock", NIXPKGS_LOCK)
}

/// The codes of the findings, and the day that the report names.
#[track_caller]
fn at(arguments: &[&str], variables: &[(&str, &str)]) -> (String, String) {
    let project = locked();
    let arguments = [&["--format", "json", "--fail-on", "never"], arguments].concat();
    let answer = program!().run_in(project.root(), &arguments, variables).expect(0);
    let checked = Checked::parse(&answer.stdout);
    let codes: Vec<&str> = checked.findings.iter().map(|f| f.code.as_str()).collect();
    (codes.join(" "), checked.json["date"].as_str().unwrap().to_string())
}

#[test]
fn the_date_decides() {
    let is = |codes: &str, day: &str| (codes.to_string(), day.to_string());
    assert_eq!(at(&["--now", "2026-10-01"], &[]), is("", "2026-10-01"));
    assert_eq!(at(&["--now", "2026-12-01T10:00:00+02:00"], &[]), is("FLK005", "2026-12-01"));
    // After its end, an update would bring nothing.
    assert_eq!(at(&["--now", "2027-01-01"], &[]), is("FLK004", "2027-01-01"));
    assert_eq!(at(&[], &[("SOURCE_DATE_EPOCH", "1796083200")]), is("FLK005", "2026-12-01"));
    // What is given counts more.
    assert_eq!(at(&["--now", "1790812800"], &[("SOURCE_DATE_EPOCH", "1796083200")]), is("", "2026-10-01"));
}

#[test]
fn dates_that_are_none() {
    let project = locked();
    program!().run(project.root(), &["--now", "tomorrow"]).expect(2).says("not a date");
    let answer = program!().run_in(project.root(), &[], &[("SOURCE_DATE_EPOCH", "soon")]);
    answer.expect(2).says("SOURCE_DATE_EPOCH is 'soon'");
}

/// The lock was made for another branch.
#[test]
fn a_stale_lock() {
    let project = Project::flake(FLAKE.replace("nixos-26.05", "nixos-unstable")).with("flake.lock", NIXPKGS_LOCK);
    let checked = check(project.root());
    assert_eq!(checked.places(), ["flake.nix:2 FLK001"], "{}", checked.shown());
    assert!(checked.findings[0].message.contains("`github:NixOS/nixpkgs/nixos-26.05`"), "{}", checked.shown());
    // An input that is gone is shown where the lock has it.
    let project = Project::flake("{\n  outputs = { self }: { };\n}\n").with("flake.lock", NIXPKGS_LOCK);
    assert_eq!(check(project.root()).places(), ["flake.lock:21 FLK001"]);
}

#[test]
fn settings_are_strings_or_lists() {
    let messages = |value: &str| {
        let flake = format!("{{\n  nixConfig.extra-substituters = {value};\n  outputs = {{ self }}: {{ }};\n}}\n");
        let checked = check(Project::flake(flake).root());
        assert!(checked.findings.iter().all(|f| f.line == 2 && f.code == "SUP001"), "{}", checked.shown());
        checked.findings.len()
    };
    assert_eq!(messages("\"https://a.org https://b.org\""), 2);
    assert_eq!(messages("[ \"https://a.org\" \"https://b.org\" ]"), 2);
    assert_eq!(messages("[ \"https://cache.nixos.org\" ]"), 0);
    // Nix would refuse these; nothing is known of them.
    assert_eq!(messages("[ 1 ]") + messages("throw \"x\"") + messages("null"), 0);
}

/// What evaluation refuses is one finding, and the analysis is incomplete.
#[test]
fn one_cause_is_one_finding() {
    let checks = |outputs: &str, expected: &str| {
        let project = Project::flake(format!("{{\n  outputs = {{ self }}: {{\n    {outputs}\n  }};\n}}\n"));
        let checked = check(project.root());
        assert_eq!(checked.places(), [expected], "{}", checked.shown());
        program!().run(project.root(), &["--fail-on", "never"]).expect(2);
    };
    checks("packages.x86_64-linux = import (fetchTarball \"https://example.org/x.tar.gz\");", "flake.nix:3 FLK012");
    checks("packages.x86_64-linux = import <nixpkgs> { };", "flake.nix:3 FLK011");
    checks("packages.x86_64-linux.a = builtins.currentTime;", "flake.nix:3 FLK011");
    checks("packages.x86_64-linux = import /etc/packages.nix;", "flake.nix:3 FLK011");
    checks(
        "packages.x86_64-linux = import (derivation { name = \"x\"; system = \"x86_64-linux\"; builder = \"x\"; });",
        "flake.nix:3 FLK014",
    );
    checks("packages.x86_64-linux = throw \"no\";", "flake.nix:3 BTL004");
}

/// Who ignores the rule that says why hears all the same that something was not checked.
#[test]
fn what_was_not_checked_is_never_silent() {
    let project =
        Project::flake("{\n  outputs = { self }: {\n    packages.x86_64-linux = import <nixpkgs> { };\n  };\n}\n");
    let codes = |arguments: &[&str], exit: i32| {
        let arguments = [&["--format", "json", "--fail-on", "never"], arguments].concat();
        let answer = program!().run(project.root(), &arguments).expect(exit);
        Checked::parse(&answer.stdout).places().join(" ")
    };
    assert_eq!(codes(&["--ignore", "FLK011"], 2), "flake.nix:3 BTL004");
    assert_eq!(codes(&["--select", "CFG"], 2), "flake.nix:3 BTL004");
    assert_eq!(codes(&["--ignore", "BTL004"], 0), "flake.nix:3 FLK011");
    assert_eq!(codes(&["--ignore", "BTL004,FLK011"], 0), "");
}

/// Only what was evaluated counts.
#[test]
fn what_nobody_needs_is_quiet() {
    let flake = "{\n  outputs = { self }: {\n    packages.x86_64-linux = (import ./packages.nix { system = \"x\"; }).here;\n  };\n}\n";
    let packages = "{ system ? builtins.currentSystem, pkgs ? import <nixpkgs> { } }: {\n  here = { };\n  \
                    elsewhere = builtins.getEnv \"HOME\" + pkgs.x;\n}\n";
    let project =
        Project::flake(flake).with("packages.nix", packages).with("dead.nix", "fetchTarball \"https://x.org\"");
    assert_eq!(check(project.root()).places(), Vec::<String>::new());
    let project = project.with(
        "packages.nix",
        packages.replace("here = { };", "here = if builtins.getEnv \"HOME\" == \"\" then { } else { };"),
    );
    assert_eq!(check(project.root()).places(), ["packages.nix:2 FLK011", "packages.nix:3 FLK011"]);
}

/// An input that cannot be had stops the evaluation, and not the rules about inputs.
#[test]
fn inputs_are_checked_when_outputs_cannot_be() {
    let flake =
        "{\n  inputs.x.url = \"http://example.org/x.tar.gz\";\n  outputs = { self, x }:\n    x.lib.outputs;\n}\n";
    let checked = check(Project::flake(flake).root());
    assert_eq!(
        checked.places(),
        ["flake.nix:2 FLK001", "flake.nix:2 FLK010", "flake.nix:4 BTL004"],
        "{}",
        checked.shown()
    );
}

#[test]
fn rules_that_are_off_by_default() {
    let flake = "{\n  inputs.x.url = \"github:someone/x\";\n  outputs = { self, x }: { };\n}\n";
    let lock = NIXPKGS_LOCK
        .replace("NixOS", "someone")
        .replace("\"nixpkgs\"", "\"x\"")
        .replace("        \"ref\": \"nixos-26.05\",\n", "");
    let project = Project::flake(flake).with("flake.lock", lock);
    assert_eq!(check(project.root()).places(), Vec::<String>::new());
    let answer =
        program!().run(project.root(), &["--select", "untrusted-input-owner", "--format", "concise"]).expect(0);
    assert!(answer.stdout.contains("flake.nix:2:18: warning SUP002"), "{}", answer.shown());
}
