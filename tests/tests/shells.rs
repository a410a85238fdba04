//! Completion scripts and manual pages: what shells and `man` themselves say of them.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::process::run;
use bt_tests::program;
use bt_tests::project::Project;
use std::process::Command;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(20);

fn script(shell: &str) -> String {
    program!().run(Project::new().root(), &["completions", shell]).expect(0).stdout
}

/// Runs a shell on a file with a text, where the shell is installed: what it prints, if it is content.
fn shell(program: &str, arguments: &[&str], text: &str) -> Option<String> {
    let project = Project::new().with("script", text);
    if Command::new(program).arg("--version").output().is_err() {
        bt_tests::skipped(&format!("{program} is not installed, so its completions are not tried"));
        return None;
    }
    let mut command = Command::new(program);
    command.args(arguments).arg(project.path("script"));
    let done = run(command, b"", LIMIT).expect("a shell ends");
    assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{program}: {}", done.shown());
    Some(done.stdout)
}

#[test]
fn every_shell_accepts_its_script() {
    shell("bash", &["-n"], &script("bash"));
    shell("zsh", &["-n"], &script("zsh"));
    shell("fish", &["--no-execute"], &script("fish"));
    for name in ["elvish", "powershell"] {
        assert!(script(name).contains("bt-lint"), "{name}");
    }
}

/// What bash offers for words, the last of which is not complete.
fn offered(words: &[&str]) -> Option<Vec<String>> {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    let script = script("bash");
    let function = script.rsplit("complete -F ").next().unwrap().split(' ').next().unwrap();
    let text = format!(
        "{script}\nCOMP_WORDS=({})\nCOMP_CWORD={}\n{function} bt-lint '{}' '{}'\nprintf '%s\\n' \"${{COMPREPLY[@]}}\"\n",
        quoted.join(" "),
        words.len() - 1,
        words[words.len() - 1],
        words[words.len() - 2],
    );
    let mut offered: Vec<String> = shell("bash", &[], &text)?.split_whitespace().map(str::to_string).collect();
    offered.sort();
    Some(offered)
}

#[test]
fn bash_completes_commands_options_and_rules() {
    let Some(commands) = offered(&["bt-lint", "comp"]) else { return };
    assert_eq!(commands, ["completions", "compose"]);
    assert_eq!(offered(&["bt-lint", "rule", "root"]).unwrap(), ["root-user"]);
    assert_eq!(offered(&["bt-lint", "check", "--select", "unknown-u"]).unwrap(), ["unknown-user"]);
    assert_eq!(offered(&["bt-lint", "--format", "sar"]).unwrap(), ["sarif"]);
    assert_eq!(offered(&["bt-lint", "--fail-on", "nev"]).unwrap(), ["never"]);
    assert!(offered(&["bt-lint", "rule", "no-such-"]).unwrap().is_empty());
}

#[test]
fn there_is_no_such_shell() {
    program!().run(Project::new().root(), &["completions", "cmd"]).expect(2).says("powershell");
}

#[test]
fn a_page_for_each_command() {
    let project = Project::new();
    let main = program!().run(project.root(), &["man"]).expect(0).stdout;
    assert!(main.contains(".TH bt-lint 1") && main.contains("bt\\-lint\\-check(1)"), "{main}");
    let written = program!().run(project.root(), &["man", "--output", "share/man1"]).expect(0);
    assert_eq!(written.stdout, "");
    assert_eq!(project.read("share/man1/bt-lint.1"), main);
    let mut pages: Vec<String> = std::fs::read_dir(project.path("share/man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    let help = program!().run(project.root(), &["--help"]).expect(0).stdout;
    let commands = help.split("Commands:\n").nth(1).unwrap().split("\n\n").next().unwrap();
    for command in commands.lines().filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help") {
        let page = format!("bt-lint-{command}.1");
        assert!(pages.contains(&page), "{page} is not among {pages:?}");
    }
    for page in &pages {
        let text = project.read(&format!("share/man1/{page}"));
        for part in [".SH NAME", ".SH SYNOPSIS"] {
            assert!(text.contains(part), "{part} in {page}");
        }
    }
}

#[test]
fn pages_that_cannot_be_written() {
    let project = Project::new().with("file", "");
    program!()
        .run(project.root(), &["man", "--output", "file/man"])
        .expect(2)
        .says("cannot make the directory file/man");
}

/// groff reads each page without a complaint.
#[test]
fn pages_are_well_formed() {
    let project = Project::new();
    program!().run(project.root(), &["man", "-o", "."]).expect(0);
    if Command::new("groff").arg("--version").output().is_err() {
        bt_tests::skipped("groff is not installed, so manual pages are not read");
        return;
    }
    for page in ["bt-lint.1", "bt-lint-check.1", "bt-lint-derivation-diff.1"] {
        let mut command = Command::new("groff");
        command.args(["-man", "-Tascii", "-ww"]).arg(project.path(page));
        let done = run(command, b"", LIMIT).expect("groff ends");
        assert_eq!((done.code, done.stderr.as_str()), (Some(0), ""), "{page}: {}", done.shown());
    }
}
