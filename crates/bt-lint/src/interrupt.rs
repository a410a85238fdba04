//! What happens when someone presses Ctrl-C: connections end, and with them builds; what was begun is cleaned up.

use bt_daemon::ShutdownHandle;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long the program may take to end by itself.
const GRACE: Duration = Duration::from_secs(5);

/// Whether someone wants the program to end, and what has to end then.
#[derive(Clone, Default)]
pub(crate) struct Interrupt(Arc<State>);

#[derive(Default)]
struct State {
    is_requested: AtomicBool,
    connections: Mutex<Vec<ShutdownHandle>>,
}

impl Interrupt {
    /// From now on the signals that end programs (interrupt, terminate, hang-up) end connections instead. A second one, or
    /// some seconds, end the program at once.
    ///
    /// # Errors
    /// The system does not allow it.
    pub fn listen() -> std::io::Result<Interrupt> {
        let interrupt = Interrupt::default();
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let state = Arc::clone(&interrupt.0);
        std::thread::Builder::new().name("signals".into()).spawn(move || {
            for signal in signals.forever() {
                // Cannot fail for these; if it did, the program would go on.
                let end = move || drop(signal_hook::low_level::emulate_default_handler(signal));
                if state.is_requested.swap(true, Ordering::AcqRel) {
                    end();
                }
                for connection in state.connections.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                    connection.shutdown();
                }
                // What has no connection to lose, such as an evaluation, does not notice.
                let grace = std::thread::Builder::new().spawn(move || {
                    std::thread::sleep(GRACE);
                    end();
                });
                if grace.is_err() {
                    end();
                }
            }
        })?;
        Ok(interrupt)
    }

    /// A connection that has to end.
    pub fn add(&self, connection: ShutdownHandle) {
        self.0.connections.lock().unwrap_or_else(PoisonError::into_inner).push(connection.clone());
        if self.is_requested() {
            connection.shutdown();
        }
    }

    /// Whether a signal came.
    pub fn is_requested(&self) -> bool {
        self.0.is_requested.load(Ordering::Acquire)
    }
}
