//! What the program is started in: the terminal, the environment, the current directory.

use crate::cli::ColorChoice;
use std::io::IsTerminal;

/// A stream that people may be reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// A file.
    File,
}

/// Whether a stream is a terminal.
pub(crate) fn is_terminal(stream: Stream) -> bool {
    match stream {
        Stream::Stdout => std::io::stdout().is_terminal(),
        Stream::Stderr => std::io::stderr().is_terminal(),
        Stream::File => false,
    }
}

/// Less is taken for a mistake: excerpts have to fit.
const MIN_WIDTH: usize = 40;

/// How text for people may look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to use colours.
    pub color: bool,
    /// Whether lines and arrows may be drawn with characters beyond ASCII.
    pub unicode: bool,
    /// Whether texts may lead to addresses.
    pub links: bool,
    /// How many columns a line may have.
    pub width: usize,
}

impl Style {
    /// Without colours, of a fixed width: for files, pipes and tests.
    pub const PLAIN: Style = Style { color: false, unicode: true, links: false, width: 120 };

    /// What suits a stream.
    pub fn of(stream: Stream, choice: ColorChoice) -> Style {
        let (terminal, size) = match stream {
            Stream::Stdout => (std::io::stdout().is_terminal(), terminal_size::terminal_size_of(std::io::stdout())),
            Stream::Stderr => (std::io::stderr().is_terminal(), terminal_size::terminal_size_of(std::io::stderr())),
            Stream::File => (false, None),
        };
        let width = size.map_or(Style::PLAIN.width, |(width, _)| usize::from(width.0).clamp(MIN_WIDTH, 160));
        let environment = |name: &str| variable(name).filter(|value| !value.is_empty());
        let color = wants_color(choice, terminal, environment);
        Style {
            color,
            unicode: !terminal || draws_unicode(environment),
            links: color && terminal && knows_links(environment),
            width,
        }
    }
}

