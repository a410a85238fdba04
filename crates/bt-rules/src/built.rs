//! What the files of a built image say: the flaws that rules look for before a build by the names of packages, found in the
//! files themselves.
//!
//! Everything that follows from the configuration, and from whether a file is there, the rules find as they always do: the
//! files of a built image are [`bt_container::PackageFiles::Built`].

use crate::rules::{COMPILERS, PACKAGE_MANAGERS, TOOL_PROGRAMS, TOOLS, secret_name};
use crate::{Rule, find, knowledge::tools::SHELLS};
use bt_diag::{Confidence, Finding, Severity};
use std::collections::BTreeMap;

/// A program of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltFile {
    /// Its path, with a slash at the start.
    pub path: String,
    /// Where it leads to when it is a link, else the same.
    pub target: String,
    /// Permissions of what it leads to, with the setuid bit.
    pub mode: u32,
    /// The number of the owner.
    pub uid: u32,
    /// Whether it is a link.
    pub is_link: bool,
    /// Whether it holds a private key.
    pub private_key: bool,
    /// Bytes.
    pub size: u64,
}

/// Programs that are called otherwise than their package.
const PROGRAMS: &[(&str, &str)] = &[
    ("apk", "apk-tools"),
    ("apt-get", "apt"),
    ("as", "binutils"),
    ("c++", "gcc"),
    ("cc", "gcc"),
    ("dnf", "dnf5"),
    ("g++", "gcc"),
    ("ld", "binutils"),
    ("make", "gnumake"),
    ("nix-env", "nix"),
    ("nu", "nushell"),
    ("pip3", "pip"),
    ("pwsh", "powershell"),
    ("sh", "bash"),
    ("tcc", "tinycc"),
];

/// The rules that are about files, by code, with the names of packages, what these are, and what to do.
pub(crate) const KINDS: &[(&str, &[&str], &str, &str)] = &[
    ("CNT001", SHELLS, "a shell", "leave it out: programs are named by their store paths"),
    ("CNT002", COMPILERS, "for building only", "leave it out: what a program needs to run comes along by itself"),
    ("CNT003", PACKAGE_MANAGERS, "a package manager", "leave it out, and let Nix bring what the program needs"),
    ("CNT004", TOOLS, "a tool for people", "leave it out; a program that runs it names it by its store path"),
];

/// So many findings of one rule are told.
const MAX_FINDINGS: usize = 100;

/// Looks for programs that do not belong into an image, for setuid files and for secrets. `words` is what the image's
/// configuration names: a tool that it runs is of use. Findings come by code, then by path.
pub fn check_built(
    image: &str,
    files: impl IntoIterator<Item = BuiltFile>,
    words: &[String],
    is_on: &dyn Fn(&Rule) -> bool,
) -> Vec<Finding> {
    // A program with many names is one: by the rule, and by where the names lead.
    let mut programs: BTreeMap<(&str, String), (usize, Vec<String>)> = BTreeMap::new();
    let mut found: Vec<Finding> = Vec::new();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    let mut tell = |finding: Option<Finding>| {
        let Some(finding) = finding else { return };
        let told = count.entry(finding.code).or_default();
        *told += 1;
        if *told <= MAX_FINDINGS {
            found.push(finding);
        }
    };
    for file in files {
        let name = file.path.rsplit('/').next().unwrap_or_default();
        if let Some(kind) = program_kind(&file, name) {
            let names = programs.entry((KINDS[kind].0, file.target.clone())).or_insert((kind, Vec::new()));
            names.1.push(file.path.clone());
        }
        if file.is_link {
            continue;
        }
        let report = |code, message: String, confidence, help: &str| {
            built_finding(code, &file.path, &message, confidence, help, is_on)
        };
        if file.mode & 0o4000 != 0 && file.mode & 0o111 != 0 {
            let message = format!("`{}` in image `{image}` is setuid: it runs as user {}", file.path, file.uid);
            let help = "run the container as the user who needs the right, or give it the one capability that it needs";
            tell(report("CNT010", message, Confidence::Certain, help));
        }
        let help = "what is in an image everybody can read who has it: hand secrets over when the container starts";
        if file.private_key {
            let message = format!("a private key is in image `{image}`: `{}`", file.path);
            tell(report("CFG020", message, Confidence::Certain, help));
        } else if file.size > 0 && secret_name(name).is_some() {
            let message = format!("`{}` in image `{image}` has the name of a secret", file.path);
            tell(report("CFG020", message, Confidence::High, help));
        }
    }
    for ((code, target), (kind, mut names)) in programs {
        let is_used = |path: &String| {
            let name = path.rsplit('/').next().unwrap_or_default();
            words.iter().any(|word| word == path || word == name || *word == target)
        };
        if code == "CNT004" && names.iter().any(is_used) {
            continue;
        }
        // What is not in the store comes first: there it was put.
        names.sort_by_key(|path| (path.starts_with("/nix/store/"), path.clone()));
        let first = names[0].clone();
        let others = match names.len() - 1 {
            0 => String::new(),
            1 => format!(", and so is `{}`", names[1]),
            more => format!(", and so are {more} other names of it"),
        };
        let (_, _, what, help) = KINDS[kind];
        let message = format!("`{first}` in image `{image}` is {what}{others}");
        tell(built_finding(code, &first, &message, Confidence::Certain, help, is_on).map(|mut finding| {
            // It came along with something that names it.
            if first.starts_with("/nix/store/") {
                finding.severity = finding.severity.min(Severity::Warning);
            }
            finding
        }));
    }
    found.sort_by(|a, b| (a.code, &a.attr, &a.message).cmp(&(b.code, &b.attr, &b.message)));
    found
}

