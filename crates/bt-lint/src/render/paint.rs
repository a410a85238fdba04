//! Colours and miette's settings.

use crate::surroundings::Style;
use bt_diag::Severity;
use miette::{GraphicalReportHandler, GraphicalTheme, ThemeCharacters, ThemeStyles};
use std::borrow::Cow;

/// A text in the colour of small headings such as `help:`.
pub fn heading(text: &str, style: Style) -> String {
    paint(text, "36", style)
}

/// A text in the colour of a severity.
pub fn severity(text: &str, severity: Severity, style: Style) -> String {
    let color = match severity {
        Severity::Error => "31",
        Severity::Warning => "33",
        Severity::Info => "36",
    };
    paint(text, color, style)
}

/// A text in bold.
pub fn bold(text: &str, style: Style) -> String {
    paint(text, "1", style)
}

/// A dimmed text.
pub fn dim(text: &str, style: Style) -> String {
    paint(text, "2", style)
}

/// A text that leads to an address, on terminals that know how (OSC 8, "Hyperlinks in Terminal Emulators").
pub fn link(text: &str, address: Option<&str>, style: Style) -> String {
    match address.filter(|_| style.links) {
        Some(address) => format!("\u{1b}]8;;{address}\u{1b}\\{text}\u{1b}]8;;\u{1b}\\"),
        None => text.to_string(),
    }
}

fn paint(text: &str, code: &str, style: Style) -> String {
    if style.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
}

/// Words without the ellipsis that some of them have, where only ASCII may be drawn.
pub fn words(text: &str, style: Style) -> Cow<'_, str> {
    match !style.unicode && text.contains('…') {
        true => Cow::Owned(text.replace('…', "...")),
        false => Cow::Borrowed(text),
    }
}

/// An excerpt without the marks that are put into it, where only ASCII may be drawn: one character for one, so that what
/// is below stays below. The other characters are the user's own.
pub fn marks(excerpt: String, style: Style) -> String {
    let is_mark = |c: char| matches!(c, '…' | '\u{2400}'..='\u{2421}' | '\u{fffd}');
    if style.unicode || !excerpt.contains(is_mark) {
        return excerpt;
    }
    let plain = |c: char| match c {
        '…' => '~',
        c if is_mark(c) => '?',
        c => c,
    };
    excerpt.chars().map(plain).collect()
}

/// A line below a report: a heading and its text, continued under the text.
pub fn field(name: &str, text: &str, style: Style) -> String {
    let initial = format!("  {} ", heading(&format!("{name}:"), style));
    let rest = " ".repeat(name.len() + 4);
    let text = words(text, style);
    let mut wrapped = textwrap::fill(&text, wrapping(style).initial_indent(&initial).subsequent_indent(&rest));
    wrapped.push('\n');
    wrapped
}

/// Wraps at spaces only: paths and names with hyphens stay whole.
pub fn wrapping(style: Style) -> textwrap::Options<'static> {
    textwrap::Options::new(style.width)
        .break_words(false)
        .word_separator(textwrap::WordSeparator::AsciiSpace)
        .word_splitter(textwrap::WordSplitter::NoHyphenation)
}

/// miette's report for people.
pub fn handler(style: Style) -> GraphicalReportHandler {
    let theme = GraphicalTheme {
        characters: if style.unicode { ThemeCharacters::unicode() } else { ThemeCharacters::ascii() },
        styles: if style.color { ThemeStyles::ansi() } else { ThemeStyles::none() },
    };
    GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_urls(false)
        .with_break_words(false)
        .with_word_separator(textwrap::WordSeparator::AsciiSpace)
        .with_word_splitter(textwrap::WordSplitter::NoHyphenation)
        .tab_width(super::excerpt::TAB_WIDTH)
        .without_syntax_highlighting()
}
