//! Copies of sources that this run would make: what a program reads below their store paths is read from the source.

use crate::glue::Glue;
use crate::trees::rest_below;
use bt_eval::{Error, ErrorKind, FileKind, World as _, canonical_path};
use bt_store::STORE_DIR;
use std::collections::BTreeSet;
use std::rc::Rc;

/// How many links are followed on the way to a file, as Linux has it.
const MAX_LINKS: usize = 40;

/// Where the files of a copy are.
#[derive(Clone)]
pub(crate) struct Copy {
    /// The source's path.
    source: String,
    /// Paths of the source that are not in the copy, nor anything below them.
    left_out: Option<Rc<BTreeSet<String>>>,
}

impl Copy {
    /// A copy of all of a source.
    pub(crate) fn whole(source: impl Into<String>) -> Self {
        Copy { source: source.into(), left_out: None }
    }

    /// The source's path, and what of it is not in the copy.
    pub(crate) fn parts(&self) -> (&str, Option<&BTreeSet<String>>) {
        (&self.source, self.left_out.as_deref())
    }

    /// Where something below the copy's root is, given what follows the root; `None` when it is not in the copy.
    fn place(&self, rest: &str) -> Option<String> {
        let place = format!("{}{rest}", self.source);
        let Some(left_out) = &self.left_out else { return Some(place) };
        let ends = place.match_indices('/').map(|(at, _)| at).chain([place.len()]);
        let mut above = ends.filter(|end| *end > self.source.len()).map(|end| &place[..end]);
        let is_left_out = above.any(|path| left_out.contains(path));
        (!is_left_out).then_some(place)
    }
}

impl Glue {
    /// Remembers where the files of a store path are, and which of them the copy does not have.
    pub(crate) fn add_copy(&self, store_path: &str, source: String, left_out: BTreeSet<String>) {
        let left_out = (!left_out.is_empty()).then(|| Rc::new(left_out));
        self.sources.borrow_mut().insert(store_path.to_string(), Copy { source, left_out });
    }

    /// Whether something is at a path in the store that is a copy of a source on disk. `None` for what is in no such copy,
    /// and when it cannot be found out.
    pub fn source_exists(&self, path: &str) -> Option<bool> {
        let place = self.path_from_string(&canonical_path(path));
        let is_source = match self.tree_of(&place) {
            Some(tree) => tree.embedded.is_none(),
            None => self.copy_of(&place).is_some(),
        };
        if is_source { self.target_kind(&place).ok().map(|kind| kind.is_some()) } else { None }
    }

    /// The copy that a path is in or below, and what follows the copy's root.
    fn copy_of<'p>(&self, path: &'p str) -> Option<(Copy, &'p str)> {
        let below = rest_below(STORE_DIR, path)?.strip_prefix('/')?;
        let name_length = below.find('/').unwrap_or(below.len());
        let (copy, rest) = path.split_at(path.len() - below.len() + name_length);
        Some((self.sources.borrow().get(copy)?.clone(), rest))
    }

    /// Where a file of a copy really is: `Some(None)` when the copy does not have it.
    pub(crate) fn source_of_copy(&self, path: &str) -> Option<Option<String>> {
        let (copy, rest) = self.copy_of(path)?;
        Some(copy.place(rest))
    }

    /// What is in a directory of a copy that does not have all of its source.
    pub(crate) fn list_copy(&self, path: &str) -> Result<Option<Vec<(String, FileKind)>>, Error> {
        let Some((copy, rest)) = self.copy_of(path) else { return Ok(None) };
        let (Some(left_out), Some(place)) = (&copy.left_out, copy.place(rest)) else { return Ok(None) };
        let mut listing = self.listing(&place)?.to_vec();
        listing.retain(|(name, _)| !left_out.contains(&format!("{place}/{name}")));
        Ok(Some(listing))
    }

    /// Where a path leads when every link on the way is followed. What does not exist is kept as it is.
    ///
    /// Errors: too many links, or something on the way may not be read.
    pub(crate) fn without_links(&self, path: &str) -> Result<String, Error> {
        if self.environment.pure {
            return self.place_without_links(path);
        }
        let (mut resolved, rest) = self.start_of(path);
        let mut pending: Vec<String> = components(rest);
        let mut links = 0;
        while let Some(component) = pending.pop() {
            if component == ".." {
                resolved.truncate(resolved.rfind('/').unwrap_or(0));
                continue;
            }
            let parent_length = resolved.len();
            resolved.push('/');
            resolved.push_str(&component);
            if self.file_kind(&resolved)? != Some(FileKind::Symlink) {
                continue;
            }
            links += 1;
            if links > MAX_LINKS {
                let message = format!("too many symbolic links on the way to '{}'", self.shown(path));
                return Err(Error::new(ErrorKind::Io, message));
            }
            let target = self.with_files(&resolved, |files, path| files.read_link(path))?;
            if target.starts_with('/') {
                let (start, rest) = self.start_of(&target);
                resolved = start;
                pending.extend(components(rest));
            } else {
                resolved.truncate(parent_length);
                pending.extend(components(&target));
            }
        }
        Ok(if resolved.is_empty() { "/".into() } else { resolved })
    }

    /// The part of a path that has no links, or that nobody may look at: the root of a source tree, or the store.
    fn start_of<'p>(&self, path: &'p str) -> (String, &'p str) {
        let tree = self.tree_of(path).and_then(|tree| Some((tree.root.clone(), tree.rest(path)?)));
        tree.or_else(|| Some((STORE_DIR.to_string(), rest_below(STORE_DIR, path)?)))
            .unwrap_or_else(|| (String::new(), path))
    }
}

/// The components of a path, the last one first.
fn components(path: &str) -> Vec<String> {
    path.split('/').rev().filter(|part| !part.is_empty() && *part != ".").map(str::to_string).collect()
}
