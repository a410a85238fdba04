//! Receiving an archive whose length nobody says: it ends where its grammar says that it ends (`bt_store::nar`).

use crate::error::{DaemonError, Malformed};
use crate::input::Input;
use bt_store::nar::MAX_DEPTH;
use std::io;

/// No word of the grammar, name or target is longer.
const MAX_TOKEN: usize = 4096;

/// Passes an archive on. What is in it is only looked at as far as needed to find its end.
pub(crate) fn copy_nar(input: &mut Input, sink: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> Result<(), DaemonError> {
    let mut copy = Copy { input, sink };
    copy.require(b"nix-archive-1", "'nix-archive-1'")?;
    let mut depth = 0;
    copy.node(&mut depth)?;
    while depth > 0 {
        match copy.token()?.as_slice() {
            b"entry" => {
                for (word, name) in [(b"(".as_slice(), "'('"), (b"name", "'name'")] {
                    copy.require(word, name)?;
                }
                copy.token()?;
                copy.require(b"node", "'node'")?;
                if copy.node(&mut depth)? {
                    continue;
                }
                copy.require(b")", "')'")?;
            }
            b")" => {
                depth -= 1;
                if depth > 0 {
                    copy.require(b")", "')'")?;
                }
            }
            _ => return Err(copy.wrong("'entry' or ')'")),
        }
    }
    Ok(())
}

struct Copy<'c> {
    input: &'c mut Input,
    sink: &'c mut dyn FnMut(&[u8]) -> io::Result<()>,
}

impl Copy<'_> {
    fn wrong(&self, expected: &'static str) -> DaemonError {
        self.input.malformed(Malformed::Nar(expected))
    }

    fn pass(&mut self, bytes: &[u8]) -> Result<(), DaemonError> {
        (self.sink)(bytes).map_err(DaemonError::Sink)
    }

    fn token(&mut self) -> Result<Vec<u8>, DaemonError> {
        let token = self.input.bytes(MAX_TOKEN)?;
        let mut written = Vec::with_capacity(token.len() + 16);
        crate::output::put_bytes(&mut written, &token);
        self.pass(&written)?;
        Ok(token)
    }

    fn require(&mut self, word: &[u8], name: &'static str) -> Result<(), DaemonError> {
        if self.token()? == word { Ok(()) } else { Err(self.wrong(name)) }
    }

    /// A node, or the beginning of a directory, which is the answer.
    fn node(&mut self, depth: &mut usize) -> Result<bool, DaemonError> {
        self.require(b"(", "'('")?;
        self.require(b"type", "'type'")?;
        match self.token()?.as_slice() {
            b"directory" => {
                *depth += 1;
                return if *depth > MAX_DEPTH { Err(self.wrong("a directory that is not as deep")) } else { Ok(true) };
            }
            b"symlink" => {
                self.require(b"target", "'target'")?;
                self.token()?;
            }
            b"regular" => {
                let mut word = self.token()?;
                if word == b"executable" {
                    self.require(b"", "an empty string")?;
                    word = self.token()?;
                }
                match word.as_slice() {
                    b"contents" => self.contents()?,
                    b")" => return Ok(false),
                    _ => return Err(self.wrong("'contents'")),
                }
            }
            _ => return Err(self.wrong("'regular', 'symlink' or 'directory'")),
        }
        self.require(b")", "')'")?;
        Ok(false)
    }

    /// The contents of a file, which may be of any length.
    fn contents(&mut self) -> Result<(), DaemonError> {
        let length = self.input.number()?;
        self.pass(&length.to_le_bytes())?;
        let mut left = length;
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(usize::MAX);
            let piece = self.input.some(most)?;
            left -= piece.len() as u64;
            (self.sink)(piece).map_err(DaemonError::Sink)?;
        }
        self.input.padding(length)?;
        self.pass(&[0; 8][..crate::input::padding(length)])
    }
}
