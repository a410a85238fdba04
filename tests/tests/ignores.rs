//! Remarks in comments that make findings ignored, through the whole program.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::check::{check, check_only, list, text};
use bt_tests::process::Run;
use bt_tests::program;
use bt_tests::project::Project;
use serde_json::Value as Json;
use std::time::{Duration, Instant};

/// Two images without a user, made by one function; `{f}` stands behind the configuration, `{a}` and `{b}` behind the
/// outputs.
fn images(f: &str, a: &str, b: &str) -> Project {
    Project::outputs(&format!(
        r#"{{ packages.x86_64-linux = let
  image = name: pkgs.dockerTools.buildLayeredImage {{
    inherit name;
    tag = "1.0";
    config.Cmd = [ "${{pkgs.hello}}/bin/hello" ]; {f}
  }};
in {{
  a = image "a"; {a}
  b = image "b"; {b}
}}; }}"#
    ))
}

/// What is said of users, and the codes of what is said about remarks.
fn said(project: &Project) -> Vec<String> {
    let findings = check(project.root()).findings;
    let said = findings.into_iter().filter_map(|finding| match finding.code.as_str() {
        "CFG001" => Some(
            finding.message.split(':').next().unwrap_or_default().replace("no `User` in the configuration of ", ""),
        ),
        code if code.starts_with("BTL") => Some(code.to_string()),
        _ => None,
    });
    said.collect()
}

const WHY: &str = "# bt-lint: ignore[root-user] it listens on port 80";

#[test]
fn a_remark_works_at_the_function_and_at_the_call() {
    assert_eq!(said(&images("", "", "")), ["images `a` and `b`"]);
    assert_eq!(said(&images(WHY, "", "")), [""; 0]);
    assert_eq!(said(&images("", WHY, "")), ["image `b`"]);
    assert_eq!(said(&images("", "", WHY)), ["image `a`"]);
    assert_eq!(said(&images("", WHY, WHY)), [""; 0]);
    assert_eq!(said(&images("", "", "\n# bt-lint: file-ignore[CFG001]")), [""; 0]);
    assert_eq!(said(&images("", &format!("\n{WHY}"), "")), ["image `a`"]);
    assert_eq!(said(&images("", &format!("/* {} */", &WHY[2..]), "")), ["image `b`"]);
    let (start, end) = ("# bt-lint: ignore-start[CFG001] why", "# bt-lint: ignore-end[CFG001]");
    assert_eq!(said(&images("", start, end)), ["image `a`"]);
}

#[test]
fn strings_are_no_remarks() {
    let project = Project::outputs(&format!(
        "{{ packages.x86_64-linux.a = pkgs.dockerTools.buildLayeredImage {{ name = \"a\"; tag = \"1\"; config.Cmd = [ \
         \"${{pkgs.hello}}/bin/hello\" \"{WHY}\" ''\n{WHY}\n# bt-lint: file-ignore[root-user, x]'' ]; }}; }}"
    ));
    assert_eq!(said(&project), ["image `a`"]);
}

#[test]
fn what_is_not_needed_is_reported_where_all_is_known() {
    let unused = "# bt-lint: ignore[no-command] why";
    assert_eq!(said(&images("", "", unused)), ["images `a` and `b`", "BTL001"]);
    // A rule that is off finds nothing.
    assert_eq!(said(&images("", "", "# bt-lint: ignore[missing-labels] why")), ["images `a` and `b`"]);
    let only = check_only(images("", "", unused).root(), "BTL001");
    assert_eq!(only.places(), [""; 0]);
    // Nobody knows what is in what failed.
    let failing = format!("{unused}\n  c = throw \"no\";");
    assert_eq!(said(&images("", "", &failing)), ["images `a` and `b`", "BTL004"]);
    // Who asks for a part of the flake does not look at the rest.
    let run =
        program!().run(images("", "", unused).root(), &["check", ".#a", "--nixpkgs", "model", "--format", "concise"]);
    assert!(run.stdout.contains("CFG001") && !run.stdout.contains("BTL001"), "{}", run.shown());
}

#[test]
fn rules_about_the_linter_cannot_be_ignored() {
    let project = images("", "# bt-lint: file-ignore[BTL001, BTL002, incomplete-analysis, no-command]", WHY);
    project.write("flake.nix", project.read("flake.nix").replace("in {", "in {\n  c = throw \"no\";"));
    let checked = check(project.root());
    assert_eq!(checked.of("BTL002").len(), 3, "{}", checked.shown());
    assert_eq!(checked.of("BTL004").len(), 1, "{}", checked.shown());
    run(&project, &[]).expect(2);
}

