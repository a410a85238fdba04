//! The files of an image: its layers on top of each other.

use crate::content::{Content, Interpreter};
use crate::error::ImageError;
use crate::layer::{Kind, LayerEntry, MAX_BYTES};
use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::ops::Bound;
use std::rc::Rc;

/// So many links are followed for one path, as Linux does.
const MAX_LINKS: usize = 40;

/// So many names are looked up for one path, and for all paths of an image: links could lead through each other for hours.
const MAX_NAMES: u64 = 1024;
const MAX_ALL_NAMES: u64 = 20_000_000;

/// So many interpreters are followed for one program, as Linux does.
const MAX_INTERPRETERS: usize = 5;

/// A file of the image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What it is; never a hard link.
    pub kind: Kind,
    /// Bytes of a file.
    pub size: u64,
    /// Permissions, with the setuid, setgid and sticky bits.
    pub mode: u32,
    /// The number of its owner.
    pub uid: u32,
    /// The number of its group.
    pub gid: u32,
    /// Which layer it comes from, from 0.
    pub layer: usize,
}

impl File {
    /// What is known of a file's contents.
    pub fn content(&self) -> Option<&Content> {
        match &self.kind {
            Kind::File(content) => content.as_deref(),
            _ => None,
        }
    }

    /// Whether anybody may execute it.
    pub fn is_executable(&self) -> bool {
        matches!(self.kind, Kind::File(_)) && self.mode & 0o111 != 0
    }
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found<'t> {
    /// To a file or directory, at a path without links.
    There(Vec<u8>, &'t File),
    /// Nowhere: what is missing.
    Missing(Vec<u8>),
    /// In a circle, or through too many links.
    Circle,
}

/// All files.
#[derive(Debug, Default)]
pub struct Tree {
    files: BTreeMap<Rc<[u8]>, File>,
    /// Bytes of directories that archives leave out: nobody else has counted them.
    implied: usize,
    /// How many names were looked up.
    looked_up: Cell<u64>,
}

const ROOT: File = File { kind: Kind::Directory, size: 0, mode: 0o755, uid: 0, gid: 0, layer: 0 };

impl Tree {
    /// All files, by path; paths have no slash at the start.
    pub fn files(&self) -> impl Iterator<Item = (&[u8], &File)> {
        self.files.iter().map(|(path, file)| (&**path, file))
    }

