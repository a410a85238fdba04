//! Evaluates any bytes as a program.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bt_fuzz::evaluate(bytes));
