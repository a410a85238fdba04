//! The entries of a tar archive.

use super::compression::damaged;
use super::header::{BLOCK, Extended, Header, text};
use crate::error::{FetchError, FetchErrorKind};
use std::io::{self, Read};

/// Long names and pax headers may have this many bytes.
const MAX_EXTENSION: u64 = 1 << 20;

/// So many of those may come before one entry, or between entries.
const MAX_EXTENSIONS: usize = 64;

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryKind {
    /// A file; its contents come next.
    File {
        /// Whether its owner may execute it.
        executable: bool,
    },
    /// A directory.
    Directory,
    /// A symbolic link and its target.
    Symlink(Vec<u8>),
    /// Another name of a file that came before.
    HardLink(Vec<u8>),
    /// A device or a named pipe: what it is, with an article.
    Special(&'static str),
}

/// An entry.
#[derive(Debug)]
pub struct Entry {
    /// The path as it is written.
    pub path: Vec<u8>,
    /// What it is.
    pub kind: EntryKind,
    /// Bytes of a file's contents.
    pub size: u64,
    /// Permissions, with the setuid, setgid and sticky bits.
    pub mode: u32,
    /// The number of its owner.
    pub uid: u64,
    /// The number of its group.
    pub gid: u64,
}

/// Reads entries one after the other.
pub struct Entries<R> {
    stream: R,
    /// What is left of the contents of the last entry, and how many zeros follow them.
    contents: u64,
    padding: u64,
    /// What holds for all entries.
    global: Extended,
}

impl<R: Read> Entries<R> {
    /// Reads an archive from its start.
    pub fn new(stream: R) -> Self {
        Entries { stream, contents: 0, padding: 0, global: Extended::default() }
    }

    /// The next entry; `None` at the end.
    ///
    /// # Errors
    /// What is no tar archive, is damaged, or ends too early.
    #[expect(clippy::should_implement_trait, reason = "what it gives is of use only before the next call")]
    pub fn next(&mut self) -> Result<Option<Entry>, FetchError> {
        let mut own = self.global.clone();
        let (mut long_name, mut long_link) = (None, None);
        for _ in 0..MAX_EXTENSIONS {
            self.skip()?;
            let Some(header) = self.header()? else { return Ok(None) };
            match header.kind {
                b'L' => long_name = Some(text(&self.extension(&header)?).to_vec()),
                b'K' => long_link = Some(text(&self.extension(&header)?).to_vec()),
                b'x' => own.add(&self.extension(&header)?)?,
                b'g' => {
                    let records = self.extension(&header)?;
                    self.global.add(&records)?;
                    own.add(&records)?;
                }
                _ => {
                    let path = own.path.or(long_name).unwrap_or(header.name.clone());
                    let link = own.link.or(long_link).unwrap_or(header.link.clone());
                    let numbers = (own.size, own.uid.unwrap_or(header.uid), own.gid.unwrap_or(header.gid));
                    return self.entry(&header, path, link, numbers).map(Some);
                }
            }
        }
        Err(FetchError::archive("the archive has too many headers that belong to no entry"))
    }

    fn entry(
        &mut self,
        header: &Header,
        path: Vec<u8>,
        link: Vec<u8>,
        (size, uid, gid): (Option<u64>, u64, u64),
    ) -> Result<Entry, FetchError> {
        let mut size = size.unwrap_or(header.size);
        let kind = match header.kind {
            // Old programs wrote directories as files with a slash at the end.
            b'0' | 0 if path.ends_with(b"/") => EntryKind::Directory,
            b'0' | 0 | b'7' => EntryKind::File { executable: header.mode & 0o100 != 0 },
            b'1' => EntryKind::HardLink(link),
            b'2' => EntryKind::Symlink(link),
            b'5' => EntryKind::Directory,
            b'3' | b'4' => EntryKind::Special("a device"),
            b'6' => EntryKind::Special("a named pipe"),
            other => {
                let what = match other {
                    b'S' => "a sparse file",
                    _ => "something of an unknown kind",
                };
                let shown = String::from_utf8_lossy(&path).into_owned();
                return Err(FetchError::archive(format!("'{shown}' in the archive is {what}, which no source has")));
            }
        };
        // What links have is their target's; sizes of directories mean nothing.
        if !matches!(kind, EntryKind::File { .. }) {
            size = 0;
        }
        self.begin(size);
        Ok(Entry { path, kind, size, mode: (header.mode & 0o7777) as u32, uid, gid })
    }

    fn begin(&mut self, size: u64) {
        self.contents = size;
        self.padding = size.wrapping_neg() % BLOCK as u64;
    }

    /// A block; `None` at the end of the stream or at a block of zeros.
    fn header(&mut self) -> Result<Option<Header>, FetchError> {
        let mut block = [0; BLOCK];
        let mut length = 0;
        while length < BLOCK {
            match self.stream.read(&mut block[length..]) {
                Ok(0) if length == 0 => return Ok(None),
                Ok(0) => return Err(damaged(&io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(damaged(&error)),
            }
        }
        Header::parse(&block)
    }

    /// The contents of an entry that says something about the next one.
    fn extension(&mut self, header: &Header) -> Result<Vec<u8>, FetchError> {
        if header.size > MAX_EXTENSION {
            let message = "a name or a pax header in the archive has more than 1048576 bytes";
            return Err(FetchError::new(FetchErrorKind::Limit, message));
        }
        self.begin(header.size);
        let mut contents = Vec::new();
        self.read_contents(&mut |piece| {
            contents.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(contents)
    }

    /// Skips what is left of the last entry.
    fn skip(&mut self) -> Result<(), FetchError> {
        self.read_contents(&mut |_| Ok(()))?;
        let padding = std::mem::take(&mut self.padding);
        let skipped = io::copy(&mut self.stream.by_ref().take(padding), &mut io::sink());
        match skipped.map_err(|error| damaged(&error))? {
            skipped if skipped == padding => Ok(()),
            _ => Err(damaged(&io::ErrorKind::UnexpectedEof.into())),
        }
    }

    /// The contents of the last entry, as a stream.
    pub fn contents(&mut self) -> Contents<'_, R> {
        Contents(self)
    }

    /// Passes the contents of the last entry on.
    pub(super) fn read_contents(
        &mut self,
        piece: &mut dyn FnMut(&[u8]) -> Result<(), FetchError>,
    ) -> Result<(), FetchError> {
        if self.contents == 0 {
            return Ok(());
        }
        let mut buffer = vec![0; usize::try_from(self.contents).unwrap_or(usize::MAX).min(128 << 10)];
        while self.contents > 0 {
            let length = usize::try_from(self.contents).unwrap_or(usize::MAX).min(buffer.len());
            match self.stream.read(&mut buffer[..length]) {
                Ok(0) => return Err(damaged(&io::ErrorKind::UnexpectedEof.into())),
                Ok(count) => {
                    piece(&buffer[..count])?;
                    self.contents -= count as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(damaged(&error)),
            }
        }
        Ok(())
    }
}

/// The contents of an entry.
pub struct Contents<'a, R>(&'a mut Entries<R>);

impl<R: Read> Read for Contents<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let Entries { stream, contents, .. } = &mut *self.0;
        let length = usize::try_from(*contents).unwrap_or(usize::MAX).min(buffer.len());
        if length == 0 {
            return Ok(0);
        }
        let count = stream.read(&mut buffer[..length])?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        *contents -= count as u64;
        Ok(count)
    }
}
