//! `bt-lint completions`: a script by which a shell completes the command line.

use super::Outcome;
use crate::cli::{Arguments, CompletionsArguments};
use crate::exit::Exit;
use crate::output;
use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use std::collections::BTreeSet;

/// Prints the script.
pub fn run(arguments: &CompletionsArguments) -> Outcome {
    output::deliver(None, &script(arguments.shell))?;
    Ok(Exit::Clean)
}

fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "bt-lint", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    match shell {
        // clap_complete 4.6 names the state of a command in two ways when the program's name has a hyphen.
        Shell::Bash => script.replace("bt__subcmd__lint", "bt__lint"),
        _ => script,
    }
}

/// The command line as shells shall see it: names of rules are offered where any word would be taken, and the options of
/// `check` also where no command is named.
fn command() -> Command {
    let rules = || PossibleValuesParser::new(bt_rules::all().iter().map(|rule| rule.name));
    let families: BTreeSet<&str> = bt_rules::all().iter().filter_map(|rule| rule.code.get(..3)).collect();
    let selections = || {
        let names = bt_rules::all().iter().map(|rule| rule.name);
        PossibleValuesParser::new(names.chain(families.iter().copied()))
    };
    let mut command = Arguments::command();
    command = command.mut_arg("explain", |arg| arg.value_parser(rules()));
    command = command.mut_subcommand("rule", |rule| rule.mut_arg("name", |arg| arg.value_parser(rules())));
    command = command.mut_subcommand("check", |check| {
        check.mut_args(|arg| match arg.get_value_names() {
            Some([name]) if name == "RULES" => arg.value_parser(selections()),
            _ => arg,
        })
    });
    let options = command.find_subcommand("check").map(|check| check.get_arguments().cloned().collect::<Vec<_>>());
    command.args(options.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use clap_complete::Shell;

    #[test]
    fn every_shell_is_told_commands_rules_and_options() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish, Shell::Elvish, Shell::PowerShell] {
            let script = super::script(shell);
            for word in ["derivation", "format", "fail-on"] {
                assert!(script.contains(word), "{shell}: {word}");
            }
            // The generators for these shells know no values.
            if matches!(shell, Shell::Bash | Shell::Zsh | Shell::Fish) {
                for word in ["root-user", "unlocked-input", "CMP", "sarif"] {
                    assert!(script.contains(word), "{shell}: {word}");
                }
            }
        }
    }

    #[test]
    fn the_command_line_itself_takes_any_word() {
        super::command().debug_assert();
        let error = crate::cli::parse(["bt-lint", "rule", "root-usr"].map(Into::into)).unwrap_err();
        assert!(error.to_string().contains("did you mean `root-user`?"), "{error}");
    }
}
