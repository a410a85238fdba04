//! Random JSON and TOML: what Nix reads as what, and what it refuses.
//!
//! Nix 2.8 differs from later versions in two things, which are allowed for: it wants a newline between a value and the
//! next TOML header, and it cuts JSON strings at a zero byte.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_eval::Options;
use bt_tests::differential::Random;
use bt_tests::lang::evaluate;
use bt_tests::nix::is_installed;
use std::path::Path;
use std::process::Output;

/// Each process takes a while, and refused texts need one each.
const ACCEPTED: usize = 400;
const REFUSED: usize = 12;

/// Up to three parts.
fn many(random: &mut Random, separator: &str, mut one: impl FnMut(&mut Random) -> String) -> String {
    let parts: Vec<String> = (0..random.below(4)).map(|_| one(random)).collect();
    parts.join(separator)
}

const TEXT: &[&str] = &["a", "é", "😀", " ", "\\n", "\\\"", "\\\\", "\\u00e9", "#", "'"];

fn json(random: &mut Random, depth: usize) -> String {
    let blank = random.one(&["", "", " ", "\n", "\t\r\n"]).to_string();
    let text = |random: &mut Random| format!("\"{}\"", many(random, "", |random| random.one(TEXT).into()));
    let value = match random.below(if depth < 4 { 8 } else { 6 }) {
        0 => random.one(&["null", "true", "false"]).into(),
        1 => {
            random.one(&["0", "-0", "-1", "9223372036854775807", "-9223372036854775808", "18446744073709551616"]).into()
        }
        2 | 3 => {
            let (whole, part) = (random.below(1000), random.below(1000));
            let exponent = random.one(&["", "", "e5", "E-7", "e+20", "e-300"]);
            format!("{}{whole}.{part}{exponent}", random.one(&["", "-"]))
        }
        4 | 5 => text(random),
        6 => format!("[{}]", many(random, ",", |random| json(random, depth + 1))),
        _ => format!("{{{}}}", many(random, ",", |random| format!("{}:{}", text(random), json(random, depth + 1)))),
    };
    format!("{blank}{value}{blank}")
}

fn toml_key(random: &mut Random) -> String {
    let part = |random: &mut Random| random.one(&["a", "b", "c", "d-1", "\"é\"", "'x y'", "\"\"", "1"]).to_string();
    match random.below(4) {
        0 => format!("{} . {}", part(random), part(random)),
        1 => format!("{}.{}.{}", part(random), part(random), part(random)),
        _ => part(random),
    }
}

fn toml_value(random: &mut Random, depth: usize) -> String {
    match random.below(if depth < 4 { 9 } else { 7 }) {
        0 => random.one(&["true", "false", "inf", "-inf", "0", "-0", "0xdead_BEEF", "0o755", "0b1_0"]).into(),
        1 => format!("{}{}", random.one(&["", "+", "-"]), 1 + random.below(1_000_000_000)),
        2 => {
            let (whole, part) = (1 + random.below(999), random.below(1000));
            format!("{whole}.{part}{}", random.one(&["", "", "e5", "E-7", "e+2_0", "e-300"]))
        }
        3 => format!("\"{}\"", many(random, "", |random| random.one(TEXT).into())),
        4 => format!("'{}'", many(random, "", |random| random.one(&["a", "é", "\\", "\"", " "]).into())),
        5 => {
            let part =
                |random: &mut Random| random.one(&["a", "\"", "\"\"", "\n", "\r\n", "\\\n  ", "\\t", "é"]).into();
            format!("\"\"\"{}x\"\"\"", many(random, "x", part))
        }
        6 => format!("'''{}x'''", many(random, "x", |random| random.one(&["a", "'", "''", "\n", "\\"]).into())),
        7 => {
            let gap = random.one(&["", " ", "\n", " # c\n  "]).to_string();
            let end = random.one(&["", "", ","]);
            let items = many(random, &format!("{gap},{gap}"), |random| toml_value(random, depth + 1));
            format!("[{gap}{items}{}{gap}]", if items.is_empty() { "" } else { end })
        }
        _ => {
            let pair = |random: &mut Random| format!("{} = {}", toml_key(random), toml_value(random, depth + 1));
            format!("{{ {} }}", many(random, ", ", pair))
        }
    }
}

fn toml(random: &mut Random) -> String {
    let line = |random: &mut Random| match random.below(5) {
        0 => format!("[{}]", toml_key(random)),
        1 => format!("[[ {} ]] # c", toml_key(random)),
        _ => format!("{} = {}", toml_key(random), toml_value(random, 0)),
    };
    let newline = random.one(&["\n", "\n\n", "\r\n", " # é\n"]).to_string();
    many(random, &newline, line)
}

