//! Programs: parsing, lowering, evaluating, printing.

use crate::{call, checked, with_evaluator};
use bt_eval::print::print_value;

/// Parses and lowers a text and prints its tree. What is printed may be no Nix (paths with spaces, floats with an
/// exponent), but where it is, printing it again changes nothing more.
pub fn parse_lower(bytes: &[u8]) {
    let Some(first) = parse_and_print(bytes) else { return };
    // Strings with several parts become sums, whose parentheses the second print shows.
    let Some(second) = parse_and_print(first.as_bytes()) else { return };
    let third = parse_and_print(second.as_bytes());
    assert_eq!(third.as_deref(), Some(second.as_str()), "the print of a print changes");
}

fn parse_and_print(bytes: &[u8]) -> Option<String> {
    with_evaluator(|ev| {
        let file = checked(ev, ev.add_source("/fuzz.nix", bytes.to_vec()))?;
        checked(ev, ev.parse_to_text(&file, "/".into()))
    })
}

/// Evaluates a program strictly, and prints its value in all formats, lazily as well. Writing JSON and XML changes nothing
/// about how a value that is all evaluated prints.
pub fn evaluate(bytes: &[u8]) {
    with_evaluator(|ev| {
        let Some(file) = checked(ev, ev.add_source("/fuzz.nix", bytes.to_vec())) else { return };
        let Some(value) = checked(ev, ev.eval_source(&file, None)) else { return };
        checked(ev, print_value(ev, value, false));
        let deep = checked(ev, call(ev, "deepSeq", &[value, value]));
        let printed = deep.and_then(|value| checked(ev, print_value(ev, value, true)));
        checked(ev, call(ev, "toJSON", &[value]));
        checked(ev, call(ev, "toXML", &[value]));
        if let Some(printed) = printed {
            let again = checked(ev, print_value(ev, value, true));
            assert_eq!(again, Some(printed), "a value prints differently the second time");
        }
    });
}
