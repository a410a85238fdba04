//! Random programs, evaluated by bt-lint and by real Nix: they must have the same value, or both must fail.
//!
//! - [`generate`]: programs from a seed, as a [`tree`]; [`derivations`]: those that make derivations;
//! - [`evaluator`]: who evaluates them;
//! - [`report`]: what came out of it.
//!
//! Where the first Nix disagrees, a second one is asked if there is one: what another version of Nix says too is a
//! difference between versions. What is left is made smaller for as long as the disagreement stays.

pub mod derivations;
pub mod evaluator;
pub mod generate;
pub mod report;
pub mod tree;

use evaluator::{Evaluator, Outcome};
use report::{Disagreement, Report};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use tree::Tree;

/// How many programs a process of Nix is given at once.
const BATCH: u64 = 40;
/// How many disagreements are made smaller; the rest is reported as it is.
const MOST_SHRUNK: usize = 20;
/// Parts of messages with which current Nix refuses what the versions that distributions bring accept.
const NEWER: [&str; 3] = [
    // Older versions wrap around.
    "integer overflow in",
    // Rounding to what is no integer, or through a float to another one: undefined behaviour in older versions.
    "is not in the range of NixInt",
    "Due to a bug (see",
];
/// Evaluation needs more than the stack of a usual thread for what recurses outside of the evaluator.
const STACK_SIZE: usize = 256 << 20;

/// Who is compared with whom, and on what.
pub struct Comparison<'a> {
    /// Where the programs start from.
    pub seed: u64,
    /// The number of the first program.
    pub first: u64,
    /// How many programs.
    pub programs: u64,
    /// Makes the program of a seed and a number: [`generate::program`] or [`derivations::program`].
    pub make: fn(u64, u64) -> Tree,
    /// bt-lint.
    pub ours: &'a dyn Evaluator,
    /// Nix.
    pub theirs: &'a dyn Evaluator,
    /// Another version of Nix.
    pub second: Option<&'a dyn Evaluator>,
}

impl Comparison<'_> {
    /// Compares all programs, on all processors. The report depends on nothing but the seed and the evaluators.
    pub fn run(&self) -> Report {
        let next = AtomicU64::new(0);
        let merged = Mutex::new(Report::default());
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..workers {
                let work = || {
                    loop {
                        let start = next.fetch_add(BATCH, Ordering::Relaxed);
                        if start >= self.programs {
                            break;
                        }
                        let report = self.batch(start, BATCH.min(self.programs - start));
                        merged.lock().unwrap_or_else(PoisonError::into_inner).add(report);
                    }
                };
                std::thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, work).expect("a thread");
            }
        });
        let mut report = merged.into_inner().unwrap_or_else(PoisonError::into_inner);
        report.sort();
        let smaller = || {
            for disagreement in report.disagreements.iter_mut().take(MOST_SHRUNK) {
                let program = (self.make)(self.seed, disagreement.number);
                let smallest = self.shrink(&program, disagreement);
                disagreement.smallest = text(&smallest);
            }
        };
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK_SIZE).spawn_scoped(scope, smaller);
            thread.expect("a thread").join().expect("shrinking does not panic");
        });
        report
    }

    fn batch(&self, start: u64, count: u64) -> Report {
        let numbers: Vec<u64> = (0..count).map(|offset| self.first + start + offset).collect();
        let texts: Vec<String> = numbers.iter().map(|&number| text(&(self.make)(self.seed, number))).collect();
        let mut report = Report::default();
        let (ours, theirs) = (self.ours.evaluate(&texts), self.theirs.evaluate(&texts));
        for (((number, text), ours), theirs) in numbers.into_iter().zip(texts).zip(ours).zip(theirs) {
            report.count(&ours, &theirs);
            if agree(&ours, &theirs) {
                continue;
            }
            let second = self.second.and_then(|second| second.evaluate(std::slice::from_ref(&text)).pop());
            let is_version = is_newer(&ours) || second.as_ref().is_some_and(|second| agree(&ours, second));
            let smallest = text.clone();
            let found = Disagreement { number, text, smallest, ours, theirs, second };
            if is_version { &mut report.version_differences } else { &mut report.disagreements }.push(found);
        }
        report
    }

    /// The smallest program that is found on which bt-lint and Nix disagree in the same way.
    fn shrink(&self, program: &Tree, disagreement: &Disagreement) -> Tree {
        let mut smallest = program.clone();
        // As many steps as a program can have parts, roughly.
        'steps: for _ in 0..200 {
            let candidates = smallest.smaller();
            for candidates in candidates.chunks(BATCH as usize) {
                let texts: Vec<String> = candidates.iter().map(text).collect();
                let (ours, theirs) = (self.ours.evaluate(&texts), self.theirs.evaluate(&texts));
                for ((candidate, text), (ours, theirs)) in candidates.iter().zip(&texts).zip(ours.iter().zip(&theirs)) {
                    if is_same_kind((ours, theirs), (&disagreement.ours, &disagreement.theirs))
                        && self.is_confirmed(text, ours)
                    {
                        smallest = candidate.clone();
                        continue 'steps;
                    }
                }
            }
            break;
        }
        smallest
    }

    /// Whether the second Nix disagrees with bt-lint too.
    fn is_confirmed(&self, text: &str, ours: &Outcome) -> bool {
        let second = self.second.and_then(|second| second.evaluate(&[text.to_string()]).pop());
        !is_newer(ours) && second.is_none_or(|second| !agree(ours, &second))
    }
}

