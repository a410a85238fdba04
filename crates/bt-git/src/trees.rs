//! The tree that the index would be committed as: compared with the one of a commit, it says whether something is staged,
//! and no tree has to be read for that.

use crate::index::{EntryKind, Index};
use crate::objects::Objects;
use crate::{GitError, ObjectId};
use std::fmt::Write as _;

/// The name of the index's tree, as `git write-tree` has it, with the commits of submodules that the function tells; a
/// submodule for which it tells none is left out.
pub(crate) fn tree_with(
    index: &Index,
    mut submodule: impl FnMut(&[u8]) -> Result<Option<ObjectId>, GitError>,
) -> Result<ObjectId, GitError> {
    // The directories on the way to the last entry: where each name ends in the path, and the contents so far.
    let mut open: Vec<(usize, Vec<u8>)> = vec![(0, Vec::new())];
    let mut path: &[u8] = &[];
    for entry in index.entries() {
        let name = index.name(entry);
        let id = if entry.kind == EntryKind::Commit { submodule(name)? } else { Some(entry.id) };
        let Some(id) = id else { continue };
        while let Some((end, _)) = open.last()
            && *end > 0
            && !(name.get(..*end) == path.get(..*end) && name.get(*end) == Some(&b'/'))
        {
            close(&mut open, path);
        }
        path = name;
        let mut start = open.last().map_or(0, |(end, _)| if *end == 0 { 0 } else { end + 1 });
        while let Some(length) = name[start..].iter().position(|byte| *byte == b'/') {
            open.push((start + length, Vec::new()));
            start += length + 1;
        }
        if let Some((_, contents)) = open.last_mut() {
            add(contents, entry.mode, &name[start..], &id);
        }
    }
    while open.len() > 1 {
        close(&mut open, path);
    }
    Ok(ObjectId::of("tree", &open.pop().unwrap_or_default().1))
}

/// The name of the index's tree.
pub(crate) fn tree_of(index: &Index) -> Result<ObjectId, GitError> {
    let submodule = |name: &[u8]| Ok(index.find(name).first().map(|entry| entry.id));
    index.tree.map_or_else(|| tree_with(index, submodule), Ok)
}

/// The commit of a submodule in a tree, if there is one at the path.
pub(crate) fn submodule_in(objects: &Objects, tree: ObjectId, path: &[u8]) -> Result<Option<ObjectId>, GitError> {
    let mut tree = tree;
    let mut parts = path.split(|byte| *byte == b'/').peekable();
    while let Some(part) = parts.next() {
        let (_, contents) = objects.read(&tree)?;
        let Some((mode, id)) = entry_in(&contents, part) else { return Ok(None) };
        match (mode.as_slice(), parts.peek()) {
            (b"160000", None) => return Ok(Some(id)),
            (b"40000", Some(_)) => tree = id,
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// Mode and name of the object of an entry of a tree.
fn entry_in(contents: &[u8], wanted: &[u8]) -> Option<(Vec<u8>, ObjectId)> {
    let mut rest = contents;
    while !rest.is_empty() {
        let end = rest.iter().position(|byte| *byte == 0)?;
        let space = rest[..end].iter().position(|byte| *byte == b' ')?;
        let id = ObjectId::from_slice(rest.get(end + 1..end + 21)?)?;
        if &rest[space + 1..end] == wanted {
            return Some((rest[..space].to_vec(), id));
        }
        rest = &rest[end + 21..];
    }
    None
}

fn add(contents: &mut Vec<u8>, mode: u32, name: &[u8], id: &ObjectId) {
    let mut text = String::new();
    let _ = write!(text, "{mode:o} ");
    contents.extend_from_slice(text.as_bytes());
    contents.extend_from_slice(name);
    contents.push(0);
    contents.extend_from_slice(&id.0);
}

/// Adds the last directory to the one above.
fn close(open: &mut Vec<(usize, Vec<u8>)>, path: &[u8]) {
    let Some((end, contents)) = open.pop() else { return };
    let Some((above, parent)) = open.last_mut() else { return };
    let start = if *above == 0 { 0 } else { *above + 1 };
    add(parent, 0o40_000, path.get(start..end).unwrap_or_default(), &ObjectId::of("tree", &contents));
}
