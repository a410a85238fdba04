//! The Nix language: a text is parsed ([`bt_syntax`]), lowered to a program whose variables are slots ([`ir`]), and
//! evaluated lazily to values in an arena ([`Evaluator`], [`Value`]). The outside is reached through one trait
//! ([`World`]); builtins that need a store are added by a higher layer.

pub mod attrs;
pub mod builtins;
mod error;
mod eval;
pub mod ir;
mod json;
mod late;
mod lower;
pub mod observe;
pub mod places;
pub mod print;
pub mod regex;
mod string;
mod symbol;
mod toml;
mod value;
mod world;
mod xml;

pub use error::{At, Error, ErrorKind};
pub use eval::{Coercion, Evaluator, Lint, LiteralLints, Options, Result, StringBuilder};
pub use json::JsonOptions;
pub use late::Exists;
pub use symbol::{Symbol, Symbols, sym};
pub use value::{
    Application, Attr, Attrs, Closure, Context, Env, List, ListOrigin, Mapping, MappingSource, Mark, NixString,
    OpenWorld, Partial, PathValue, Slot, Value, share,
};
pub use world::{FileKind, World, canonical_path, parent};
pub use xml::XmlOptions;