    /// The number of files, directories and links.
    pub fn len(&self) -> usize {
        self.files.len()
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Puts a layer on top (OCI Image Specification, "Whiteouts"): what it deletes was below it.
    ///
    /// # Errors
    /// Too many directories that are in no archive.
    pub(crate) fn add(&mut self, layer: usize, entries: &[LayerEntry]) -> Result<(), ImageError> {
        for entry in entries {
            let (directory, name) = split(&entry.path);
            let Some(hidden) = name.strip_prefix(b".wh.") else { continue };
            if name == b".wh..wh..opq" {
                self.remove_below(directory);
            } else if !hidden.is_empty() && !hidden.starts_with(b".wh.") {
                let path = if directory.is_empty() { hidden.to_vec() } else { [directory, b"/", hidden].concat() };
                self.remove_below(&path);
                self.files.remove(&path[..]);
            }
        }
        for entry in entries {
            if entry.path.is_empty() || split(&entry.path).1.starts_with(b".wh.") {
                continue;
            }
            let linked = match &entry.kind {
                // The target was in the archive before, or is in a layer below.
                Kind::HardLink(target) => match self.files.get(target) {
                    Some(file) => Some(File { layer, ..file.clone() }),
                    None => continue,
                },
                _ => None,
            };
            if !matches!(entry.kind, Kind::Directory) {
                let was_directory = self.files.get(&entry.path).is_some_and(|file| file.kind == Kind::Directory);
                if was_directory {
                    self.remove_below(&entry.path);
                }
            }
            self.make_parents(&entry.path, layer)?;
            let LayerEntry { kind, size, mode, uid, gid, .. } = entry;
            let own = || File { kind: kind.clone(), size: *size, mode: *mode, uid: *uid, gid: *gid, layer };
            self.files.insert(Rc::clone(&entry.path), linked.unwrap_or_else(own));
        }
        Ok(())
    }

    /// Directories that an archive leaves out.
    fn make_parents(&mut self, path: &[u8], layer: usize) -> Result<(), ImageError> {
        let mut directory = split(path).0;
        while !directory.is_empty() {
            match self.files.get(directory).map(|file| &file.kind) {
                Some(Kind::Directory) => return Ok(()),
                Some(_) | None => self.files.insert(directory.into(), File { layer, ..ROOT }),
            };
            self.implied += directory.len();
            if self.implied > MAX_BYTES {
                let message = format!("the directories in the image have names of more than {MAX_BYTES} bytes");
                return Err(ImageError::new(message));
            }
            directory = split(directory).0;
        }
        Ok(())
    }

    fn remove_below(&mut self, directory: &[u8]) {
        if directory.is_empty() {
            self.files.clear();
            return;
        }
        let start = [directory, b"/"].concat();
        // The byte after the slash ends what begins with it.
        let end = [directory, b"0"].concat();
        let range = (Bound::Included(&start[..]), Bound::Excluded(&end[..]));
        let below: Vec<Rc<[u8]>> = self.files.range::<[u8], _>(range).map(|(path, _)| Rc::clone(path)).collect();
        for path in below {
            self.files.remove(&path);
        }
    }

    /// What is at a path; links are followed, to the end when the path ends in one.
    pub fn find(&self, path: &[u8]) -> Found<'_> {
        let parts = |path: &[u8]| path.split(|&b| b == b'/').map(<[u8]>::to_vec).collect::<Vec<_>>();
        let mut left: VecDeque<Vec<u8>> = parts(path).into();
        let (mut at, mut file, mut links, mut names) = (Vec::new(), &ROOT, 0, 0);
        while let Some(name) = left.pop_front() {
            names += 1;
            self.looked_up.set(self.looked_up.get() + 1);
            if names > MAX_NAMES || self.looked_up.get() > MAX_ALL_NAMES {
                return Found::Circle;
            }
            if name.is_empty() || name == b"." {
                continue;
            }
            if name == b".." {
                at = split(&at).0.to_vec();
                file = self.files.get(&at[..]).unwrap_or(&ROOT);
                continue;
            }
            if file.kind != Kind::Directory {
                return Found::Missing([&at[..], b"/", &name].concat());
            }
            let next = if at.is_empty() { name } else { [&at[..], b"/", &name].concat() };
            let Some(found) = self.files.get(&next[..]) else { return Found::Missing(next) };
            if let Kind::Symlink(target) = &found.kind {
                links += 1;
                if links > MAX_LINKS {
                    return Found::Circle;
                }
                if target.starts_with(b"/") {
                    at.clear();
                    file = &ROOT;
                }
                for part in parts(target).into_iter().rev() {
                    left.push_front(part);
                }
                continue;
            }
            (at, file) = (next, found);
        }
        Found::There(at, file)
    }

    /// What a program needs and is not there: its interpreter, or the interpreter of that.
    pub fn missing_interpreter(&self, path: &[u8]) -> Option<String> {
        let mut path = path.to_vec();
        for _ in 0..MAX_INTERPRETERS {
            let Found::There(_, file) = self.find(&path) else { return None };
            let (next, is_script) = match file.content().map(|content| &content.interpreter) {
                Some(Interpreter::Script(next)) => (next, true),
                Some(Interpreter::Elf(next)) => (next, false),
                Some(Interpreter::None) | None => return None,
            };
            match self.find(next.as_bytes()) {
                Found::There(_, file) if matches!(file.kind, Kind::File(_)) => {}
                _ => return Some(next.clone()),
            }
            // A dynamic linker needs nothing.
            if !is_script {
                return None;
            }
            path = next.clone().into_bytes();
        }
        None
    }
}

/// The directory, and the name in it.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&b| b == b'/') {
        Some(at) => (&path[..at], &path[at + 1..]),
        None => (&[], path),
    }
}

