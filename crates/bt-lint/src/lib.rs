//! The command line of bt-lint: the only crate that prints, exits, or knows clap and miette.
//!
//! - [`cli`] turns arguments into requests ([`request`]);
//! - [`config`] reads configuration files, [`baseline`] the findings that are known;
//! - [`commands`] has one file per command; each asks the [`engine`], which loads and evaluates the flake;
//! - [`fix`] tries the edits that findings come with, and writes those that work;
//! - [`pages`] and [`command_reference`] are documents made of what the program knows;
//! - [`report`] is what a check found, [`render`] has one file per format;
//! - [`output`], [`surroundings`] and [`worker`] are the edges: streams and files, terminal and environment, the thread
//!   that does the work.

#![allow(clippy::result_large_err, reason = "an error of the engine ends the run; none is on a hot path")]

pub mod baseline;
pub mod cli;
pub mod command_reference;
pub mod commands;
pub mod config;
pub mod engine;
pub mod exit;
pub mod fix;
mod interrupt;
pub mod markdown;
pub mod names;
pub mod output;
pub mod pages;
mod progress;
pub mod render;
pub mod report;
pub mod request;
pub mod selection;
pub mod surroundings;
pub mod worker;
pub mod yaml;

use exit::Exit;
use std::ffi::OsString;
use std::process::ExitCode;

/// Does what the command line asks for.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let exit = match cli::parse(arguments) {
        Ok(command) => worker::run(move || commands::run(command)),
        Err(error) => report_usage(&error),
    };
    exit.into()
}

/// Prints what clap has to say: help and version are results, everything else is an error.
fn report_usage(error: &clap::Error) -> Exit {
    // A closed stream is no reason to fail differently.
    let _ = error.print();
    if error.use_stderr() { Exit::Failed } else { Exit::Clean }
}
