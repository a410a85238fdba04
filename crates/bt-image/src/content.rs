//! What is kept of a file's contents while they stream by: how it is started, a short text, whether it is a private key.

use std::io::{self, Read};

/// So many bytes at the start of a file are looked at.
const START: usize = 8 << 10;

/// So many bytes a text that is kept may have.
const MAX_TEXT: usize = 256 << 10;

/// So many bytes the table of segments, and the name of an interpreter, may have.
const MAX_TABLE: u64 = 64 << 10;

/// What is known of a file's contents.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Content {
    /// What starts the file when it is a program.
    pub interpreter: Interpreter,
    /// The text of `etc/passwd` and `etc/group`, wherever such a file is.
    pub text: Option<String>,
    /// Whether it holds a private key in PEM (RFC 7468, section 10).
    pub private_key: bool,
}

/// What the kernel needs beside the file to start it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Interpreter {
    /// Nothing that is known: a static program, or no program.
    #[default]
    None,
    /// The program after `#!`.
    Script(String),
    /// The dynamic linker that an ELF program names (`PT_INTERP`).
    Elf(String),
}

impl Content {
    fn is_empty(&self) -> bool {
        *self == Content::default()
    }
}

/// Reads contents to their end. `None` when there is nothing to say about them.
pub(crate) fn read(stream: &mut impl Read, path: &[u8], is_executable: bool) -> io::Result<Option<Content>> {
    let is_database = [&b"etc/passwd"[..], b"etc/group"]
        .iter()
        .any(|name| path.strip_suffix(*name).is_some_and(|rest| rest.is_empty() || rest.ends_with(b"/")));
    let mut start = Vec::new();
    let most = if is_database { MAX_TEXT } else { START };
    stream.by_ref().take(most as u64).read_to_end(&mut start)?;
    let mut content = Content { private_key: is_private_key(&start, path), ..Content::default() };
    if is_database {
        content.text = String::from_utf8(start).ok();
    } else if is_executable && start.starts_with(b"#!") {
        content.interpreter = script(&start);
    } else if is_executable && start.starts_with(b"\x7fELF") {
        let mut window = Window { stream: &mut *stream, at: start.len() as u64, start };
        content.interpreter = elf(&mut window)?.map_or(Interpreter::None, Interpreter::Elf);
    }
    io::copy(stream, &mut io::sink())?;
    Ok(Some(content).filter(|content| !content.is_empty()))
}

/// The first word after `#!`.
fn script(start: &[u8]) -> Interpreter {
    let line = start[2..].split(|&byte| byte == b'\n').next().unwrap_or_default();
    let mut words = line.split(|byte| matches!(byte, b' ' | b'\t' | b'\r')).filter(|word| !word.is_empty());
    match words.next().and_then(|word| std::str::from_utf8(word).ok()) {
        Some(word) if word.starts_with('/') => Interpreter::Script(word.to_string()),
        _ => Interpreter::None,
    }
}

fn is_private_key(start: &[u8], path: &[u8]) -> bool {
    let is_named = [&b".pem"[..], b".key"].iter().any(|end| path.ends_with(end));
    let begin = start.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(0);
    if !is_named && !start[begin..].starts_with(b"-----BEGIN ") {
        return false;
    }
    String::from_utf8_lossy(start).lines().any(|line| {
        let label = line.trim().strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----"));
        label.is_some_and(|label| label.len() < 40 && label.ends_with("PRIVATE KEY"))
    })
}

/// A file of which the start is in memory, and the rest comes once.
struct Window<'s, R> {
    stream: &'s mut R,
    start: Vec<u8>,
    /// Where the stream is.
    at: u64,
}

impl<R: Read> Window<'_, R> {
    /// A part of the file; `None` when it has gone by, or is not there.
    fn part(&mut self, offset: u64, length: u64) -> io::Result<Option<Vec<u8>>> {
        let Some(end) = offset.checked_add(length).filter(|_| length <= MAX_TABLE) else { return Ok(None) };
        if end <= self.start.len() as u64 {
            return Ok(self.start.get(offset as usize..end as usize).map(<[u8]>::to_vec));
        }
        if offset < self.at {
            return Ok(None);
        }
        let skip = offset - self.at;
        self.at += io::copy(&mut self.stream.by_ref().take(skip), &mut io::sink())?;
        let mut part = Vec::new();
        self.at += self.stream.by_ref().take(length).read_to_end(&mut part)? as u64;
        Ok(Some(part).filter(|part| part.len() as u64 == length))
    }
}

