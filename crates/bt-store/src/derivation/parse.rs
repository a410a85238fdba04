//! Reading ATerm text back.

use std::collections::{BTreeMap, BTreeSet};

use crate::path::StorePath;

use super::{Derivation, DerivationOutput, ParseDerivationError, ParseDerivationErrorKind as Kind};

type Result<T> = std::result::Result<T, ParseDerivationError>;

impl Derivation {
    /// Reads a `.drv` file: `Derive([outputs],[inputs],[sources],"system","builder",[arguments],[variables])`, without
    /// any blanks, as [`Derivation::to_aterm`] writes it.
    ///
    /// Nothing recurses and nothing is allocated ahead of what has been read, so that memory is bounded by the length
    /// of `bytes`. Entries may come in any order but only once. As in Nix, a backslash before any byte other than `n`,
    /// `r` and `t` stands for that byte.
    ///
    /// # Errors
    /// [`ParseDerivationError`] says at which byte and what.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let mut parser = Parser { bytes, offset: 0 };
        if bytes.starts_with(b"DrvWithVersion(") {
            return Err(parser.error(Kind::UnsupportedVersion));
        }
        parser.require("Derive(")?;
        let outputs = parser.outputs()?;
        parser.require(",")?;
        let input_derivations = parser.input_derivations()?;
        parser.require(",")?;
        let input_sources = parser.input_sources()?;
        parser.require(",")?;
        let system = parser.string()?;
        parser.require(",")?;
        let builder = parser.string()?;
        parser.require(",")?;
        let mut arguments = Vec::new();
        parser.list(|parser| {
            arguments.push(parser.string()?);
            Ok(())
        })?;
        parser.require(",")?;
        let environment = parser.environment()?;
        parser.require(")")?;
        if parser.offset != bytes.len() {
            return Err(parser.error(Kind::TrailingBytes));
        }
        Ok(Self { outputs, input_derivations, input_sources, system, builder, arguments, environment })
    }
}

struct Parser<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl Parser<'_> {
    fn outputs(&mut self) -> Result<BTreeMap<String, DerivationOutput>> {
        let mut outputs = BTreeMap::new();
        self.list(|parser| {
            let start = parser.offset;
            parser.require("(")?;
            let name = parser.text()?;
            parser.require(",")?;
            let path = parser.optional_path()?;
            parser.require(",")?;
            let hash_algorithm = parser.text()?;
            parser.require(",")?;
            let hash = parser.text()?;
            parser.require(")")?;
            if outputs.contains_key(&name) {
                return Err(duplicate(start, name));
            }
            outputs.insert(name, DerivationOutput { path, hash_algorithm, hash });
            Ok(())
        })?;
        Ok(outputs)
    }

    fn input_derivations(&mut self) -> Result<BTreeMap<StorePath, BTreeSet<String>>> {
        let mut inputs = BTreeMap::new();
        self.list(|parser| {
            let start = parser.offset;
            parser.require("(")?;
            let path = parser.path()?;
            parser.require(",")?;
            let mut outputs = BTreeSet::new();
            parser.list(|parser| {
                let start = parser.offset;
                let output = parser.text()?;
                if outputs.contains(&output) {
                    return Err(duplicate(start, output));
                }
                outputs.insert(output);
                Ok(())
            })?;
            parser.require(")")?;
            if inputs.contains_key(&path) {
                return Err(duplicate(start, path.to_string()));
            }
            inputs.insert(path, outputs);
            Ok(())
        })?;
        Ok(inputs)
    }

    fn input_sources(&mut self) -> Result<BTreeSet<StorePath>> {
        let mut sources = BTreeSet::new();
        self.list(|parser| {
            let start = parser.offset;
            let path = parser.path()?;
            if sources.contains(&path) {
                return Err(duplicate(start, path.to_string()));
            }
            sources.insert(path);
            Ok(())
        })?;
        Ok(sources)
    }

    fn environment(&mut self) -> Result<BTreeMap<Vec<u8>, Vec<u8>>> {
        let mut environment = BTreeMap::new();
        self.list(|parser| {
            let start = parser.offset;
            parser.require("(")?;
            let name = parser.string()?;
            parser.require(",")?;
            let value = parser.string()?;
            parser.require(")")?;
            if environment.contains_key(&name) {
                return Err(duplicate(start, String::from_utf8_lossy(&name).into_owned()));
            }
            environment.insert(name, value);
            Ok(())
        })?;
        Ok(environment)
    }

    /// `[item,item]`; `item` reads one.
    fn list(&mut self, mut item: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        self.require("[")?;
        if self.peek() == Some(b']') {
            self.offset += 1;
            return Ok(());
        }
        loop {
            item(self)?;
            match self.peek() {
                Some(b',') => self.offset += 1,
                Some(b']') => {
                    self.offset += 1;
                    return Ok(());
                }
                _ => return Err(self.error(Kind::ExpectedCommaOrBracket)),
            }
        }
    }

    fn path(&mut self) -> Result<StorePath> {
        let start = self.offset;
        let text = self.text()?;
        StorePath::parse_absolute(&text)
            .map_err(|error| ParseDerivationError { offset: start, kind: Kind::Path(error) })
    }

    fn optional_path(&mut self) -> Result<Option<StorePath>> {
        const EMPTY: &[u8] = b"\"\"";
        if self.rest().starts_with(EMPTY) {
            self.offset += EMPTY.len();
            return Ok(None);
        }
        self.path().map(Some)
    }

    fn text(&mut self) -> Result<String> {
        let start = self.offset;
        let bytes = self.string()?;
        String::from_utf8(bytes).map_err(|_| ParseDerivationError { offset: start, kind: Kind::NotUtf8 })
    }

    /// A quoted string, without its escapes.
    fn string(&mut self) -> Result<Vec<u8>> {
        let start = self.offset;
        self.require("\"")?;
        let mut string = Vec::new();
        loop {
            let rest = self.rest();
            let Some(clean) = rest.iter().position(|&byte| byte == b'"' || byte == b'\\') else {
                return Err(ParseDerivationError { offset: start, kind: Kind::UnterminatedString });
            };
            string.extend_from_slice(&rest[..clean]);
            let escaped = match rest[clean..] {
                [b'\\', escaped, ..] => escaped,
                [b'\\'] => {
                    return Err(ParseDerivationError { offset: start, kind: Kind::UnterminatedString });
                }
                _ => {
                    self.offset += clean + 1;
                    return Ok(string);
                }
            };
            self.offset += clean + 2;
            string.push(match escaped {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                other => other,
            });
        }
    }

    fn require(&mut self, text: &'static str) -> Result<()> {
        if !self.rest().starts_with(text.as_bytes()) {
            return Err(self.error(Kind::Expected(text)));
        }
        self.offset += text.len();
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.offset).copied()
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.offset..]
    }

    fn error(&self, kind: Kind) -> ParseDerivationError {
        ParseDerivationError { offset: self.offset, kind }
    }
}

fn duplicate(offset: usize, name: String) -> ParseDerivationError {
    ParseDerivationError { offset, kind: Kind::Duplicate(name) }
}
