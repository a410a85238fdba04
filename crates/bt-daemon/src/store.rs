//! What a build needs of a store: all that it is made of is registered, then it is built.

use crate::add::{Ready, prepare};
use crate::address::StoreAddress;
use crate::build_result::{BuildMode, BuildResult, BuildStatus, OutputSelection, Target};
use crate::closure::{Closure, Object};
use crate::connection::{Connection, Options};
use crate::error::DaemonError;
use crate::version::ProtocolVersion;
use bt_store::StorePath;
use std::collections::BTreeSet;

/// A source whose archive is longer is read while it is sent, not before.
const LARGE: usize = 4 << 20;
/// All archives that are kept in memory until they are sent.
const IN_MEMORY: usize = 64 << 20;

/// A store, through its daemon.
pub struct Store {
    connection: Connection,
}

/// What [`Store::register`] did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Registration {
    /// How many paths were sent.
    pub sent: usize,
    /// How many the store had.
    pub valid: usize,
}

impl Store {
    /// Connects to the daemon of a store.
    ///
    /// # Errors
    /// As [`Connection::open`].
    pub fn open(address: &StoreAddress, options: &Options) -> Result<Self, DaemonError> {
        Connection::open(address, options).map(Self::new)
    }

    /// A store behind a connection.
    pub fn new(connection: Connection) -> Self {
        Self { connection }
    }

    /// The connection.
    pub fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Makes sure that the store has all of a closure, and keeps it from being collected as garbage while this value lives.
    ///
    /// What is sent is checked first: a source is archived and must have the path that was computed for it. A source of many
    /// megabytes is checked while it is sent; when it turns out to have changed, the request is broken off, so that the
    /// store does not get it, and the connection cannot be used any more.
    ///
    /// # Errors
    /// [`DaemonError::Changed`], [`DaemonError::Source`], [`DaemonError::MissingReference`], [`DaemonError::Cycle`],
    /// [`DaemonError::Object`], [`DaemonError::PathMismatch`] and [`DaemonError::NotRegistered`], and those of all
    /// operations. What was sent by then stays in the store until its garbage is collected.
    pub fn register(&mut self, closure: &Closure<'_>) -> Result<Registration, DaemonError> {
        // A store has all that its paths refer to: if it has the tops, it has everything.
        let tops = closure.tops();
        self.connection.add_temp_roots(&tops)?;
        let has_tops = self.connection.query_valid_paths(&tops, false)?.len() == tops.len();
        let order = closure.in_order()?;
        if has_tops {
            return Ok(Registration { sent: 0, valid: closure.len() });
        }

        let foreign = closure.foreign();
        let all: BTreeSet<StorePath> = closure.paths().chain(foreign.keys()).cloned().collect();
        self.connection.add_temp_roots(all.difference(&tops))?;
        let valid = self.connection.query_valid_paths(&all, false)?;
        let absent: BTreeSet<StorePath> = foreign.keys().filter(|path| !valid.contains(*path)).cloned().collect();
        if !absent.is_empty() {
            let fetched = self.connection.query_valid_paths(&absent, true)?;
            if let Some(path) = absent.difference(&fetched).next() {
                let by = foreign.get(path).unwrap_or(path).clone();
                return Err(DaemonError::MissingReference { path: path.clone(), by });
            }
        }

        let missing: Vec<_> = order.into_iter().filter(|(path, _)| !valid.contains(*path)).collect();
        let sent: BTreeSet<StorePath> = missing.iter().map(|(path, _)| (*path).clone()).collect();
        if self.connection.version() >= ProtocolVersion::minor(32) {
            match self.send_together(&missing) {
                // Nix up to 2.8 loses its place in the request when another client is faster with one of its paths.
                Err(DaemonError::Remote(_)) => self.send_single(&missing)?,
                result => result?,
            }
        } else {
            self.send_single(&missing)?;
        }
        let now_valid = self.connection.query_valid_paths(&sent, false)?;
        match sent.difference(&now_valid).next() {
            Some(path) => Err(DaemonError::NotRegistered(path.clone())),
            None => Ok(Registration { sent: sent.len(), valid: closure.len() - sent.len() }),
        }
    }

