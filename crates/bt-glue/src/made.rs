//! What the store paths of a run hold: what a store has to have before something of it can be built.

use crate::copies::Copy;
use crate::files::path_error;
use crate::glue::{Glue, KnownDerivation};
use bt_eval::{Error, FileKind, World as _};
use bt_store::path::{make_fixed_output_path, make_text_path};
use bt_store::{Hash, HashAlgorithm, StorePath};
use std::path::Path;
use std::rc::Rc;

/// What a store path holds, and how it follows from that.
pub enum Made {
    /// The file of a derivation.
    Derivation(Rc<KnownDerivation>),
    /// A text, as `toFile` makes it.
    Text {
        /// Its bytes.
        contents: Rc<[u8]>,
        /// The store paths that it refers to.
        references: Vec<StorePath>,
    },
    /// A file whose path follows from its bytes alone, as those of `path { recursive = false; }` and `fetchurl` do.
    File(Vec<u8>),
    /// A source tree, which [`Glue::archive`] archives.
    Tree,
}

impl Glue {
    /// What a store path holds that this run computed; `None` for one that it only knows, for example from `storePath`.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn made(&self, path: &StorePath) -> Result<Option<Made>, Error> {
        if let Some(known) = self.derivation(path.as_str()) {
            return Ok(Some(Made::Derivation(known)));
        }
        let text = self.texts.borrow().get(path.as_str()).cloned();
        if let Some(contents) = text {
            let references = self.text_references.borrow().get(path).cloned().unwrap_or_default();
            let hash = Hash::digest(HashAlgorithm::Sha256, &contents);
            if make_text_path(path.name(), &hash, &references).map_err(path_error)? == *path {
                return Ok(Some(Made::Text { contents, references }));
            }
        }
        let Some(copy) = self.source_copy(path) else { return Ok(None) };
        let (source, _) = copy.parts();
        if self.file_kind(source)? == Some(FileKind::Regular) {
            let mut bytes = Vec::new();
            self.read_pieces(source, &mut |piece| bytes.extend_from_slice(piece))?;
            let hash = Hash::digest(HashAlgorithm::Sha256, &bytes);
            if make_fixed_output_path(path.name(), false, &hash, [], false).map_err(path_error)? == *path {
                return Ok(Some(Made::File(bytes)));
            }
        }
        Ok(Some(Made::Tree))
    }

    /// Passes the NAR of a source on, as it is on disk now; see [`Made::Tree`].
    ///
    /// # Errors
    /// The path is no source of this run, or it cannot be read.
    pub fn archive(&self, path: &StorePath, sink: &mut dyn FnMut(&[u8])) -> Result<(), Error> {
        let Some(copy) = self.source_copy(path) else { return Err(self.not_there(path.as_str())) };
        let (source, left_out) = copy.parts();
        let mut is_in =
            |path: &Path, _| Ok(left_out.is_none_or(|names| !names.contains(path.to_string_lossy().as_ref())));
        self.write_nar(source, &mut is_in, sink)
    }

    /// Where the files of a store path are: a copy of a source, or a source tree of this run that is on disk.
    fn source_copy(&self, path: &StorePath) -> Option<Copy> {
        let copy = self.sources.borrow().get(path.as_str()).cloned();
        copy.or_else(|| {
            let place = self.path_from_string(path.as_str());
            let is_tree = self.tree_of(&place).is_some_and(|tree| tree.embedded.is_none() && tree.root == place);
            is_tree.then(|| Copy::whole(place))
        })
    }
}
