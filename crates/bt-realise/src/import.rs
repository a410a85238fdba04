//! Import from derivation through nix-daemon (Nix manual, "Import From Derivation").

use crate::closure::closure;
use bt_daemon::{BuildMode, DaemonError, LogEvent, Options, Store, StoreAddress, Target};
use bt_glue::{Glue, Realiser};
use bt_store::StorePath;
use std::cell::RefCell;
use std::rc::Rc;

/// Whom to tell what daemons tell.
pub type Log = Rc<dyn Fn(LogEvent)>;

/// Builds what an evaluation reads. The daemon is asked for when something is read for the first time.
pub struct Importer {
    address: StoreAddress,
    options: Options,
    log: Log,
    store: RefCell<Option<Store>>,
}

impl Importer {
    /// What builds in a store. `log` is told what the daemon tells.
    pub fn new(address: StoreAddress, options: Options, log: Log) -> Importer {
        Importer { address, options, log, store: RefCell::default() }
    }

    fn open(&self) -> Result<Store, DaemonError> {
        let mut store = Store::open(&self.address, &self.options)?;
        let log = Rc::clone(&self.log);
        store.connection().set_log(move |event| log(event));
        Ok(store)
    }

    /// Where an output is in its store, once that has it.
    fn build(
        &self,
        store: &mut Store,
        glue: &Glue,
        derivation: &StorePath,
        output: &str,
    ) -> Result<Result<StorePath, String>, DaemonError> {
        let needed = match closure(glue, [derivation.clone()]) {
            Ok(needed) => needed,
            Err(error) => return Ok(Err(error.message().to_string())),
        };
        if needed.get(derivation).is_none() {
            return Ok(Err("it is made by a stand-in, which only knows its name".into()));
        }
        store.register(&needed)?;
        let results = store.build(&[Target::output(derivation.clone(), output)], BuildMode::Normal)?;
        let Some(result) = results.into_iter().next() else { return Ok(Err("the daemon gave no result".into())) };
        if !result.status.is_success() {
            return Ok(Err(last_line(&result.error)));
        }
        let known = glue.derivation(derivation.as_str());
        let computed = known.and_then(|known| known.derivation.outputs.get(output)?.path.clone());
        Ok(match (computed, result.outputs.get(output)) {
            (Some(computed), Some(built)) if computed != *built => {
                Err(format!("the store made '{built}' instead of '{computed}'"))
            }
            (Some(path), _) => Ok(path),
            (None, Some(built)) => Ok(built.clone()),
            (None, None) => Err("the daemon does not say where the output is".into()),
        })
    }
}

impl Realiser for Importer {
    fn realise(&self, glue: &Glue, derivation: &StorePath, output: &str) -> Result<String, String> {
        let mut open = self.store.borrow_mut();
        let store = match open.as_mut() {
            Some(store) => store,
            None => open.insert(self.open().map_err(|error| error.to_string())?),
        };
        let path = match self.build(store, glue, derivation, output) {
            Ok(result) => result?,
            Err(error @ DaemonError::Remote(_)) => return Err(error.to_string()),
            Err(error) => {
                // The connection cannot be used again.
                *open = None;
                return Err(error.to_string());
            }
        };
        let place = self.address.real_path(path.as_str());
        let place = place.ok_or("it is in a store of another machine, whose files cannot be read from here")?;
        place.into_os_string().into_string().map_err(|_| "the store's directory is not UTF-8".into())
    }
}

/// The last line of a message says what went wrong; those before it tell the log.
fn last_line(message: &str) -> String {
    message.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or("the build failed").to_string()
}
