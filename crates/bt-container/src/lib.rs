//! Images and compose files as typed facts, each with where it came from.
//!
//! [`discover`] walks a flake's outputs, finds the images by the calls that made them and the compose files by the
//! attribute set behind their text, and turns both into plain data ([`Facts`]) that rules read.

mod builders;
mod closures;
mod compose;
mod deployments;
mod discover;
mod extract;
mod facts;
mod images;
mod node;
mod package;
mod places;
mod provide;
mod shapes;
mod subset;
mod supply;

pub use bt_glue::SandboxEscape;
pub use builders::OBSERVED;
pub use closures::{Chains, Closure, Closures, StoreObject};
pub use compose::{Compose, EnvironmentVariable, Port, PortRange, Reference, Service};
pub use deployments::{Deployments, normal_reference};
pub use discover::{MISSING_MODULE, Wanted, discover};
pub use extract::attr_name;
pub use facts::{Base, Builder, Cause, Content, Facts, Image, Incomplete};
pub use node::{Node, NodeKind, Text};
pub use package::{Built, BuiltFiles, ListedFile, Package, PackageFile, PackageFiles, Presence};
pub use places::Places;
pub use subset::Subset;
pub use supply::{Escape, Meta};

/// An error as a diagnostic that points into the user's own files, which are in the directory `user_root`, where it can.
pub fn own_diagnostic(error: &bt_eval::Error, sources: &bt_diag::SourceMap, user_root: &str) -> bt_diag::Diagnostic {
    // Texts that are part of the program have names in guillemets.
    error.to_diagnostic().focused(sources, |path| is_below(path, user_root), |path| path.starts_with("«flake»"))
}

/// Whether a path is a directory or below it; all are below the root, or below no directory. A neighbour whose name
/// starts with the directory's is not.
pub fn is_below(path: &str, directory: &str) -> bool {
    let directory = directory.trim_end_matches('/');
    directory.is_empty() || path.strip_prefix(directory).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::is_below;

    #[test]
    fn neighbours_are_not_below() {
        assert!(
            is_below("/a/b/flake.nix", "/a/b") && is_below("/a/b", "/a/b") && is_below("/a", "/") && is_below("a", "")
        );
        assert!(!is_below("/a/b-nixpkgs/flake.nix", "/a/b") && !is_below("/a", "/a/b"));
    }
}
