//! Times bt-lint beside the installed Nix, in turn, in one run, and prints a table.
//!
//! `cargo run --release -p bt-benches` builds both and runs everything; a number as argument sets how many runs the
//! median is taken of. Programs are in `benches/programs`; the flake is the repository's own. Nothing fails because of a
//! time: the table is for people.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a table is what this program is for")]

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};
use wait4::Wait4;

/// One measured run.
#[derive(Clone, Copy)]
struct Run {
    time: Duration,
    /// Peak resident memory in KiB.
    memory: u64,
    succeeded: bool,
}

/// What a program needed: medians.
struct Sample {
    time: f64,
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
    Some(Run { time, memory: result.rusage.maxrss / 1024, succeeded: result.status.success() })
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
        Some(s) => format!("{:.1} ms, {:.0} MiB", s.time, s.memory),
    }
}

fn row(name: &str, ours: Option<&Sample>, theirs: Option<&Sample>) {
    let ratio = match (ours, theirs) {
        (Some(a), Some(b)) if a.succeeded && b.succeeded => format!("{:.2}", a.time / b.time),
        _ => "-".into(),
    };
    println!("| {name} | {} | {} | {ratio} |", cell(ours), cell(theirs));
}

fn main() -> ExitCode {
    let count = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(7);
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
    let nix = PathBuf::from("nix-instantiate");
    if run(&nix, &["--version"]).is_none() {
        eprintln!("nix-instantiate is not installed: only bt-lint is measured");
    }
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
    if let Ok(size) = ours.metadata() {
        println!("\nbinary: {:.1} MiB", size.len() as f64 / (1024.0 * 1024.0));
    }
    ExitCode::SUCCESS
}
