//! Command line of bt-lint.
fn main() {}
