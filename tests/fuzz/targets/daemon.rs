//! Reads any bytes as what a nix-daemon says.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bt_fuzz::daemon(bytes));
