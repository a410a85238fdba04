//! Commits: when one was made, and how many came before it.

use crate::objects::Objects;
use crate::{GitError, ObjectId};
use rustc_hash::FxHashSet;

/// What is known of a commit.
pub(crate) struct Commit {
    pub tree: ObjectId,
    pub parents: Vec<ObjectId>,
    /// When it was committed, in seconds since 1970.
    pub time: i64,
}

impl Commit {
    pub(crate) fn read(objects: &Objects, id: &ObjectId) -> Result<Commit, GitError> {
        let (kind, contents) = objects.read(id)?;
        let commit = if kind == "commit" { parse(&contents) } else { None };
        commit.ok_or_else(|| GitError::new(format!("the git object {id} is not a commit")).help("'git fsck' says more"))
    }
}

fn parse(contents: &[u8]) -> Option<Commit> {
    let mut lines = contents.split(|byte| *byte == b'\n');
    let tree = ObjectId::parse(lines.next()?.strip_prefix(b"tree ")?)?;
    let (mut parents, mut time) = (Vec::new(), None);
    for line in lines.take_while(|line| !line.is_empty()) {
        if let Some(parent) = line.strip_prefix(b"parent ") {
            parents.push(ObjectId::parse(parent)?);
        } else if let Some(committer) = line.strip_prefix(b"committer ") {
            time = time_of(committer);
            break;
        }
    }
    Some(Commit { tree, parents, time: time.unwrap_or(0) })
}

/// `Name <address> seconds zone`
fn time_of(committer: &[u8]) -> Option<i64> {
    let end = committer.iter().rposition(|byte| *byte == b'>')?;
    let rest = std::str::from_utf8(&committer[end + 1..]).ok()?;
    rest.split_ascii_whitespace().next()?.parse().ok()
}

/// How many commits lead to a commit, itself included.
pub(crate) fn count(objects: &Objects, head: ObjectId) -> Result<u64, GitError> {
    let mut seen = FxHashSet::from_iter([head]);
    let mut open = vec![head];
    while let Some(id) = open.pop() {
        let commit = Commit::read(objects, &id).map_err(|error| {
            error.help("the history is not complete; 'git fetch --unshallow' gets the rest, '?shallow=1' does without")
        })?;
        open.extend(commit.parents.into_iter().filter(|parent| seen.insert(*parent)));
    }
    Ok(seen.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn commits() {
        let id = "1".repeat(40);
        let text = format!(
            "tree {id}\nparent {id}\nparent {id}\nauthor a <b> 5 +0100\ncommitter c > <d> 17 -0200\nx y\n\nparent z\n"
        );
        let commit = parse(text.as_bytes()).unwrap();
        assert_eq!((commit.parents.len(), commit.time, commit.tree.to_string()), (2, 17, id.clone()));
        assert!(parse(format!("tree {}\n", &id[1..]).as_bytes()).is_none());
        assert!(parse(b"").is_none());
        assert_eq!(parse(format!("tree {id}\ncommitter c <d>").as_bytes()).unwrap().time, 0);
    }
}
