use std::cell::RefCell;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ffi::OsString;
use std::path::Path;

use bt_store::nar::{MAX_DEPTH, NarEntry, ParseNarErrorKind as Kind, hash_nar, write_nar};
use bt_store::{HashAlgorithm, NarError, NarFile, NarKind, NarSource};

use crate::nar_parse::{error, read};
use crate::values::rows;

/// A tree in memory, by the paths of what is in it; the root is the empty path.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tree(pub BTreeMap<String, Node>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Regular(bool, Vec<u8>),
    Symlink(&'static str),
    Directory,
}

impl Tree {
    fn get(&self, path: &Path) -> Result<&Node, String> {
        let path = path.to_str().unwrap();
        self.0.get(path).ok_or_else(|| format!("no '{path}'"))
    }
}

impl NarSource for Tree {
    type Error = String;

    fn kind(&self, path: &Path) -> Result<NarKind, String> {
        Ok(match self.get(path)? {
            Node::Regular(..) => NarKind::Regular,
            Node::Symlink(_) => NarKind::Symlink,
            Node::Directory => NarKind::Directory,
        })
    }

    fn read_file(&self, path: &Path, file: &mut dyn NarFile) -> Result<(), String> {
        match self.get(path)? {
            Node::Regular(executable, contents) => {
                file.begin(*executable, contents.len() as u64);
                contents.chunks(5).for_each(|piece| file.piece(piece));
            }
            other => return Err(format!("{other:?}")),
        }
        Ok(())
    }

    fn read_dir(&self, path: &Path) -> Result<Vec<(OsString, NarKind)>, String> {
        let below = self.0.keys().filter(|&other| !other.is_empty() && Path::new(other).parent() == Some(path));
        // In the wrong order, on purpose.
        below
            .rev()
            .map(|path| Ok((Path::new(path).file_name().unwrap().to_owned(), self.kind(Path::new(path))?)))
            .collect()
    }

    fn read_link(&self, path: &Path) -> Result<OsString, String> {
        match self.get(path)? {
            Node::Symlink(target) => Ok(OsString::from(target)),
            other => Err(format!("{other:?}")),
        }
    }
}

/// What is in `data/tree`.
pub fn tree() -> Tree {
    let nodes = [
        ("", Node::Directory),
        ("directory", Node::Directory),
        ("directory/eight", Node::Regular(false, b"12345678".to_vec())),
        ("directory/empty", Node::Regular(false, Vec::new())),
        ("directory.a", Node::Regular(false, Vec::new())),
        ("file", Node::Regular(false, b"hello\n".to_vec())),
        ("link", Node::Symlink("file")),
        ("script", Node::Regular(true, b"#!/bin/sh\n".to_vec())),
    ];
    Tree(nodes.map(|(path, node)| (path.to_owned(), node)).into())
}

pub const TREE: &[u8] = include_bytes!("../data/nar/tree.nar");
const FILTERED: &[u8] = include_bytes!("../data/nar/filtered.nar");
pub const PARTS: [(&str, &[u8]); 6] = [
    ("file", include_bytes!("../data/nar/file.nar")),
    ("script", include_bytes!("../data/nar/script.nar")),
    ("link", include_bytes!("../data/nar/link.nar")),
    ("directory", include_bytes!("../data/nar/directory.nar")),
    ("directory/empty", include_bytes!("../data/nar/empty.nar")),
    ("directory/eight", include_bytes!("../data/nar/eight.nar")),
];

fn archive<S: NarSource>(source: &S, path: &str) -> Result<Vec<u8>, NarError<S::Error>> {
    let mut bytes = Vec::new();
    write_nar(source, Path::new(path), &mut |_, _| Ok(true), &mut |piece| bytes.extend_from_slice(piece))?;
    Ok(bytes)
}

#[test]
fn archives_are_those_of_nix() {
    assert_eq!(archive(&tree(), "").unwrap(), TREE);
    for (path, expected) in PARTS {
        assert_eq!(archive(&tree(), path).unwrap(), expected, "{path}");
    }
}

#[test]
fn hashes_are_those_of_nix() {
    for row in rows("nar") {
        let algorithm = row[1].parse().unwrap();
        let path = Path::new(if row[0] == "tree" || row[0] == "filtered" { "" } else { row[0] });
        let filtered = row[0] == "filtered";
        let mut filter = |path: &Path, kind: &NarKind| {
            Ok(!filtered || !(path.file_name().unwrap() == "directory" || *kind == NarKind::Symlink))
        };
        let hash = hash_nar(&tree(), path, &mut filter, algorithm).unwrap();
        assert_eq!(hash.to_base16(), row[2], "{row:?}");
    }
}

