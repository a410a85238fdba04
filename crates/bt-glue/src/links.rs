//! Symbolic links in pure evaluation: a program reads only what its flake and its inputs hold, also through links. Source:
//! Nix manual, `pure-eval`.
//!
//! Otherwise the system follows links.

use crate::glue::{Glue, Located};
use crate::trees::rest_below;
use bt_eval::{Error, ErrorKind, FileKind, World};
use std::borrow::Cow;
use std::io;

/// How many links are followed on the way to a file, as Linux has it.
const MAX_LINKS: usize = 40;

impl Glue {
    /// A path on disk without symbolic links among the directories that lead to it.
    ///
    /// Errors: a link leads out of what may be read, or never ends.
    pub(crate) fn through_links<'p>(&self, path: &'p str) -> Result<Cow<'p, str>, Error> {
        if !self.environment.pure {
            return Ok(path.into());
        }
        let Some(base) = self.readable_root(path) else { return Ok(path.into()) };
        let Some((parent, _)) = path.rsplit_once('/').filter(|(parent, _)| parent.len() > base.len()) else {
            return Ok(path.into());
        };
        if self.plain_directories.borrow().contains(parent) {
            return Ok(path.into());
        }
        self.walk(path, base, false).map(Into::into)
    }

    /// In pure evaluation: the path that a path leads to when it is a symbolic link.
    ///
    /// Errors: as [`Glue::through_links`].
    pub(crate) fn followed_when_pure<'p>(&self, path: &'p str) -> Result<Cow<'p, str>, Error> {
        if !self.environment.pure || self.file_kind(path)? != Some(FileKind::Symlink) {
            return Ok(path.into());
        }
        self.place_without_links(path).map(Into::into)
    }

    /// In pure evaluation: the path on disk that a path leads to.
    ///
    /// Errors: as [`Glue::through_links`].
    pub(crate) fn place_without_links(&self, path: &str) -> Result<String, Error> {
        let (Located::Disk, place) = self.locate(path)? else { return Ok(path.to_string()) };
        match self.readable_root(&place) {
            Some(base) => self.walk(&place, base, true),
            None => Ok(path.to_string()),
        }
    }

    /// The tree on disk, or the store, that a path belongs to.
    fn readable_root(&self, path: &str) -> Option<String> {
        match self.tree_of(path) {
            Some(tree) => tree.embedded.is_none().then(|| tree.root.clone()),
            None => rest_below(bt_store::STORE_DIR, path).map(|_| bt_store::STORE_DIR.to_string()),
        }
    }

    /// Goes from `base` to `path` name by name, through every link.
    fn walk(&self, path: &str, base: String, follow_last: bool) -> Result<String, Error> {
        let known = self.longest_plain(path, base.len());
        let mut real = known.map_or(base, str::to_string);
        let names = |text: &str| text.split('/').rev().map(str::to_string).collect::<Vec<_>>();
        let mut pending = names(path.get(real.len()..).unwrap_or_default());
        let (mut links, mut is_there) = (0, true);
        while let Some(name) = pending.pop() {
            match name.as_str() {
                "" | "." => continue,
                ".." => {
                    real.truncate(real.rfind('/').unwrap_or(0));
                    continue;
                }
                _ => {}
            }
            real.push('/');
            real.push_str(&name);
            let is_last = pending.iter().all(|name| name.is_empty() || name == ".");
            if !is_there || (is_last && !follow_last) {
                continue;
            }
            // Where links have led, in the end or on the way.
            if links > 0 && self.readable_root(&real).is_none() {
                return Err(self.escape(path, &real));
            }
            let kind = match self.disk.kind(&real) {
                Ok(kind) => kind,
                Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                    is_there = false;
                    continue;
                }
                Err(error) => return Err(self.io_error(&real, &error)),
            };
            if kind != FileKind::Symlink {
                if !is_last && kind == FileKind::Directory {
                    self.plain_directories.borrow_mut().insert(real.clone());
                }
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                let message = format!("too many symbolic links on the way to '{}'", self.shown(path));
                return Err(Error::new(ErrorKind::Io, message));
            }
            let target = self.disk.read_link(&real).map_err(|error| self.io_error(&real, &error))?;
            if target.starts_with('/') {
                // Of absolute paths programs know those in the store only.
                let place = rest_below(bt_store::STORE_DIR, &target).map(|_| self.path_from_string(&target));
                let Some(place) = place else { return Err(self.escape(path, &target)) };
                real.clear();
                pending.extend(names(&place));
            } else {
                real.truncate(real.rfind('/').unwrap_or(0));
                pending.extend(names(&target));
            }
        }
        match self.readable_root(&real) {
            Some(root) if root != bt_store::STORE_DIR || real.len() > root.len() => Ok(real),
            _ => Err(self.escape(path, &real)),
        }
    }

    /// The longest directory on the way to a path that is known to have no links, longer than `base`.
    fn longest_plain<'p>(&self, path: &'p str, base: usize) -> Option<&'p str> {
        let plain = self.plain_directories.borrow();
        let mut rest = path;
        while let Some((parent, _)) = rest.rsplit_once('/').filter(|(parent, _)| parent.len() > base) {
            if plain.contains(parent) {
                return Some(parent);
            }
            rest = parent;
        }
        None
    }

    #[cold]
    fn escape(&self, path: &str, target: &str) -> Error {
        let (link, target) = (self.shown(path), self.shown_from_outside(target));
        let message = format!("access to absolute path '{target}' is forbidden in pure evaluation mode");
        Error::new(ErrorKind::Impure, message).help(format!(
            "a symbolic link leads there from '{link}'; only files of the flake and of its inputs can be read; '--impure' \
             allows others"
        ))
    }
}
