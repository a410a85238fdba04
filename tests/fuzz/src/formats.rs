//! JSON and TOML.

use crate::{call, checked, with_evaluator};
use bt_eval::print::print_value;
use bt_eval::{Evaluator, Value};

/// Reads bytes as JSON. What is read and can be written is read again as the same text.
pub fn from_json(bytes: &[u8]) {
    read_and_write("fromJSON", bytes);
}

/// The same for TOML.
pub fn from_toml(bytes: &[u8]) {
    read_and_write("fromTOML", bytes);
}

fn read_and_write(reader: &str, bytes: &[u8]) {
    with_evaluator(|ev| {
        let Some(value) = checked(ev, call(ev, reader, &[ev.string(bytes)])) else { return };
        let printed = checked(ev, print_value(ev, value, true));
        assert!(printed.is_some(), "what was read cannot be printed");
        // A set with `__toString` cannot be written when that is no function.
        let Some(text) = to_json(ev, value) else { return };
        let again = checked(ev, call(ev, "fromJSON", &[text])).expect("what toJSON writes can be read");
        let text_again = to_json(ev, again).expect("what was written once can be written again");
        assert_eq!(bytes_of(text), bytes_of(text_again), "reading and writing changes the text");
    });
}

fn to_json<'e>(ev: &Evaluator<'e>, value: Value<'e>) -> Option<Value<'e>> {
    checked(ev, call(ev, "toJSON", &[value]))
}

fn bytes_of(value: Value<'_>) -> String {
    match value {
        Value::String(string) => string.to_text().into_owned(),
        other => panic!("toJSON gives {}", other.type_with_article()),
    }
}
