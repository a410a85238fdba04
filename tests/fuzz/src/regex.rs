//! Regular expressions.

use crate::{call, checked, with_evaluator};
use bt_eval::{Evaluator, Value};

/// The first line is an expression, the rest is the text. In a group of its own, which is what makes the matches visible,
/// the expression splits the text into parts that make up the text again. A text that matches as a whole has a match in it.
pub fn regex_match(bytes: &[u8]) {
    let end = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (pattern, text) = (&bytes[..end], bytes.get(end + 1..).unwrap_or_default());
    with_evaluator(|ev| {
        // Such as `a)|(b`, which a group would make an expression of.
        if checked(ev, call(ev, "split", &[ev.string(pattern), ev.string(text)])).is_none() {
            return;
        }
        let grouped = ev.string([b"(", pattern, b")"].concat());
        let matched = checked(ev, call(ev, "match", &[grouped, ev.string(text)]));
        let parts = checked(ev, call(ev, "split", &[grouped, ev.string(text)]));
        // Each has a limit of its own, but what one refuses to compile the other does too.
        let Some(Value::List(parts)) = parts else { return };
        let parts: Vec<Value<'_>> = parts.items.iter().map(|part| ev.force_slot(part).expect("a value")).collect();
        assert_eq!(parts.len() % 2, 1, "a text is between two matches");
        let mut whole = Vec::new();
        let mut counts = Vec::new();
        for part in &parts {
            let part = match part {
                Value::List(groups) => {
                    counts.push(groups.items.len());
                    ev.force_slot(&groups.items[0]).expect("a value")
                }
                part => *part,
            };
            whole.extend_from_slice(bytes_of(ev, part));
        }
        assert_eq!(String::from_utf8_lossy(&whole), String::from_utf8_lossy(text), "the parts are not the text");
        if let Some(Value::List(groups)) = matched {
            assert!(parts.len() > 1, "the whole text matches, but nothing in it does");
            let first = ev.force_slot(&groups.items[0]).expect("a value");
            assert_eq!(bytes_of(ev, first), text, "the whole match is not the text");
            counts.push(groups.items.len());
        }
        assert!(counts.windows(2).all(|pair| pair[0] == pair[1]), "matches have different numbers of groups");
    });
}

fn bytes_of<'e>(ev: &Evaluator<'e>, value: Value<'e>) -> &'e [u8] {
    ev.force_string(value).expect("a part or group that took part is a text").bytes()
}
