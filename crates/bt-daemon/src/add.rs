//! Sending paths to the store.

use crate::closure::{Contents, Object};
use crate::connection::{Connection, Frames};
use crate::error::DaemonError;
use crate::operations::Operation;
use crate::output::Output;
use crate::path_info::PathInfo;
use crate::version::ProtocolVersion;
use bt_store::nar::{NarFile, NarKind, NarSource, write_nar};
use bt_store::path::ContentMethod;
use bt_store::{Hash, HashAlgorithm, Hasher, StorePath};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ffi::OsString;
use std::path::Path;

/// An object with its archive, which was found to be what its path says.
pub(crate) struct Ready {
    pub info: PathInfo,
    pub nar: Vec<u8>,
}

/// A file in memory, to be archived.
struct OneFile<'f>(&'f [u8]);

impl NarSource for OneFile<'_> {
    type Error = Infallible;

    fn kind(&self, _: &Path) -> Result<NarKind, Infallible> {
        Ok(NarKind::Regular)
    }

    fn read_file(&self, _: &Path, file: &mut dyn NarFile) -> Result<(), Infallible> {
        file.begin(false, self.0.len() as u64);
        file.piece(self.0);
        Ok(())
    }

    fn read_dir(&self, _: &Path) -> Result<Vec<(OsString, NarKind)>, Infallible> {
        Ok(Vec::new())
    }

    fn read_link(&self, _: &Path) -> Result<OsString, Infallible> {
        Ok(OsString::new())
    }
}

/// The archive of a file.
fn nar_of_file(contents: &[u8]) -> Vec<u8> {
    let mut nar = Vec::with_capacity(contents.len() + 128);
    // A file in memory can always be read.
    let _ = write_nar(&OneFile(contents), Path::new(""), &mut |_, _| Ok(true), &mut |piece| {
        nar.extend_from_slice(piece);
    });
    nar
}

/// The path of an object must be the one that was computed.
fn check(object: &Object<'_>, path: &StorePath, hash: &Hash) -> Result<(), DaemonError> {
    let actual = object.path(path.name(), hash).map_err(|reason| DaemonError::Object { path: path.clone(), reason })?;
    if actual == *path { Ok(()) } else { Err(DaemonError::Changed { expected: path.clone(), actual }) }
}

/// The archive of an object, checked; `None` when it is longer than `limit` bytes.
pub(crate) fn prepare(object: &Object<'_>, path: &StorePath, limit: usize) -> Result<Option<Ready>, DaemonError> {
    let (nar, hash) = match &object.contents {
        Contents::File(contents) => {
            if matches!(object.method, ContentMethod::Nar | ContentMethod::Git) {
                let reason = "a file by its bytes is a text or flat".into();
                return Err(DaemonError::Object { path: path.clone(), reason });
            }
            check(object, path, &Hash::digest(object.algorithm, contents))?;
            let nar = nar_of_file(contents);
            let hash = Hash::digest(HashAlgorithm::Sha256, &nar);
            (nar, hash)
        }
        Contents::Tree(archive) => {
            tree_only(object, path)?;
            let mut nar = Vec::new();
            let mut is_long = false;
            let written = archive.write(&mut |piece| {
                is_long |= nar.len() + piece.len() > limit;
                if !is_long {
                    nar.extend_from_slice(piece);
                }
            });
            written.map_err(|reason| DaemonError::Source { path: path.clone(), reason })?;
            if is_long {
                return Ok(None);
            }
            let hash = Hash::digest(HashAlgorithm::Sha256, &nar);
            let content_hash =
                if object.algorithm == HashAlgorithm::Sha256 { hash } else { Hash::digest(object.algorithm, &nar) };
            check(object, path, &content_hash)?;
            (nar, hash)
        }
    };
    let content_hash = match &object.contents {
        Contents::File(contents) => Hash::digest(object.algorithm, contents),
        Contents::Tree(_) => Hash::digest(object.algorithm, &nar),
    };
    let info = PathInfo {
        path: path.clone(),
        deriver: None,
        nar_hash: hash,
        nar_size: nar.len() as u64,
        references: object.references.clone(),
        registration_time: 0,
        ultimate: false,
        signatures: Vec::new(),
        content_address: Some(object.content_address(Some(&content_hash))),
    };
    Ok(Some(Ready { info, nar }))
}

fn tree_only(object: &Object<'_>, path: &StorePath) -> Result<(), DaemonError> {
    if object.method == ContentMethod::Nar {
        return Ok(());
    }
    Err(DaemonError::Object { path: path.clone(), reason: "a tree is hashed as an archive".into() })
}

/// Writes what is sent, in pieces.
type Body<'b> = dyn FnMut(&mut dyn FnMut(&[u8])) -> Result<(), DaemonError> + 'b;

