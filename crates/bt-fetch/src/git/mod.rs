//! Commits of git repositories: read where the repository is on this machine, else received from a server.
//!
//! ```text
//! lines         packets
//! conversation  what is said to a server: a commit in, a pack out
//! http, ssh     ways to a server
//! checkout      commit -> directory
//! ```

mod checkout;
mod conversation;
mod disk;
mod export;
mod http;
mod lines;
mod ssh;

use crate::archive::Limits;
use crate::credentials::Netrc;
use crate::error::{FetchError, FetchErrorKind};
use crate::http::{HttpOptions, Progress};
use crate::redirect::shown;
use crate::source::GitSource;
use bt_git::{Commits, GitError, ObjectId, PackLimits, index_of_pack};
use checkout::{Budget, check_out};
use conversation::receive_commit;
use disk::Disk;
use export::ExportIgnore;
use http::HttpTransport;
use ssh::SshTransport;
use std::fs;
use std::path::Path;
use std::rc::Rc;

/// Submodules, at most, and how many of them may be in one another.
const MAX_SUBMODULES: usize = 1000;
const MAX_NESTED: usize = 16;

/// The URL of a submodule, which may be relative to that of its repository.
fn joined(base: &str, url: &str) -> Result<String, FetchError> {
    if !url.starts_with("./") && !url.starts_with("../") {
        return Ok(url.to_string());
    }
    let (start, path) = split_path(base).unwrap_or(("", base));
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    for part in url.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_some() => {}
            ".." => {
                let message = format!("the URL '{url}' of a submodule leads out of '{}'", shown(base));
                return Err(FetchError::new(FetchErrorKind::Repository, message));
            }
            part => parts.push(part),
        }
    }
    Ok(format!("{start}/{}", parts.join("/")))
}

/// What fetching needs.
pub(crate) struct Surroundings<'a> {
    pub http: &'a HttpOptions,
    pub limits: &'a Limits,
    pub netrc: &'a Netrc,
    pub progress: &'a dyn Progress,
    pub name: &'a str,
    pub online: bool,
    pub ssh_command: Option<&'a str>,
}

/// What is known of a commit beside its tree.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FoundCommit {
    /// When it was made, in seconds since 1970.
    pub time: i64,
    /// How many commits lead to it, where all of them are on this machine.
    pub revision_count: Option<u64>,
}

/// The commit that a reference of a repository on this machine points to: a whole name, a branch or a tag.
///
/// # Errors
/// There is no such repository or reference.
pub fn local_tip(directory: &str, reference: &str) -> Result<ObjectId, FetchError> {
    let commits = Commits::open(Rc::new(Disk::default()), directory).map_err(of_git)?;
    for name in [reference.to_string(), format!("refs/heads/{reference}"), format!("refs/tags/{reference}")] {
        if let Some(id) = commits.find(&name).map_err(of_git)? {
            return Ok(id);
        }
    }
    let message = format!("the git repository '{directory}' has no reference '{reference}'");
    Err(FetchError::new(FetchErrorKind::Repository, message))
}

fn of_git(error: GitError) -> FetchError {
    FetchError { kind: FetchErrorKind::Repository, message: error.message, help: error.help }
}

/// Scheme, login, host and port of a URL; its path.
fn split_path(url: &str) -> Option<(&str, &str)> {
    let start = url.find("://")? + 3;
    let at = url[start..].find('/').map_or(url.len(), |at| start + at);
    Some(url.split_at(at))
}

/// Writes what a commit holds to an empty directory. Another directory is for repositories, and can go then.
///
/// # Errors
/// The commit cannot be had, or has what no source can have.
pub(crate) fn fetch(
    source: &GitSource,
    repositories: &Path,
    tree: &Path,
    with: &Surroundings<'_>,
) -> Result<FoundCommit, FetchError> {
    let mut budget = Budget { limits: with.limits, bytes: 0, entries: 0, repositories: 0 };
    let what = |error: FetchError| {
        let message = format!("cannot fetch the git repository '{}': {}", shown(&source.url), error.message);
        // Downloads say themselves from where.
        if error.message.starts_with("cannot download") { error } else { FetchError { message, ..error } }
    };
    fetch_into(source, repositories, tree, with, &mut budget, 0).map_err(what)
}

