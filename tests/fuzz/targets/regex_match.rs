//! Matches and splits with any bytes as expression and text.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bt_fuzz::regex_match(bytes));