impl Connection {
    /// Sends many paths in one request; each comes after those that it refers to.
    ///
    /// Errors: as [`Connection::add`], and [`DaemonError::NeedsNewer`] before 1.32.
    pub(crate) fn add_multiple(&mut self, count: usize, ready: impl Iterator<Item = Ready>) -> Result<(), DaemonError> {
        self.needs("sending many paths at once", 32)?;
        // Nothing is repaired; signatures are checked, but what is here needs none, because it says its own hash.
        let head = |output: &mut Output| {
            output.boolean(false).boolean(false);
        };
        let body = |frames: &mut Frames<'_>| {
            frames.write(&(count as u64).to_le_bytes());
            for Ready { info, nar } in ready {
                info.write(frames.buffer());
                frames.write(&nar);
                frames.check()?;
            }
            Ok(())
        };
        self.ask_framed(Operation::AddMultipleToStore, head, body, |_, _| Ok(()))
    }

    /// Sends one path, whose contents are read only now; a tree is read while it is sent.
    ///
    /// # Errors
    /// [`DaemonError::Changed`] when it is not what its path says, for a tree most often before the store has it;
    /// [`DaemonError::Source`] when a tree cannot be read; [`DaemonError::PathMismatch`] when the store computes another
    /// path; and the errors of all operations.
    pub fn add(&mut self, path: &StorePath, object: &Object<'_>) -> Result<(), DaemonError> {
        let actual = match &object.contents {
            Contents::File(contents) => {
                check(object, path, &Hash::digest(object.algorithm, contents))?;
                self.add_file(path, object, contents)?
            }
            Contents::Tree(archive) => {
                tree_only(object, path)?;
                let mut hasher = Hasher::new(object.algorithm);
                let mut body = |write: &mut dyn FnMut(&[u8])| {
                    let written = archive.write(&mut |piece| {
                        hasher.update(piece);
                        write(piece);
                    });
                    written.map_err(|reason| DaemonError::Source { path: path.clone(), reason })?;
                    let hasher = std::mem::replace(&mut hasher, Hasher::new(object.algorithm));
                    check(object, path, &hasher.finish())
                };
                self.add_bytes(path, object, &mut body)?
            }
        };
        if actual == *path { Ok(()) } else { Err(DaemonError::PathMismatch { expected: path.clone(), actual }) }
    }

    fn add_file(&mut self, path: &StorePath, object: &Object<'_>, bytes: &[u8]) -> Result<StorePath, DaemonError> {
        let is_old = self.version < ProtocolVersion::minor(25);
        if is_old && object.method == ContentMethod::Text {
            let request = |output: &mut Output| {
                output.text(path.name()).bytes(bytes).store_paths(object.references.iter());
            };
            return self.ask(Operation::AddTextToStore, request, |input, _| input.store_path());
        }
        // Once everything was sent as an archive.
        let nar = if is_old { nar_of_file(bytes) } else { Vec::new() };
        let bytes = if is_old { &nar } else { bytes };
        self.add_bytes(path, object, &mut |write| {
            write(bytes);
            Ok(())
        })
    }

    /// `body` writes an archive or, for flat files and texts of daemons since 1.25, the file.
    fn add_bytes(
        &mut self,
        path: &StorePath,
        object: &Object<'_>,
        body: &mut Body<'_>,
    ) -> Result<StorePath, DaemonError> {
        if self.version >= ProtocolVersion::minor(25) {
            let head = |output: &mut Output| {
                output.text(path.name()).text(&object.content_address(None));
                output.store_paths(object.references.iter()).boolean(false);
            };
            let body = |frames: &mut Frames<'_>| {
                let written = body(&mut |piece| frames.write(piece));
                frames.check().and(written)
            };
            return self.ask_framed(Operation::AddToStore, head, body, |input, _| {
                let path = input.store_path()?;
                Ok(PathInfo::read(input, path)?.path)
            });
        }
        self.old_references(path, &object.references)?;
        let is_tree = object.method == ContentMethod::Nar;
        self.guarded(Operation::AddToStore, |this| {
            let output = &mut this.output;
            output.number(Operation::AddToStore as u64).text(path.name());
            // Whether it is anything but a tree with a SHA-256, whether it is a tree, and its hash.
            output.boolean(!(is_tree && object.algorithm == HashAlgorithm::Sha256));
            output.boolean(is_tree).text(object.algorithm.name());
            let mut failed = None;
            let written = body(&mut |piece| {
                if failed.is_some() {
                    return;
                }
                output.raw(piece);
                if output.pending() >= BUFFER {
                    failed = output.flush().err();
                }
            });
            failed.map_or(Ok(()), Err).and(written).and_then(|()| output.flush())?;
            crate::log::messages(&mut this.input, this.version, &mut this.log)?;
            this.input.store_path()
        })
    }

    /// Old daemons know references of texts only.
    fn old_references(&self, path: &StorePath, references: &BTreeSet<StorePath>) -> Result<(), DaemonError> {
        if references.is_empty() {
            Ok(())
        } else {
            self.needs("sources with references", 25).map_err(|error| {
                let reason = error.to_string();
                DaemonError::Object { path: path.clone(), reason }
            })
        }
    }
}

/// How much is collected before it is sent.
const BUFFER: usize = 64 * 1024;
