//! What daemons say, changed at random: an answer or an error, soon, whatever it is.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "tests")]

mod fake;

use bt_daemon::{BuildMode, Connection, DaemonError, Object, Settings, Target};
use fake::{LAST, NEXT, RESULT, START, STOP, Words, options, path};
use std::collections::BTreeSet;
use std::io::Write;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;

type Ask = fn(&mut Connection) -> Result<(), DaemonError>;

fn info(words: Words) -> Words {
    let words = words.s(path("x.drv").as_str()).s("0".repeat(64)).n(2).s(path("a").as_str()).s(path("x").as_str());
    words.n(1_700_000_000).n(100).n(1).n(1).s("key:c2ln").s("")
}

fn text() -> (bt_store::StorePath, Object<'static>) {
    let hash = bt_store::Hash::digest(bt_store::HashAlgorithm::Sha256, b"text");
    (bt_store::path::make_text_path("text", &hash, []).unwrap(), Object::text(&b"text"[..], BTreeSet::new()))
}

/// What daemons say in answer to what.
fn transcripts() -> Vec<(Words, Ask)> {
    let hello = || Words::new().hello(38);
    let log = || {
        let start = hello().n(START).n(1).n(3).n(105).s("building").n(2).n(1).s("x.drv").n(0).n(1).n(0);
        start.n(RESULT).n(1).n(101).n(1).n(1).s("line").n(STOP).n(1).n(NEXT).s("words")
    };
    let built = format!("{}!out", path("x.drv"));
    let json = "{\"outPath\":\"00000000000000000000000000000000-x\"}";
    let file = ["nix-archive-1", "(", "type", "regular", "contents", "hello", ")"];
    let nar = file.iter().fold(hello().n(LAST), |words, word| words.s(word));
    vec![
        (log().n(LAST).n(1), |c| c.is_valid_path(&path("x")).map(drop)),
        (log().n(LAST).n(2).s(path("x").as_str()).s(path("y").as_str()), |c| {
            c.query_valid_paths(&[path("x"), path("y")].into(), false).map(drop)
        }),
        (info(log().n(LAST).n(1)), |c| c.query_path_info(&path("x")).map(drop)),
        (log().n(LAST).n(1).s(path("x.drv").as_str()).n(0).n(0).n(5).n(6), |c| {
            c.query_missing(&[Target::Path(path("x"))]).map(drop)
        }),
        (log().n(LAST).n(2).s("out").s(path("x").as_str()).s("dev").s(""), |c| {
            c.query_derivation_output_map(&path("x.drv")).map(drop)
        }),
        (
            log().n(LAST).n(1).s(built).n(0).s("").n(1).n(0).n(5).n(6).n(1).n(7).n(0).n(1).s("sha256:0!out").s(json),
            |c| c.build_paths_with_results(&[Target::output(path("x.drv"), "out")], BuildMode::Normal).map(drop),
        ),
        (hello().error("words").n(LAST).n(1), |c| {
            let _ = c.is_valid_path(&path("x"));
            c.is_valid_path(&path("x")).map(drop)
        }),
        (nar, |c| c.nar_from_path(&path("x"), &mut |_| Ok(()))),
        (info(log().n(LAST).s(text().0.as_str())), |c| c.add(&text().0, &text().1)),
        (hello().n(LAST), |c| c.set_options(&Settings::default())),
        (log().n(LAST).n(1).n(LAST).n(1), |c| c.add_temp_roots(&[path("x"), path("y")])),
    ]
}

/// Connects to whoever says that, and asks.
fn run(words: &[u8], ask: Ask) -> Result<(), DaemonError> {
    let (near, mut far) = UnixStream::pair().unwrap();
    far.write_all(words).unwrap();
    far.shutdown(Shutdown::Write).unwrap();
    ask(&mut Connection::over(near, &options())?)
}

struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

fn mutate(words: &mut Vec<u8>, random: &mut Random) {
    let at = random.below(words.len());
    let number = at / 8 * 8;
    match random.below(7) {
        0 => words.truncate(at),
        1 => words[at] ^= 1 << random.below(8),
        2 => {
            let values = [0, 1, 7, 9, 63, 65, 1000, 1001, u64::MAX, u64::MAX - 7, 1 << 63, 1 << 32, LAST, NEXT, START];
            let value = values[random.below(values.len())];
            if number + 8 <= words.len() {
                words[number..number + 8].copy_from_slice(&value.to_le_bytes());
            }
        }
        3 => drop(words.drain(number.min(words.len())..(number + 8).min(words.len()))),
        4 => {
            let copy: Vec<u8> = words[number..(number + 8 * random.below(6)).min(words.len())].to_vec();
            words.splice(number..number, copy);
        }
        5 => words[at] = random.below(256) as u8,
        _ => words.extend((0..random.below(64)).map(|at| at as u8)),
    }
}

#[test]
fn transcripts_are_understood() {
    for (at, (words, ask)) in transcripts().into_iter().enumerate() {
        run(&words.0, ask).unwrap_or_else(|error| panic!("transcript {at}: {error}"));
    }
}

#[test]
fn changed_transcripts() {
    let rounds = std::env::var("BT_LINT_FUZZ_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1500);
    let mut random = Random(7);
    let (mut accepted, mut refused) = (0, 0);
    for (words, ask) in transcripts() {
        for _ in 0..rounds {
            let mut changed = words.0.clone();
            for _ in 0..=random.below(3) {
                mutate(&mut changed, &mut random);
                if changed.is_empty() {
                    break;
                }
            }
            match run(&changed, ask) {
                Ok(()) => accepted += 1,
                // Whoever says this has ended: nobody waits for more.
                Err(error @ DaemonError::Timeout { .. }) => panic!("{error}"),
                Err(error) => {
                    assert!(error.to_string().len() < 70_000);
                    refused += 1;
                }
            }
        }
    }
    // Both happen, or the test tests nothing.
    assert!(accepted > 100 && refused > 1000, "{accepted} {refused}");
}
