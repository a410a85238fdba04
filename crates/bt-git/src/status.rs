//! Whether anything in a work tree differs from the commit that is checked out. What is not tracked does not count.

use crate::files::{Files, Stat, StatKind};
use crate::history::Commit;
use crate::index::{Entry, EntryKind, Index};
use crate::objects::Objects;
use crate::repository::Repository;
use crate::trees::{submodule_in, tree_of, tree_with};
use crate::{GitError, ObjectId};

/// A work tree with its index.
pub(crate) struct Checkout<'a> {
    pub files: &'a dyn Files,
    pub root: &'a str,
    pub repository: &'a Repository,
    pub objects: &'a Objects,
    pub index: &'a Index,
    /// When the index was written: what was changed then or later may look the same afterwards.
    pub written: (i64, u32),
}

impl Checkout<'_> {
    /// Whether something is staged or changed, in comparison to a commit.
    pub(crate) fn is_dirty(&self, head: Option<ObjectId>) -> Result<bool, GitError> {
        let entries = self.index.entries();
        let Some(head) = head else { return Ok(!entries.is_empty()) };
        if entries.iter().any(|entry| entry.stage != 0 || entry.is_intent) {
            return Ok(true);
        }
        let tree = Commit::read(self.objects, &head)?.tree;
        if tree != tree_of(self.index)? && !self.differs_in_submodules_only(tree)? {
            return Ok(true);
        }
        let trusts_mode = self.repository.config.flag("core", "filemode") != Some(false);
        let trusts_links = self.repository.config.flag("core", "symlinks") != Some(false);
        for entry in entries {
            if entry.kind != EntryKind::Commit && self.is_changed(entry, trusts_mode, trusts_links)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the index is a tree but for the commits of submodules, which Nix leaves alone.
    fn differs_in_submodules_only(&self, tree: ObjectId) -> Result<bool, GitError> {
        if !self.index.entries().iter().any(|entry| entry.kind == EntryKind::Commit) {
            return Ok(false);
        }
        Ok(tree_with(self.index, |path| submodule_in(self.objects, tree, path))? == tree)
    }

    fn is_changed(&self, entry: &Entry, trusts_mode: bool, trusts_links: bool) -> Result<bool, GitError> {
        // On the systems that this crate knows, a file whose name is not UTF-8 cannot be asked for.
        let Ok(name) = std::str::from_utf8(self.index.name(entry)) else { return Ok(!entry.is_assumed) };
        let path = format!("{}/{name}", self.root);
        let failure = |error: std::io::Error| GitError::new(format!("cannot read '{name}': {error}"));
        let Some(stat) = self.files.stat(&path).map_err(failure)? else { return Ok(true) };
        let is_like = match (entry.kind, stat.kind) {
            (EntryKind::Link, StatKind::Link) => true,
            (EntryKind::Link, StatKind::File) => !trusts_links,
            (EntryKind::File, StatKind::File) => !stat.executable || !trusts_mode,
            (EntryKind::Executable, StatKind::File) => stat.executable || !trusts_mode,
            _ => false,
        };
        if entry.is_assumed {
            return Ok(stat.kind == StatKind::Directory);
        }
        // A size of zero stands for one that nobody may trust.
        if !is_like || (entry.size != stat.size as u32 && entry.size != 0) {
            return Ok(true);
        }
        if entry.size == stat.size as u32 && self.is_as_remembered(entry, &stat) {
            return Ok(false);
        }
        let contents = match stat.kind {
            StatKind::Link => self.files.read_link(&path).map_err(failure)?.into_bytes(),
            _ => self.files.read(&path).map_err(failure)?,
        };
        if ObjectId::of("blob", &contents) == entry.id {
            return Ok(false);
        }
        let is_same =
            self.converts() && without_returns(&contents).is_some_and(|c| ObjectId::of("blob", &c) == entry.id);
        Ok(!is_same)
    }

    /// Whether the file is the one that the index has seen, by what can be known without reading it.
    fn is_as_remembered(&self, entry: &Entry, stat: &Stat) -> bool {
        // Programs that know no nanoseconds write zero.
        let is_same = |remembered: (u32, u32), now: (i64, u32)| {
            remembered.0 == now.0 as u32 && (remembered.1 == now.1 || remembered.1 == 0)
        };
        is_same(entry.modified, stat.modified)
            && is_same(entry.changed, stat.changed)
            && entry.inode == stat.inode as u32
            && stat.modified < self.written
    }

    /// Whether line ends may be converted.
    fn converts(&self) -> bool {
        let config = &self.repository.config;
        let by_default = config.get("core", "autocrlf").is_some_and(|value| value == "input")
            || config.flag("core", "autocrlf") == Some(true);
        // Which patterns match is left open: contents that are equal otherwise were converted.
        let has_attributes = |path: String| self.files.stat(&path).is_ok_and(|stat| stat.is_some());
        by_default
            || has_attributes(format!("{}/.gitattributes", self.root))
            || has_attributes(format!("{}/info/attributes", self.repository.common_dir))
    }
}

/// A text with line feeds alone at the ends of lines; `None` when there is nothing to convert, or it is no text.
fn without_returns(contents: &[u8]) -> Option<Vec<u8>> {
    if contents.contains(&0) || !contents.windows(2).any(|pair| pair == b"\r\n") {
        return None;
    }
    let mut converted = Vec::with_capacity(contents.len());
    let mut bytes = contents.iter().peekable();
    while let Some(byte) = bytes.next() {
        if *byte != b'\r' || bytes.peek() != Some(&&b'\n') {
            converted.push(*byte);
        }
    }
    Some(converted)
}
