//! Nix syntax: the one place that names rnix.
//!
//! - [`parse`] turns a text into a compact tree ([`ast`]) in an arena, with a lexer of our own, in linear time, and says
//!   what is wrong in Nix's words. Evaluation uses this; the tree is dropped after lowering.
//! - [`print()`] writes that tree as `nix-instantiate --parse` does.
//! - [`walk`] visits all expressions of a text, for rules that look at programs as they are written.
//! - [`literals`] finds path and URL literals that style rules may refuse.
//! - [`tree`] answers questions about a place in a text (which binding, which attribute set) from rnix's lossless
//!   tree. Only diagnostics and fixes use this.
//! - [`comments`] finds comments with a word in them and what they stand at, also with that tree.

pub mod ast;
mod attributes;
pub mod comments;
mod inherited;
mod lexer;
pub mod literals;
mod parser;
mod print;
mod strings;
pub mod text;
pub mod tree;
pub mod walk;

pub use parser::{ParseError, parse};
pub use print::print;