#[cfg(test)]
mod tests {
    use super::{Found, Tree};
    use crate::layer::{Kind, LayerEntry};

    fn entry(path: &str, kind: Kind) -> LayerEntry {
        LayerEntry { path: path.as_bytes().into(), kind, size: 0, mode: 0o755, uid: 0, gid: 0 }
    }

    fn file(path: &str) -> LayerEntry {
        entry(path, Kind::File(None))
    }

    fn link(path: &str, target: &str) -> LayerEntry {
        entry(path, Kind::Symlink(target.as_bytes().into()))
    }

    fn tree(layers: &[&[LayerEntry]]) -> Tree {
        let mut tree = Tree::default();
        for (index, layer) in layers.iter().enumerate() {
            tree.add(index, layer).unwrap();
        }
        tree
    }

    fn names(tree: &Tree) -> Vec<String> {
        tree.files().map(|(path, _)| String::from_utf8_lossy(path).into_owned()).collect()
    }

    #[test]
    fn layers_cover_and_delete_what_is_below() {
        let below = [file("a/x"), file("a/y"), file("b"), file("a0"), file("a-b/x")];
        assert_eq!(names(&tree(&[&below])), ["a", "a-b", "a-b/x", "a/x", "a/y", "a0", "b"]);
        assert_eq!(names(&tree(&[&below, &[file("a/.wh.x"), file(".wh.b")]])), ["a", "a-b", "a-b/x", "a/y", "a0"]);
        assert_eq!(names(&tree(&[&below, &[file(".wh.a")]])), ["a-b", "a-b/x", "a0", "b"]);
        let opaque = [file("a/z"), file("a/.wh..wh..opq")];
        assert_eq!(names(&tree(&[&below, &opaque])), ["a", "a-b", "a-b/x", "a/z", "a0", "b"]);
        // A file in the place of a directory.
        assert_eq!(names(&tree(&[&below, &[file("a")]])), ["a", "a-b", "a-b/x", "a0", "b"]);
        assert_eq!(tree(&[&below, &[file("b")]]).files().last().unwrap().1.layer, 1);
    }

    #[test]
    fn links_end_at_some_point() {
        let far = "usr/../".repeat(500);
        let links: Vec<_> = (0..39).map(|n| link(&format!("l{n}"), &format!("{far}l{}", n + 1))).collect();
        let tree = tree(&[&[file("usr/x"), file("l39")], &links]);
        assert_eq!(tree.find(b"l0"), Found::Circle);
        assert!(matches!(tree.find(b"l39"), Found::There(..)));
        assert!(matches!(tree.find(b"l38"), Found::There(..)));
    }

    #[test]
    fn links_are_followed() {
        let tree = tree(&[&[
            file("usr/bin/sh"),
            link("bin", "usr/bin"),
            link("sh", "/bin/sh"),
            link("up", "../../../usr/./bin"),
            link("one", "two"),
            link("two", "one"),
            link("lost", "/nowhere/x"),
            entry("hard", Kind::HardLink(b"usr/bin/sh"[..].into())),
        ]]);
        for path in ["/bin/sh", "sh", "/up/sh", "/usr/bin/../bin/sh"] {
            assert!(matches!(tree.find(path.as_bytes()), Found::There(at, _) if at == b"usr/bin/sh"), "{path}");
        }
        assert!(matches!(tree.find(b"/hard"), Found::There(_, file) if file.kind == Kind::File(None)));
        assert!(matches!(tree.find(b"/"), Found::There(at, _) if at.is_empty()));
        assert_eq!(tree.find(b"/one"), Found::Circle);
        assert_eq!(tree.find(b"/lost"), Found::Missing(b"nowhere".to_vec()));
        assert_eq!(tree.find(b"/hard/x"), Found::Missing(b"hard/x".to_vec()));
    }
}
