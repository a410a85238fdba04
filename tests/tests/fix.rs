//! `--fix` and `--diff`: what is written, and what is not.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::fix::{damage, fixable, found, key, run};
use bt_tests::program;
use bt_tests::project::Project;
use std::fs;
use std::path::Path;

/// One image with flaws; `images` is what the set of its arguments begins with.
fn image(arguments: &str) -> String {
    format!("{{ pkgs }}:\npkgs.dockerTools.buildLayeredImage {{\n{arguments}}}\n")
}

const USER: &str = "  # the name\n  name = \"app\";\n  tag = \"latest\"; # moves\n  config = {\n    Cmd = [ \"${pkgs.hello}/bin/hello\" ];\n    User = \"0\";\n  };\n";

/// A safe fix (CFG024) and an unsafe one (CFG001), in two files.
fn two_files() -> Project {
    Project::outputs("{ packages.x86_64-linux = { a = import ./a.nix { inherit pkgs; }; b = import ./nix/b.nix { inherit pkgs; }; }; }")
        .with("a.nix", image("  name = \"a\";\n  tag = \"1\";\n  config = {\n    cmd = [ \"${pkgs.hello}/bin/hello\" ];\n    User = \"1000\";\n  };\n"))
        .with("nix/b.nix", image("  name = \"b\";\n  tag = \"1\";\n  config = {\n    Cmd = [ \"${pkgs.hello}/bin/hello\" ];\n    User = \"root\";\n  };\n"))
}

fn one(text: impl AsRef<[u8]>) -> Project {
    Project::outputs("{ packages.x86_64-linux.app = import ./app.nix { inherit pkgs; }; }").with("app.nix", text)
}

const SELECT: &[&str] = &["--select", "CFG001,CFG024,IMG001,CNT001,CNT004"];

fn with<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [SELECT, arguments].concat()
}

#[test]
fn safe_fixes_are_applied_and_unsafe_ones_when_asked_for() {
    let project = two_files();
    let b = project.read("nix/b.nix");
    let run_1 = run(program!(), &project, &with(&["--fix"])).expect(1);
    assert!(
        run_1.stderr.contains("Fixed 1 finding in 1 file, 1 remains; 1 more with --fix=unsafe"),
        "{}",
        run_1.shown()
    );
    assert!(project.read("a.nix").contains("    Cmd = [ \"${pkgs.hello}/bin/hello\" ];\n"));
    assert_eq!(project.read("nix/b.nix"), b);
    run(program!(), &project, &with(&["--fix=unsafe"])).expect(0).says("Fixed 1 finding in 1 file, 0 remain");
    assert_eq!(project.read("nix/b.nix"), b.replace("\"root\"", "\"1000:1000\""));
    run(program!(), &project, &with(&["--fix=unsafe"])).expect(0).says("Nothing to fix, 0 remain");
    run(program!(), &project, &["--fix=all"]).expect(2);
}

#[test]
fn without_the_option_nothing_is_written() {
    let project = two_files();
    let before = (project.read("a.nix"), project.read("nix/b.nix"));
    run(program!(), &project, SELECT).expect(1);
    assert_eq!((project.read("a.nix"), project.read("nix/b.nix")), before);
}

#[test]
fn a_diff_shows_what_would_be_done_and_writes_nothing() {
    let project = two_files();
    let before = (project.read("a.nix"), project.read("nix/b.nix"));
    let arguments = ["--nixpkgs", "model", "--offline", "--system", "x86_64-linux", "--diff"];
    let diff = program!().run(project.root(), &[&arguments, SELECT].concat()).expect(1);
    let expected = "--- a/a.nix\n+++ b/a.nix\n@@ -3,7 +3,7 @@\n   name = \"a\";\n   tag = \"1\";\n   config = {\n\
                    -    cmd = [ \"${pkgs.hello}/bin/hello\" ];\n+    Cmd = [ \"${pkgs.hello}/bin/hello\" ];\n     User = \"1000\";\n   };\n }\n";
    assert_eq!(diff.stdout, expected);
    let both = program!().run(project.root(), &[&arguments, SELECT, &["--fix=unsafe"]].concat()).expect(1);
    assert!(both.stdout.starts_with(expected) && both.stdout.contains("+++ b/nix/b.nix\n"), "{}", both.shown());
    assert_eq!((project.read("a.nix"), project.read("nix/b.nix")), before);
    // What the diff says is what is done.
    let patch = project.path("x.diff");
    fs::write(&patch, &both.stdout).unwrap();
    let patched = two_files();
    bt_tests::git::run(patched.root(), &["apply", patch.to_str().unwrap()]);
    run(program!(), &project, &with(&["--fix=unsafe"])).expect(0);
    assert_eq!(patched.read("nix/b.nix"), project.read("nix/b.nix"));
    assert_eq!(patched.read("a.nix"), project.read("a.nix"));
    let nothing = program!().run(project.root(), &[&arguments, SELECT].concat()).expect(0);
    assert_eq!(nothing.stdout, "");
    // A report needs a file beside it.
    run(program!(), &project, &["--diff"]).expect(2);
    run(program!(), &project, &["--diff", "-o", "report.json"]).expect(0);
    assert!(project.read("report.json").contains("\"version\""));
}