    /// Sends paths: what is large by itself, the rest in one request. Batches go out as memory fills up.
    fn send_together(&mut self, missing: &[(&StorePath, &Object<'_>)]) -> Result<(), DaemonError> {
        let mut ready: Vec<Ready> = Vec::with_capacity(missing.len());
        let mut in_memory = 0;
        for &(path, object) in missing {
            match prepare(object, path, LARGE)? {
                Some(item) => {
                    in_memory += item.nar.len();
                    ready.push(item);
                }
                None => {
                    // What it refers to may be among those that wait.
                    if !object.references.is_empty() {
                        self.flush(&mut ready)?;
                        in_memory = 0;
                    }
                    self.connection.add(path, object)?;
                }
            }
            if in_memory > IN_MEMORY {
                self.flush(&mut ready)?;
                in_memory = 0;
            }
        }
        self.flush(&mut ready)
    }

    /// Sends what is not there now, path by path.
    fn send_single(&mut self, missing: &[(&StorePath, &Object<'_>)]) -> Result<(), DaemonError> {
        let paths = missing.iter().map(|(path, _)| (*path).clone()).collect();
        let valid = self.connection.query_valid_paths(&paths, false)?;
        for (path, object) in missing.iter().filter(|(path, _)| !valid.contains(*path)) {
            self.connection.add(path, object)?;
        }
        Ok(())
    }

    fn flush(&mut self, ready: &mut Vec<Ready>) -> Result<(), DaemonError> {
        if ready.is_empty() {
            return Ok(());
        }
        self.connection.add_multiple(ready.len(), ready.drain(..))
    }

    /// Builds or fetches targets, and says of each in their order what became of it. That a build failed is a result, no
    /// error. What the daemon tells meanwhile goes to [`Connection::set_log`], and
    /// [`Connection::shutdown_handle`] cancels.
    ///
    /// Daemons before 1.34 say only that something failed, not what: then it is the result of all targets.
    ///
    /// # Errors
    /// Those of all operations.
    pub fn build(&mut self, targets: &[Target], mode: BuildMode) -> Result<Vec<BuildResult>, DaemonError> {
        let mut results = if self.connection.version() >= ProtocolVersion::minor(34) {
            self.connection.build_paths_with_results(targets, mode)?
        } else {
            let result = match self.connection.build_paths(targets, mode) {
                Ok(()) => BuildResult::success(BuildStatus::Built),
                Err(DaemonError::Remote(error)) => {
                    BuildResult { error: error.message, ..BuildResult::success(BuildStatus::MiscFailure) }
                }
                Err(error) => return Err(error),
            };
            vec![result; targets.len()]
        };
        for (target, result) in targets.iter().zip(&mut results) {
            self.add_outputs(target, result)?;
        }
        Ok(results)
    }

    /// Asks for outputs that the result of a build does not name.
    fn add_outputs(&mut self, target: &Target, result: &mut BuildResult) -> Result<(), DaemonError> {
        let Target::Outputs { derivation, outputs } = target else { return Ok(()) };
        let is_wanted = |name: &str| match outputs {
            OutputSelection::All => true,
            OutputSelection::Names(names) => names.contains(name),
        };
        let is_complete = match outputs {
            OutputSelection::All => !result.outputs.is_empty(),
            OutputSelection::Names(names) => names.iter().all(|name| result.outputs.contains_key(name)),
        };
        if result.status.is_success() && !is_complete && self.connection.version() >= ProtocolVersion::minor(22) {
            let known = self.connection.query_derivation_output_map(derivation)?;
            let known = known.into_iter().filter_map(|(name, path)| Some((name, path?)));
            result.outputs.extend(known);
        }
        result.outputs.retain(|name, _| is_wanted(name));
        Ok(())
    }
}