/// A text with one character more, less or other than before.
fn mutated(random: &mut Random, text: &str) -> String {
    let mut characters: Vec<char> = text.chars().collect();
    let at = random.below(characters.len() + 1);
    let other = random.one(&["\"", "'", "[", "]", "{", "}", "=", ".", ",", "0", "_", "e", "\\", ":", "-", "\r"]);
    match random.below(3) {
        0 if at < characters.len() => drop(characters.remove(at)),
        1 if at < characters.len() => drop(characters.splice(at..=at, other.chars())),
        _ => drop(characters.splice(at..at, other.chars())),
    }
    characters.into_iter().collect()
}

/// A program that reads all the texts, written beside them.
fn program(folder: &Path, function: &str, texts: &[&String]) -> std::path::PathBuf {
    for (i, text) in texts.iter().enumerate() {
        std::fs::write(folder.join(format!("{i}.txt")), text).unwrap();
    }
    let read = format!("builtins.{function} (builtins.readFile (./. + \"/${{toString i}}.txt\"))");
    let file = folder.join("all.nix");
    std::fs::write(&file, format!("builtins.genList (i: {read}) {}", texts.len())).unwrap();
    file
}

fn nix(file: &Path) -> Output {
    bt_tests::nix::command("nix-instantiate")
        .args(["--readonly-mode", "--eval", "--strict"])
        .arg(file)
        .output()
        .unwrap()
}

fn is_known_difference(error: &str, text: &str) -> bool {
    error.contains("expected newline, but got '['") || text.contains("\\u0000")
}

/// Texts that we read are read the same by Nix; halves of a batch are tried when one is not.
fn agree(folder: &Path, function: &str, texts: &[&String], wrong: &mut Vec<String>) {
    let file = program(folder, function, texts);
    let theirs = nix(&file);
    let ours = evaluate(&file, Options::default()).map_err(|failure| failure.message);
    if theirs.status.success() && ours.as_deref() == Ok(String::from_utf8_lossy(&theirs.stdout).trim_end()) {
        return;
    }
    let error = String::from_utf8_lossy(&theirs.stderr).into_owned();
    match texts {
        [] => {}
        [text] if is_known_difference(&error, text) => {}
        [text] => {
            wrong.push(format!("{text:?}\n  Nix {}{error}\n  we {ours:?}", String::from_utf8_lossy(&theirs.stdout)))
        }
        _ => {
            let (left, right) = texts.split_at(texts.len() / 2);
            agree(folder, function, left, wrong);
            agree(folder, function, right, wrong);
        }
    }
}

fn compare(function: &str, seed: u64, mut text: impl FnMut(&mut Random) -> String) {
    if !is_installed("nix-instantiate".as_ref()) {
        bt_tests::skipped(&format!("nix-instantiate is not installed, so {function} is not compared with real Nix"));
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut random = Random::new(seed);
    let (mut accepted, mut refused) = (Vec::new(), Vec::new());
    for _ in 0..200_000 {
        if accepted.len() == ACCEPTED && refused.len() == REFUSED {
            break;
        }
        let mut text = text(&mut random);
        if random.below(4) == 0 {
            text = mutated(&mut random, &text);
        }
        let file = program(folder.path(), function, &[&text]);
        let (list, most) = match evaluate(&file, Options::default()) {
            Ok(_) => (&mut accepted, ACCEPTED),
            Err(_) => (&mut refused, REFUSED),
        };
        if list.len() < most {
            list.push(text);
        }
    }
    assert_eq!((accepted.len(), refused.len()), (ACCEPTED, REFUSED));
    let mut wrong = Vec::new();
    agree(folder.path(), function, &accepted.iter().collect::<Vec<_>>(), &mut wrong);
    for text in &refused {
        let theirs = nix(&program(folder.path(), function, &[text]));
        if theirs.status.success() && !is_known_difference("", text) {
            wrong.push(format!("{text:?}\n  Nix {}  we refuse it", String::from_utf8_lossy(&theirs.stdout)));
        }
    }
    assert!(wrong.is_empty(), "{} differ from real Nix\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn json_is_read_as_nix_reads_it() {
    compare("fromJSON", 0x9e37_79b9_7f4a_7c15, |random| json(random, 0));
}

#[test]
fn toml_is_read_as_nix_reads_it() {
    compare("fromTOML", 0x2545_f491_4f6c_dd1d, toml);
}
