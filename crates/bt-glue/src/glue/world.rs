//! What the evaluator asks of the outside.

use super::{Glue, missing_is_none};
use crate::trees::{copy_number, rest_below};
use bt_eval::{Error, FileKind, World, canonical_path, parent};
use bt_store::nar::NarFile;
use std::any::Any;

/// Passes on what a file holds, and not how it is archived.
struct Pieces<'p>(&'p mut dyn FnMut(&[u8]));

impl NarFile for Pieces<'_> {
    fn begin(&mut self, _executable: bool, _size: u64) {}

    fn piece(&mut self, bytes: &[u8]) {
        (self.0)(bytes);
    }
}

impl World for Glue {
    fn read_file(&self, path: &str) -> Result<Vec<u8>, Error> {
        if let Some(text) = self.text(path) {
            return Ok(text.to_vec());
        }
        let path = self.tracked_target(path)?;
        self.with_files(&self.followed_when_pure(&path)?, |files, path| files.read(path))
    }

    fn read_pieces(&self, path: &str, out: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        if let Some(text) = self.text(path) {
            out(&text);
            return Ok(());
        }
        let path = self.tracked_target(path)?;
        self.with_files(&self.followed_when_pure(&path)?, |files, path| files.archive(path, &mut Pieces(out)))
    }

    fn read_dir(&self, path: &str) -> Result<Vec<(String, FileKind)>, Error> {
        self.listing(path).map(|listing| listing.to_vec())
    }

    fn file_kind(&self, path: &str) -> Result<Option<FileKind>, Error> {
        if let Some(kind) = self.kinds.borrow().get(path) {
            return Ok(*kind);
        }
        if self.has_text(path) {
            return Ok(Some(FileKind::Regular));
        }
        // What a listing lacks may be there all the same, without git.
        if let Some(kind) = self.listed_kind(path).filter(|kind| kind.is_some() || !self.has_git.get()) {
            return Ok(kind);
        }
        let kind = match self.git_place(path)? {
            Some(place) => self.tracked_kind(path, &place)?,
            None => self.with_files(path, |files, path| missing_is_none(files.kind(path)))?,
        };
        self.kinds.borrow_mut().insert(path.to_string(), kind);
        Ok(kind)
    }

    fn target_kind(&self, path: &str) -> Result<Option<FileKind>, Error> {
        match self.file_kind(path)? {
            Some(FileKind::Symlink) if self.git_place(path)?.is_some() => self.file_kind(&self.without_links(path)?),
            Some(FileKind::Symlink) => {
                let target = self.followed_when_pure(path)?;
                self.with_files(&target, |files, path| missing_is_none(files.target_kind(path)))
            }
            kind => Ok(kind),
        }
    }

    fn is_pure(&self) -> bool {
        self.environment.pure
    }

    fn realise(&self, derivation: &str, output: &str) -> Result<bool, Error> {
        self.realise_output(derivation, output)
    }

    fn environment(&self, name: &str) -> Option<String> {
        (self.environment.variable)(name)
    }

    fn current_time(&self) -> i64 {
        self.environment.time
    }

    fn current_system(&self) -> String {
        self.environment.system.clone()
    }

    fn search_path(&self) -> Vec<(String, String)> {
        self.environment.search_path.clone()
    }

    fn search_path_entry(&self, path: &str) -> Result<Option<String>, Error> {
        if let Some(found) = self.search_path_entries.borrow().get(path) {
            return Ok(found.clone());
        }
        let is_remote = ["http://", "https://", "file://", "channel:", "git://", "s3://", "ssh://", "flake:"];
        let found = if is_remote.iter().any(|scheme| path.starts_with(scheme)) {
            self.log(&format!("warning: Nix search path entry '{path}' cannot be downloaded, ignoring"));
            None
        } else {
            let absolute = canonical_path(&match path.starts_with('/') {
                true => path.to_string(),
                false => format!("{}/{path}", self.environment.current_directory),
            });
            let found = self.target_kind(&absolute)?.map(|_| absolute);
            if found.is_none() {
                self.log(&format!("warning: Nix search path entry '{path}' does not exist, ignoring"));
            }
            found
        };
        self.search_path_entries.borrow_mut().insert(path.to_string(), found.clone());
        Ok(found)
    }

    fn find_embedded(&self, name: &str) -> Option<String> {
        crate::embedded::find(self, name)
    }

    fn copy_to_store(&self, path: &str) -> Result<String, Error> {
        self.store_path_of_copy(path)
    }

    fn copy_for_later(&self, path: &str) -> Result<Option<String>, Error> {
        self.copy_without_hash(path)
    }

    fn path_for_later<'p>(&self, path: &'p str) -> Option<(String, &'p str)> {
        self.path_without_hash(path)
    }

    fn derivation_as_program(&self, path: &str) -> Option<String> {
        Some(crate::imported::program(path, &*self.derivation(path)?))
    }

    fn place_of(&self, path: &str) -> Option<String> {
        copy_number(path)?;
        let tree = self.tree_of(path)?;
        let place = tree.source.clone()? + tree.rest(path)?;
        Some(self.place_of(&place).unwrap_or(place))
    }

    fn path_to_string(&self, path: &str) -> Result<String, Error> {
        match self.tree_of(path) {
            Some(tree) => {
                let rest = tree.rest(path).unwrap_or("");
                Ok(format!("{}{rest}", self.tree_store_path(&tree)?))
            }
            None => Ok(path.to_string()),
        }
    }

    fn directory_of(&self, path: &str) -> String {
        match self.tree_of(path).filter(|tree| tree.embedded.is_none() && tree.root == path) {
            // Without a hash all that matters is that it will be in the store.
            Some(tree) => self.path_from_string(tree.store_path.get().map_or(bt_store::STORE_DIR, |path| parent(path))),
            None => parent(path).to_string(),
        }
    }

    fn missing(&self, path: &str) -> Error {
        self.not_there(path)
    }

    fn path_for_message(&self, path: &str) -> String {
        self.shown(path)
    }

    fn path_from_string(&self, path: &str) -> String {
        if copy_number(path).is_some() {
            let other = self.tree_of(path).filter(|copy| copy.is_other_path);
            let place = other.and_then(|copy| Some(copy.source.clone()? + copy.rest(path)?));
            return place.unwrap_or_else(|| path.to_string());
        }
        for tree in self.trees.borrow().iter() {
            if let Some(rest) = tree.store_path.get().and_then(|store_path| rest_below(store_path, path)) {
                return format!("{}{rest}", tree.root);
            }
        }
        path.to_string()
    }

    fn is_builtin_source(&self, path: &str) -> bool {
        self.tree_of(path).is_some_and(|tree| tree.embedded.is_some())
    }

    fn log(&self, line: &str) {
        (self.environment.log)(line);
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
