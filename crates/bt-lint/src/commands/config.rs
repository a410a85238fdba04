//! `bt-lint config`: what counts for a flake, and who says so.

use super::{Outcome, explain_all};
use crate::cli::ConfigArguments;
use crate::config::{Effective, schema, show};
use crate::exit::Exit;
use crate::request::Target;
use crate::{output, surroundings};
use bt_diag::SourceMap;

/// Prints the configuration of the first target, or the schema.
pub fn run(arguments: &ConfigArguments) -> Outcome {
    if arguments.schema {
        output::deliver(None, &schema::text())?;
        return Ok(Exit::Clean);
    }
    let current_directory = surroundings::current_directory()?;
    let sources = SourceMap::new();
    let check = &arguments.check;
    let flake = check.targets.first().map_or_else(|| ".".to_string(), |text| Target::parse(text).path);
    if !std::path::Path::new(&current_directory).join(flake.strip_prefix("path:").unwrap_or(&flake)).exists() {
        return Err(bt_diag::Diagnostic::new(format!("'{flake}' does not exist")));
    }
    let effective = match Effective::of(check, &flake, &current_directory, &sources) {
        Ok(effective) => effective,
        Err(errors) => return Ok(explain_all(errors, &sources, &check.messages, &current_directory)),
    };
    let text = match arguments.json {
        true => show::json(&effective, check, &current_directory),
        false => show::text(&effective, check, &current_directory),
    };
    output::deliver(None, &text)?;
    Ok(Exit::Clean)
}
