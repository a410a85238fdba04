//! Characters that act on a terminal, or that make text look like other text, shown instead of obeyed.

use std::borrow::Cow;

/// The visible stand-in for a character that must not reach a terminal: one for one, so that columns stay right.
pub fn visible(c: char) -> char {
    match c {
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        c if is_hidden(c) => '\u{fffd}',
        c => c,
    }
}

/// Control characters, and those that change the direction of text or break lines ("Trojan Source", CVE-2021-42574).
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// A text on one line: line breaks and tabs become spaces, other characters [`visible`].
pub fn line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let text = text.trim_end_matches(['\n', '\r']).replace("\r\n", " ");
    Cow::Owned(text.chars().map(|c| if matches!(c, '\n' | '\t') { ' ' } else { visible(c) }).collect())
}

/// A text on several lines: line breaks stay, tabs become spaces, other characters [`visible`].
pub fn lines(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let text = text.trim_end_matches(['\n', '\r']).replace("\r\n", "\n");
    let shown = |c| match c {
        '\n' => '\n',
        '\t' => ' ',
        c => visible(c),
    };
    Cow::Owned(text.chars().map(shown).collect())
}

/// A text with all of its lines, tabs and spaces, other characters [`visible`].
pub fn text(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '\n' | '\t') { c } else { visible(c) }).collect()
}

/// A text without the sequences by which programs colour a terminal (ECMA-48, "CSI").
pub fn without_colors(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_string();
    for part in parts {
        let end = part.find(|c| matches!(c, '@'..='~'));
        plain.push_str(end.map_or("", |end| &part[end + 1..]));
    }
    plain
}

/// At most `width` characters of a text.
pub fn clip(text: &str, width: usize) -> Cow<'_, str> {
    match text.char_indices().nth(width) {
        None => Cow::Borrowed(text),
        Some(_) => Cow::Owned(text.chars().take(width.saturating_sub(1)).chain(['…']).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::{clip, line, lines};

    #[test]
    fn hides_what_acts_on_a_terminal() {
        assert_eq!(line("a\u{1b}[31mb\u{7}\u{7f}\u{9b}c"), "a␛[31mb␇␡\u{fffd}c");
        assert_eq!(line("user\u{202e}resu"), "user\u{fffd}resu");
        assert_eq!(line("one\ttwo\r\nthree\n"), "one two three");
        assert_eq!(lines("one\r\n\ttwo\rx"), "one\n two␍x");
        assert_eq!(super::text("a\n\t\u{1b}\n"), "a\n\t␛\n");
        assert_eq!(line("grün 日本 👩‍🚀"), "grün 日本 👩‍🚀");
    }

    #[test]
    fn colors_go_away() {
        let plain = super::without_colors;
        assert_eq!(plain("a\u{1b}[31;1merror:\u{1b}[0m b"), "aerror: b");
        assert_eq!(plain("no [0m"), "no [0m");
        assert_eq!(plain("cut \u{1b}[31"), "cut ");
    }

    #[test]
    fn clips() {
        assert_eq!(clip("grün", 4), "grün");
        assert_eq!(clip("grüne", 4), "grü…");
    }
}
