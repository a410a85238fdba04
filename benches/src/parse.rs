//! Times the parser on one core: `cargo run --release -p bt-benches --bin parse -- FOLDER…` parses all `.nix` files in
//! the folders, keeps the best of a few runs of each file, and prints MB/s.
#![allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a measuring program reads files and prints")]

use bumpalo::Bump;
use std::hint::black_box;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// How often each file is parsed.
const RUNS: usize = 15;

fn collect(path: &Path, texts: &mut Vec<String>) {
    if path.is_symlink() {
        return;
    }
    if let Ok(entries) = std::fs::read_dir(path) {
        for entry in entries.flatten() {
            collect(&entry.path(), texts);
        }
    } else if path.extension().is_some_and(|extension| extension == "nix")
        && let Ok(text) = std::fs::read_to_string(path)
    {
        texts.push(text);
    }
}

fn time(text: &str) -> Duration {
    let started = Instant::now();
    let arena = Bump::with_capacity(text.len() * 4);
    let _ = black_box(bt_syntax::parse(&arena, text, 0).is_ok());
    started.elapsed()
}

fn main() -> ExitCode {
    let mut texts = Vec::new();
    for folder in std::env::args().skip(1) {
        collect(Path::new(&folder), &mut texts);
    }
    let bytes: usize = texts.iter().map(String::len).sum();
    if bytes == 0 {
        println!("usage: parse FOLDER…, with .nix files in them");
        return ExitCode::FAILURE;
    }
    let best = texts.iter().map(|text| (0..RUNS).map(|_| time(text)).min().unwrap_or_default());
    let total: Duration = best.sum();
    println!("{} files, {bytes} bytes: {:.0} MB/s", texts.len(), bytes as f64 / 1e6 / total.as_secs_f64());
    ExitCode::SUCCESS
}
