//! A client of nix-daemon: hands derivations and sources to the store, has them built, and asks what is there.
//!
//! From the outside in:
//!
//! - [`StoreAddress`]: where a daemon is: a socket, or a command such as `ssh` that leads to one;
//! - [`Store`]: what a build needs: [`register`](Store::register) a [`Closure`], [`build`](Store::build), roots;
//! - [`Connection`]: the single operations of the worker protocol, which `Store` is made of;
//! - [`LogEvent`]: what the daemon tells meanwhile;
//! - [`ShutdownHandle`]: ends a connection from another thread, which is how a build is cancelled.
//!
//! The protocol is the one of Nix 2.0 (1.21) up to the current one (1.38), as far as both sides know it. Source: Nix
//! manual, "Worker protocol", and what daemons say when asked; the tests ask real ones, in every version.
//!
//! Nothing that a daemon sends is trusted: strings, lists and logs have [`Limits`], waiting has [`Timeouts`], paths and
//! hashes are parsed, and what is wrong is a [`DaemonError`]. Threads that block take the place of an asynchronous runtime.

mod add;
mod address;
mod build_result;
mod closure;
mod connection;
mod error;
mod handshake;
mod input;
mod log;
mod nar_copy;
mod operations;
mod output;
mod path_info;
mod process;
mod settings;
mod store;
mod version;

pub use address::StoreAddress;
pub use build_result::{BuildMode, BuildResult, BuildStatus, OutputSelection, Target};
pub use closure::{Archive, Closure, Contents, Object};
pub use connection::{Connection, Limits, Options, ShutdownHandle, Timeouts, Trust};
pub use error::{DaemonError, Malformed, RemoteError};
pub use log::{ActivityKind, ActivityResult, Field, LogEvent};
pub use operations::Missing;
pub use path_info::PathInfo;
pub use settings::Settings;
pub use store::{Registration, Store};
pub use version::ProtocolVersion;
