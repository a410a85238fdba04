//! Reads any bytes as what a binary cache says of a path.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bt_fuzz::narinfo(bytes));
