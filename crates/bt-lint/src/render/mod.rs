//! Formats, one file each; all take the same data and give text.
//!
//! - [`full`]: findings for people, with excerpts ([`excerpt`]); [`diagnostic`]: errors, likewise;
//! - [`concise`]: one line for each finding, for editors;
//! - [`json`]: everything, for programs;
//! - [`inputs`]: what `bt-lint inputs` shows;
//! - [`sarif`], [`github`], [`gitlab`], [`junit`]: what services read;
//! - [`statistics`]: how many findings each rule has;
//! - [`summary`]: what is said on standard error after a check;
//! - [`escape`] makes characters visible that would act on a terminal.

pub mod concise;
pub mod diagnostic;
pub mod escape;
pub mod excerpt;
pub mod full;
pub mod github;
pub mod gitlab;
pub mod inputs;
pub mod json;
pub mod junit;
mod locations;
pub mod paint;
pub mod sarif;
pub mod statistics;
pub mod summary;

pub(crate) use locations::{Fingerprints, finding_file};

#[cfg(test)]
pub(crate) mod fixtures;