/// The program as it is evaluated: in a list, because Nix calls a function that a whole program is.
pub fn text(program: &Tree) -> String {
    format!("[ ({}) ]", program.render())
}

/// Whether only current Nix refuses it.
fn is_newer(ours: &Outcome) -> bool {
    matches!(ours, Outcome::Failed(message) if NEWER.iter().any(|part| message.contains(part)))
}

/// Whether two evaluators agree, or one of them does not know.
fn agree(a: &Outcome, b: &Outcome) -> bool {
    match (a, b) {
        (Outcome::Value(a), Outcome::Value(b)) => a == b,
        (Outcome::Failed(_), Outcome::Failed(_)) => true,
        (Outcome::Crashed(_), _) | (_, Outcome::Crashed(_)) => false,
        (Outcome::Unknown, _) | (_, Outcome::Unknown) => true,
        _ => false,
    }
}

/// Whether two pairs disagree, and in the same way.
fn is_same_kind(a: (&Outcome, &Outcome), b: (&Outcome, &Outcome)) -> bool {
    let same = |a, b| std::mem::discriminant::<Outcome>(a) == std::mem::discriminant::<Outcome>(b);
    !agree(a.0, a.1) && same(a.0, b.0) && same(a.1, b.1)
}

#[cfg(test)]
mod tests {
    use super::evaluator::{Evaluator, Outcome};
    use super::{Comparison, Outcome::*, agree};

    /// Takes the first number of a program for its value, and fails without one; it may dislike a text.
    struct Reader(Option<&'static str>);

    impl Evaluator for Reader {
        fn evaluate(&self, texts: &[String]) -> Vec<Outcome> {
            let one = |text: &String| match text.find(|c: char| c.is_ascii_digit()) {
                _ if self.0.is_some_and(|disliked| text.contains(disliked)) => Value("disliked".into()),
                Some(at) => Value(text[at..=at].into()),
                None => Failed("no number".into()),
            };
            texts.iter().map(one).collect()
        }
    }

    fn compare(ours: Reader, theirs: Reader, second: Option<Reader>) -> super::Report {
        let second = second.as_ref().map(|second| second as &dyn Evaluator);
        Comparison {
            seed: 1,
            first: 0,
            programs: 30,
            make: super::generate::program,
            ours: &ours,
            theirs: &theirs,
            second,
        }
        .run()
    }

    #[test]
    fn the_same_evaluators_agree() {
        let report = compare(Reader(None), Reader(None), None);
        assert!(report.disagreements.is_empty() && report.version_differences.is_empty());
        assert_eq!(report.values + report.failures, 30);
        assert!(report.values > 15 && report.failures > 0, "{}", report.summary());
    }

    #[test]
    fn a_disagreement_is_found_and_made_small() {
        let report = compare(Reader(None), Reader(Some("let ")), None);
        assert!(!report.disagreements.is_empty());
        for found in &report.disagreements {
            assert!(found.text.contains("let "), "{found:?}");
        }
        let small = report.disagreements.iter().map(|found| found.smallest.len()).min();
        assert!(small.is_some_and(|length| length < 40), "{:?}", report.disagreements);
    }

    #[test]
    fn a_second_version_explains_a_difference() {
        let report = compare(Reader(None), Reader(Some("let ")), Some(Reader(None)));
        assert!(report.disagreements.is_empty() && !report.version_differences.is_empty());
        let report = compare(Reader(None), Reader(Some("let ")), Some(Reader(Some("let "))));
        assert!(!report.disagreements.is_empty() && report.version_differences.is_empty());
    }

    #[test]
    fn agreement() {
        let (one, two, failed) = (Value("1".into()), Value("2".into()), Failed("x".into()));
        assert!(agree(&one, &one) && agree(&failed, &Failed("y".into())) && agree(&one, &Unknown));
        assert!(!agree(&one, &two) && !agree(&one, &failed) && !agree(&failed, &Crashed("z".into())));
    }
}
