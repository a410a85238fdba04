//! Nix syntax: the one place that names rnix.
//!
//! - [`parse`] turns a text into a compact tree ([`ast`]) in an arena, from rnix's tokens. Evaluation uses this; the
//!   tree is dropped after lowering.
//! - [`tree`] answers questions about a place in a text (which binding, which attribute set) from rnix's lossless
//!   tree. Only diagnostics and fixes use this.

pub mod ast;
mod attributes;
mod lexer;
mod parser;
mod strings;
pub mod tree;

pub use parser::{ParseError, parse};
