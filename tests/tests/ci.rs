//! The workflow and the action for GitHub, as far as they can be judged without running them.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::check::check;
use bt_tests::project::{Project, repository};
use bt_tests::{nix, skipped};
use std::collections::BTreeSet;
use std::process::Command;

const WORKFLOWS: [&str; 2] = [".github/workflows/build-containers.yaml", ".github/workflows/update-inputs.yaml"];
const FILES: [&str; 3] = [WORKFLOWS[0], WORKFLOWS[1], "action.yml"];

fn text(file: &str) -> String {
    std::fs::read_to_string(repository().join(file)).unwrap()
}

/// Lines that use an action by something that can be moved, or do not say which version a commit is.
fn unpinned(text: &str) -> Vec<&str> {
    let uses = text.lines().filter_map(|line| line.trim_start().trim_start_matches("- ").strip_prefix("uses: "));
    uses.filter(|uses| {
        let Some((action, version)) = uses.split_once(" # v") else { return *uses != "./" };
        let commit = action.split_once('@').map_or("", |(_, commit)| commit);
        let is_commit = commit.len() == 40 && commit.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        !is_commit || version.split('.').count() != 3
    })
    .collect()
}

#[test]
fn actions_are_pinned_by_commit() {
    for file in FILES {
        assert_eq!(unpinned(&text(file)), [""; 0], "{file}");
    }
    let commit = "de0fac2e4500dabe0009e67214ff5f5447ce83dd";
    for wrong in ["actions/checkout@v6", &format!("actions/checkout@{commit}"), "actions/checkout@de0fac2 # v6.0.2"] {
        assert_eq!(unpinned(&format!("      - uses: {wrong}\n")), [wrong]);
    }
    assert_eq!(unpinned(&format!("        uses: actions/checkout@{commit} # v6.0.2\n")), [""; 0]);
}

#[test]
fn jobs_may_do_what_they_need_and_no_more() {
    let expected: [(usize, &[&str]); 2] = [
        (5, &["security-events: write # to upload findings", "packages: write # to push images"]),
        (1, &["contents: write # to push the branch of the pull request", "pull-requests: write # to open it"]),
    ];
    for (file, (count, writes)) in WORKFLOWS.into_iter().zip(expected) {
        let workflow = text(file);
        assert!(workflow.contains("\npermissions: {}\n"));
        let jobs = workflow.split_once("\njobs:\n").unwrap().1;
        let lines = || jobs.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        assert_eq!(lines().filter(|line| line.ends_with(':')).count(), count, "{file}");
        assert_eq!(jobs.matches("\n    permissions:\n").count(), count, "{file}");
        assert_eq!(jobs.matches("\n    timeout-minutes: ").count(), count, "{file}");
        let said: Vec<&str> = jobs.lines().map(str::trim).filter(|line| line.contains(": write")).collect();
        assert_eq!(said, writes, "{file}");
    }
    // What others write, such as the name of a branch, does not become part of a script.
    for file in FILES {
        let text = text(file);
        let scripts = text.split("run: ").skip(1).map(|rest| rest.split("\n\n").next().unwrap_or(rest));
        for script in scripts {
            assert!(!script.contains("${{"), "{file}: {script}");
        }
    }
}

#[test]
fn all_images_of_the_deployment_are_built() {
    let workflow = text(WORKFLOWS[0]);
    let list = workflow.split_once("image: [").unwrap().1.split_once(']').unwrap().0;
    let built: BTreeSet<String> =
        list.split(", ").map(|name| format!("packages.x86_64-linux.container-{name}")).collect();
    let project = Project::reference();
    let checked = check(project.root());
    let mut images: BTreeSet<String> = checked.images().into_iter().map(String::from).collect();
    // The alternative to all others.
    assert!(images.remove("packages.x86_64-linux.container-all-in-one"));
    assert_eq!(built, images);
}

#[test]
fn scripts_are_shell() {
    for script in ["scripts/push-by-digest", "scripts/pre-commit", "scripts/propose-inputs"] {
        let checked = Command::new("bash").arg("-n").arg(repository().join(script)).output().expect("bash runs");
        assert!(checked.status.success(), "{script}: {}", String::from_utf8_lossy(&checked.stderr));
    }
}

/// With a repository in the place of GitHub's, and with a program that notes what it is asked in the place of `gh`.
#[test]
fn locks_that_changed_are_proposed_once() {
    let project = Project::new();
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(project.root()).output().expect("git runs");
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    project.write("flake.lock", "old\n");
    project.write("nix/apps/backend/flake.lock", "old\n");
    project.write("scripts/propose-inputs", text("scripts/propose-inputs"));
    project.write(".bin/gh", "#!/bin/sh\necho \"$1 $2\" >> \"$ASKED\"\n[ \"$1 $2\" != 'pr list' ] || cat \"$OPEN\"\n");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(project.path(".bin/gh"), mode).unwrap();
    git(&["init", "--quiet", "--initial-branch=main"]);
    git(&["init", "--quiet", "--bare", ".origin"]);
    git(&["remote", "add", "origin", ".origin"]);
    git(&["add", "flake.lock", "nix", "scripts"]);
    git(&["-c", "user.name=a", "-c", "user.email=a@example.org", "commit", "--quiet", "--message", "All"]);
    project.write(".open", "");
    let propose = || {
        project.write(".asked", "");
        let path = format!("{}:{}", project.path(".bin").display(), std::env::var("PATH").unwrap());
        let mut command = Command::new("bash");
        command.arg(project.path("scripts/propose-inputs")).env("PATH", path);
        command.env("ASKED", project.path(".asked")).env("OPEN", project.path(".open"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        project.read(".asked")
    };
    assert_eq!(propose(), "");
    assert_eq!(git(&["ls-remote", "origin"]), "");

    project.write("nix/apps/backend/flake.lock", "new\n");
    assert_eq!(propose(), "auth setup-git\npr list\npr create\n");
    assert_eq!(git(&["diff", "--name-only", "main", "update-inputs"]), "nix/apps/backend/flake.lock\n");
    assert!(git(&["ls-remote", "origin"]).ends_with("\trefs/heads/update-inputs\n"));

    // A month later, and it is still open.
    git(&["switch", "--quiet", "main"]);
    project.write("flake.lock", "newer\n");
    project.write(".open", "1\n");
    assert_eq!(propose(), "auth setup-git\npr list\n");
    assert_eq!(git(&["show", "--format=", "--name-only", "origin/update-inputs"]), "flake.lock\n");
}

#[test]
fn linters_of_workflows_find_nothing() {
    let lint = |program: &str, arguments: &[&str]| {
        if !nix::is_installed(program.as_ref()) {
            return skipped(&format!("{program} is not installed, so the workflow is not checked by it"));
        }
        let output = Command::new(program).args(arguments).current_dir(repository()).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program}: {said}");
    };
    lint("actionlint", &WORKFLOWS);
    lint("zizmor", &["--offline", "--min-severity", "medium", "--persona", "pedantic", FILES[0], FILES[1], FILES[2]]);
}
