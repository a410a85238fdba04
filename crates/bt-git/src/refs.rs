//! References: where HEAD points (gitrepository-layout(5)).

use crate::files::{Files, read_if_there};
use crate::{GitError, ObjectId};
use std::io;

/// As many symbolic references are followed as git and libgit2 follow.
const MAX_DEPTH: usize = 5;

/// The commit that HEAD points to; `None` before the first commit. `git_dir` is that of the work tree, `common_dir` that
/// of the repository.
///
/// Errors: HEAD or a reference is broken, or references point to each other.
pub(crate) fn head(files: &dyn Files, git_dir: &str, common_dir: &str) -> Result<Option<ObjectId>, GitError> {
    find(files, git_dir, common_dir, "HEAD")
}

/// What a reference points to; `None` when there is none. Others are followed from it.
///
/// Errors: it or a reference is broken, or references point to each other.
pub(crate) fn find(
    files: &dyn Files,
    git_dir: &str,
    common_dir: &str,
    reference: &str,
) -> Result<Option<ObjectId>, GitError> {
    if !is_valid(reference) {
        return Ok(None);
    }
    let mut name = reference.to_string();
    for _ in 0..=MAX_DEPTH {
        let directory = if is_per_worktree(&name) { git_dir } else { common_dir };
        let text = read_if_there(files, &format!("{directory}/{name}")).map_err(|error| unreadable(&name, &error))?;
        let Some(text) = text else { return packed(files, common_dir, &name) };
        let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default().trim_ascii();
        let Some(target) = line.strip_prefix(b"ref:") else {
            return ObjectId::parse(line).map(Some).ok_or_else(|| broken(&name));
        };
        let target = std::str::from_utf8(target).map_err(|_| broken(&name))?.trim();
        if !is_valid(target) {
            return Err(broken(&name));
        }
        name = target.to_string();
    }
    Err(GitError::new(format!("git references point to each other, so nobody knows where {reference} is"))
        .help("'git symbolic-ref HEAD refs/heads/BRANCH' says which branch it is"))
}

fn broken(name: &str) -> GitError {
    GitError::new(format!("the git reference '{name}' is broken")).help("'git fsck' says more")
}

fn unreadable(name: &str, error: &io::Error) -> GitError {
    GitError::new(format!("cannot read the git reference '{name}': {error}"))
}

/// Work trees share references, except for a few (gitrepository-layout(5), "refs").
fn is_per_worktree(name: &str) -> bool {
    let own = ["refs/bisect/", "refs/worktree/", "refs/rewritten/"];
    !name.starts_with("refs/") || own.iter().any(|prefix| name.starts_with(prefix))
}

/// Whether a name stays inside the repository.
fn is_valid(name: &str) -> bool {
    let is_plain = |part: &str| !matches!(part, "" | "." | "..") && !part.bytes().any(|byte| byte < b' ');
    name == "HEAD" || name.starts_with("refs/") && name.split('/').all(is_plain)
}

/// A reference in `packed-refs`: lines of a name of an object and that of the reference.
fn packed(files: &dyn Files, common_dir: &str, name: &str) -> Result<Option<ObjectId>, GitError> {
    let text = read_if_there(files, &format!("{common_dir}/packed-refs"));
    let text = text.map_err(|error| GitError::new(format!("cannot read git's packed-refs: {error}")))?;
    for line in text.as_deref().unwrap_or_default().split(|byte| *byte == b'\n') {
        let Some((id, rest)) = line.split_at_checked(40) else { continue };
        if rest.strip_prefix(b" ").is_some_and(|found| found.trim_ascii_end() == name.as_bytes()) {
            return ObjectId::parse(id).map(Some).ok_or_else(|| broken(name));
        }
    }
    Ok(None)
}
