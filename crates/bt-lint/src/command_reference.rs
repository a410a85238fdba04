//! The reference of all commands, as Markdown: `docs/commands.md`, which a test compares with what is made here. It is made
//! of the same text as `--help` and the manual pages.

use crate::cli::Arguments;
use clap::{Arg, Command, CommandFactory};

/// Heading of options that no other heading is about.
const OTHERS: &str = "Options";

/// The whole page.
pub fn page() -> String {
    let mut program = Arguments::command().disable_help_subcommand(true);
    program.build();
    let mut out = String::from(
        "# Commands\n\nWhat `bt-lint help COMMAND` and the manual pages say as well. Without a command, `check` is meant.\n",
    );
    let mut open = vec![program];
    while let Some(command) = open.pop() {
        let commands = command.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
        open.extend(commands.collect::<Vec<_>>().into_iter().rev());
        describe(command, &mut out);
    }
    out
}

fn describe(mut command: Command, out: &mut String) {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_string();
    out.push_str(&format!("\n## {name}\n\n"));
    if let Some(about) = command.get_long_about().or(command.get_about()) {
        out.push_str(&format!("{}\n\n", sentence(&escape(&about.to_string()))));
    }
    let usage = command.render_usage().to_string();
    let usage = usage.trim_start_matches("Usage:").lines().map(str::trim).collect::<Vec<_>>().join("\n");
    out.push_str(&format!("```text\n{usage}\n```\n"));
    for heading in headings(&command) {
        out.push_str(&format!("\n**{heading}**\n\n"));
        for argument in shown(&command).filter(|argument| heading_of(argument) == heading) {
            out.push_str(&item(argument));
        }
    }
    if let Some(text) = command.get_after_long_help().or(command.get_after_help()) {
        out.push_str(&format!("\n{}\n", escape(&text.to_string())));
    }
}

/// Arguments that a reader has a use for: every command has `--help`.
fn shown(command: &Command) -> impl Iterator<Item = &Arg> {
    command.get_arguments().filter(|argument| !argument.is_hide_set() && argument.get_id() != "help")
}

fn heading_of(argument: &Arg) -> &str {
    match argument.get_help_heading() {
        Some(heading) => heading,
        None if argument.is_positional() => "Arguments",
        None => OTHERS,
    }
}

/// Headings in the order of `--help`: arguments, options, then those with a name, each once.
fn headings(command: &Command) -> Vec<&str> {
    let mut all = vec!["Arguments", OTHERS];
    for argument in shown(command) {
        let heading = heading_of(argument);
        if !all.contains(&heading) {
            all.push(heading);
        }
    }
    all.retain(|heading| shown(command).any(|argument| heading_of(argument) == *heading));
    all
}

/// An item of a list: the argument, what it does, its values and its default.
fn item(argument: &Arg) -> String {
    let short = argument.get_short().filter(|_| argument.get_long().is_some());
    let short = short.map(|letter| format!("-{letter}, ")).unwrap_or_default();
    let help = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    let mut out = format!("- `{short}{argument}`: {}", sentence(&escape(&help.replace('\n', " "))));
    let defaults: Vec<String> =
        argument.get_default_values().iter().map(|value| value.to_string_lossy().into_owned()).collect();
    if !defaults.is_empty() && argument.get_action().takes_values() && !argument.is_hide_default_value_set() {
        out.push_str(&format!(" Default: `{}`.", defaults.join(" ")));
    }
    out.push('\n');
    if argument.get_action().takes_values() && !argument.is_hide_possible_values_set() {
        for value in argument.get_possible_values().iter().filter(|value| !value.is_hide_set()) {
            let help = value.get_help().map(|help| format!(": {}", escape(&help.to_string()))).unwrap_or_default();
            out.push_str(&format!("  - `{}`{help}\n", value.get_name()));
        }
    }
    out
}

/// With the full stop that clap removes.
fn sentence(text: &str) -> String {
    let text = text.trim_end();
    if text.is_empty() || text.ends_with(['.', ':']) { text.into() } else { format!("{text}.") }
}

/// What Markdown would take for something else, outside of code. What is in brackets at the end of a help text is no link.
fn escape(text: &str) -> String {
    let mut is_code = false;
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '`' {
            is_code = !is_code;
        } else if !is_code && matches!(character, '<' | '>' | '*' | '|') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{escape, page, sentence};

    #[test]
    fn each_command_and_option_is_there() {
        let page = page();
        for heading in ["\n## bt-lint\n", "\n## bt-lint check\n", "\n## bt-lint derivation diff\n"] {
            assert_eq!(page.matches(heading).count(), 1, "{heading}");
        }
        assert!(page.contains("\n- `-o, --output <FILE>`: ") && page.contains("\n  - `sarif`: "), "{page}");
        assert!(!page.contains("--help`:"), "{page}");
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(escape("a <b> `<c>` *"), "a \\<b\\> `<c>` \\*");
        assert_eq!((sentence("a"), sentence("a."), sentence("")), ("a.".into(), "a.".into(), String::new()));
    }
}
