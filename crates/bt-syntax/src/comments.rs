//! Comments, and what they stand at: for remarks to the linter.

use crate::tree::Tree;
use rnix::{SyntaxKind, SyntaxToken};
use std::ops::Range;

/// A comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Byte range of it, with what begins and ends it.
    pub range: Range<usize>,
    /// What it stands at.
    pub at: At,
}

/// What a comment stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum At {
    /// Code, on the line that holds this byte offset.
    Line(usize),
    /// It has its lines for itself; byte range of the binding, list element or expression that follows.
    Next(Range<usize>),
    /// It has its lines for itself, and nothing follows before the next closing bracket, semicolon or comma.
    Nothing,
}

/// The comments that hold a word, in the order of the text. Takes linear time. What is in a string is no comment. A text
/// that is too deep for the lossless tree has none.
pub fn comments(text: &str, word: &str) -> Vec<Comment> {
    if !text.contains(word) {
        return Vec::new();
    }
    let tree = Tree::parse(text);
    let mut found: Vec<Comment> = Vec::new();
    // Of those from here on it is not known yet what follows.
    let mut open = 0;
    // Whether code is before a comment on its line.
    let mut is_behind_code = false;
    // Where the line began that is being read: what was found before stands above it.
    let mut line = 0;
    for token in tree.tokens() {
        let range: Range<usize> = token.text_range().start().into()..token.text_range().end().into();
        if token.kind().is_trivia() {
            if token.kind() == SyntaxKind::TOKEN_COMMENT && token.text().contains(word) {
                let at = if is_behind_code { At::Line(range.start) } else { At::Nothing };
                found.push(Comment { range: range.clone(), at });
            }
            if let Some(newline) = token.text().rfind('\n') {
                (line, is_behind_code) = (range.start + newline + 1, false);
            }
            continue;
        }
        is_behind_code = true;
        if open == found.len() {
            continue;
        }
        let next = match begins(&token) {
            Begins::Node(next) => Some(next),
            Begins::Nothing => None,
            // An operator, say: what follows it is meant.
            Begins::Later => continue,
        };
        for comment in found[open..].iter_mut().filter(|comment| comment.at == At::Nothing) {
            comment.at = match &next {
                _ if comment.range.end > line => At::Line(range.start),
                Some(next) => At::Next(next.clone()),
                None => At::Nothing,
            };
        }
        open = found.len();
    }
    found
}

/// What begins with a token.
enum Begins {
    Node(Range<usize>),
    /// Something else ends.
    Nothing,
    /// Nothing ends, and something may begin behind it.
    Later,
}

fn begins(token: &SyntaxToken) -> Begins {
    let start = token.text_range().start();
    let nodes = token.parent_ancestors().take_while(|node| node.text_range().start() == start);
    // The tree as a whole holds the comment.
    match nodes.filter(|node| node.kind() != SyntaxKind::NODE_ROOT).last() {
        Some(node) => Begins::Node(start.into()..node.text_range().end().into()),
        None => match token.kind() {
            SyntaxKind::TOKEN_R_BRACE
            | SyntaxKind::TOKEN_R_BRACK
            | SyntaxKind::TOKEN_R_PAREN
            | SyntaxKind::TOKEN_SEMICOLON
            | SyntaxKind::TOKEN_COMMA => Begins::Nothing,
            _ => Begins::Later,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::{At, comments};

    /// What each comment with a `!` in it stands at: the line, or the text that follows.
    fn stands_at(text: &str) -> Vec<String> {
        let shown = |at| match at {
            At::Line(offset) => format!("line {}", text[..offset].matches('\n').count() + 1),
            At::Next(range) => text[range].to_string(),
            At::Nothing => String::new(),
        };
        comments(text, "!").into_iter().map(|comment| shown(comment.at)).collect()
    }

    #[test]
    fn comments_at_the_end_of_a_line() {
        assert_eq!(stands_at("{\n  a = 1; # !\n  b = 2;\n}"), ["line 2"]);
        assert_eq!(stands_at("{ a = 1; /* ! */ b = 2; }"), ["line 1"]);
        assert_eq!(stands_at("{\n/* ! */ b = 2; }"), ["line 2"]);
        assert_eq!(stands_at("{ a = /* \n! */ 2; }"), ["line 1"]);
        assert_eq!(stands_at("{\n/* \n! */ b = 2; # !\n}"), ["line 3", "line 3"]);
        assert_eq!(stands_at("1 # !\r\n"), ["line 1"]);
    }

    #[test]
    fn comments_above() {
        assert_eq!(stands_at("{\n  # !\n\n  a.b = f {\n };\n  c = 1; }"), ["a.b = f {\n };"]);
        assert_eq!(stands_at("{\r\n  # !\r\n  \"ö\" = 1; a = 1;\r\n}"), ["\"ö\" = 1;"]);
        assert_eq!(stands_at("[\n  a\n  # !\n  (b c)\n  d\n]"), ["(b c)"]);
        assert_eq!(stands_at("# !\n{ a }: a 1"), ["{ a }: a 1"]);
        assert_eq!(stands_at("f\n/* ! */\n# !\n{ a = 1; } 2"), ["{ a = 1; }", "{ a = 1; }"]);
        assert_eq!(stands_at("let\n# !\ninherit (a) b; in 1"), ["inherit (a) b;"]);
        assert_eq!(stands_at("a\n# !\n+ [ 1 ] + 2"), ["[ 1 ]"]);
        assert_eq!(stands_at("{ a = {\n} # !\n;\n# !\n}"), ["line 2", ""]);
        assert_eq!(stands_at("1\n# !"), [""]);
    }

    #[test]
    fn strings_are_no_comments_but_hold_some() {
        assert_eq!(stands_at("{ a = \"# !\"; b = ''\n# !\n''; }"), [""; 0]);
        assert_eq!(stands_at("{ a = \"${b # !\n}\"; }"), ["line 1"]);
    }

    #[test]
    fn many_comments_take_linear_time() {
        let lines = format!("{{\n{}a = 1; }}", "# !\n".repeat(50_000));
        assert_eq!(comments(&lines, "!").len(), 50_000);
        let line = format!("{{ {} }}", "/* ! */ a = 1; ".repeat(50_000));
        assert_eq!(comments(&line, "!").len(), 50_000);
        assert!(comments(&format!("{}1 # !", "! ".repeat(100_000)), "!").is_empty());
    }
}
