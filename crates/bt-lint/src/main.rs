//! The program: see the library of the same name.

use std::process::ExitCode;

/// Values live in an arena; everything else profits from an allocator that is fast for small blocks.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    bt_lint::run(std::env::args_os())
}
