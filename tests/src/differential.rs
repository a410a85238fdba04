//! Many small expressions, evaluated by real Nix and by this evaluator: the values must be alike, and what one refuses the
//! other must refuse as well. Which expressions those are is decided by a generator of numbers that look random, with a
//! seed, so that each run makes the same ones.

use crate::lang::evaluate_text;
use crate::nix::FEATURES;
use crate::process;
use bt_eval::Options;
use std::time::Duration;

/// Numbers that look random (SplitMix64).
pub struct Random(u64);

impl Random {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit as u64) as usize
    }

    /// True in so many of a hundred cases.
    pub fn percent(&mut self, share: usize) -> bool {
        self.below(100) < share
    }

    /// One of several.
    pub fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }

    /// Up to `most` of them, one after the other.
    pub fn some(&mut self, of: &[&str], most: usize) -> String {
        (0..self.below(most + 1)).map(|_| self.one(of)).collect()
    }
}

/// How many cases to try: `default`, or what the environment variable `BT_CASES` says, for a long run.
pub fn cases(default: usize) -> usize {
    std::env::var("BT_CASES").map_or(default, |count| count.parse().expect("BT_CASES is a number"))
}

/// A string literal of the Nix language.
pub fn literal(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' | '$' => literal.extend(['\\', c]),
            '\n' => literal.push_str("\\n"),
            c => literal.push(c),
        }
    }
    literal + "\""
}

/// How expressions compared.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many were alike.
    pub alike: usize,
    /// How many took Nix too long.
    pub slow: usize,
    /// Those that were not, with both answers.
    pub different: Vec<String>,
}

/// Compares expressions, many at a time. Without Nix it says so, and gives `None`.
pub fn compare(expressions: &[String]) -> Option<Outcome> {
    if !crate::nix::is_installed("nix-instantiate".as_ref()) {
        crate::skipped("nix-instantiate is not installed, so nothing is compared with real Nix");
        return None;
    }
    let mut outcome = Outcome::default();
    for batch in expressions.chunks(2000) {
        compare_batch(batch, &mut outcome);
    }
    Some(outcome)
}

fn compare_batch(batch: &[String], outcome: &mut Outcome) {
    let text = match batch {
        [only] => only.clone(),
        _ => format!("[\n({})\n]", batch.join(")\n(")),
    };
    let theirs = nix(&text);
    // A string that was cut inside of a character is not UTF-8.
    let ours = evaluate_text(&text, Options::default()).map_err(|failure| failure.message);
    match (&theirs, &ours) {
        (Some(Ok(theirs)), Ok(ours)) if theirs == ours => outcome.alike += batch.len(),
        (Some(Err(theirs)), Err(ours)) if batch.len() == 1 && words(theirs).contains(&words(ours)) => {
            outcome.alike += 1
        }
        _ if batch.len() > 1 => {
            let (left, right) = batch.split_at(batch.len() / 2);
            compare_batch(left, outcome);
            compare_batch(right, outcome);
        }
        (None, _) => outcome.slow += 1,
        _ => outcome.different.push(format!("{text}\n  Nix:  {theirs:?}\n  here: {ours:?}")),
    }
}

/// A message without the indentation that Nix gives it.
fn words(message: &str) -> String {
    message.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What Nix makes of a program: what it prints, or its error; `None` when that takes too long.
fn nix(text: &str) -> Option<Result<String, String>> {
    let mut command = crate::nix::command("nix-instantiate");
    command.args(["--eval", "--strict", "--readonly-mode", "--option", "experimental-features", FEATURES, "-"]);
    let (code, stdout, stderr) = process::run_bytes(command, text.as_bytes(), Duration::from_secs(10))?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end_matches('\n').to_string();
    Some(if code == Some(0) { Ok(text(&stdout)) } else { Err(text(&stderr)) })
}
