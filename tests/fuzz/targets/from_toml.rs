//! Reads any bytes as TOML.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bt_fuzz::from_toml(bytes));
