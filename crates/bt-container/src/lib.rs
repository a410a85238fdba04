//! Images and compose files as typed facts, each with where it came from.
//!
//! [`discover`] walks a flake's outputs, finds the images by the calls that made them and the compose files by the
//! attribute set behind their text, and turns both into plain data ([`Facts`]) that rules read.

mod compose;
mod discover;
mod extract;
mod facts;
mod node;
mod package;
mod places;
mod provide;

pub use compose::{Compose, EnvironmentVariable, Port, PortRange, Reference, Service};
pub use discover::{OBSERVED, discover};
pub use facts::{Builder, Content, Facts, Image, Incomplete};
pub use node::{Node, NodeKind, Text};
pub use package::{Package, PackageFile, PackageFiles, Presence};
pub use places::Places;

/// An error as a diagnostic that points into the user's own files, which start with `user_root`, where it can.
pub fn own_diagnostic(error: &bt_eval::Error, sources: &bt_diag::SourceMap, user_root: &str) -> bt_diag::Diagnostic {
    // Texts that are part of the program have names in guillemets.
    error.to_diagnostic().focused(sources, |path| path.starts_with(user_root), |path| path.starts_with("«flake»"))
}
