//! Evaluates random programs with bt-lint and with Nix, and reports on which they disagree.

#![allow(clippy::expect_used, clippy::exit, reason = "a harness: what goes wrong in it is a failed test")]

use bt_tests::random_programs::evaluator::{Evaluator, InProcess, Nix, Program};
use bt_tests::random_programs::{Comparison, derivations, generate, text};
use bt_tests::{nix::is_installed, shown};
use std::path::PathBuf;

const USAGE: &str = "\
differential [OPTIONS]
  --programs N     how many programs [default: 10000]
  --seed N         where they start from [default: 1]
  --only N         evaluate program number N only, and show it
  --nix PROGRAM    the Nix to compare with [default: nix-instantiate]
  --second PROGRAM another version, asked where the first disagrees [default: none]
  --program PATH   a bt-lint to run, instead of evaluating in this process
  --derivations    programs that make derivations
  --messages       show the messages that differ from Nix's
  --versions       show the programs on which the versions of Nix differ
";

struct Settings {
    programs: u64,
    seed: u64,
    only: Option<u64>,
    nix: String,
    second: Option<String>,
    program: Option<PathBuf>,
    messages: bool,
    derivations: bool,
    versions: bool,
}

fn settings() -> Result<Settings, String> {
    let mut settings = Settings {
        programs: 10_000,
        seed: 1,
        only: None,
        nix: "nix-instantiate".into(),
        second: None,
        program: None,
        messages: false,
        derivations: false,
        versions: false,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(option) = arguments.next() {
        let mut value = || arguments.next().ok_or_else(|| format!("{option} needs a value"));
        let number = |text: String| text.parse::<u64>().map_err(|_| format!("{text} is not a number"));
        match option.as_str() {
            "--programs" => settings.programs = number(value()?)?,
            "--seed" => settings.seed = number(value()?)?,
            "--only" => settings.only = Some(number(value()?)?),
            "--nix" => settings.nix = value()?,
            "--second" => settings.second = Some(value()?),
            "--program" => settings.program = Some(value()?.into()),
            "--derivations" => settings.derivations = true,
            "--messages" => settings.messages = true,
            "--versions" => settings.versions = true,
            _ => return Err(format!("unknown option {option}")),
        }
    }
    Ok(settings)
}

fn main() {
    let settings = settings().unwrap_or_else(|error| {
        shown(&format!("{error}\n{USAGE}"));
        std::process::exit(2);
    });
    for nix in [&settings.nix].into_iter().chain(&settings.second) {
        if !is_installed(nix.as_ref()) {
            shown(&format!("{nix} is not installed\n"));
            std::process::exit(2);
        }
    }
    let directory = tempfile::tempdir().expect("a temporary directory");
    let directory = directory.path().canonicalize().expect("it is there");
    let in_process = InProcess { directory: &directory };
    let program = settings.program.as_deref().map(|path| Program { path, directory: &directory });
    let nix = Nix::new(&settings.nix, &directory);
    let second = settings.second.as_ref().map(|second| Nix::new(second, &directory));
    let make = if settings.derivations { derivations::program } else { generate::program };
    derivations::prepare(&directory).expect("a temporary directory");
    let report = Comparison {
        make,
        seed: settings.seed,
        first: settings.only.unwrap_or(0),
        programs: if settings.only.is_some() { 1 } else { settings.programs },
        ours: program.as_ref().map_or(&in_process as &dyn Evaluator, |program| program),
        theirs: &nix,
        second: second.as_ref().map(|second| second as &dyn Evaluator),
    }
    .run();
    if let Some(number) = settings.only {
        shown(&format!("{}\n", text(&make(settings.seed, number))));
    }
    if settings.messages {
        for (ours, theirs) in &report.messages {
            shown(&format!("bt-lint  {ours}\nNix      {theirs}\n\n"));
        }
    }
    if settings.versions {
        for difference in &report.version_differences {
            shown(&format!("differs between versions of Nix: {}\n", difference.shown()));
        }
    }
    for disagreement in &report.disagreements {
        shown(&format!("{}\n", disagreement.shown()));
    }
    shown(&format!("seed {}: {}\n", settings.seed, report.summary()));
    if !report.disagreements.is_empty() {
        std::process::exit(1);
    }
}
