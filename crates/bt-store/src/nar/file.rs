//! The archive of one file, taken apart while it arrives.

use super::ALIGNMENT;

/// Takes the contents of a file out of its archive, which comes in pieces of any length.
#[derive(Debug, Default)]
pub struct NarFileContents {
    /// What comes before the contents, as far as it is there.
    head: Vec<u8>,
    /// How much of the contents is to come, once that is known.
    left: Option<u64>,
}

impl NarFileContents {
    /// Nothing has come yet.
    pub fn new() -> NarFileContents {
        NarFileContents::default()
    }

    /// The part of the contents that is in the next piece.
    ///
    /// # Errors
    /// The archive is not one of a file.
    pub fn next<'p>(&mut self, piece: &'p [u8]) -> Result<&'p [u8], NotOneFile> {
        let mut piece = piece;
        while self.left.is_none() {
            let Some((byte, rest)) = piece.split_first() else { return Ok(&[]) };
            self.head.push(*byte);
            piece = rest;
            self.left = length(&self.head)?;
        }
        let Some(left) = self.left.as_mut() else { return Ok(&[]) };
        let here = piece.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
        *left -= here as u64;
        Ok(&piece[..here])
    }

    /// Whether all of the contents have come.
    pub fn is_complete(&self) -> bool {
        self.left == Some(0)
    }
}

/// An archive of something else than a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotOneFile;

impl std::fmt::Display for NotOneFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("not the archive of one file")
    }
}

impl std::error::Error for NotOneFile {}

/// The length of the contents, if `head` is all that comes before them; `None` when more has to come.
fn length(head: &[u8]) -> Result<Option<u64>, NotOneFile> {
    const PLAIN: &[&str] = &["nix-archive-1", "(", "type", "regular", "contents"];
    const EXECUTABLE: &[&str] = &["nix-archive-1", "(", "type", "regular", "executable", "", "contents"];
    let mut can_become = false;
    for words in [PLAIN, EXECUTABLE] {
        let start: Vec<u8> = words.iter().flat_map(|word| string(word)).collect();
        if head.starts_with(&start) {
            let length: Option<[u8; 8]> = head[start.len()..].try_into().ok();
            if let Some(length) = length {
                return Ok(Some(u64::from_le_bytes(length)));
            }
            can_become = true;
        } else if start.starts_with(head) {
            can_become = true;
        }
    }
    if can_become { Ok(None) } else { Err(NotOneFile) }
}

/// A string as archives have it: length, bytes, zeros up to a multiple of eight.
fn string(text: &str) -> Vec<u8> {
    let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
    bytes.extend(text.as_bytes());
    bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
    bytes
}

#[cfg(test)]
mod tests {
    use super::{NarFileContents, NotOneFile, string};

    fn archive(words: &[&str]) -> Vec<u8> {
        words.iter().flat_map(|word| string(word)).collect()
    }

    fn contents(archive: &[u8], size: usize) -> Result<(Vec<u8>, bool), NotOneFile> {
        let mut file = NarFileContents::new();
        let mut found = Vec::new();
        for piece in archive.chunks(size) {
            found.extend(file.next(piece)?);
        }
        Ok((found, file.is_complete()))
    }

    #[test]
    fn files_in_pieces_of_any_size() {
        let plain = archive(&["nix-archive-1", "(", "type", "regular", "contents", "hello, world", ")"]);
        let executable =
            archive(&["nix-archive-1", "(", "type", "regular", "executable", "", "contents", "#!/bin/sh", ")"]);
        let empty = archive(&["nix-archive-1", "(", "type", "regular", "contents", "", ")"]);
        for size in [1, 2, 7, 8, 9, 100, 1000] {
            assert_eq!(contents(&plain, size), Ok((b"hello, world".to_vec(), true)));
            assert_eq!(contents(&executable, size), Ok((b"#!/bin/sh".to_vec(), true)));
            assert_eq!(contents(&empty, size), Ok((Vec::new(), true)));
            assert_eq!(contents(&plain[..100], size).map(|(_, complete)| complete), Ok(false));
        }
    }

    #[test]
    fn other_archives() {
        let directory = archive(&["nix-archive-1", "(", "type", "directory", ")"]);
        let other = archive(&["nix-archive-2"]);
        for wrong in [&directory[..], &other, b"HTTP/1.1 200 OK, and so on"] {
            assert_eq!(contents(wrong, 3), Err(NotOneFile));
        }
    }
}