fn fetch_into(
    source: &GitSource,
    repositories: &Path,
    tree: &Path,
    with: &Surroundings<'_>,
    budget: &mut Budget<'_>,
    depth: usize,
) -> Result<FoundCommit, FetchError> {
    let commits = match source.directory() {
        Some(directory) => Commits::open(Rc::new(Disk::default()), &directory).map_err(of_git)?,
        None => receive(source, &repositories.join(budget.repositories.to_string()), with)?,
    };
    if !commits.has(&source.rev) {
        let message = format!("it has no commit {}", source.rev);
        return Err(FetchError::new(FetchErrorKind::Repository, message)
            .help("was the commit pushed, and is it on the branch or tag that 'ref' names?"));
    }
    let (root, time) = commits.commit(&source.rev).map_err(of_git)?;
    let mut export_ignore = ExportIgnore::default();
    let filter: Option<&mut dyn checkout::Filter> = source.export_ignore.then_some(&mut export_ignore);
    let gitlinks = check_out(&commits, &root, tree, budget, filter)?;
    if source.submodules && !gitlinks.is_empty() {
        let named = commits.submodules(&root).map_err(of_git)?;
        for (path, rev) in gitlinks {
            let Ok(path) = String::from_utf8(path) else { continue };
            // What nobody named stays an empty directory.
            let Some((_, url)) = named.iter().find(|(named, _)| named.trim_end_matches('/') == path) else { continue };
            let submodule = GitSource { url: joined(&source.url, url)?, rev, reference: None, ..source.clone() };
            if submodule.directory().is_some() && source.directory().is_none() {
                let message =
                    format!("the submodule '{path}' is said to be on this machine, but its repository is not");
                return Err(FetchError::new(FetchErrorKind::Unsupported, message));
            }
            budget.repositories += 1;
            if budget.repositories > MAX_SUBMODULES || depth >= MAX_NESTED {
                let message = format!("more than {MAX_SUBMODULES} submodules, or {MAX_NESTED} in one another");
                return Err(FetchError::new(FetchErrorKind::Limit, message));
            }
            fetch_into(&submodule, repositories, &tree.join(&path), with, budget, depth + 1)
                .map_err(|error| FetchError { message: format!("submodule '{path}': {}", error.message), ..error })?;
        }
    }
    let has_history = source.directory().is_some() && !commits.is_shallow();
    let revision_count = if has_history { commits.revision_count(&source.rev).ok() } else { None };
    Ok(FoundCommit { time, revision_count })
}

#[allow(clippy::disallowed_methods, reason = "in the cache, and thrown away after the checkout")]
fn write(path: &Path, contents: &[u8]) -> Result<(), FetchError> {
    fs::write(path, contents).map_err(|error| FetchError::cache(format!("cannot write a git repository: {error}")))
}

/// Gets the commit from a server, into a repository of its own.
fn receive(source: &GitSource, repository: &Path, with: &Surroundings<'_>) -> Result<Commits, FetchError> {
    let disk = |error: std::io::Error| FetchError::cache(format!("cannot make a git repository: {error}"));
    if !with.online {
        let message = "it is not in the cache, and the network may not be used";
        return Err(FetchError::new(FetchErrorKind::Offline, message));
    }
    let packs = repository.join("objects/pack");
    fs::create_dir_all(&packs).map_err(disk)?;
    write(&repository.join("HEAD"), b"ref: refs/heads/main\n")?;
    let pack = packs.join("pack-received");
    let scheme = source.url.split_once("://").map_or("", |(scheme, _)| scheme);
    let receive = |transport: &mut dyn conversation::Transport| {
        let file = pack.with_extension("pack");
        receive_commit(transport, source.rev, source.reference.as_deref(), &file, with.http.max_size)
    };
    match scheme.to_ascii_lowercase().as_str() {
        "http" | "https" => receive(&mut HttpTransport {
            url: source.url.clone(),
            directory: repository,
            name: with.name,
            options: with.http,
            netrc: with.netrc,
            progress: with.progress,
        })?,
        "ssh" => {
            let HttpOptions { stall_timeout, total_timeout, .. } = *with.http;
            let command = with.ssh_command.map(str::to_string);
            receive(&mut SshTransport::new(&source.url, command, stall_timeout, total_timeout)?)?;
        }
        _ => {
            let message = format!("git repositories are not fetched over '{scheme}'");
            return Err(
                FetchError::new(FetchErrorKind::Unsupported, message).help("http, https, ssh and file are supported")
            );
        }
    }
    let text =
        |path: &Path| path.to_str().map(str::to_string).ok_or_else(|| FetchError::cache("its path is not UTF-8"));
    let limits = PackLimits { unpacked: with.limits.unpacked_size.saturating_mul(8), ..PackLimits::default() };
    let files = Rc::new(Disk::default());
    let index = index_of_pack(&*files, &text(&pack)?, limits).map_err(of_git)?;
    write(&pack.with_extension("idx"), &index)?;
    Commits::open(files, &text(repository)?).map_err(of_git)
}
