//! Flake references as Nix 2.26 reads and writes them (Nix manual, "nix flake", "Flake references"): text in, values
//! out; nothing is looked up on disk or in the network.
//!
//! A [`FlakeRef`] has two forms, a URL ([`FlakeRef::parse`], [`FlakeRef::to_url`]) and attributes
//! ([`FlakeRef::from_attributes`], [`FlakeRef::attributes`]). [`Target`] is what people write on the command line, and
//! [`Registry`] says what the short names are.

mod attributes;
mod error;
mod names;
mod reference;
mod registry;
mod scheme;
mod target;
mod url;

pub use attributes::{Attribute, Attributes};
pub use error::FlakeRefError;
pub use reference::{FlakeRef, Reading};
pub use registry::{Registry, RegistryEntry, look_up};
pub use target::{Outputs, Target, candidates, parse_attribute_path};
