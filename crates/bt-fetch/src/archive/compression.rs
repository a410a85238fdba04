//! Decompression, by what a file begins with.

use crate::error::{FetchError, FetchErrorKind};
use std::io::{self, BufRead, BufReader, Read};

/// How often an archive may be compressed.
const MAX_LAYERS: usize = 3;

/// How much memory the decompressors may take for what they look back at: 128 MiB is what zstd allows by default.
const MAX_WINDOW: u64 = 128 << 20;

const BUFFER: usize = 128 << 10;

/// The formats and their first bytes.
const MAGIC: &[(&[u8], Format)] = &[
    (b"\x1f\x8b", Format::Gzip),
    (b"\xfd7zXZ\0", Format::Xz),
    (b"\x28\xb5\x2f\xfd", Format::Zstd),
    (b"BZh", Format::Bzip2),
    (b"PK\x03\x04", Format::Zip),
    (b"PK\x05\x06", Format::Zip),
    (b"LZIP", Format::Lzip),
    (b"\x1f\x9d", Format::Compress),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Format {
    Gzip,
    Xz,
    Zstd,
    Bzip2,
    Zip,
    Lzip,
    Compress,
}

/// Reads a compressed stream, or one that is not compressed, up to a number of bytes.
///
/// # Errors
/// Formats that are not supported, and too many layers.
pub fn decompress<'a>(file: impl Read + 'a, limit: u64) -> Result<Box<dyn Read + 'a>, FetchError> {
    let mut stream: Box<dyn BufRead + 'a> = Box::new(BufReader::with_capacity(BUFFER, file));
    for layer in 0.. {
        let mut start = Vec::new();
        stream.by_ref().take(6).read_to_end(&mut start).map_err(|error| damaged(&error))?;
        if start.is_empty() && layer == 0 {
            return Err(FetchError::archive("the archive is empty"));
        }
        let format = MAGIC.iter().find(|(magic, _)| start.starts_with(magic)).map(|(_, format)| *format);
        let whole = io::Cursor::new(start).chain(stream);
        let Some(format) = format else {
            return Ok(Box::new(Limited { stream: whole, left: limit, limit }));
        };
        if layer == MAX_LAYERS {
            return Err(FetchError::archive(format!("the archive is compressed more than {MAX_LAYERS} times")));
        }
        let decoder: Box<dyn Read + 'a> = match format {
            Format::Gzip => Box::new(Members { stream: Some(flate2::bufread::GzDecoder::new(whole)) }),
            Format::Xz => {
                let limit = u32::try_from(MAX_WINDOW >> 10).unwrap_or(u32::MAX);
                Box::new(lzma_rust2::XzReader::new_mem_limit(whole, true, limit))
            }
            Format::Zstd => Box::new(Frames { stream: Some(whole), frame: None }),
            Format::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(whole)),
            Format::Zip => return Err(unsupported("a zip file")),
            Format::Lzip => return Err(unsupported("compressed with lzip")),
            Format::Compress => return Err(unsupported("compressed with compress")),
        };
        stream = Box::new(BufReader::with_capacity(BUFFER, decoder));
    }
    Err(FetchError::archive("the archive cannot be read"))
}

fn unsupported(what: &str) -> FetchError {
    FetchError::new(FetchErrorKind::Unsupported, format!("the archive is {what}, which is not supported"))
        .help("supported are tar archives, plain or compressed with gzip, xz, zstd or bzip2")
}

/// What is wrong with a compressed stream.
pub(super) fn damaged(error: &io::Error) -> FetchError {
    if error.get_ref().is_some_and(|inner| inner.is::<TooLarge>()) {
        return FetchError::new(FetchErrorKind::Limit, error.to_string());
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => FetchError::archive("the archive is truncated"),
        _ => FetchError::archive(format!("the archive is damaged: {error}")),
    }
}

#[derive(Debug)]
struct TooLarge(u64);

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the archive has more than {} bytes when unpacked", self.0)
    }
}

impl std::error::Error for TooLarge {}

/// A stream that may not have more bytes than a limit.
struct Limited<R> {
    stream: R,
    left: u64,
    limit: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(buffer)?;
        match self.left.checked_sub(count as u64) {
            Some(left) => self.left = left,
            None => return Err(io::Error::other(TooLarge(self.limit))),
        }
        Ok(count)
    }
}

/// The members of a gzip file one after the other. What follows them and is none is ignored, as gzip does.
struct Members<R> {
    stream: Option<flate2::bufread::GzDecoder<R>>,
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.stream {
            let count = decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            let Some(mut rest) = self.stream.take().map(flate2::bufread::GzDecoder::into_inner) else { break };
            if rest.fill_buf()?.starts_with(b"\x1f") {
                self.stream = Some(flate2::bufread::GzDecoder::new(rest));
            }
        }
        Ok(0)
    }
}

type ZstdFrame<R> = ruzstd::decoding::StreamingDecoder<R, ruzstd::decoding::FrameDecoder>;

/// The frames of a zstd file one after the other.
struct Frames<R: Read> {
    stream: Option<R>,
    frame: Option<ZstdFrame<R>>,
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(frame) = &mut self.frame {
                let count = frame.read(buffer)?;
                if count > 0 || buffer.is_empty() {
                    return Ok(count);
                }
                self.stream = self.frame.take().map(ZstdFrame::into_inner);
            }
            let Some(stream) = &mut self.stream else { return Ok(0) };
            let magic = stream.fill_buf()?.first().copied();
            let Some(mut stream) = magic.and_then(|_| self.stream.take()) else { return Ok(0) };
            if matches!(magic, Some(0x50..=0x5f)) {
                skip_frame(&mut stream)?;
                self.stream = Some(stream);
                continue;
            }
            let frame = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(stream, MAX_WINDOW);
            self.frame = Some(frame.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?);
        }
    }
}

/// A frame without data: its magic number, its length, so many bytes (RFC 8878, 3.1.2).
fn skip_frame(stream: &mut impl Read) -> io::Result<()> {
    let mut header = [0; 8];
    stream.read_exact(&mut header)?;
    let length = u64::from(u32::from_le_bytes([header[4], header[5], header[6], header[7]]));
    match io::copy(&mut stream.by_ref().take(length), &mut io::sink())? {
        skipped if skipped == length => Ok(()),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}
