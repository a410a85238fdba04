//! From a work tree to the directories of its repository.

use crate::GitError;
use crate::config::Config;
use crate::files::{Files, StatKind, read_if_there};

/// Where a repository is.
#[derive(Debug)]
pub(crate) struct Repository {
    /// What belongs to this work tree: HEAD and the index.
    pub git_dir: String,
    /// What all work trees share: objects and references.
    pub common_dir: String,
    /// Its configuration.
    pub config: Config,
}

const HELP: &str = "to take all files of the directory as they are, whatever git says, name it 'path:DIRECTORY'";

impl Repository {
    /// The repository of a work tree.
    ///
    /// Errors: there is none, or it has a format that is not supported.
    pub(crate) fn open(files: &dyn Files, work_tree: &str) -> Result<Repository, GitError> {
        let dot_git = format!("{work_tree}/.git");
        let git_dir = match files.stat(&dot_git).ok().flatten().map(|stat| stat.kind) {
            // A link may lead to a file, too.
            Some(StatKind::File | StatKind::Link) => match linked(files, work_tree, &dot_git)? {
                Some(directory) => directory,
                None => dot_git,
            },
            _ => dot_git,
        };
        Self::in_directory(files, git_dir, "'.git'")
    }

    /// The repository that a directory itself is.
    ///
    /// Errors: it is none, or one of a format that is not supported.
    pub(crate) fn bare(files: &dyn Files, directory: &str) -> Result<Repository, GitError> {
        Self::in_directory(files, directory.to_string(), "the directory")
    }

    fn in_directory(files: &dyn Files, git_dir: String, what: &str) -> Result<Repository, GitError> {
        let common_dir = match text(files, &format!("{git_dir}/commondir"))? {
            Some(path) => joined(&git_dir, &path),
            None => git_dir.clone(),
        };
        let has = |path: String| files.list(&path).is_ok();
        if !has(format!("{common_dir}/objects")) || text(files, &format!("{git_dir}/HEAD"))?.is_none() {
            return Err(GitError::new(format!("{what} is not a git repository")).help(HELP));
        }
        let config = read(files, &format!("{common_dir}/config"))?.unwrap_or_default();
        let repository = Repository { git_dir, common_dir, config: Config::parse(&config) };
        repository.check_format()?;
        Ok(repository)
    }

    fn check_format(&self) -> Result<(), GitError> {
        let is_new = self.config.get("core", "repositoryformatversion").is_some_and(|version| version != "0");
        let unsupported = |what: &str| Err(GitError::new(format!("the git repository {what}")).help(HELP));
        match self.config.get("extensions", "objectformat") {
            None | Some("sha1") => {}
            Some(format) => return unsupported(&format!("names its objects by '{format}'; only sha1 is supported")),
        }
        match self.config.get("extensions", "refstorage").filter(|_| is_new) {
            None | Some("files") => Ok(()),
            Some(format) => unsupported(&format!("keeps its references as '{format}'; only files are supported")),
        }
    }

    /// Whether the history was cut off (`git clone --depth`).
    pub(crate) fn is_shallow(&self, files: &dyn Files) -> bool {
        matches!(files.read(&format!("{}/shallow", self.common_dir)), Ok(commits) if !commits.is_empty())
    }
}

/// Where a `.git` file points; `None` when it is a directory.
fn linked(files: &dyn Files, work_tree: &str, dot_git: &str) -> Result<Option<String>, GitError> {
    if files.list(dot_git).is_ok() {
        return Ok(None);
    }
    let text = text(files, dot_git)?.ok_or_else(|| GitError::new("'.git' points to nothing").help(HELP))?;
    let Some(target) = text.strip_prefix("gitdir:") else {
        return Err(GitError::new("the file '.git' does not say where the repository is").help(HELP));
    };
    let directory = joined(work_tree, target.trim());
    if files.list(&directory).is_err() {
        let message = "the file '.git' points to a repository that is not there";
        return Err(GitError::new(message).help(HELP));
    }
    Ok(Some(directory))
}

fn joined(base: &str, path: &str) -> String {
    if path.starts_with('/') { path.to_string() } else { format!("{base}/{path}") }
}

/// A small text file without the newline at its end; `None` when there is none.
fn text(files: &dyn Files, path: &str) -> Result<Option<String>, GitError> {
    let bytes = read(files, path)?;
    Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).trim_end_matches(['\n', '\r']).to_string()))
}

fn read(files: &dyn Files, path: &str) -> Result<Option<Vec<u8>>, GitError> {
    let name = path.rsplit('/').next().unwrap_or(path);
    read_if_there(files, path).map_err(|error| GitError::new(format!("cannot read git's '{name}': {error}")))
}
