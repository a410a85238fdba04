//! Small files from servers that are asked often, such as binary caches: into memory, over connections that stay open.

use crate::credentials::Netrc;
use crate::error::{FetchError, FetchErrorKind};
use crate::http::{HttpOptions, Progress, agent, download_with};
use crate::redirect::shown;
use crate::source::Location;
use std::fs::File;
use std::io::{self, Read};
use std::time::Duration;
use ureq::Agent;

/// How many connections wait for further requests.
const IDLE: usize = 16;

/// Asks for small files. Several threads can use it at once.
pub struct Requests {
    agent: Agent,
    options: HttpOptions,
    netrc: Netrc,
}

/// Small files come at once: nobody has to be told.
struct Silence;

impl Progress for Silence {
    fn received(&self, _: &str, _: u64, _: Option<u64>) {}
    fn retrying(&self, _: &str, _: &str, _: Duration) {}
    fn finished(&self, _: &str) {}
}

impl Requests {
    /// Nothing is asked yet.
    ///
    /// # Errors
    /// The certificates in the options cannot be used.
    pub fn new(options: HttpOptions, netrc: Netrc) -> Result<Requests, FetchError> {
        Ok(Requests { agent: agent(&options, IDLE)?, options, netrc })
    }

    /// The bytes at an `http`, `https` or `file` URL; `None` when the server has not got it. Of that there are several
    /// signs: stores for objects say 403 of what is not there to those who may not list it.
    ///
    /// # Errors
    /// See [`FetchErrorKind`].
    pub fn get(&self, url: &str) -> Result<Option<Vec<u8>>, FetchError> {
        if let Some(path) = url.strip_prefix("file://") {
            return self.read(path);
        }
        let location = Location { url: url.to_string(), ..Location::default() };
        let mut bytes = Vec::new();
        let agent = self.agent.clone();
        match download_with(agent, &location, &mut bytes, url, &self.options, &self.netrc, &Silence) {
            Ok(_) => Ok(Some(bytes)),
            Err(error) if matches!(error.kind, FetchErrorKind::Status(403 | 404 | 410)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FetchError> {
        let wrong = |why: &str| {
            let message = format!("cannot read '{}': {why}", shown(&format!("file://{path}")));
            FetchError::new(FetchErrorKind::Cache, message)
        };
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(wrong(&error.to_string())),
        };
        // A pipe would be waited for.
        if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
            return Err(wrong("it is no file"));
        }
        let mut bytes = Vec::new();
        file.take(self.options.max_size.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| wrong(&error.to_string()))?;
        if bytes.len() as u64 > self.options.max_size {
            let message =
                format!("'{}' has more than {} bytes", shown(&format!("file://{path}")), self.options.max_size);
            return Err(FetchError::new(FetchErrorKind::Limit, message));
        }
        Ok(Some(bytes))
    }
}
