//! `bt-lint derivation`: looks into `.drv` files.

use super::Outcome;
use crate::cli::{DerivationArguments, DerivationCommand};
use crate::exit::Exit;
use crate::output;
use crate::render::escape;
use bt_diag::Diagnostic;
use bt_eval::FileKind;
use bt_glue::{FileSystem, OsFileSystem};
use bt_store::derivation::{CauseEnd, find_cause};
use bt_store::{Derivation, StorePath};
use std::path::Path;

/// Runs one of the commands about derivations.
pub fn run(arguments: &DerivationArguments) -> Outcome {
    match &arguments.command {
        DerivationCommand::Diff { left, right } => diff(left, right),
    }
}

/// Shows where two derivations part ways: exit code 0 when nowhere, 1 when somewhere. Inputs are looked up beside each
/// file.
fn diff(left: &str, right: &str) -> Outcome {
    let start = (store_path(left)?, store_path(right)?);
    // Their errors are told; an input that cannot be read is only not followed.
    read(Path::new(left))?;
    read(Path::new(right))?;
    let beside = |file: &str| {
        let directory = Path::new(file).parent().unwrap_or(Path::new("")).to_path_buf();
        move |path: &StorePath| read(&directory.join(path.base_name())).ok()
    };
    let cause = find_cause(start, beside(left), beside(right));
    output::deliver(None, &format!("{}\n", escape::lines(&cause.to_string())))?;
    Ok(if cause.end == CauseEnd::Equal { Exit::Clean } else { Exit::Findings })
}

/// The name of a `.drv` file as that of a store path, which its inputs are told apart by.
fn store_path(file: &str) -> Result<StorePath, Diagnostic> {
    let name = Path::new(file).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let path = StorePath::from_base_name(name);
    path.map_err(|error| Diagnostic::new(format!("'{file}' is not named as in the Nix store: {error}")))
}

fn read(file: &Path) -> Result<Derivation, Diagnostic> {
    let failed = |error: &dyn std::fmt::Display| Diagnostic::new(format!("cannot read '{}': {error}", file.display()));
    let Some(path) = file.to_str() else { return Err(failed(&"its name is not UTF-8")) };
    // Reading a pipe could wait for ever.
    if OsFileSystem.target_kind(path).map_err(|error| failed(&error))? != FileKind::Regular {
        return Err(failed(&"it is not a regular file"));
    }
    let bytes = OsFileSystem.read(path).map_err(|error| failed(&error))?;
    Derivation::parse(&bytes).map_err(|error| failed(&error))
}
