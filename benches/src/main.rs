//! Times bt-lint beside the installed Nix, in turn, in one run, and prints a table.
//!
//! `cargo run --release -p bt-benches` builds bt-lint and runs everything: `[COUNT] [--nix PROGRAM] [--collection
//! FOLDER[=TABLE]]...`. The median is taken of COUNT runs. PROGRAM is `nix-instantiate` of some version. A collection of
//! packages is a folder like nixpkgs, its table names attributes, one a line and followed by a tab. Programs are in
//! `benches/programs`; the flake is the repository's own. Nothing fails because of a time: the table is for people.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a table is what this program is for")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4;

/// One measured run.
#[derive(Clone, Copy)]
struct Run {
    time: Duration,
    /// Time of the processor, in user and kernel mode.
    processor: Duration,
    /// Peak resident memory in KiB.
    memory: u64,
    succeeded: bool,
}

/// What a program needed: medians.
struct Sample {
    time: f64,
    processor: f64,
    memory: f64,
    succeeded: bool,
}

fn run(program: &Path, arguments: &[&str]) -> Option<Run> {
    let started = Instant::now();
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let result = child.wait4().ok()?;
    let time = started.elapsed();
    let processor = result.rusage.utime + result.rusage.stime;
    Some(Run { time, processor, memory: result.rusage.maxrss / 1024, succeeded: result.status.success() })
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn sample(runs: &[Run]) -> Option<Sample> {
    let last = runs.last()?;
    Some(Sample {
        time: median(runs.iter().map(|r| r.time.as_secs_f64() * 1000.0)),
        processor: median(runs.iter().map(|r| r.processor.as_secs_f64() * 1000.0)),
        memory: median(runs.iter().map(|r| r.memory as f64 / 1024.0)),
        succeeded: last.succeeded,
    })
}

/// Runs two commands in turn.
fn compare(count: usize, ours: (&Path, &[&str]), theirs: Option<(&Path, &[&str])>) -> (Option<Sample>, Option<Sample>) {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..count {
        a.extend(run(ours.0, ours.1));
        if let Some((program, arguments)) = theirs {
            b.extend(run(program, arguments));
        }
    }
    (sample(&a), sample(&b))
}

fn cell(sample: Option<&Sample>) -> String {
    match sample {
        None => "-".into(),
        Some(s) if !s.succeeded => "fails".into(),
        Some(s) => format!("{:.1} ms ({:.1}), {:.0} MiB", s.time, s.processor, s.memory),
    }
}

fn row(name: &str, ours: Option<&Sample>, theirs: Option<&Sample>) {
    let ratio = match (ours, theirs) {
        (Some(a), Some(b)) if a.succeeded && b.succeeded => {
            format!("{:.2} ({:.2})", a.time / b.time, a.processor / b.processor)
        }
        _ => "-".into(),
    };
    println!("| {name} | {} | {} | {ratio} |", cell(ours), cell(theirs));
}

/// What is asked of a collection of packages: a name for the table, and an expression over `pkgs`.
fn questions(table: Option<&str>) -> Vec<(String, String)> {
    let of = |name: &str| (format!("{name}.drvPath"), format!("pkgs.{name}.drvPath"));
    let mut questions = vec![of("stdenv"), of("hello"), of("grafana")];
    let image = "pkgs.dockerTools.buildImage { name = \"x\"; contents = [ pkgs.hello pkgs.go ]; \
                 config = { Cmd = [ \"/bin/hello\" ]; ExposedPorts.\"80/tcp\" = { }; }; }";
    questions.push(("dockerTools.buildImage".into(), format!("({image}).drvPath")));
    if let Some(table) = table {
        let names: Vec<&str> = table.lines().filter_map(|line| line.split('\t').next()).collect();
        let paths = names.iter().map(|name| format!("(builtins.tryEval pkgs.\"{name}\".drvPath).value"));
        let list = paths.collect::<Vec<_>>().join(" ");
        questions.push((format!("{} attributes", names.len()), format!("[ {list} ]")));
    }
    questions
}

/// Times what a collection of packages can answer.
#[allow(clippy::disallowed_methods, reason = "the table is a file of the person who measures")]
fn collection(count: usize, ours: &Path, nix: &Path, argument: &str) {
    let (folder, table) = argument.split_once('=').map_or((argument, None), |(folder, table)| (folder, Some(table)));
    let table = table.and_then(|file| std::fs::read_to_string(file).ok());
    let name = Path::new(folder).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let folder = Path::new(folder).canonicalize().unwrap_or_else(|_| folder.into());
    for (question, expression) in questions(table.as_deref()) {
        let text = format!("let pkgs = import {} {{ }}; in {expression}", folder.display());
        let mine = ["eval", "--impure", "--strict", "-E", &text];
        if !run(ours, &mine).is_some_and(|run| run.succeeded) {
            continue;
        }
        // What is imported from a copy in the store has to be there.
        run(nix, &["--eval", "--strict", "--read-write-mode", "-E", &text]);
        let theirs = ["--eval", "--strict", "--readonly-mode", "-E", &text];
        let (a, b) = compare(count, (ours, &mine), Some((nix, &theirs)));
        row(&format!("{name}: {question}"), a.as_ref(), b.as_ref());
    }
}

fn main() -> ExitCode {
    let (mut count, mut nix, mut collections) = (7, PathBuf::from("nix-instantiate"), Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), argument.parse()) {
            ("--nix", _) => nix = arguments.next().unwrap_or_default().into(),
            ("--collection", _) => collections.extend(arguments.next()),
            (_, Ok(number)) => count = number,
            _ => {
                eprintln!("usage: bench [COUNT] [--nix PROGRAM] [--collection FOLDER[=TABLE]]...");
                return ExitCode::FAILURE;
            }
        }
    }
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..");
    let Ok(root) = root.canonicalize() else { return ExitCode::FAILURE };
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--quiet", "-p", "bt-lint"])
        .current_dir(&root)
        .status();
    if !built.is_ok_and(|status| status.success()) {
        eprintln!("cannot build bt-lint");
        return ExitCode::FAILURE;
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    let ours = target.join("release").join("bt-lint");
    if run(&nix, &["--version"]).is_none() {
        eprintln!("{} cannot be run: only bt-lint is measured", nix.display());
    }
    println!("Wall time, time of the processor in brackets, and peak memory; medians of {count} runs.\n");
    println!("| task | bt-lint | Nix | ratio |\n|---|---|---|---|");
    let programs = root.join("benches/programs");
    for name in ["fib", "foldl", "attrs", "strcat", "sort", "closure", "deep"] {
        let file = programs.join(format!("{name}.nix")).display().to_string();
        let (a, b) = compare(
            count,
            (&ours, &["eval", "--strict", "--max-call-depth", "200000", "--file", &file]),
            Some((&nix, &["--eval", "--strict", "--readonly-mode", &file])),
        );
        row(name, a.as_ref(), b.as_ref());
    }
    let (a, b) =
        compare(count, (&ours, &["eval", "--expr", "1"]), Some((&nix, &["--eval", "--readonly-mode", "-E", "1"])));
    row("empty expression", a.as_ref(), b.as_ref());
    let flake = root.display().to_string();
    let (a, _) = compare(count, (&ours, &["--nixpkgs", "model", &flake]), None);
    row("check the reference flake", a.as_ref(), None);
    for argument in &collections {
        collection(count, &ours, &nix, argument);
    }
    if let Ok(size) = ours.metadata() {
        println!("\nbinary: {:.1} MiB", size.len() as f64 / (1024.0 * 1024.0));
    }
    ExitCode::SUCCESS
}
