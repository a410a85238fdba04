//! From a directory to a flake's outputs: [`FlakeRef`] names an input, [`LockFile`] pins it, [`load`] resolves all of
//! them and calls `outputs` as Nix does, lazily.

mod config;
mod declared;
mod facts;
mod follows;
mod graph;
mod inputs;
mod load;
mod lock;
mod resolve;
mod source_info;

pub use bt_flakeref::{Attribute, FlakeRef, Reading};
pub use config::{Setting, SettingValue};
pub use facts::{InputFact, LockFacts, NodeFact, StaleInput, UnlockedNode};
pub use inputs::{InputEntry, InputRow, Origin, ResolvedInput};
pub use load::{Inputs, Loaded, NixpkgsMode, Override, Request, StandIn, StandIns, facts, facts_alone, inputs, load};
pub use lock::{LockFile, LockInput, LockNode};
