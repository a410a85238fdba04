//! The cases in a folder, and the command line of each.

use std::path::{Path, PathBuf};

/// What must become of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It has a value.
    EvalOkay,
    /// It is refused when it is evaluated.
    EvalFail,
    /// It is a program.
    ParseOkay,
    /// It is no program.
    ParseFail,
}

impl Kind {
    /// All kinds, in the order of reports.
    pub const ALL: [Kind; 4] = [Kind::EvalOkay, Kind::EvalFail, Kind::ParseOkay, Kind::ParseFail];

    /// As the names of its cases start, without the last hyphen.
    pub fn name(self) -> &'static str {
        match self {
            Kind::EvalOkay => "eval-okay",
            Kind::EvalFail => "eval-fail",
            Kind::ParseOkay => "parse-okay",
            Kind::ParseFail => "parse-fail",
        }
    }

    /// Whether it must be refused.
    pub fn is_refused(self) -> bool {
        matches!(self, Kind::EvalFail | Kind::ParseFail)
    }

    /// Whether it is only parsed.
    pub fn is_parsed_only(self) -> bool {
        matches!(self, Kind::ParseOkay | Kind::ParseFail)
    }
}

/// A case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// Its files' name without an extension.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
}

impl Case {
    /// One of its files.
    pub fn file(&self, folder: &Path, extension: &str) -> PathBuf {
        folder.join(format!("{}.{extension}", self.name))
    }

    /// The extension of the file that has what it must print.
    pub fn expectation(&self, folder: &Path) -> &'static str {
        if self.file(folder, "exp.xml").is_file() { "exp.xml" } else { "exp" }
    }

    /// What bt-lint is started with, in the folder above.
    pub fn arguments(&self, folder: &Path) -> Vec<String> {
        let words = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<String>>();
        if self.kind.is_parsed_only() {
            return words("eval --impure --parse-only --file -");
        }
        let name = folder.file_name().and_then(|name| name.to_str()).expect("a plain name");
        let mut arguments = words("eval --impure --strict");
        if self.expectation(folder) == "exp.xml" {
            arguments.extend(words("--xml --no-location"));
        } else {
            let flags = std::fs::read_to_string(self.file(folder, "flags")).unwrap_or_default();
            arguments.extend(self.flags(&flags));
        }
        arguments.extend(["--file".into(), format!("{name}/{}.nix", self.name)]);
        arguments
    }

    /// The words of a `.flags` file, as far as they mean anything to bt-lint. Nix reads the first line only where a case
    /// must evaluate, and drops comments where it must not.
    fn flags(&self, text: &str) -> Vec<String> {
        let lines = text.lines().take(if self.kind == Kind::EvalOkay { 1 } else { usize::MAX });
        let words = lines.flat_map(|line| match self.kind {
            Kind::EvalOkay => line.split_whitespace(),
            _ => line.split('#').next().unwrap_or_default().split_whitespace(),
        });
        // What bt-lint is told already, and what it does unless told otherwise.
        let implied = ["--eval", "--strict", "--impure", "--no-show-trace"];
        words.filter(|word| !implied.contains(word)).map(String::from).collect()
    }
}

/// The cases of a folder, by kind and name.
pub fn cases(folder: &Path) -> Vec<Case> {
    let mut cases: Vec<Case> = crate::lang::files(folder).iter().filter_map(|file| of_file(folder, file)).collect();
    cases.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    cases
}

fn of_file(folder: &Path, file: &Path) -> Option<Case> {
    let name = file.file_stem()?.to_str()?;
    let kind = Kind::ALL.into_iter().find(|kind| name.starts_with(&format!("{}-", kind.name())))?;
    let case = Case { name: name.into(), kind };
    // Nix does not run these either.
    (!case.file(folder, "exp-disabled").is_file()).then_some(case)
}

#[cfg(test)]
mod tests {
    use super::{Case, Kind};
    use crate::project::Project;

    fn arguments(project: &Project, name: &str, kind: Kind) -> String {
        Case { name: name.into(), kind }.arguments(&project.path("lang")).join(" ")
    }

    #[test]
    fn words_of_flags() {
        let project = Project::new()
            .with("lang/a.flags", "--arg lib import(x) -A result\n--strange\n")
            .with("lang/b.flags", "--eval --strict --no-show-trace # why\n--max-call-depth 100 # and --this\n")
            .with("lang/c.flags", "-A not-with-xml")
            .with("lang/c.exp.xml", "");
        assert_eq!(
            arguments(&project, "a", Kind::EvalOkay),
            "eval --impure --strict --arg lib import(x) -A result --file lang/a.nix"
        );
        assert_eq!(
            arguments(&project, "b", Kind::EvalFail),
            "eval --impure --strict --max-call-depth 100 --file lang/b.nix"
        );
        assert_eq!(
            arguments(&project, "c", Kind::EvalOkay),
            "eval --impure --strict --xml --no-location --file lang/c.nix"
        );
        assert_eq!(arguments(&project, "d", Kind::ParseFail), "eval --impure --parse-only --file -");
    }

    #[test]
    fn files_that_are_cases() {
        let project = Project::new();
        for name in ["eval-okay-b.nix", "eval-okay-a.nix", "eval-okay-c.nix", "eval-okay-c.exp-disabled"] {
            project.write(&format!("lang/{name}"), "1");
        }
        for name in ["parse-fail-a.nix", "lib.nix", "eval-fail-a.nix", "parse-okay-a.nix", "eval-okay-a.exp"] {
            project.write(&format!("lang/{name}"), "1");
        }
        let names: Vec<String> = super::cases(&project.path("lang")).into_iter().map(|case| case.name).collect();
        assert_eq!(names, ["eval-okay-a", "eval-okay-b", "eval-fail-a", "parse-okay-a", "parse-fail-a"]);
    }
}
