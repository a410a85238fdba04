//! Builtins that read files. Those that make store paths belong to a higher layer.

use super::Builtin;
use super::attrs::attrs;
use super::lists::list;
use crate::attrs::AttrsBuilder;
use crate::error::{Error, ErrorKind};
use crate::eval::{Coercion, Evaluator, Result, StringBuilder};
use crate::symbol::sym;
use crate::value::{Context, NixString, Value, share};
use crate::world::canonical_path;
use bt_diag::Span;

pub(super) const TABLE: &[Builtin] = &[
    Builtin::new("import", 1, 1, import),
    Builtin::new("scopedImport", 2, 0b10, scoped_import),
    Builtin::new("pathExists", 1, 1, path_exists),
    Builtin::new("readDir", 1, 1, read_dir),
    Builtin::new("readFile", 1, 1, read_file),
    Builtin::new("readFileType", 1, 1, read_file_type),
    Builtin::new("findFile", 2, 0b01, find_file),
    Builtin::new("toPath", 1, 1, to_path),
];

impl<'e> Evaluator<'e> {
    /// The file that a path or string names, as an absolute canonical path.
    ///
    /// Errors: not a path, relative, or a part of a derivation's output that would have to be built first.
    pub fn file_argument(&self, value: Value<'e>) -> Result<String> {
        let value = self.force(value)?;
        if let Value::Path(path) = value {
            return Ok(path.text.to_string());
        }
        if let Some(path) = self.path_in_copy(value)? {
            return Ok(path);
        }
        let (text, context) = self.path_text(value)?;
        self.built(canonical_path(&self.world.path_from_string(&text)), context)
    }

    /// Where a file of a copy is whose store path nobody has read yet.
    fn path_in_copy(&self, value: Value<'e>) -> Result<Option<String>> {
        let Some(copy) = self.unread_copy(value, Span::NONE)?.and_then(|string| string.unread_copy()) else {
            return Ok(None);
        };
        // From what goes up it depends where it ends.
        let is_below = copy.rest.split(|b| *b == b'/').all(|part| part != b"..");
        Ok(std::str::from_utf8(copy.rest)
            .ok()
            .filter(|_| is_below)
            .map(|rest| canonical_path(&self.world.path_from_string(&format!("{}{rest}", copy.root)))))
    }

    /// The text of an absolute path, which need not be canonical, and what it refers to.
    ///
    /// Errors: not a path, or relative.
    pub fn path_text(&self, value: Value<'e>) -> Result<(String, Context<'e>)> {
        let mut builder = StringBuilder::default();
        self.coerce(value, Coercion::PATH_TEXT, &mut builder)?;
        let context = builder.context_in(self);
        let text = String::from_utf8_lossy(builder.bytes()).into_owned();
        if !text.starts_with('/') {
            return Err(Error::new(ErrorKind::Other, format!("string '{text}' doesn't represent an absolute path")));
        }
        Ok((text, context))
    }

    /// The path of an entry of the search path, which may be relative.
    fn search_path_text(&self, value: Value<'e>) -> Result<String> {
        let value = self.force(value)?;
        if let Value::Path(path) = value {
            return Ok(path.text.to_string());
        }
        let mut builder = StringBuilder::default();
        self.coerce(value, Coercion::PATH_TEXT, &mut builder)?;
        let context = builder.context_in(self);
        self.built(self.world.path_from_string(&String::from_utf8_lossy(builder.bytes())), context)
    }

    /// A path that is there without a build.
    fn built(&self, path: String, context: &[&str]) -> Result<String> {
        let mut outputs = context.iter().filter(|element| element.starts_with('!')).peekable();
        // The output of a derivation is there only when it has been built, or when its text is a part of the derivation.
        // What has no path yet looks like a place that nobody may read.
        if outputs.peek().is_none() || matches!(self.world.file_kind(&path), Ok(Some(_))) {
            return Ok(path);
        }
        for element in outputs {
            let (output, derivation) = element.trim_start_matches('!').split_once('!').unwrap_or(("", element));
            if !self.world.realise(derivation, output)? {
                return Err(import_from_derivation(derivation));
            }
        }
        Ok(path)
    }
}

