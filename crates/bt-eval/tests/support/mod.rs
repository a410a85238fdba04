//! An evaluator over an in-memory world, for tests.
#![allow(dead_code)]

pub mod cases;

use bt_diag::SourceMap;
use bt_eval::{Error, ErrorKind, Evaluator, FileKind, Options, Result, Value, World, print};
use bumpalo::Bump;
use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};

/// Files by absolute path; the directories are those that the files need.
#[derive(Default)]
pub struct MemoryWorld {
    files: BTreeMap<String, Vec<u8>>,
    log: std::cell::RefCell<Vec<String>>,
}

impl MemoryWorld {
    /// A world with these files.
    pub fn new(files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| (path.to_string(), text.as_bytes().to_vec())).collect();
        MemoryWorld { files, log: Default::default() }
    }

    /// What was logged.
    pub fn log_lines(&self) -> Vec<String> {
        self.log.borrow().clone()
    }

    fn is_directory(&self, path: &str) -> bool {
        let prefix = format!("{}/", path.trim_end_matches('/'));
        path == "/" || self.files.keys().any(|file| file.starts_with(&prefix))
    }
}

impl World for MemoryWorld {
    fn read_file(&self, path: &str) -> Result<Vec<u8>> {
        match self.files.get(path) {
            Some(bytes) => Ok(bytes.clone()),
            None => Err(Error::new(ErrorKind::Io, format!("opening file '{path}': No such file or directory"))),
        }
    }

    fn read_dir(&self, path: &str) -> Result<Vec<(String, FileKind)>> {
        let prefix = format!("{}/", path.trim_end_matches('/'));
        let below = self.files.keys().filter_map(|file| file.strip_prefix(&prefix));
        let names: BTreeSet<&str> = below.filter_map(|rest| rest.split('/').next()).collect();
        names
            .into_iter()
            .map(|name| {
                Ok((name.to_string(), self.file_kind(&format!("{prefix}{name}"))?.unwrap_or(FileKind::Unknown)))
            })
            .collect()
    }

    fn file_kind(&self, path: &str) -> Result<Option<FileKind>> {
        Ok(match self.files.contains_key(path) {
            true => Some(FileKind::Regular),
            false if self.is_directory(path) => Some(FileKind::Directory),
            false => None,
        })
    }

    fn target_kind(&self, path: &str) -> Result<Option<FileKind>> {
        self.file_kind(path)
    }

    fn is_pure(&self) -> bool {
        true
    }

    fn environment(&self, _: &str) -> Option<String> {
        None
    }

    fn current_time(&self) -> i64 {
        0
    }

    fn current_system(&self) -> String {
        "x86_64-linux".into()
    }

    fn copy_to_store(&self, path: &str) -> Result<String> {
        self.read_file(path)?;
        let name = path.rsplit('/').next().unwrap_or_default();
        Ok(format!("/nix/store/00000000000000000000000000000000-{name}"))
    }

    fn path_to_string(&self, path: &str) -> Result<String> {
        Ok(path.to_string())
    }

    fn path_from_string(&self, path: &str) -> String {
        path.to_string()
    }

    fn is_builtin_source(&self, _: &str) -> bool {
        false
    }

    fn log(&self, line: &str) {
        self.log.borrow_mut().push(line.to_string());
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Evaluates an expression and gives its value to `show`.
pub fn with_value<T>(
    world: &MemoryWorld,
    text: &str,
    show: impl for<'e> FnOnce(&Evaluator<'e>, Value<'e>) -> Result<T>,
) -> Result<T> {
    let arena = Bump::new();
    let sources = SourceMap::new();
    // As deep as the tests of deep values need.
    let options = Options { max_call_depth: 250_000, ..Options::default() };
    let ev = Evaluator::new(&arena, world, &sources, options, &[]);
    let file = ev.add_source("/test.nix", text.as_bytes().to_vec())?;
    let value = ev.eval_source(&file, None)?;
    show(&ev, value)
}

/// An expression's value as `nix-instantiate --eval` prints it, or the message of the error.
pub fn printed(world: &MemoryWorld, text: &str, strict: bool) -> std::result::Result<String, String> {
    with_value(world, text, |ev, value| print::print_value(ev, value, strict))
        .map_err(|error| error.message().to_string())
}