#[test]
fn the_filter_is_asked_about_each_entry_once_and_in_order() {
    let mut asked = Vec::new();
    let mut bytes = Vec::new();
    let mut filter = |path: &Path, kind: &NarKind| {
        asked.push(path.to_str().unwrap().to_owned());
        Ok(path != Path::new("directory") && *kind != NarKind::Symlink)
    };
    write_nar(&tree(), Path::new(""), &mut filter, &mut |piece| bytes.extend_from_slice(piece)).unwrap();
    assert_eq!(asked, ["directory", "directory.a", "file", "link", "script"]);
    assert_eq!(bytes, FILTERED);

    let mut failing = |_: &Path, _: &NarKind| Err("filter".to_owned());
    let result = hash_nar(&tree(), Path::new(""), &mut failing, HashAlgorithm::Sha256);
    assert_eq!(result, Err(NarError::Source("filter".to_owned())));
    assert_eq!(archive(&tree(), "missing"), Err(NarError::Source("no 'missing'".to_owned())));
}

#[test]
fn large_files_come_through() {
    for size in [32 * 1024 - 1, 32 * 1024, 32 * 1024 + 1, 200_000] {
        let contents: Vec<u8> = (0..size).map(|index: u32| index as u8).collect();
        let tree = Tree([(String::new(), Node::Regular(false, contents.clone()))].into());
        let bytes = archive(&tree, "").unwrap();
        let entries = read(&bytes).unwrap();
        assert_eq!(entries, [(String::new(), NarEntry::Regular { executable: false, contents: &contents })]);
    }
}

/// A source that says one thing and does another.
struct Liar {
    size: u64,
    pieces: Vec<Vec<u8>>,
    names: Vec<&'static str>,
}

impl NarSource for Liar {
    type Error = Infallible;

    fn kind(&self, path: &Path) -> Result<NarKind, Infallible> {
        Ok(if path == Path::new("/root") { NarKind::Directory } else { NarKind::Regular })
    }

    fn read_file(&self, _: &Path, file: &mut dyn NarFile) -> Result<(), Infallible> {
        file.begin(false, self.size);
        self.pieces.iter().for_each(|piece| file.piece(piece));
        Ok(())
    }

    fn read_dir(&self, _: &Path) -> Result<Vec<(OsString, NarKind)>, Infallible> {
        Ok(self.names.iter().map(|name| (name.into(), NarKind::Regular)).collect())
    }

    fn read_link(&self, _: &Path) -> Result<OsString, Infallible> {
        Ok(OsString::new())
    }
}

#[test]
fn a_file_that_changes_its_length_is_an_error() {
    for (size, pieces) in [(3, vec![]), (3, vec![vec![0; 2]]), (3, vec![vec![0; 2]; 2]), (0, vec![vec![0; 100_000]])] {
        let actual = pieces.iter().map(|piece| piece.len() as u64).sum();
        let liar = Liar { size, pieces, names: Vec::new() };
        let expected = NarError::SizeChanged { path: "/root/file".into(), expected: size, actual };
        assert_eq!(archive(&liar, "/root/file"), Err(expected));
    }
}

#[test]
fn names_that_no_directory_can_hold_are_errors() {
    let result =
        |names: &[&'static str]| archive(&Liar { size: 0, pieces: Vec::new(), names: names.to_vec() }, "/root");
    for name in ["", ".", "..", "a/b", "/etc", "a\0"] {
        let expected = NarError::Name { path: "/root".into(), name: name.into() };
        assert_eq!(result(&["a", name]), Err(expected));
    }
    let expected = NarError::Duplicate { path: "/root".into(), name: "a".into() };
    assert_eq!(result(&["a", "b", "a"]), Err(expected));
    assert!(result(&["...", "a"]).is_ok());
}

/// A directory within a directory, and so on.
struct Deep {
    depth: usize,
    seen: RefCell<usize>,
}

impl NarSource for Deep {
    type Error = Infallible;

    fn kind(&self, _: &Path) -> Result<NarKind, Infallible> {
        Ok(NarKind::Directory)
    }

    fn read_file(&self, _: &Path, _: &mut dyn NarFile) -> Result<(), Infallible> {
        Ok(())
    }

    fn read_dir(&self, _: &Path) -> Result<Vec<(OsString, NarKind)>, Infallible> {
        let mut seen = self.seen.borrow_mut();
        *seen += 1;
        Ok(if *seen <= self.depth { vec![("d".into(), NarKind::Directory)] } else { Vec::new() })
    }

    fn read_link(&self, _: &Path) -> Result<OsString, Infallible> {
        Ok(OsString::new())
    }
}

#[test]
fn depth_costs_no_stack() {
    let deep = Deep { depth: 200_000, seen: RefCell::default() };
    let bytes = archive(&deep, "").unwrap();
    assert_eq!(error(&bytes).1, Kind::TooDeep);

    let deep = Deep { depth: MAX_DEPTH - 1, seen: RefCell::default() };
    let bytes = archive(&deep, "").unwrap();
    assert_eq!(read(&bytes).unwrap().len(), MAX_DEPTH);
}