#[cold]
fn import_from_derivation(derivation: &str) -> Error {
    Error::new(
        ErrorKind::ImportFromDerivation,
        format!("cannot read the output of '{derivation}' without building it (import from derivation)"),
    )
    .help(
        "nothing is built while this is evaluated: '--allow-ifd' lets nix-daemon do it; or move the file into the flake, or \
         generate it ahead of time",
    )
}

/// `import path`
fn import<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let path = ev.file_argument(args[0])?;
    ev.import(&path).map_err(|error| file_frame(ev, error, &path))
}

#[cold]
fn file_frame(ev: &Evaluator<'_>, error: Error, path: &str) -> Error {
    let path = ev.world.path_for_message(path);
    error.frame(bt_diag::Span::NONE, || format!("while evaluating the file '{path}'"))
}

/// `scopedImport scope path`
fn scoped_import<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let path = ev.file_argument(args[1])?;
    ev.scoped_import(attrs(ev, ev.force(args[0])?)?, &path).map_err(|error| file_frame(ev, error, &path))
}

/// `pathExists path`; what pure evaluation must not see does not exist.
fn path_exists<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    // A store path ends with neither.
    let end = |s: &NixString<'e>| s.unread_copy().map_or_else(|| s.bytes(), |copy| copy.rest);
    let wants_directory = matches!(args[0], Value::String(s) if end(s).ends_with(b"/") || end(s).ends_with(b"/."));
    let path = ev.file_argument(args[0])?;
    let found = if wants_directory {
        ev.world.target_kind(&path).map(|kind| kind == Some(crate::FileKind::Directory))
    } else {
        ev.world.file_kind(&path).map(|kind| kind.is_some())
    };
    match found {
        Err(error) if error.kind() == ErrorKind::Impure => Ok(Value::Bool(false)),
        found => found.map(Value::Bool),
    }
}

/// `readDir path`: names with `"regular"`, `"directory"`, `"symlink"` or `"unknown"`.
fn read_dir<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let path = ev.file_argument(args[0])?;
    let entries = ev.world.read_dir(&path)?;
    let mut builder = AttrsBuilder::with_capacity(entries.len());
    for (name, kind) in entries {
        builder.push(ev.symbols.intern(&name), ev.string(kind.as_str()));
    }
    Ok(Value::Attrs(builder.finish(ev.arena)))
}

/// `readFile path`
fn read_file<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let path = ev.file_argument(args[0])?;
    let bytes = ev.world.read_file(&path)?;
    if bytes.contains(&0) {
        let message = format!("the contents of the file '{path}' cannot be represented as a Nix string");
        return Err(Error::new(ErrorKind::Other, message));
    }
    Ok(ev.string(bytes))
}

/// `readFileType path`
fn read_file_type<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let path = ev.file_argument(args[0])?;
    match ev.world.file_kind(&path)? {
        Some(kind) => Ok(ev.string(kind.as_str())),
        None => Err(ev.world.missing(&path)),
    }
}

/// `findFile searchPath name`; all of the search path is evaluated first.
fn find_file<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let mut entries = Vec::new();
    for item in list(ev, args[0])?.items {
        let entry = attrs(ev, ev.force_slot(item)?)?;
        let prefix = match entry.get(sym::PREFIX) {
            Some(prefix) => ev.force_plain(share(&prefix.value))?,
            None => "",
        };
        let path = entry.get(sym::PATH).ok_or_else(|| ev.missing_attribute(entry, sym::PATH))?;
        entries.push((prefix, ev.search_path_text(share(&path.value))?));
    }
    let name = ev.force_plain(args[1])?;
    match ev.find_in(entries.iter().map(|(prefix, path)| (*prefix, path.as_str())), name)? {
        Some(path) => Ok(ev.path(&path)),
        None => Err(ev.not_on_search_path(name)),
    }
}

/// What a name of the search path (`<nixpkgs/lib>`) has below the prefix of an entry (`nixpkgs=…`).
pub fn below_prefix<'n>(name: &'n str, prefix: &str) -> Option<&'n str> {
    let rest = name.strip_prefix(prefix)?;
    let matches = prefix.is_empty() || rest.is_empty() || rest.starts_with('/');
    matches.then(|| rest.trim_start_matches('/'))
}

/// `toPath string`: the string, canonical, with its context (historical). Nothing needs to be there.
fn to_path<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let (text, context) = ev.path_text(args[0])?;
    Ok(ev.string_in(ev.arena.alloc_str(&canonical_path(&text)).as_bytes(), context))
}
