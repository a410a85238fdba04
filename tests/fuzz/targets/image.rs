//! Reads any bytes as the archive of an image.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bt_fuzz::image(bytes));
