//! Who evaluates programs: bt-lint in this process, bt-lint as a program, Nix.

use crate::lang::evaluate_text_in;
use crate::nix_lang::message;
use crate::process;
use bt_eval::Options;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// No program may take longer.
const LIMIT: Duration = Duration::from_secs(60);

/// What became of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Its value, as Nix prints it.
    Value(String),
    /// It was refused, with a message.
    Failed(String),
    /// The evaluator ended as it never may: bt-lint only.
    Crashed(String),
    /// It took too long.
    Unknown,
}

/// Evaluates programs.
pub trait Evaluator: Sync {
    /// The outcome of each of some programs.
    fn evaluate(&self, texts: &[String]) -> Vec<Outcome>;
}

/// bt-lint's evaluator in this process, as `bt-lint eval --impure --strict --file` uses it.
#[derive(Debug, Clone, Copy)]
pub struct InProcess<'a> {
    /// Where relative paths start.
    pub directory: &'a Path,
}

impl Evaluator for InProcess<'_> {
    fn evaluate(&self, texts: &[String]) -> Vec<Outcome> {
        let directory = self.directory.to_str().expect("a path in UTF-8");
        let one = |text: &String| {
            let deadline = Some(Instant::now() + LIMIT);
            let options = Options { max_call_depth: 10_000, max_memory: 1 << 30, deadline, ..Options::default() };
            match catch_unwind(AssertUnwindSafe(|| evaluate_text_in(directory, text, options))) {
                Ok(Ok(value)) => Outcome::Value(value),
                Ok(Err(failure)) => Outcome::Failed(failure.message),
                Err(_) => Outcome::Crashed("a panic".into()),
            }
        };
        texts.iter().map(one).collect()
    }
}

/// bt-lint as a program of its own.
#[derive(Debug, Clone, Copy)]
pub struct Program<'a> {
    /// Its path.
    pub path: &'a Path,
    /// Where relative paths start.
    pub directory: &'a Path,
}

impl Evaluator for Program<'_> {
    fn evaluate(&self, texts: &[String]) -> Vec<Outcome> {
        let one = |text: &String| {
            // A file, because only what is in one has positions.
            let file = tempfile::Builder::new().suffix(".nix").tempfile_in(self.directory).expect("a temporary file");
            std::fs::write(&file, text).expect("a temporary file");
            let mut command = Command::new(self.path);
            command.args(["eval", "--impure", "--strict", "--file"]).arg(file.path()).env_remove("NIX_PATH");
            let Some((code, stdout, stderr)) = process::run_bytes(command, b"", LIMIT) else {
                return Outcome::Unknown;
            };
            let stderr = String::from_utf8_lossy(&stderr);
            match (code, message::of_bt_lint(&stderr)) {
                (Some(0), _) => Outcome::Value(String::from_utf8_lossy(&stdout).trim_end_matches('\n').into()),
                (Some(2), Some(message)) => Outcome::Failed(message),
                (code, _) => Outcome::Crashed(format!("exit code {code:?}: {stderr}")),
            }
        };
        texts.iter().map(one).collect()
    }
}

/// `nix-instantiate --eval --strict`, of any version.
#[derive(Debug)]
pub struct Nix {
    program: String,
    /// Where the programs are written to, and where relative paths start.
    directory: PathBuf,
    /// For the program that prints the mark.
    scratch: TempDir,
    batches: AtomicU64,
}

/// Printed after each program, so that the value of one cannot be taken for that of another.
const MARK: &str = "end of a program";

impl Nix {
    /// A version of Nix. Its programs are written to a directory.
    pub fn new(program: &str, directory: &Path) -> Nix {
        let scratch = tempfile::tempdir().expect("a temporary directory");
        let nix = Nix { program: program.into(), directory: directory.into(), scratch, batches: AtomicU64::new(0) };
        std::fs::write(nix.mark(), format!("\"{MARK}\"")).expect("a temporary file");
        nix
    }

    fn mark(&self) -> PathBuf {
        self.scratch.path().join("mark.nix")
    }

    /// Evaluates files until one fails: the values before, and the message of the one that failed if one did. `None`
    /// when it takes too long.
    fn run(&self, files: &[PathBuf]) -> Option<(Vec<String>, Option<String>)> {
        let mut command = crate::nix::command(&self.program);
        command.args(["--eval", "--strict", "--readonly-mode"]);
        command.args(["--option", "experimental-features", crate::nix::FEATURES]);
        for file in files {
            command.arg(file).arg(self.mark());
        }
        let (code, stdout, stderr) = process::run_bytes(command, b"", LIMIT)?;
        let stdout = String::from_utf8_lossy(&stdout);
        let mut values: Vec<String> = stdout.split(&format!("\n\"{MARK}\"\n")).map(String::from).collect();
        // After the last mark there is nothing.
        values.pop();
        let failed = code != Some(0);
        Some((values, failed.then(|| message::of_nix(&String::from_utf8_lossy(&stderr)))))
    }

    fn outcomes(&self, files: &[PathBuf]) -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = Vec::new();
        while outcomes.len() < files.len() {
            let rest = &files[outcomes.len()..];
            match self.run(rest) {
                Some((values, failure)) => {
                    outcomes.extend(values.into_iter().map(Outcome::Value));
                    outcomes.extend(failure.map(Outcome::Failed));
                }
                None if rest.len() == 1 => outcomes.push(Outcome::Unknown),
                None => outcomes.extend(rest.chunks(1).flat_map(|file| self.outcomes(file))),
            }
        }
        outcomes
    }
}

impl Evaluator for Nix {
    fn evaluate(&self, texts: &[String]) -> Vec<Outcome> {
        let batch = self.batches.fetch_add(1, Ordering::Relaxed);
        // Relative paths start in the directory of a file, so they all are in one.
        let name = |index| self.directory.join(format!("{}-{batch}-{index}.nix", self.program.replace('/', "_")));
        let files: Vec<PathBuf> = (0..texts.len()).map(name).collect();
        for (file, text) in files.iter().zip(texts) {
            std::fs::write(file, text).expect("a temporary file");
        }
        let outcomes = self.outcomes(&files);
        for file in &files {
            std::fs::remove_file(file).expect("it was written");
        }
        outcomes
    }
}

#[cfg(test)]
mod tests {
    use super::{Evaluator, InProcess, Nix, Outcome};
    use crate::nix::is_installed;

    fn outcomes(evaluator: &dyn Evaluator) -> Vec<String> {
        let texts = ["1 + 1", "throw \"a\"", "\"x\ny\"", "[ ./a ]", "{", "{ a = 1; }.b", "./a + \"\\n\"", "3"];
        let shown = |outcome| match outcome {
            Outcome::Value(value) => value,
            Outcome::Failed(_) => "failed".into(),
            other => format!("{other:?}"),
        };
        evaluator.evaluate(&texts.map(String::from)).into_iter().map(shown).collect()
    }

    #[test]
    fn each_program_has_its_outcome() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let directory = directory.path().canonicalize().expect("it is there");
        let here = directory.display();
        let (path, broken) = (format!("[ {here}/a ]"), format!("{here}/a\n"));
        let expected = ["2", "failed", "\"x\\ny\"", &path, "failed", "failed", &broken, "3"];
        assert_eq!(outcomes(&InProcess { directory: &directory }), expected);
        if is_installed("nix-instantiate".as_ref()) {
            assert_eq!(outcomes(&Nix::new("nix-instantiate", &directory)), expected);
        } else {
            crate::skipped("nix-instantiate is not installed, so evaluating with real Nix is not tested");
        }
    }
}
