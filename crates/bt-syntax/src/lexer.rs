//! rnix's tokens without trivia, with offsets.

use rnix::SyntaxKind;

/// A token: kind and byte range in the text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    pub kind: SyntaxKind,
    pub start: u32,
    pub end: u32,
}

/// All tokens but white space and comments.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len() / 6 + 8);
    push_tokens(text, 0, &mut tokens);
    tokens
}

/// How many bytes rnix may look ahead in vain: it looks for a slash from the start of each name to the end of the run
/// of path characters, which a chain like `a.a.a…` of 100 000 names makes quadratic.
const MAX_LOOKAHEAD: usize = 400 << 20;

fn push_tokens(text: &str, offset: u32, tokens: &mut Vec<Token>) {
    let mut at = offset;
    let (mut run_end, mut looked) = (0, 0);
    for (kind, piece) in rnix::tokenize(text) {
        let start = at;
        at += piece.len() as u32;
        if matches!(kind, SyntaxKind::TOKEN_IDENT | SyntaxKind::TOKEN_INTEGER) {
            let from = (start - offset) as usize;
            if from >= run_end {
                let is_path = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'+' | b'-');
                run_end = from + text.as_bytes()[from..].iter().take_while(|b| is_path(b)).count();
            }
            looked += run_end - from;
            if looked > MAX_LOOKAHEAD {
                tokens.push(Token { kind: SyntaxKind::TOKEN_ERROR, start, end: at });
                return;
            }
        }
        match kind {
            SyntaxKind::TOKEN_WHITESPACE => {}
            SyntaxKind::TOKEN_COMMENT => {
                // For Nix a carriage return ends a line, and so a comment.
                if piece.starts_with('#') {
                    let mut line_start = start;
                    for (i, line) in piece.split('\r').enumerate() {
                        if i > 0 {
                            push_tokens(line, line_start, tokens);
                        }
                        line_start += line.len() as u32 + 1;
                    }
                }
            }
            kind => tokens.push(Token { kind, start, end: at }),
        }
    }
}

/// How a token is named in messages.
pub(crate) fn describe(kind: SyntaxKind) -> &'static str {
    use SyntaxKind::*;
    match kind {
        TOKEN_ADD => "'+'",
        TOKEN_AND_AND => "'&&'",
        TOKEN_ASSIGN => "'='",
        TOKEN_ASSERT => "'assert'",
        TOKEN_AT => "'@'",
        TOKEN_COLON => "':'",
        TOKEN_COMMA => "','",
        TOKEN_CONCAT => "'++'",
        TOKEN_DIV => "'/'",
        TOKEN_DOT => "'.'",
        TOKEN_ELLIPSIS => "'...'",
        TOKEN_ELSE => "'else'",
        TOKEN_EQUAL => "'=='",
        TOKEN_ERROR => "an invalid token",
        TOKEN_FLOAT => "a floating-point number",
        TOKEN_IDENT => "an identifier",
        TOKEN_IF => "'if'",
        TOKEN_IMPLICATION => "'->'",
        TOKEN_IN => "'in'",
        TOKEN_INHERIT => "'inherit'",
        TOKEN_INTEGER => "an integer",
        TOKEN_INTERPOL_END => "'}'",
        TOKEN_INTERPOL_START => "'${'",
        TOKEN_INVERT => "'!'",
        TOKEN_L_BRACE => "'{'",
        TOKEN_L_BRACK => "'['",
        TOKEN_L_PAREN => "'('",
        TOKEN_LESS => "'<'",
        TOKEN_LESS_OR_EQ => "'<='",
        TOKEN_LET => "'let'",
        TOKEN_MORE => "'>'",
        TOKEN_MORE_OR_EQ => "'>='",
        TOKEN_MUL => "'*'",
        TOKEN_NOT_EQUAL => "'!='",
        TOKEN_OR => "'or'",
        TOKEN_OR_OR => "'||'",
        TOKEN_PATH_ABS | TOKEN_PATH_HOME | TOKEN_PATH_REL | TOKEN_PATH_SEARCH => "a path",
        TOKEN_PIPE_LEFT => "'<|'",
        TOKEN_PIPE_RIGHT => "'|>'",
        TOKEN_QUESTION => "'?'",
        TOKEN_R_BRACE => "'}'",
        TOKEN_R_BRACK => "']'",
        TOKEN_R_PAREN => "')'",
        TOKEN_REC => "'rec'",
        TOKEN_SEMICOLON => "';'",
        TOKEN_STRING_CONTENT | TOKEN_STRING_START => "a string",
        TOKEN_STRING_END => "the end of a string",
        TOKEN_SUB => "'-'",
        TOKEN_THEN => "'then'",
        TOKEN_UPDATE => "'//'",
        TOKEN_URI => "a URI",
        TOKEN_WITH => "'with'",
        _ => "something unexpected",
    }
}
