//! The daemon that things are registered with and built by.

use crate::progress::Builds;
use crate::surroundings::variable;
use bt_daemon::{DaemonError, LogEvent, Options, Settings, ShutdownHandle, Store, StoreAddress};
use bt_diag::Diagnostic;
use bt_realise::{Importer, Log};
use std::cell::RefCell;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::rc::Rc;

/// A daemon that answers.
pub struct Daemon {
    /// Where it is.
    pub address: StoreAddress,
    /// What it does.
    pub store: Store,
}

/// Who listens to daemons, and who can end their connections.
#[derive(Clone)]
pub struct Listeners {
    /// Told what daemons tell.
    pub log: Log,
    /// Told how a connection that was made can be ended.
    pub connected: Rc<dyn Fn(ShutdownHandle)>,
}

impl std::fmt::Debug for Listeners {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Listeners")
    }
}

/// The address of the store that was asked for, or else that of the environment.
///
/// # Errors
/// It is none that can be reached.
pub(super) fn address(store: Option<&str>) -> Result<StoreAddress, DaemonError> {
    let lookup = |name: &str| variable(name).map(OsString::from);
    match store {
        Some(store) => StoreAddress::parse(store, &lookup),
        None => StoreAddress::from_environment(&lookup),
    }
}

impl Daemon {
    /// Connects.
    ///
    /// # Errors
    /// There is none, or it cannot be used.
    pub fn open(store: Option<&str>, listeners: &Listeners) -> Result<Daemon, Diagnostic> {
        let address = address(store).map_err(|error| diagnostic(&error))?;
        let mut store = Store::open(&address, &Options::default()).map_err(|error| diagnostic(&error))?;
        let log = Rc::clone(&listeners.log);
        store.connection().set_log(move |event| log(event));
        (listeners.connected)(store.connection().shutdown_handle());
        Ok(Daemon { address, store })
    }

    /// Where a path of the store is on this machine, if it is.
    pub fn real_path(&self, path: &bt_store::StorePath) -> Option<PathBuf> {
        self.address.real_path(path.as_str())
    }

    /// Uses settings, unless there are none.
    ///
    /// # Errors
    /// The daemon fails.
    pub fn set(&mut self, settings: &crate::request::BuildSettings) -> Result<(), Diagnostic> {
        if settings.is_empty() {
            return Ok(());
        }
        // All of them are sent at once: there is no way to leave the number of jobs to the daemon.
        let processors = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
        let settings = Settings {
            keep_failed: settings.keep_failed,
            keep_going: settings.keep_going,
            try_fallback: settings.fallback,
            max_build_jobs: settings.max_jobs.unwrap_or(processors),
            build_cores: settings.cores.unwrap_or(0),
            overrides: settings.options.iter().cloned().collect(),
            ..Settings::default()
        };
        self.store.connection().set_options(&settings).map_err(|error| diagnostic(&error))
    }
}

/// What builds while a program is evaluated, in the store that was asked for.
///
/// # Errors
/// The store's address is none that can be reached.
pub(super) fn importer(store: Option<&str>) -> Result<Importer, Diagnostic> {
    let builds = RefCell::new(Builds::new(false, false));
    let log = move |event: LogEvent| {
        let is_end = matches!(event, LogEvent::Stop { .. });
        let mut builds = builds.borrow_mut();
        builds.tell(event);
        if is_end {
            builds.clear();
        }
    };
    let address = address(store).map_err(|error| diagnostic(&error))?;
    Ok(Importer::new(address, Options::default(), Rc::new(log)))
}

/// An error of a daemon, with what can be done about it.
pub(super) fn diagnostic(error: &DaemonError) -> Diagnostic {
    let help = match error {
        DaemonError::Connect { error, .. } if error.kind() == ErrorKind::PermissionDenied => {
            Some("this user may not use the socket of nix-daemon")
        }
        DaemonError::Connect { error, .. }
            if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::ConnectionRefused) =>
        {
            Some("start nix-daemon, or say with '--store' or NIX_REMOTE where one is")
        }
        DaemonError::Version { .. } => Some("bt-lint works with the daemons of Nix 2.0 and later"),
        DaemonError::Changed { .. } => {
            Some("a source was changed after it was evaluated, and nothing was built: run the command again")
        }
        DaemonError::MissingReference { .. } => Some("it is not of this evaluation, and no substituter has it"),
        DaemonError::Remote(error) if error.message.contains("No space left on device") => {
            Some("make room where the store is, for example with 'nix-collect-garbage'")
        }
        _ => None,
    };
    let diagnostic = Diagnostic::new(crate::render::escape::without_colors(&error.to_string()));
    match help {
        Some(help) => diagnostic.with_help(help),
        None => diagnostic,
    }
}
