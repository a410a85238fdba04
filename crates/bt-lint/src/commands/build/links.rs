//! Links to what was built. The store keeps what they lead to for as long as they are there (Nix manual, "Garbage Collector
//! Roots").

use crate::engine::{Daemon, Realised};
use crate::output;
use bt_diag::Diagnostic;
use std::io::ErrorKind;
use std::path::Path;

/// The absolute path of a link; what is on the way to it stays as it is.
pub(super) fn absolute(link: &str, current_directory: &str) -> String {
    if link.starts_with('/') { link.to_string() } else { format!("{current_directory}/{link}") }
}

/// Whether a link may be made: nothing is there, or a link to a store.
///
/// # Errors
/// Something else is there.
pub(super) fn check(link: &str) -> Result<(), Diagnostic> {
    let is_to_store = |target: &Path| target.to_string_lossy().contains("/nix/store/");
    let taken = |what: &str| {
        Diagnostic::new(format!("'{link}' is there, and is {what}"))
            .with_help("remove it, name other links with '--out-link', or make none with '--no-link'")
    };
    match std::fs::read_link(link) {
        Ok(target) if is_to_store(&target) => Ok(()),
        Ok(_) => Err(taken("a link that does not lead to a store")),
        Err(error) if error.kind() == ErrorKind::NotFound => match Path::new(link).parent() {
            Some(parent) if parent.is_dir() => Ok(()),
            _ => Err(Diagnostic::new(format!("cannot make the link '{link}': there is no such directory"))),
        },
        Err(error) if error.kind() == ErrorKind::InvalidInput => Err(taken("no link")),
        Err(error) => Err(Diagnostic::new(format!("cannot make the link '{link}': {error}"))),
    }
}

/// Makes the links, by target: `result` for the first one, then `result-1` and so on; outputs other than `out` have their
/// name at the end. There are none when the store is on another machine. `base` is absolute; they are told as `given`.
///
/// # Errors
/// A link cannot be made, or the daemon does not take it for a root; then it is not there.
pub(super) fn make(
    daemon: &mut Daemon,
    base: &str,
    given: &str,
    realised: &[Realised],
) -> Result<Vec<Vec<String>>, Diagnostic> {
    let mut all = Vec::new();
    for (at, one) in realised.iter().enumerate() {
        let mut links = Vec::new();
        for (name, path) in &one.outputs {
            if daemon.real_path(path).is_none() {
                return Ok(Vec::new());
            }
            let number = if at == 0 { String::new() } else { format!("-{at}") };
            let output = if name == "out" { String::new() } else { format!("-{name}") };
            let link = format!("{base}{number}{output}");
            check(&link)?;
            let cannot = |why: &dyn std::fmt::Display| Diagnostic::new(format!("cannot make the link '{link}': {why}"));
            let connection = daemon.store.connection();
            // It must not be collected before the link is known.
            connection.add_temp_root(path).map_err(|error| cannot(&error))?;
            output::replace_link(Path::new(&link), Path::new(path.as_str())).map_err(|error| cannot(&error))?;
            if let Err(error) = connection.add_indirect_root(&link) {
                // What is left would promise something that the store does not keep.
                let _ = std::fs::remove_file(&link);
                return Err(cannot(&error));
            }
            links.push(format!("{given}{number}{output}"));
        }
        all.push(links);
    }
    Ok(all)
}
