//! Files: reading, parsing, lowering, evaluating, once per run.

use super::{Evaluator, Result};
use crate::attrs::{AttrsBuilder, slot};
use crate::builtins::below_prefix;
use crate::error::{At, Error, ErrorKind};
use crate::ir::SearchPathExpr;
use crate::symbol::sym;
use crate::value::{Attrs, Value, share};
use crate::world::{FileKind, canonical_path};
use bt_diag::{SourceFile, Span};
use std::rc::Rc;

/// Larger files are refused: no Nix program is that large, and parsing would take all memory.
const MAX_FILE: usize = 32 << 20;

impl<'e> Evaluator<'e> {
    /// Evaluates a file, or the `default.nix` of a directory; each file once.
    ///
    /// Errors: the file cannot be read, is not Nix, or evaluation fails.
    pub fn import(&self, path: &str) -> Result<Value<'e>> {
        let path = self.import_target(path)?;
        if let Some(slot) = self.imports.borrow().get(&path).copied() {
            return self.force_slot(slot);
        }
        // A file that imports itself while it is evaluated finds the black hole.
        let memo = slot(self.arena, Value::Blackhole);
        self.imports.borrow_mut().insert(path.clone(), memo);
        let result = self.guarded(|| self.load(&path).and_then(|file| self.eval_source(&file, None)));
        match result {
            Ok(value) => {
                memo.set(value);
                Ok(value)
            }
            Err(error) => {
                self.imports.borrow_mut().remove(&path);
                Err(error)
            }
        }
    }

    /// `builtins.scopedImport`: the names of `scope` come before the builtins.
    pub fn scoped_import(&self, scope: &'e Attrs<'e>, path: &str) -> Result<Value<'e>> {
        let path = self.import_target(path)?;
        let file = self.load(&path)?;
        self.guarded(|| self.eval_source(&file, Some(scope)))
    }

    /// Where `<name>` is.
    ///
    /// Errors: it is nowhere, or an entry of the search path cannot be read.
    pub fn search_path_file(&self, name: &str) -> Result<String> {
        self.find_on_search_path(name)?.ok_or_else(|| self.not_on_search_path(name))
    }

    /// The file that is read for a path: the `default.nix` of a directory.
    ///
    /// Errors: nobody may look there.
    pub fn import_target(&self, path: &str) -> Result<String> {
        Ok(match self.world.target_kind(path)? {
            Some(FileKind::Directory) => format!("{}/default.nix", path.trim_end_matches('/')),
            _ => path.to_string(),
        })
    }

    fn load(&self, path: &str) -> Result<Rc<SourceFile>> {
        if let Some(file) = self.sources.file_by_path(path) {
            return Ok(file);
        }
        let bytes = match self.world.derivation_as_program(path) {
            Some(text) => text.into_bytes(),
            None => self.world.read_file(path)?,
        };
        self.add_source(path, bytes)
    }

    /// Registers a text under a path.
    ///
    /// Errors: it is too large or not UTF-8.
    pub fn add_source(&self, path: &str, bytes: Vec<u8>) -> Result<Rc<SourceFile>> {
        if bytes.len() > MAX_FILE {
            let message = format!(
                "file '{}' is too large ({} MiB; at most {} MiB)",
                file_name(path),
                bytes.len() >> 20,
                MAX_FILE >> 20
            );
            return Err(Error::new(ErrorKind::Syntax, message));
        }
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => return Err(self.invalid_utf8(path, &error)),
        };
        let too_much = || Error::new(ErrorKind::Limit, "the texts of this evaluation are more than 2 GiB");
        self.sources.add_at(path, self.world.place_of(path), text).ok_or_else(too_much)
    }

    #[cold]
    fn invalid_utf8(&self, path: &str, error: &std::string::FromUtf8Error) -> Error {
        let good = error.utf8_error().valid_up_to();
        let failure = Error::new(ErrorKind::Syntax, format!("the file is not valid UTF-8 (at byte {good})"));
        // The text up to there is shown, so that the place can be seen.
        let text = String::from_utf8_lossy(&error.as_bytes()[..good]).into_owned();
        match self.sources.add_at(path, self.world.place_of(path), text) {
            Some(file) => failure.at(file.span(good..good)),
            None => failure,
        }
    }

    /// Parses, lowers and evaluates a text.
    ///
    /// Errors: it is not Nix, or evaluation fails.
    pub fn eval_source(&self, file: &SourceFile, scope: Option<&'e Attrs<'e>>) -> Result<Value<'e>> {
        let directory = match file.path.rfind('/') {
            Some(0) | None => "/".to_string(),
            Some(slash) => file.path[..slash].to_string(),
        };
        self.eval_source_in(file, directory, scope)
    }

    /// The same for a text whose relative paths start from `directory`.
    pub fn eval_source_in(
        &self,
        file: &SourceFile,
        directory: String,
        scope: Option<&'e Attrs<'e>>,
    ) -> Result<Value<'e>> {
        let (names, env) = match scope {
            None => (None, self.empty_env()),
            Some(scope) => {
                let entries = scope.entries(self.arena);
                let env = self.env(None, entries.len());
                for (cell, entry) in env.cells().zip(entries) {
                    cell.set(share(&entry.value));
                }
                (Some(entries.iter().map(|a| a.name).collect::<Vec<_>>()), env)
            }
        };
        let expr = self.compile(file, directory, names.as_deref())?;
        self.eval(expr, env)
    }

    /// A text's value, evaluated when someone asks for it; only parsing happens now.
    ///
    /// Errors: it is not Nix.
    pub fn delay_source_in(&self, file: &SourceFile, directory: String) -> Result<Value<'e>> {
        let expr = self.compile(file, directory, None)?;
        let code = self.register(expr, file.span(0..file.text.len()));
        Ok(Value::Thunk(slot(self.arena, self.delay(code, self.empty_env()))))
    }

    pub(super) fn search_path(&self, expr: &'e SearchPathExpr<'e>) -> Result<Value<'e>> {
        Ok(self.path(&self.search_path_file(expr.text).at(expr.span)?))
    }

    /// Where `<name>` is on the search path, or among the files that the program brings along.
    ///
    /// Errors: an entry cannot be read.
    pub(crate) fn find_on_search_path(&self, name: &str) -> Result<Option<String>> {
        self.find_in(self.world.search_path().iter().map(|(prefix, path)| (prefix.as_str(), path.as_str())), name)
    }

    /// The same for any entries, as (prefix, path).
    pub(crate) fn find_in<'p>(
        &self,
        entries: impl Iterator<Item = (&'p str, &'p str)>,
        name: &str,
    ) -> Result<Option<String>> {
        for (prefix, path) in entries {
            let Some(rest) = below_prefix(name, prefix) else { continue };
            let Some(entry) = self.world.search_path_entry(path)? else { continue };
            let candidate = if rest.is_empty() { entry } else { canonical_path(&format!("{entry}/{rest}")) };
            if self.world.target_kind(&candidate)?.is_some() {
                return Ok(Some(candidate));
            }
        }
        Ok(self.world.find_embedded(name))
    }

    /// The error for a name that no entry of the search path has; programs can catch it.
    #[cold]
    pub(crate) fn not_on_search_path(&self, name: &str) -> Error {
        if self.world.is_pure() {
            let message = format!("cannot look up '<{name}>' in pure evaluation mode (use '--impure' to override)");
            return Error::new(ErrorKind::Throw, message).help("make it an input of the flake, or use --impure");
        }
        let message = format!("file '{name}' was not found in the Nix search path (add it using $NIX_PATH or -I)");
        Error::new(ErrorKind::Throw, message)
    }

    /// What `__curPos` and `unsafeGetAttrPos` give for a position: a set, or null.
    pub(crate) fn position_value(&self, position: u32) -> Value<'e> {
        let Some(at) = self.sources.locate(Span::new(position, position)) else { return Value::Null };
        // What was given on the command line is in no file.
        if !at.file.path.starts_with('/') {
            return Value::Null;
        }
        let file = match self.path_for_later(&at.file.path, false) {
            Some(later) => Value::String(later),
            None => self.string(
                self.world.path_to_string(&at.file.path).unwrap_or_else(|_| self.world.path_for_message(&at.file.path)),
            ),
        };
        let mut builder = AttrsBuilder::with_capacity(3);
        builder.push(sym::FILE, file);
        builder.push(sym::LINE, Value::Int(i64::from(at.start.line)));
        // Nix counts columns in bytes.
        let line_start = at.file.line_start(at.range.start);
        builder.push(sym::COLUMN, Value::Int((at.range.start - line_start) as i64 + 1));
        Value::Attrs(builder.finish(self.arena))
    }
}

/// The last component of a path: absolute places of this machine do not belong in messages.
fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}
