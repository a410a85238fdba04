//! How downloads of inputs go.

use super::{PERIOD, size, write_over};
use crate::surroundings::{Stream, is_terminal};
use bt_fetch::Progress;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Downloads, one after the other.
#[derive(Default)]
pub(crate) struct Downloads {
    /// When the present one began, and when the line changed last.
    since: Cell<Option<(Instant, Instant)>>,
}

/// `nixpkgs: 12.3 MB of 45.0 MB, 6.1 MB/s`
fn line(name: &str, bytes: u64, total: Option<u64>, elapsed: Duration) -> String {
    let of = total.map(|total| format!(" of {}", size(total))).unwrap_or_default();
    let milliseconds = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
    let rate = size(bytes.saturating_mul(1000) / milliseconds);
    let name: String = name.chars().filter(|c| !c.is_control()).take(30).collect();
    format!("fetching {name}: {}{of}, {rate}/s", size(bytes))
}

impl Progress for Downloads {
    fn received(&self, name: &str, bytes: u64, total: Option<u64>) {
        if !is_terminal(Stream::Stderr) {
            return;
        }
        let now = Instant::now();
        let (began, shown) = self.since.get().unwrap_or((now, now));
        if now.duration_since(shown) >= PERIOD {
            write_over(&line(name, bytes, total, now.duration_since(began)));
            self.since.set(Some((began, now)));
        } else {
            self.since.set(Some((began, shown)));
        }
    }

    fn retrying(&self, _: &str, reason: &str, delay: Duration) {
        self.finished("");
        crate::output::log(&format!("warning: {reason}; trying again in {} ms", delay.as_millis()));
    }

    fn finished(&self, _: &str) {
        if self.since.take().is_some() && is_terminal(Stream::Stderr) {
            write_over("");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::line;
    use std::time::Duration;

    #[test]
    fn lines() {
        let second = Duration::from_secs(1);
        assert_eq!(line("a/b", 1234, None, second), "fetching a/b: 1 kB, 1 kB/s");
        assert_eq!(
            line("n\u{1b}ix", 12_340_000, Some(45_000_000), 2 * second),
            "fetching nix: 12.3 MB of 45.0 MB, 6.1 MB/s"
        );
        assert_eq!(line("x", 0, Some(0), Duration::ZERO), "fetching x: 0 kB of 0 kB, 0 kB/s");
    }
}
