//! What goes wrong with a repository.

use std::fmt;

/// A repository that cannot be read, or that has what nobody supports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitError {
    /// What is wrong, without the place of the repository on this machine.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl GitError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        GitError { message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

impl fmt::Display for GitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for GitError {}
