//! Git's smart protocol over HTTP (gitprotocol-http(5)).

use super::conversation::Transport;
use crate::credentials::Netrc;
use crate::error::FetchError;
use crate::http::{HttpOptions, Progress, download};
use crate::source::Location;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read, Seek};
use std::path::Path;

/// References take no more than that.
const MAX_GREETING: u64 = 256 << 20;
const SERVICE: &str = "/info/refs?service=git-upload-pack";
const VERSION: (&str, &str) = ("Git-Protocol", "version=2");

/// A server that is asked over HTTP.
pub(crate) struct HttpTransport<'a> {
    /// The repository, as redirects say.
    pub url: String,
    /// For answers.
    pub directory: &'a Path,
    pub name: &'a str,
    pub options: &'a HttpOptions,
    pub netrc: &'a Netrc,
    pub progress: &'a dyn Progress,
}

impl HttpTransport<'_> {
    fn file(&self) -> Result<File, FetchError> {
        let path = self.directory.join("answer");
        let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path);
        file.map_err(|error| FetchError::cache(format!("cannot write to the cache: {error}")))
    }
}

fn answer(mut file: File) -> Result<Box<dyn Read>, FetchError> {
    file.rewind().map_err(|error| FetchError::cache(format!("cannot read from the cache: {error}")))?;
    Ok(Box::new(BufReader::with_capacity(128 << 10, file)))
}

impl Transport for HttpTransport<'_> {
    fn greeting(&mut self) -> Result<Box<dyn Read + '_>, FetchError> {
        let location = Location {
            url: format!("{}{SERVICE}", self.url.trim_end_matches('/')),
            plain_headers: &[VERSION],
            ..Location::default()
        };
        let options = HttpOptions { max_size: self.options.max_size.min(MAX_GREETING), ..self.options.clone() };
        let mut file = self.file()?;
        let target = download(&location, &mut file, self.name, &options, self.netrc, self.progress)?;
        // Where the repository is now; a login is only for where it was.
        if let Some(moved) = target.text().strip_suffix(SERVICE)
            && !target.is_same_server_as(&self.url)
        {
            self.url = moved.to_string();
        } else if let Some(moved) = target.path().strip_suffix(SERVICE)
            && let Some((start, _)) = super::split_path(&self.url)
        {
            self.url = format!("{start}{moved}");
        }
        answer(file)
    }

    fn ask(&mut self, request: Vec<u8>) -> Result<Box<dyn Read + '_>, FetchError> {
        let location = Location {
            url: format!("{}/git-upload-pack", self.url.trim_end_matches('/')),
            plain_headers: &[
                VERSION,
                ("Content-Type", "application/x-git-upload-pack-request"),
                ("Accept", "application/x-git-upload-pack-result"),
            ],
            body: Some(request),
            ..Location::default()
        };
        let mut file = self.file()?;
        download(&location, &mut file, self.name, self.options, self.netrc, self.progress)?;
        answer(file)
    }
}