/// A finding of a rule by code, when the rule is on.
pub fn built_finding(
    code: &str,
    path: &str,
    message: &str,
    confidence: Confidence,
    help: &str,
    is_on: &dyn Fn(&Rule) -> bool,
) -> Option<Finding> {
    let rule = find(code).filter(|rule| is_on(rule))?;
    Some(Finding {
        code: rule.code,
        name: rule.name,
        severity: rule.severity,
        confidence,
        message: message.to_string(),
        attr: path.to_string(),
        primary: None,
        related: Vec::new(),
        help: Some(help.to_string()),
        fix: None,
    })
}

/// Which of [`KINDS`] a file is, by its name, in a directory of programs.
fn program_kind(file: &BuiltFile, name: &str) -> Option<usize> {
    let mut directories = file.path.rsplit('/').skip(1);
    if file.mode & 0o111 == 0 || !matches!(directories.next(), Some("bin" | "sbin")) {
        return None;
    }
    let other = PROGRAMS.iter().find(|(program, _)| *program == name).map(|(_, package)| *package);
    let tool = TOOL_PROGRAMS.iter().find(|(_, programs)| programs.contains(&name)).map(|(package, _)| *package);
    let is_one = |names: &[&str]| [Some(name), other, tool].into_iter().flatten().any(|name| names.contains(&name));
    KINDS.iter().position(|(_, names, _, _)| is_one(names))
}

#[cfg(test)]
mod tests {
    use super::{BuiltFile, check_built};

    fn file(path: &str, mode: u32) -> BuiltFile {
        let (path, target) = (path.to_string(), path.to_string());
        BuiltFile { path, target, mode, uid: 0, is_link: false, private_key: false, size: 1 }
    }

    fn link(path: &str, target: &str) -> BuiltFile {
        BuiltFile { target: target.into(), is_link: true, ..file(path, 0o755) }
    }

    fn found(files: &[BuiltFile], words: &[&str]) -> Vec<String> {
        let words: Vec<String> = words.iter().map(ToString::to_string).collect();
        let findings = check_built("app", files.iter().cloned(), &words, &|_| true);
        findings.iter().map(|f| format!("{} {} {}: {}", f.code, f.severity.as_str(), f.attr, f.message)).collect()
    }

    #[test]
    fn programs_are_known_by_their_names_once() {
        let busybox = "/nix/store/x-busybox/bin/busybox";
        assert_eq!(
            found(&[file(busybox, 0o555), link("/bin/sh", busybox), link("/bin/ls", busybox)], &[]),
            ["CNT001 error /bin/sh: `/bin/sh` in image `app` is a shell, and so is `/nix/store/x-busybox/bin/busybox`"]
        );
        assert_eq!(
            found(&[file("/nix/store/x-bash/bin/bash", 0o555)], &[]),
            ["CNT001 warning /nix/store/x-bash/bin/bash: `/nix/store/x-bash/bin/bash` in image `app` is a shell"]
        );
        let codes =
            |path: &str| found(&[file(path, 0o755)], &[]).iter().map(|f| f[..6].to_string()).collect::<Vec<_>>();
        assert_eq!(codes("/usr/bin/g++"), ["CNT002"]);
        assert_eq!(codes("/usr/bin/pip3"), ["CNT003"]);
        assert_eq!(codes("/usr/bin/ssh"), ["CNT004"]);
        for other in ["/usr/share/bash", "/bin/app", "/etc/sh", "/bin/bash-completion"] {
            assert!(codes(other).is_empty(), "{other}");
        }
        assert!(found(&[file("/bin/sh", 0o644)], &[]).is_empty());
    }

    #[test]
    fn tools_that_the_configuration_runs_are_of_use() {
        let curl = [file("/bin/curl", 0o755)];
        assert_eq!(found(&curl, &["sh"]).len(), 1);
        assert!(found(&curl, &["curl"]).is_empty() && found(&curl, &["/bin/curl"]).is_empty());
        // A shell stays one.
        assert_eq!(found(&[file("/bin/sh", 0o755)], &["/bin/sh"]).len(), 1);
    }

    #[test]
    fn setuid_files_and_secrets() {
        assert_eq!(
            found(&[file("/bin/mount", 0o4755), file("/x", 0o4644)], &[]),
            ["CNT010 warning /bin/mount: `/bin/mount` in image `app` is setuid: it runs as user 0"]
        );
        let key = BuiltFile { private_key: true, ..file("/etc/x.pem", 0o644) };
        assert_eq!(found(&[key], &[]), ["CFG020 error /etc/x.pem: a private key is in image `app`: `/etc/x.pem`"]);
        assert_eq!(found(&[file("/app/.env", 0o644)], &[]).len(), 1);
        assert!(
            found(&[BuiltFile { size: 0, ..file("/app/.env", 0o644) }, file("/app/id_rsa.pub", 0o644)], &[]).is_empty()
        );
    }

    #[test]
    fn there_is_an_end_to_it() {
        let files: Vec<BuiltFile> = (0..1000).map(|n| file(&format!("/x/{n}"), 0o4755)).collect();
        assert_eq!(found(&files, &[]).len(), 100);
    }
}
