//! `bt-lint flake.nix` means `bt-lint check flake.nix`.

use clap::{Arg, Command};
use std::ffi::OsString;

/// Puts the command first: the first word that is neither an option nor an option's value names it, or else it is
/// `check`. A file that is called like a command can be given as `./check`.
pub fn with_command(mut arguments: Vec<OsString>, program: &Command) -> Vec<OsString> {
    let Some(check) = program.find_subcommand("check") else { return arguments };
    let mut index = 1;
    while let Some(word) = arguments.get(index) {
        let word = word.to_string_lossy().into_owned();
        match word.as_str() {
            // Help and version of the program, not of a command.
            "-h" | "--help" | "-V" | "--version" => return arguments,
            "--explain" => {
                arguments.remove(index);
                arguments.insert(1, "rule".into());
                return arguments;
            }
            "--" => break,
            _ if word.starts_with("--explain=") => {
                arguments[index] = word["--explain=".len()..].into();
                arguments.insert(1, "rule".into());
                return arguments;
            }
            _ if word.starts_with('-') && word.len() > 1 => index += 1 + values_after(&word, check),
            _ => {
                let is_command = word == "help" || program.get_subcommands().any(|c| c.get_name() == word);
                if is_command {
                    arguments[1..=index].rotate_right(1);
                    return arguments;
                }
                break;
            }
        }
    }
    arguments.insert(1, "check".into());
    arguments
}

/// How many of the following words are values of an option.
fn values_after(word: &str, command: &Command) -> usize {
    let option = if let Some(name) = word.strip_prefix("--") {
        if name.contains('=') {
            return 0;
        }
        command.get_arguments().find(|arg| arg.get_long() == Some(name))
    } else {
        // In `-qo FILE` the last letter takes the value; in `-oFILE` it is attached.
        let takes_value = |c: char| command.get_arguments().find(|arg| arg.get_short() == Some(c) && takes_values(arg));
        let first = word.char_indices().skip(1).find_map(|(i, c)| takes_value(c).map(|arg| (i + c.len_utf8(), arg)));
        first.filter(|(end, _)| *end == word.len()).map(|(_, arg)| arg)
    };
    option.filter(|arg| takes_values(arg)).map_or(0, |arg| arg.get_num_args().map_or(1, |range| range.min_values()))
}

fn takes_values(arg: &Arg) -> bool {
    arg.get_action().takes_values()
}
