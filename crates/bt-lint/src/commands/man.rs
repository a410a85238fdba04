//! `bt-lint man`: manual pages, made of the same text as `--help`.

use super::Outcome;
use crate::cli::{Arguments, ManArguments};
use crate::exit::Exit;
use crate::output;
use bt_diag::Diagnostic;
use clap::{Command, CommandFactory};
use clap_mangen::Man;

/// Prints the page of the program, or writes one page for each command to a directory.
pub fn run(arguments: &ManArguments) -> Outcome {
    match &arguments.output {
        None => {
            let page = pages()?.into_iter().next().unwrap_or_default();
            output::deliver(None, &page.text)?;
        }
        Some(directory) => {
            output::make_directory(directory)?;
            for page in pages()? {
                let file = format!("{}/{}", directory.trim_end_matches('/'), page.name);
                output::deliver(Some(&file), &page.text)?;
            }
        }
    }
    Ok(Exit::Clean)
}

/// A manual page.
#[derive(Debug, Default)]
struct Page {
    /// The name of its file, such as `bt-lint-check.1`.
    name: String,
    text: String,
}

/// All pages, that of the program first.
fn pages() -> Result<Vec<Page>, Diagnostic> {
    let mut program = Arguments::command().disable_help_subcommand(true);
    program.build();
    let mut pages = Vec::new();
    let mut open = vec![program];
    while let Some(command) = open.pop() {
        let commands = command.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
        open.extend(commands.collect::<Vec<Command>>().into_iter().rev());
        let page = Man::new(command);
        let name = page.get_filename();
        let mut text = Vec::new();
        page.render(&mut text).map_err(|error| Diagnostic::new(format!("cannot make {name}: {error}")))?;
        pages.push(Page { name, text: String::from_utf8_lossy(&text).into_owned() });
    }
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::pages;

    #[test]
    fn each_command_has_a_page() {
        let pages = pages().unwrap();
        let names: Vec<&str> = pages.iter().map(|page| page.name.as_str()).collect();
        assert_eq!(names[0], "bt-lint.1");
        let program = <crate::cli::Arguments as clap::CommandFactory>::command();
        for command in program.get_subcommands() {
            let name = format!("bt-lint-{}.1", command.get_name());
            assert!(names.contains(&name.as_str()), "{name} is not among {names:?}");
            assert!(pages[0].text.contains(&format!("bt\\-lint\\-{}(1)", command.get_name())), "{name}");
        }
        assert!(names.contains(&"bt-lint-derivation-diff.1"), "{names:?}");
        let check = &pages.iter().find(|page| page.name == "bt-lint-check.1").unwrap().text;
        assert!(check.contains("\\-\\-fail\\-on") && check.contains("sarif"), "{check}");
    }
}