/// The interpreter that an ELF file names (System V ABI, "Program Header"); `None` when it names none, or is damaged.
fn elf(file: &mut Window<'_, impl Read>) -> io::Result<Option<String>> {
    let header = std::mem::take(&mut file.start);
    let (is_64, is_little) = (header.get(4) == Some(&2), header.get(5) != Some(&2));
    let number = |bytes: &[u8], at: usize, size: usize| -> Option<u64> {
        let field = bytes.get(at..at + size)?;
        let add = |n: u64, byte: &u8| n << 8 | u64::from(*byte);
        Some(if is_little { field.iter().rev().fold(0, add) } else { field.iter().fold(0, add) })
    };
    let places = if is_64 { (32, 8, 54) } else { (28, 4, 42) };
    let table = number(&header, places.0, places.1);
    let entry = number(&header, places.2, 2).zip(number(&header, places.2 + 2, 2));
    file.start = header;
    let (Some(offset), Some((size, count))) = (table, entry) else { return Ok(None) };
    let Some(segments) = file.part(offset, size * count)? else { return Ok(None) };
    if size < if is_64 { 56 } else { 32 } {
        return Ok(None);
    }
    const PT_INTERP: u64 = 3;
    let is_interpreter = |segment: &&[u8]| number(segment, 0, 4) == Some(PT_INTERP);
    let Some(segment) = segments.chunks_exact(size as usize).find(is_interpreter) else { return Ok(None) };
    let place = if is_64 {
        number(segment, 8, 8).zip(number(segment, 32, 8))
    } else {
        number(segment, 4, 4).zip(number(segment, 16, 4))
    };
    let Some((offset, length)) = place else { return Ok(None) };
    let name = file.part(offset, length)?.unwrap_or_default();
    let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
    Ok(std::str::from_utf8(name).ok().filter(|name| name.starts_with('/')).map(str::to_string))
}

#[cfg(test)]
mod tests {
    use super::{Content, Interpreter, read};

    fn content(bytes: &[u8], path: &str) -> Content {
        read(&mut &bytes[..], path.as_bytes(), true).unwrap().unwrap_or_default()
    }

    /// A 64-bit program: its table of segments at `table`, the name of its interpreter at `name`.
    fn program(table: usize, name: usize) -> Vec<u8> {
        let text = b"/lib/ld.so\0";
        let mut bytes = vec![0; (table + 112).max(name + text.len())];
        bytes[..6].copy_from_slice(b"\x7fELF\x02\x01");
        bytes[32..40].copy_from_slice(&(table as u64).to_le_bytes());
        bytes[54..58].copy_from_slice(&[56, 0, 2, 0]);
        let segment = table + 56;
        bytes[segment] = 3;
        bytes[segment + 8..segment + 16].copy_from_slice(&(name as u64).to_le_bytes());
        bytes[segment + 32..segment + 40].copy_from_slice(&(text.len() as u64).to_le_bytes());
        bytes[name..name + text.len()].copy_from_slice(text);
        bytes
    }

    #[test]
    fn interpreters_of_programs() {
        let elf = |bytes: &[u8]| content(bytes, "bin/x").interpreter;
        for (table, name) in [(64, 300), (64, 50_000), (60_000, 70_000)] {
            assert_eq!(elf(&program(table, name)), Interpreter::Elf("/lib/ld.so".into()), "{table} {name}");
        }
        // What has gone by is not known.
        assert_eq!(elf(&program(60_000, 20_000)), Interpreter::None);
        let whole = program(64, 300);
        for length in 0..whole.len() {
            let cut = elf(&whole[..length]);
            assert!(cut == Interpreter::None, "{length}: {cut:?}");
        }
        let mut hostile = whole;
        hostile[32..40].fill(0xff);
        assert_eq!(elf(&hostile), Interpreter::None);
    }

    #[test]
    fn interpreters_of_scripts() {
        let script = |text: &str| content(text.as_bytes(), "bin/x").interpreter;
        assert_eq!(script("#!/bin/sh\n"), Interpreter::Script("/bin/sh".into()));
        assert_eq!(script("#! /usr/bin/env python3\n"), Interpreter::Script("/usr/bin/env".into()));
        assert_eq!(script("#!\n/bin/sh"), Interpreter::None);
        assert_eq!(script("echo"), Interpreter::None);
    }

    #[test]
    fn private_keys() {
        let is_key = |text: &str, path: &str| content(text.as_bytes(), path).private_key;
        assert!(is_key("-----BEGIN RSA PRIVATE KEY-----\nx", "a/key"));
        assert!(is_key("Bag Attributes\n-----BEGIN PRIVATE KEY-----\nx", "a/x.pem"));
        assert!(!is_key("-----BEGIN CERTIFICATE-----\nx", "a/x.pem"));
        assert!(!is_key("// -----BEGIN PRIVATE KEY-----", "doc.rs"));
    }

    #[test]
    fn databases_are_kept_whole_and_others_are_not() {
        let text = "app:x:1000:1000::/:/bin/sh\n".repeat(1000);
        assert_eq!(content(text.as_bytes(), "nix/store/x-passwd/etc/passwd").text.as_deref(), Some(text.as_str()));
        assert_eq!(content(text.as_bytes(), "etc/passwd-").text, None);
        assert_eq!(content(text.as_bytes(), "xetc/passwd").text, None);
    }
}
