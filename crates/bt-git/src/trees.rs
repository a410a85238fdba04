//! The tree that the index would be committed as: compared with the one of a commit, it says whether something is staged,
//! and no tree has to be read for that.

use crate::ObjectId;
use crate::index::Index;
use std::fmt::Write as _;

/// The name of the index's tree, as `git write-tree` has it.
pub(crate) fn tree_of(index: &Index) -> ObjectId {
    if let Some(tree) = index.tree {
        return tree;
    }
    // The directories on the way to the last entry: where each name ends in the path, and the contents so far.
    let mut open: Vec<(usize, Vec<u8>)> = vec![(0, Vec::new())];
    let mut path: &[u8] = &[];
    for entry in index.entries() {
        let name = index.name(entry);
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
            add(contents, entry.mode, &name[start..], &entry.id);
        }
    }
    while open.len() > 1 {
        close(&mut open, path);
    }
    ObjectId::of("tree", &open.pop().unwrap_or_default().1)
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
