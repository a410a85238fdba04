//! Programs with a few tokens out of place, on which parsers must agree.

use super::Generator;
use crate::random_programs::tree::{Piece, Tree};

/// What is put into a program: everything that the language is written with.
const TOKENS: [&str; 74] = [
    "if", "then", "else", "let", "in", "with", "assert", "rec", "inherit", "or", "(", ")", "[", "]", "{", "}", "${",
    "\"", "''", ".", "...", ",", ";", ":", "=", "==", "!=", "<", "<=", ">", ">=", "+", "++", "-", "*", "/", "//", "!",
    "&&", "||", "->", "?", "@", "x@", "x:", "x :", "{ }:", "1", "1.", ".1", "1.e1", "0x1", "1a", "x", "a.b", "x.y.z",
    "./a", "a/b", "/a", "~/a", "<a>", "<a/b>", "x:y", "#", "# c\n", "/* c */", "/**/", "\r\n", "\t", "\\", "$", "'",
    "__sub", "null",
];

impl Generator {
    /// A program from the text of another, as a row of tokens.
    pub(super) fn mutated(&mut self, text: &str) -> Tree {
        let mut tokens = tokens(text);
        for _ in 0..=self.number(2) {
            let at = self.number(tokens.len());
            match self.number(6) {
                0 if tokens.len() > 1 => {
                    tokens.remove(at);
                }
                1 => tokens.insert(at, tokens[at].clone()),
                2 if at + 1 < tokens.len() => tokens.swap(at, at + 1),
                3 => {
                    // Two tokens that may become one.
                    if let Some(space) = tokens.iter().skip(at).position(|token| token == " ") {
                        tokens.remove(at + space);
                    }
                }
                4 => tokens[at] = self.text(&TOKENS).into(),
                _ => tokens.insert(at, self.text(&TOKENS).into()),
            }
            if tokens.is_empty() {
                tokens.push(" ".into());
            }
        }
        Tree::new(tokens.into_iter().map(|token| Piece::Optional(vec![token.into()])).collect())
    }
}

/// Runs of letters and digits, and single other characters.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    for letter in text.chars() {
        match tokens.last_mut() {
            Some(last) if letter.is_alphanumeric() && last.ends_with(char::is_alphanumeric) => last.push(letter),
            _ => tokens.push(letter.into()),
        }
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::tokens;

    #[test]
    fn texts_are_taken_apart() {
        assert_eq!(tokens("ab + x1.y"), ["ab", " ", "+", " ", "x1", ".", "y"]);
        assert_eq!(tokens("ab + x1.y").concat(), "ab + x1.y");
    }
}