#[test]
fn only_files_that_are_read_count() {
    let wrong = "1 # bt-lint: ignore[nothing-like-it]\n";
    let with = |used: &str| images("", "", &format!("{used}\n")).with("used.nix", wrong).with("other.nix", wrong);
    assert_eq!(check(with("").root()).of("BTL002").len(), 0);
    let project = with("c = import ./used.nix;");
    let files: Vec<String> = check(project.root()).of("BTL002").iter().map(|f| f.file.clone()).collect();
    assert_eq!(files, ["used.nix"]);
}

fn run(project: &Project, arguments: &[&str]) -> Run {
    program!().run(project.root(), &[&["check", "--nixpkgs", "model", "--now", "2026-10-01"], arguments].concat())
}

#[test]
fn the_exit_code_and_the_summary_know() {
    let ignored = images("", WHY, WHY);
    let clean = run(&ignored, &[]).expect(0);
    assert!(clean.stderr.contains("; 2 findings ignored"), "{}", clean.shown());
    let all = run(&ignored, &["--no-ignores"]).expect(1);
    assert!(all.stdout.contains("images `a` and `b`") && !all.stderr.contains("ignored"), "{}", all.shown());
    let none = run(&images("", "", ""), &[]).expect(1);
    assert!(!none.stderr.contains("ignored"), "{}", none.shown());
    // Nothing is unused when nothing is ignored.
    let unused = run(&images("", "", "# bt-lint: ignore[no-command, x] why"), &["--no-ignores"]).expect(1);
    assert!(!unused.stdout.contains("BTL001") && unused.stdout.contains("BTL002"), "{}", unused.shown());
}

#[test]
fn programs_are_told_what_is_ignored() {
    let project = images("", WHY, "# bt-lint: ignore[root-user]");
    let json: Json = serde_json::from_str(&run(&project, &["--format", "json"]).expect(0).stdout).unwrap();
    let suppressed = list(&json["suppressed"]);
    let reasons: Vec<&Json> = suppressed.iter().map(|finding| &finding["suppression"]["reason"]).collect();
    assert_eq!(reasons, [&Json::from("it listens on port 80"), &Json::Null]);
    assert_eq!(text(&suppressed[0]["code"]), "CFG001");
    assert_eq!(suppressed[0]["suppression"]["locations"][0]["line"], 15);

    let sarif: Json = serde_json::from_str(&run(&project, &["--format", "sarif"]).expect(0).stdout).unwrap();
    let results = list(&sarif["runs"][0]["results"]);
    let users: Vec<&Json> = results.iter().filter(|result| result["ruleId"] == "CFG001").collect();
    assert_eq!(users.len(), 2);
    assert_eq!(users[0]["suppressions"][0]["kind"], "inSource");
    assert_eq!(users[0]["suppressions"][0]["justification"], "it listens on port 80");
    assert!(users[1]["suppressions"][0].get("justification").is_none());
    // The other formats only know what counts.
    for format in ["full", "concise", "github", "gitlab", "junit"] {
        let run = run(&project, &["--format", format]).expect(0);
        assert!(!run.stdout.contains("root-user"), "{}", run.shown());
    }
}

#[test]
fn inputs_are_ignored_in_flake_nix() {
    let lock = bt_tests::project::NIXPKGS_LOCK.replace("1790450978", "1700000000");
    let with = |remark: &str| {
        let project = images(WHY, "", "").with("flake.lock", &lock);
        let text = project.read("flake.nix");
        project.write("flake.nix", text.replace("nixos-26.05\";", &format!("nixos-26.05\"; {remark}")));
        check(project.root()).of("FLK005").len()
    };
    assert_eq!(with(""), 1);
    assert_eq!(with("# bt-lint: ignore[stale-nixpkgs] an old one is wanted"), 0);
    assert_eq!(with("\n# bt-lint: file-ignore[FLK005]"), 0);
    assert_eq!(with("# bt-lint: ignore[FLK004]"), 1);
}

#[test]
fn windows_line_ends_and_other_letters() {
    let project = images("", "/* größe */ # bt-lint: ignore[root-user] ü😀", "");
    project.write("flake.nix", project.read("flake.nix").replace('\n', "\r\n"));
    assert_eq!(said(&project), ["image `b`"]);
    let json = check(project.root()).json;
    assert_eq!(json["suppressed"][0]["suppression"]["reason"], "ü😀");
}

#[test]
fn ten_thousand_remarks_take_little_time() {
    let lines = "# bt-lint: ignore[no-command, root-user] why\n# bt-lint: ignore-start[CFG001] x\n";
    let ends = "# bt-lint: ignore-end[CFG001]\n";
    let project = images("", "", &format!("\n{}{}", lines.repeat(5_000), ends.repeat(5_000)));
    let start = Instant::now();
    let found = said(&project);
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    let count = |what: &str| found.iter().filter(|said| *said == what).count();
    // Nothing follows the ones, nothing is within the others.
    assert_eq!(["images `a` and `b`", "BTL001", "BTL002"].map(count), [1, 5_000, 5_000]);
}