#[test]
fn comments_line_ends_and_the_rest_of_the_text_stay() {
    for (change, name) in [(0, "as it is"), (1, "CRLF"), (2, "no line end at the end")] {
        let text = |text: &str| match change {
            0 => text.to_string(),
            1 => text.replace('\n', "\r\n"),
            _ => text.trim_end().to_string(),
        };
        let before =
            image(&format!("{USER}  contents = [\n    pkgs.bash # for people\n    pkgs.cacert\n    pkgs.git\n  ];\n"));
        let project = one(text(&before));
        let run = run(program!(), &project, &with(&["--fix=unsafe"])).expect(0);
        let after = before
            .replace("\"latest\"", "null")
            .replace("\"0\"", "\"1000:1000\"")
            .replace("    pkgs.bash # for", "    # for")
            .replace("    pkgs.git\n", "");
        assert_eq!(project.read("app.nix"), text(&after), "{name}: {}", run.shown());
    }
}

#[test]
fn inserted_lines_end_like_the_others() {
    let project =
        one(image("  name = \"a\";\n  tag = \"1\";\n  config = {\n    Cmd = [ \"${pkgs.hello}/bin/hello\" ];\n  };\n")
            .replace('\n', "\r\n"));
    run(program!(), &project, &with(&["--fix=unsafe"])).expect(0);
    let text = project.read("app.nix");
    assert!(text.contains("    User = \"1000:1000\";\r\n    Cmd"), "{text}");
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
}

#[test]
fn edits_in_one_place_are_made_one_after_the_other() {
    // Both insert before the same attribute, and one renames it.
    let project =
        one(image("  name = \"a\";\n  tag = \"1\";\n  config = {\n    cmd = [ \"${pkgs.hello}/bin/hello\" ];\n  };\n"));
    run(program!(), &project, &with(&["--fix=unsafe"])).expect(0).says("Fixed 2 findings in 1 file");
    assert!(
        project.read("app.nix").contains("    User = \"1000:1000\";\n    Cmd = [ \"${pkgs.hello}/bin/hello\" ];\n")
    );
}

#[test]
fn a_shared_cause_is_mended_once() {
    let project = Project::outputs(
        "{ packages.x86_64-linux = lib.genAttrs [ \"a\" \"b\" \"c\" ] (name: pkgs.dockerTools.buildLayeredImage {\n  inherit name;\n  tag = \"1\";\n  \
         config = { Cmd = [ \"${pkgs.hello}/bin/hello\" ]; User = \"0\"; };\n}); }",
    );
    run(program!(), &project, &with(&["--fix=unsafe"])).expect(0).says("Fixed 1 finding in 1 file, 0 remain");
    assert_eq!(project.read("flake.nix").matches("\"1000:1000\"").count(), 1);
}

#[test]
fn a_fix_that_causes_something_as_bad_is_left_out() {
    let shell = |command: &str| {
        one(image(&format!(
            "  name = \"a\";\n  tag = \"1\";\n  contents = [ pkgs.bash ];\n  config = {{\n    Cmd = [ {command} ];\n    User = \"1000\";\n  }};\n"
        )))
    };
    let needed = shell("\"/bin/bash\"");
    let before = needed.read("app.nix");
    run(program!(), &needed, &["--select", "CNT001,CFG007", "--fix=unsafe"])
        .expect(1)
        .says("is left out: it causes CFG007");
    assert_eq!(needed.read("app.nix"), before);
    let free = shell("\"${pkgs.hello}/bin/hello\"");
    run(program!(), &free, &["--select", "CNT001,CFG007", "--fix=unsafe"]).expect(0);
    assert!(free.read("app.nix").contains("contents = [ ];"));
}

#[test]
fn targets_and_reports_go_together_with_fixes() {
    let project = two_files();
    let (a, b) = (project.read("a.nix"), project.read("nix/b.nix"));
    run(program!(), &project, &with(&["--fix=unsafe", ".#packages.x86_64-linux.b", "-o", "report.json"])).expect(0);
    assert_eq!(project.read("a.nix"), a);
    assert_ne!(project.read("nix/b.nix"), b);
    assert!(project.read("report.json").contains("\"findings\": []"), "{}", project.read("report.json"));
    // Two flakes in one run.
    let both = Project::new();
    for name in ["one", "two"] {
        let flake = two_files();
        for file in ["flake.nix", "flake.lock", "a.nix", "nix/b.nix"] {
            both.write(&format!("{name}/{file}"), flake.read(file));
        }
    }
    run(program!(), &both, &with(&["--fix=unsafe", "one", "two"]))
        .expect(0)
        .says("Fixed 4 findings in 4 files, 0 remain");
    assert_eq!(both.read("one/nix/b.nix"), both.read("two/nix/b.nix"));
}

