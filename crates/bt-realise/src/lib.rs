//! From evaluation to a store: what a store has to have before something that was evaluated can be built ([`closure`]),
//! and building while a program is evaluated ([`Importer`]).

mod closure;
mod import;

pub use closure::closure;
pub use import::{Importer, Log};
