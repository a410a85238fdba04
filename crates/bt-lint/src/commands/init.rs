//! `bt-lint init`: writes a first configuration, and the findings of today as those that are known.

use super::{Outcome, check, explain_all, plan};
use crate::baseline::{self, Baseline};
use crate::cli::InitArguments;
use crate::config::{Effective, effective, find, shown, starter};
use crate::engine;
use crate::exit::Exit;
use crate::render::summary::counted;
use crate::{output, surroundings};
use bt_diag::{Diagnostic, SourceMap};
use std::path::Path;

/// Writes `bt-lint.toml` beside the flake, and with `--baseline` the baseline.
pub fn run(arguments: &InitArguments) -> Outcome {
    let current_directory = surroundings::current_directory()?;
    let directory = effective::directory_of(&arguments.target, &current_directory);
    if !Path::new(&current_directory).join(&arguments.target).exists() {
        return Err(Diagnostic::new(format!("'{}' does not exist", arguments.target)));
    }
    let here = find::NAMES.iter().map(|name| directory.join(name)).find(|path| path.symlink_metadata().is_ok());
    // What is known is known to the configuration that counts, wherever it is.
    let existing = match arguments.baseline && !arguments.force {
        true => find::find(&directory)?,
        false => here,
    };
    let name = |path: &Path| shown(path, &current_directory);
    if let Some(path) = existing.as_ref().filter(|_| !arguments.force && !arguments.baseline) {
        return Err(Diagnostic::new(format!("'{}' is there already", name(path))).with_help("--force replaces it"));
    }
    let config = existing.clone().unwrap_or_else(|| directory.join(find::NAMES[0]));
    // A configuration that is kept says which findings there are, and which file they go to.
    let is_kept = existing.is_some() && !arguments.force;

    if arguments.baseline {
        let sources = SourceMap::new();
        let mut arguments_of_check = arguments.check().map_err(Diagnostic::new)?;
        arguments_of_check.configuration.no_config = !is_kept;
        let now = surroundings::today(arguments.now)?;
        let requests = check::requests(&arguments_of_check, &Default::default(), now, &current_directory);
        let planned = match plan::plan(&mut arguments_of_check, requests, &current_directory, &sources) {
            Ok(planned) => planned,
            Err(errors) => return Ok(explain_all(errors, &sources, &arguments.messages, &current_directory)),
        };
        let Some(plan::Planned { request, effective }) = planned.into_iter().next() else { return Ok(Exit::Failed) };
        let mut report = match engine::check(&request, &sources) {
            Ok(report) => report,
            Err(failure) => {
                super::explain(&failure, &sources, &arguments.messages, &current_directory);
                return Ok(Exit::Failed);
            }
        };
        effective.apply(&mut report, &sources, &mut Default::default());
        let path = baseline_path(&effective, &directory);
        let known = Baseline::of(&report, &sources, path.parent().unwrap_or(&directory));
        known.write(&path, &name(&path))?;
        if !arguments.messages.quiet {
            output::note(&format!("wrote {} with {}", name(&path), counted(known.count(), "finding")));
            if is_kept && effective.configuration.baseline.is_none() {
                output::note(&format!("note: add `baseline = \"{}\"` to {}", baseline::NAME, name(&config)));
            }
            if report.is_incomplete() {
                output::note("note: the analysis is incomplete; what could not be checked is in no baseline");
            }
        }
    }
    if !is_kept {
        let text = starter::text(arguments.baseline.then_some(baseline::NAME));
        let written = output::write_file(&config, &text);
        written.map_err(|error| Diagnostic::new(format!("cannot write '{}': {error}", name(&config))))?;
        if !arguments.messages.quiet {
            output::note(&format!("wrote {}", name(&config)));
        }
    }
    Ok(Exit::Clean)
}

/// The file that the configuration names, or else one beside it, or beside the flake.
fn baseline_path(effective: &Effective, directory: &Path) -> std::path::PathBuf {
    let configuration = &effective.configuration;
    match (configuration.directory(), &configuration.baseline) {
        (Some(directory), file) => directory.join(file.as_deref().unwrap_or(baseline::NAME)),
        _ => directory.join(baseline::NAME),
    }
}
