//! Markdown for a terminal, as far as the documentation of rules needs it: headings, paragraphs, lists, code blocks and
//! links.

use crate::render::paint;
use crate::surroundings::Style;

/// The text, wrapped to the width. Code is indented and not wrapped.
pub fn render(markdown: &str, style: Style) -> String {
    let mut out = String::new();
    let mut paragraph = Paragraph::default();
    let mut lines = markdown.lines();
    while let Some(line) = lines.next() {
        if line.trim_start().starts_with("```") {
            paragraph.flush(&mut out, style);
            for code in lines.by_ref().take_while(|line| !line.trim_start().starts_with("```")) {
                out.push_str(format!("    {code}").trim_end());
                out.push('\n');
            }
        } else if line.starts_with('#') {
            paragraph.flush(&mut out, style);
            let title = line.trim_start_matches('#').trim();
            out.push_str(&paint::bold(title, style));
            out.push('\n');
        } else if line.trim().is_empty() {
            paragraph.flush(&mut out, style);
            if !out.is_empty() && !out.ends_with("\n\n") {
                out.push('\n');
            }
        } else {
            paragraph.add(line, &mut out, style);
        }
    }
    paragraph.flush(&mut out, style);
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// Lines that are wrapped as one.
#[derive(Default)]
struct Paragraph {
    marker: String,
    text: String,
}

impl Paragraph {
    fn add(&mut self, line: &str, out: &mut String, style: Style) {
        let trimmed = line.trim_start();
        if let Some(length) = marker_length(trimmed) {
            self.flush(out, style);
            self.marker = format!("{}{}", &line[..line.len() - trimmed.len()], &trimmed[..length]);
            self.text = trimmed[length..].to_string();
        } else {
            if !self.text.is_empty() {
                self.text.push(' ');
            }
            self.text.push_str(trimmed.trim_end());
        }
    }

    fn flush(&mut self, out: &mut String, style: Style) {
        if self.text.is_empty() {
            return;
        }
        let text = links_as_text(&self.text);
        let rest = " ".repeat(self.marker.chars().count());
        let options = paint::wrapping(style).initial_indent(&self.marker).subsequent_indent(&rest);
        out.push_str(&textwrap::fill(&text, options));
        out.push('\n');
        *self = Paragraph::default();
    }
}

/// How long the marker of a list item is, with the space behind it.
fn marker_length(line: &str) -> Option<usize> {
    if line.starts_with("- ") || line.starts_with("* ") {
        return Some(2);
    }
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    (digits > 0 && line[digits..].starts_with(". ")).then_some(digits + 2)
}

/// `[text](address)` as `text (address)`.
fn links_as_text(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, link)) = rest.split_once('[') {
        out.push_str(before);
        match link.split_once("](").and_then(|(words, tail)| Some((words, tail.split_once(')')?))) {
            Some((words, (address, tail))) if !words.contains(['[', ']']) => {
                out.push_str(&format!("{words} ({address})"));
                rest = tail;
            }
            _ => {
                out.push('[');
                rest = link;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::render;
    use crate::surroundings::Style;

    #[test]
    fn everything_that_documentation_uses() {
        let text = "## What it finds\nA long sentence that goes on\nand on, with `code --flag` and \
            [a link](https://example.org/x), far enough to be wrapped.\n\n\n- one item that is long enough to need a \
            second line, which is indented\n- two\n\n1. first\n2. second\n\n```nix\n{\n  a = [ 1 ](2);\n}\n```\nlast [x] y\n\n";
        insta::assert_snapshot!(render(text, Style { width: 60, ..Style::PLAIN }), @"
        What it finds
        A long sentence that goes on and on, with `code --flag` and
        a link (https://example.org/x), far enough to be wrapped.

        - one item that is long enough to need a second line, which
          is indented
        - two

        1. first
        2. second

            {
              a = [ 1 ](2);
            }
        last [x] y
        ");
    }

    #[test]
    fn headings_are_bold() {
        let style = Style { color: true, ..Style::PLAIN };
        assert_eq!(render("# Title\ntext", style), "\u{1b}[1mTitle\u{1b}[0m\ntext\n");
    }
}