#[test]
fn a_dirty_git_tree_is_no_obstacle() {
    let project = two_files();
    bt_tests::git::run(project.root(), &["init", "-q"]);
    bt_tests::git::run(project.root(), &["add", "."]);
    project.write("a.nix", format!("{}# changed\n", project.read("a.nix")));
    run(program!(), &project, &with(&["--fix=unsafe"])).expect(0).says("Fixed 2 findings in 2 files");
    assert!(project.read("a.nix").ends_with("# changed\n"));
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// No file is changed when one of them cannot be.
#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_written_keeps_all_as_they_are() {
    let project = two_files();
    let before = (project.read("a.nix"), project.read("nix/b.nix"));
    set_mode(&project.path("nix/b.nix"), 0o444);
    let failed = run(program!(), &project, &with(&["--fix=unsafe"])).expect(2);
    assert!(
        failed.stderr.contains("b.nix: it is read-only") && failed.stderr.contains("no file was changed"),
        "{}",
        failed.shown()
    );
    assert!(failed.stderr.contains("Nothing was fixed"), "{}", failed.shown());
    assert_eq!((project.read("a.nix"), project.read("nix/b.nix")), before);
    let left: Vec<_> = fs::read_dir(project.root()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().contains("bt-lint")), "{left:?}");
    // The report is that of what is there.
    assert!(failed.stdout.contains("CFG001") && failed.stdout.contains("CFG024"), "{}", failed.shown());
    set_mode(&project.path("nix/b.nix"), 0o640);
    run(program!(), &project, &with(&["--fix=unsafe"])).expect(0);
    use std::os::unix::fs::PermissionsExt;
    assert_eq!(fs::metadata(project.path("nix/b.nix")).unwrap().permissions().mode() & 0o777, 0o640);
}

#[cfg(unix)]
#[test]
fn links_are_followed_within_the_flake_and_not_out_of_it() {
    let text = image(
        "  name = \"a\";\n  tag = \"1\";\n  config = {\n    Cmd = [ \"${pkgs.hello}/bin/hello\" ];\n    User = \"0\";\n  };\n",
    );
    let inside = one("").with("real/app.nix", &text);
    fs::remove_file(inside.path("app.nix")).unwrap();
    std::os::unix::fs::symlink("real/app.nix", inside.path("app.nix")).unwrap();
    run(program!(), &inside, &with(&["--fix=unsafe"])).expect(0).says("Fixed 1 finding in 1 file, 0 remain");
    assert!(inside.path("app.nix").is_symlink());
    assert!(inside.read("real/app.nix").contains("1000:1000"));

    let elsewhere = Project::new().with("app.nix", &text);
    let outside = one("");
    fs::remove_file(outside.path("app.nix")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path("app.nix"), outside.path("app.nix")).unwrap();
    let refused = run(program!(), &outside, &with(&["--fix=unsafe"]));
    assert_ne!(refused.code, Some(0), "{}", refused.shown());
    assert_eq!(elsewhere.read("app.nix"), text);
}

#[test]
fn what_does_not_evaluate_is_not_touched() {
    let project = one("{ pkgs }: {");
    let before = project.read("flake.nix");
    run(program!(), &project, &["--fix=unsafe"]).expect(2);
    assert_eq!((project.read("flake.nix"), project.read("app.nix")), (before, "{ pkgs }: {".into()));
}

/// Real flakes: BT_LINT_CORPUS names a folder with a checkout in each sub-folder. Copies are fixed; they make the same
/// images, and what was fixed is gone.
#[test]
fn real_flakes_are_fixed() {
    let Ok(corpus) = std::env::var("BT_LINT_CORPUS") else {
        eprintln!("SKIPPED: BT_LINT_CORPUS names no folder with checkouts of flakes");
        return;
    };
    let mut folders: Vec<_> = fs::read_dir(&corpus).unwrap().map(|entry| entry.unwrap().path()).collect();
    folders.sort();
    let (mut wrong, mut fixed, mut flakes) = (Vec::new(), 0, 0);
    for folder in folders.iter().filter(|folder| folder.join("flake.nix").is_file()) {
        let project = Project::copy_of(&folder.canonicalize().unwrap());
        let before = found(program!(), &project, &[]);
        let first = run(program!(), &project, &["--fix=unsafe"]);
        let after = found(program!(), &project, &[]);
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        wrong.extend(damage(&before, &after).into_iter().map(|what| format!("{name}: {what}")));
        for finding in fixable(&after) {
            let place = format!("at {}", bt_tests::check::text(&finding["attr"]));
            let is_left_out = first.stderr.lines().any(|line| line.contains(&place) && line.contains("is left out"));
            if !is_left_out {
                wrong.push(format!("{name}: still fixable: {}", key(finding)));
            }
        }
        if first.stdout.contains("BTL000") {
            wrong.push(format!("{name}: a fix does not work: {}", first.shown()));
        }
        flakes += 1;
        fixed += before.findings.len().saturating_sub(after.findings.len());
    }
    println!("{flakes} flakes, {fixed} findings fewer");
    assert!(flakes > 0, "no flake in {corpus}");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
