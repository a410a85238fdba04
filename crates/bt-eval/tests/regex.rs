//! Regular expressions on their own: what costs too much elsewhere does not cost much here, and marks change nothing.

#![allow(clippy::expect_used, reason = "tests")]

use bt_eval::regex::{Match, Regex, RegexError, Scratch};
use std::fmt::Write;
use std::time::{Duration, Instant};

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern.as_bytes()).unwrap_or_else(|error| panic!("{pattern}: {error:?}"))
}

fn refused(pattern: &str) -> Option<RegexError> {
    Regex::new(pattern.as_bytes()).err()
}

fn show(found: &Match<'_>) -> String {
    let mut shown = format!("{:?}", found.whole);
    for group in found.groups() {
        match group {
            Some(range) => write!(shown, " {range:?}"),
            None => write!(shown, " -"),
        }
        .expect("strings can be written to");
    }
    shown
}

fn whole(pattern: &str, text: &str, scratch: &mut Scratch) -> Option<String> {
    regex(pattern).match_whole(text.as_bytes(), scratch).expect("it is small").as_ref().map(show)
}

fn all(pattern: &str, text: &str, scratch: &mut Scratch) -> Vec<String> {
    let mut matches = Vec::new();
    regex(pattern).find_all(text.as_bytes(), scratch, |found| matches.push(show(&found))).expect("it is small");
    matches
}

#[test]
fn matches_and_groups() {
    let scratch = &mut Scratch::default();
    assert_eq!(whole("(a+)(b)?", "aa", scratch).as_deref(), Some("0..2 0..2 -"));
    assert_eq!(whole("(a+)(b)?", "aac", scratch), None);
    assert_eq!(all("(a)|b", "xab", scratch), ["1..2 1..2", "2..3 -"]);
    assert_eq!(all("a", "xyz", scratch), [""; 0]);
    assert_eq!(all("", "ab", scratch), ["0..0", "1..1", "2..2"]);
}

/// As long ones do, in which the engine remembers where it has been.
#[test]
fn marks_change_nothing() {
    let mut patterns: Vec<String> = Vec::new();
    let atoms = ["a", "(a|b)", "(a*)", "(|a)", "(b*|a)", "(a|ab)", "(a?b)", "(^|b)", "(a|$)", ".", "[^a]"];
    let quantifiers = ["", "*", "+", "?", "{2}", "{0,2}", "{1,}"];
    for first in atoms {
        for quantifier in quantifiers {
            for second in atoms {
                patterns.push(format!("{first}{quantifier}{second}"));
                patterns.push(format!("({first}|{second}){quantifier}"));
                patterns.push(format!("(({first}{second}){quantifier}b*)*"));
            }
        }
    }
    let (plain, marked) = (&mut Scratch::default(), &mut Scratch::with_marks());
    for pattern in patterns {
        for text in ["", "a", "b", "ab", "ba", "aab", "aba", "abbab", "bbaaab"] {
            assert_eq!(whole(&pattern, text, plain), whole(&pattern, text, marked), "{pattern} {text}");
            assert_eq!(all(&pattern, text, plain), all(&pattern, text, marked), "{pattern} {text}");
        }
    }
}

#[test]
fn what_takes_others_forever_ends_soon() {
    let started = Instant::now();
    let long = "a".repeat(100_000);
    let scratch = &mut Scratch::default();
    let cases = [
        ("(a*)*b", 100_000),
        ("(a|a)*b", 100_000),
        ("(a?){50}a{50}b", 100_000),
        ("a*a*a*a*a*a*b", 100_000),
        (".*.*.*=.*", 100_000),
        ("((a*)*|(a*)*)*b", 100_000),
        ("(a|aa|aaa)*b", 100_000),
        ("(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)b", 1000),
        ("((((((((((a*)*)*)*)*)*)*)*)*)*)*b", 10_000),
        ("((a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?(a?)?)*b", 1000),
    ];
    for (pattern, length) in cases {
        assert_eq!(whole(pattern, &long[..length], scratch), None, "{pattern}");
        assert_eq!(all(pattern, &long[..length], scratch), [""; 0], "{pattern}");
    }
    // Where each start finds the same, or an alternative looks far ahead again and again.
    assert_eq!(all("a*b|c", &format!("{long}c"), scratch), ["100000..100001"]);
    assert_eq!(all("a|a*b", &long, scratch).len(), 100_000);
    assert_eq!(
        all("(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)(|a)c?", "aa", scratch).len(),
        2
    );
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

#[test]
fn texts_and_expressions_may_be_large() {
    let scratch = &mut Scratch::default();
    let text = "a".repeat(1_000_000);
    assert_eq!(whole("(.*)a", &text, scratch).as_deref(), Some("0..1000000 0..999999"));
    assert_eq!(whole("(a|b)*", &text, scratch).as_deref(), Some("0..1000000 999999..1000000"));
    assert_eq!(whole("((a)|b)*c", &text, scratch), None);
    assert_eq!(all("a", &text, scratch).len(), 1_000_000);
    // 30 000 groups in each other have 90 001 states and more.
    let nested = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(whole(&nested(30_000), "a", scratch).is_some());
    assert_eq!(refused(&nested(40_000)), Some(RegexError::TooLarge));
    assert_eq!(refused(&"(".repeat(20_000)), Some(RegexError::Invalid));
    assert_eq!(refused(&"[[:".repeat(100_000)), Some(RegexError::Invalid));
    assert!(whole(&format!("a{}", "?".repeat(49_000)), "a", scratch).is_some());
    assert!(whole(&format!("a{}", "*".repeat(90_000)), "aaa", scratch).is_some());
    assert!(whole(&format!("b{}", "|a".repeat(24_000)), "a", scratch).is_some());
}

/// libstdc++ has the same limit, and counts in the same way.
#[test]
fn programs_have_a_limit() {
    assert_eq!(refused("a{99993}"), None);
    assert_eq!(refused("a{99994}"), Some(RegexError::TooLarge));
    assert_eq!(refused("a{1000}{98}"), None);
    assert_eq!(refused("a{1000}{99}"), Some(RegexError::TooLarge));
    assert_eq!(refused("a{1000}{1000}"), Some(RegexError::TooLarge));
    assert_eq!(refused("((a{200}){200}){200}"), Some(RegexError::TooLarge));
    assert_eq!(refused("a{2147483647}"), Some(RegexError::TooLarge));
    assert_eq!(refused("a{0,2147483647}"), Some(RegexError::TooLarge));
    assert_eq!(refused("a{2147483648}"), Some(RegexError::Invalid));
    assert_eq!(refused("a{2,1}"), Some(RegexError::Invalid));
}

/// Strings of the language cannot contain NUL, but nothing here depends on that.
#[test]
fn nul_is_no_character() {
    let scratch = &mut Scratch::default();
    assert_eq!(refused("\0"), Some(RegexError::Invalid));
    assert_eq!(refused("\\\0"), Some(RegexError::Invalid));
    assert_eq!(whole(".", "\0", scratch), None);
    assert_eq!(whole("[[.NUL.]]", "\0", scratch).as_deref(), Some("0..1"));
    assert_eq!(whole("[\0]", "\0", scratch).as_deref(), Some("0..1"));
    assert_eq!(whole("[^a]", "\0", scratch).as_deref(), Some("0..1"));
}
