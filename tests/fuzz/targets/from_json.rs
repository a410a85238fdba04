//! Reads any bytes as JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bt_fuzz::from_json(bytes));
