//! What goes on, for people at a terminal: one line that is written over and goes away.

mod builds;
mod downloads;

pub(crate) use builds::{Builds, without_log};
pub(crate) use downloads::Downloads;

use std::io::Write;
use std::time::Duration;

/// How often the line changes.
const PERIOD: Duration = Duration::from_millis(100);

/// Bytes as people read them.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000_000 => format!("{} kB", bytes / 1000),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// Writes over the line; a terminal that is gone is told nothing.
fn write_over(text: &str) {
    let mut stderr = std::io::stderr().lock();
    let _ = stderr.write_all(format!("\r{text}\x1b[K").as_bytes()).and_then(|()| stderr.flush());
}
