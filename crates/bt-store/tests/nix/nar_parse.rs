use std::convert::Infallible;

use bt_store::nar::{NarEntry, ParseNarError, ParseNarErrorKind as Kind, VisitNarError, parse};

use crate::nar::{Node, PARTS, TREE, tree};

pub fn read(bytes: &[u8]) -> Result<Vec<(String, NarEntry<'_>)>, VisitNarError<Infallible>> {
    let mut entries = Vec::new();
    parse(bytes, &mut |path, entry| {
        entries.push((String::from_utf8_lossy(path).into_owned(), entry));
        Ok(())
    })?;
    Ok(entries)
}

fn strings(strings: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for string in strings {
        bytes.extend_from_slice(&(string.len() as u64).to_le_bytes());
        bytes.extend_from_slice(string);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
    }
    bytes
}

pub fn error(bytes: &[u8]) -> (usize, Kind) {
    match read(bytes) {
        Err(VisitNarError::Parse(ParseNarError { offset, kind })) => (offset, kind),
        other => panic!("{other:?}"),
    }
}

#[test]
fn archives_are_read_back() {
    let entries = read(TREE).unwrap();
    let paths: Vec<&str> = entries.iter().map(|(path, _)| path.as_str()).collect();
    let expected = ["", "directory", "directory/eight", "directory/empty", "directory.a", "file", "link", "script"];
    assert_eq!(paths, expected);
    let tree = tree();
    for (path, entry) in entries {
        let node = match entry {
            NarEntry::Regular { executable, contents } => Node::Regular(executable, contents.to_vec()),
            NarEntry::Symlink { target } => Node::Symlink(if target == b"file" { "file" } else { "" }),
            NarEntry::Directory => Node::Directory,
        };
        assert_eq!(tree.0[&path], node, "{path}");
    }
    for (_, bytes) in PARTS {
        assert!(read(bytes).is_ok());
    }
}

#[test]
fn the_visitor_can_stop() {
    let result = parse(TREE, &mut |path, _| {
        if path == b"file" { Err("enough") } else { Ok(()) }
    });
    assert_eq!(result, Err(VisitNarError::Visitor("enough")));
}

#[test]
fn truncated_and_longer_archives_are_refused() {
    for (_, bytes) in PARTS.into_iter().chain([("", TREE)]) {
        for end in 0..bytes.len() {
            assert_eq!(error(&bytes[..end]).1, Kind::Truncated, "{end}");
        }
        let longer = [bytes, &[0; 8]].concat();
        assert_eq!(error(&longer), (bytes.len(), Kind::TrailingBytes));
    }
}

/// One tree has one archive only: what can be read is what the writer would have written for it.
#[test]
fn a_changed_byte_is_refused_or_is_another_tree() {
    for offset in 0..TREE.len() {
        for change in [1, 0x20, 0x80] {
            let mut bytes = TREE.to_vec();
            bytes[offset] ^= change;
            let Ok(entries) = read(&bytes) else { continue };
            assert_ne!(entries, read(TREE).unwrap(), "byte {offset}");
        }
    }
}

#[test]
fn wrong_archives_are_refused_with_the_place() {
    let regular = |contents: &'static [u8]| [b"(".as_slice(), b"type", b"regular", b"contents", contents, b")"];
    let entry = |name: &'static [u8]| {
        let mut words = vec![b"entry".as_slice(), b"(", b"name", name, b"node"];
        words.extend(regular(b""));
        words.push(b")");
        words
    };
    let directory = |names: &[&'static [u8]]| {
        let mut words = vec![b"nix-archive-1".as_slice(), b"(", b"type", b"directory"];
        words.extend(names.iter().flat_map(|name| entry(name)));
        words.push(b")");
        strings(&words)
    };
    assert!(read(&directory(&[b"a", b"a.b", b"b"])).is_ok());
    assert!(read(&directory(&[])).is_ok());
    for names in [[b"b", b"a"], [b"a", b"a"]] {
        assert_eq!(error(&directory(&names.map(|name| name.as_slice()))).1, Kind::Unsorted);
    }
    for name in [b"".as_slice(), b".", b"..", b"a/b", b"a\0"] {
        assert_eq!(error(&directory(&[name])).1, Kind::Name);
    }

    assert_eq!(error(&strings(&[b"nix-archive-2"])), (0, Kind::Expected("\"nix-archive-1\"")));
    assert_eq!(error(&strings(&[b"nix-archive-1", b"(", b"type", b"socket"])).0, 56);
    assert_eq!(error(&u64::MAX.to_le_bytes()), (0, Kind::TooLong));
    let symlink = |target: &[u8]| strings(&[b"nix-archive-1", b"(", b"type", b"symlink", b"target", target, b")"]);
    assert!(read(&symlink(b"../a")).is_ok());
    assert_eq!(error(&symlink(b"")).1, Kind::Target);
    assert_eq!(error(&symlink(b"a\0")).1, Kind::Target);
    assert_eq!(error(&symlink(&[b'a'; 5000])).1, Kind::TooLong);

    let mut huge = strings(&[b"nix-archive-1", b"(", b"type", b"regular", b"contents"]);
    let end = huge.len();
    huge.extend_from_slice(&(u64::MAX - 7).to_le_bytes());
    assert_eq!(error(&huge), (end, Kind::Truncated));

    let mut padded = PARTS[0].1.to_vec();
    let hello = padded.windows(6).position(|window| window == b"hello\n").unwrap();
    padded[hello + 7] = 1;
    assert_eq!(error(&padded), (hello - 8, Kind::Padding));
}