/// `--color`, then NO_COLOR (no-color.org), then FORCE_COLOR (force-color.org) and CLICOLOR_FORCE
/// (bixense.com/clicolors), then the terminal.
fn wants_color(choice: ColorChoice, terminal: bool, environment: impl Fn(&str) -> Option<String>) -> bool {
    match choice {
        ColorChoice::Always => true,
        ColorChoice::Never => false,
        ColorChoice::Auto if environment("NO_COLOR").is_some() => false,
        ColorChoice::Auto
            if ["FORCE_COLOR", "CLICOLOR_FORCE"]
                .iter()
                .any(|name| environment(name).is_some_and(|value| value != "0")) =>
        {
            true
        }
        ColorChoice::Auto => terminal && environment("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// Terminals that are known to follow links. Others may show the address as garbage. What runs in tmux and screen cannot
/// know what is around it.
fn knows_links(environment: impl Fn(&str) -> Option<String>) -> bool {
    let number = |name: &str| environment(name).and_then(|value| value.parse::<u32>().ok());
    let is_set = |name: &str| environment(name).is_some();
    if let Some(forced) = environment("FORCE_HYPERLINK") {
        return forced != "0";
    }
    let term = environment("TERM").unwrap_or_default();
    if term == "dumb" || term.starts_with("screen") || term.starts_with("tmux") || is_set("CI") {
        return false;
    }
    // 0.50.0 crashed on links.
    if let Some(version) = number("VTE_VERSION") {
        return version > 5000;
    }
    let programs = ["iTerm.app", "WezTerm", "vscode", "Hyper", "ghostty", "rio", "Tabby", "mintty"];
    environment("TERM_PROGRAM").is_some_and(|program| programs.contains(&program.as_str()))
        || ["WT_SESSION", "KONSOLE_VERSION", "DOMTERM", "KITTY_WINDOW_ID"].into_iter().any(is_set)
        || ["xterm-kitty", "alacritty", "foot", "xterm-ghostty", "wezterm"].iter().any(|name| term.starts_with(name))
}

/// Not on the Linux console, nor when the locale says outright that it is something else than UTF-8.
fn draws_unicode(environment: impl Fn(&str) -> Option<String>) -> bool {
    if environment("TERM").is_some_and(|term| term == "linux" || term == "dumb") {
        return false;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(&environment);
    locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

/// An environment variable that is set to valid Unicode.
#[expect(clippy::disallowed_methods, reason = "the command line is where the environment is read")]
pub fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Seconds since 1970 by the clock of this machine.
#[expect(clippy::disallowed_methods, reason = "the edge of the program is where the clock may be seen")]
pub fn clock() -> i64 {
    let elapsed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    elapsed.map_or(0, |d| i64::try_from(d.as_secs()).unwrap_or(0))
}

/// Seconds since 1970 of what counts as today: `given`, else `SOURCE_DATE_EPOCH`
/// (reproducible-builds.org/specs/source-date-epoch), else the clock.
///
/// Errors: `SOURCE_DATE_EPOCH` is no number.
pub fn today(given: Option<i64>) -> Result<i64, bt_diag::Diagnostic> {
    let variable = || variable("SOURCE_DATE_EPOCH").filter(|text| !text.is_empty());
    match (given, variable()) {
        (Some(given), _) => Ok(given),
        (None, Some(text)) => text.parse().map_err(|_| {
            bt_diag::Diagnostic::new(format!("SOURCE_DATE_EPOCH is '{text}', not a number of seconds since 1970"))
        }),
        (None, None) => Ok(clock()),
    }
}

/// The current directory.
#[expect(clippy::disallowed_methods, reason = "the command line is where the current directory is known")]
pub fn current_directory() -> Result<String, bt_diag::Diagnostic> {
    let directory = std::env::current_dir()
        .map_err(|error| bt_diag::Diagnostic::new(format!("cannot find out the current directory: {error}")))?;
    directory.into_os_string().into_string().map_err(|name| {
        bt_diag::Diagnostic::new(format!("the name of the current directory is not UTF-8: {}", name.display()))
    })
}

#[cfg(test)]
mod tests {
    use super::{draws_unicode, knows_links, wants_color};
    use crate::cli::ColorChoice::{Always, Auto, Never};

    fn set<'v>(variables: &'v [(&str, &str)]) -> impl Fn(&str) -> Option<String> + 'v {
        |name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_string())
    }

    #[test]
    fn colors() {
        assert!(wants_color(Auto, true, set(&[])));
        assert!(!wants_color(Auto, false, set(&[])));
        assert!(!wants_color(Auto, true, set(&[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")])));
        assert!(wants_color(Auto, false, set(&[("CLICOLOR_FORCE", "1")])));
        assert!(wants_color(Auto, false, set(&[("FORCE_COLOR", "1")])));
        assert!(!wants_color(Auto, false, set(&[("FORCE_COLOR", "0")])));
        assert!(!wants_color(Auto, true, set(&[("NO_COLOR", "1"), ("FORCE_COLOR", "1")])));
        assert!(wants_color(Always, false, set(&[("NO_COLOR", "1")])));
        assert!(!wants_color(Never, true, set(&[])));
        assert!(!wants_color(Auto, true, set(&[("TERM", "dumb")])));
    }

    #[test]
    fn links() {
        assert!(!knows_links(set(&[])) && !knows_links(set(&[("TERM", "xterm-256color")])));
        assert!(knows_links(set(&[("VTE_VERSION", "7600")])) && !knows_links(set(&[("VTE_VERSION", "5000")])));
        assert!(knows_links(set(&[("TERM", "xterm-kitty")])) && knows_links(set(&[("WT_SESSION", "x")])));
        assert!(knows_links(set(&[("TERM_PROGRAM", "WezTerm")])) && !knows_links(set(&[("TERM_PROGRAM", "Apple")])));
        assert!(!knows_links(set(&[("TERM_PROGRAM", "WezTerm"), ("TERM", "tmux-256color")])));
        assert!(!knows_links(set(&[("FORCE_HYPERLINK", "0"), ("TERM", "foot")])));
        assert!(knows_links(set(&[("FORCE_HYPERLINK", "1")])));
    }

    #[test]
    fn characters() {
        assert!(draws_unicode(set(&[])));
        assert!(draws_unicode(set(&[("LANG", "de_DE.UTF-8")])));
        assert!(!draws_unicode(set(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")])));
        assert!(!draws_unicode(set(&[("TERM", "linux")])));
    }
}
