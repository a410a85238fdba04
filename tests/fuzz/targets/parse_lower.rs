//! Parses, lowers and prints any bytes.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bt_fuzz::parse_lower(bytes));
