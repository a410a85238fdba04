//! Nix's tokens without white space and comments, with offsets. One pass over the bytes, in linear time.

mod bytes;
mod scan;
#[cfg(test)]
mod tests;

/// A token: kind and byte range in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub kind: Kind,
    pub start: u32,
    pub end: u32,
}

/// The kinds of tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// The end of the text: always the last token, unless that is [`Kind::Broken`].
    End,
    /// What no token starts with; the tokens go on after it.
    Invalid,
    /// What Nix's lexer refuses outright: the last token, explained in [`Tokens::broken`].
    Broken,
    Ident,
    Int,
    Float,
    /// A piece of a `"…"` literal without escapes and carriage returns.
    Text,
    /// A piece of a `"…"` literal with escapes or carriage returns.
    EscapedText,
    /// A piece of a `''…''` literal, as it is written.
    IndentedText,
    /// `''$`, `'''`, `''\c`, or a lone `$` or `'`, in a `''…''` literal.
    IndentedEscape,
    /// The first piece of a path that does not start with `~`.
    Path,
    /// The first piece of a path that starts with `~`.
    HomePath,
    /// A later piece of a path.
    PathText,
    /// Where a path has ended. Its place is that of the path's last piece.
    PathEnd,
    /// `<a/b>`
    SearchPath,
    Uri,
    If,
    Then,
    Else,
    Assert,
    With,
    Let,
    In,
    Rec,
    Inherit,
    OrWord,
    Equal,
    NotEqual,
    LessOrEqual,
    MoreOrEqual,
    Update,
    Concat,
    And,
    Or,
    Implies,
    PipeLeft,
    PipeRight,
    /// `${`
    Interpolation,
    /// `''` with the spaces and the line feed after it.
    IndentedOpen,
    IndentedClose,
    Ellipsis,
    Less,
    More,
    Plus,
    Minus,
    Star,
    Slash,
    Question,
    Colon,
    At,
    Semicolon,
    Not,
    Quote,
    ParenOpen,
    ParenClose,
    BraceOpen,
    BraceClose,
    BracketOpen,
    BracketClose,
    Dot,
    Assign,
    Comma,
}

/// Why the tokens stop early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// `a/` without anything that would continue it.
    TrailingSlash,
    /// A string literal has a NUL.
    Nul,
}

/// The tokens of a text.
pub(crate) struct Tokens {
    /// The tokens; the last one is [`Kind::End`] or [`Kind::Broken`].
    pub tokens: Vec<Token>,
    /// Why the last token is [`Kind::Broken`].
    pub broken: Option<Broken>,
    /// The first comment that does not end, as the offset of its `/*`.
    pub open_comment: Option<u32>,
}

/// The tokens of a text of less than 4 GiB.
pub(crate) fn tokens(text: &str) -> Tokens {
    scan::scan(text.as_bytes())
}

impl Kind {
    /// An identifier or a keyword.
    #[inline(always)]
    pub fn of_word(word: &[u8]) -> Kind {
        match word {
            b"if" => Kind::If,
            b"in" => Kind::In,
            b"or" => Kind::OrWord,
            b"let" => Kind::Let,
            b"rec" => Kind::Rec,
            b"else" => Kind::Else,
            b"then" => Kind::Then,
            b"with" => Kind::With,
            b"assert" => Kind::Assert,
            b"inherit" => Kind::Inherit,
            _ => Kind::Ident,
        }
    }

    /// How Nix names the token in messages.
    pub fn describe(self) -> &'static str {
        use Kind::*;
        match self {
            End => "end of file",
            Invalid | Broken => "invalid token",
            Ident => "identifier",
            Int => "integer",
            Float => "floating-point literal",
            Text | EscapedText | PathText => "string",
            IndentedText | IndentedEscape => "indented string",
            Path => "path",
            HomePath => "'~/…' path",
            PathEnd => "end of path",
            SearchPath => "'<…>' path",
            Uri => "URI",
            If => "'if'",
            Then => "'then'",
            Else => "'else'",
            Assert => "'assert'",
            With => "'with'",
            Let => "'let'",
            In => "'in'",
            Rec => "'rec'",
            Inherit => "'inherit'",
            OrWord => "'or'",
            Equal => "'=='",
            NotEqual => "'!='",
            LessOrEqual => "'<='",
            MoreOrEqual => "'>='",
            Update => "'//'",
            Concat => "'++'",
            And => "'&&'",
            Or => "'||'",
            Implies => "'->'",
            PipeLeft => "'<|'",
            PipeRight => "'|>'",
            Interpolation => "'${'",
            IndentedOpen => "start of an indented string",
            IndentedClose => "end of an indented string",
            Ellipsis => "'...'",
            Less => "'<'",
            More => "'>'",
            Plus => "'+'",
            Minus => "'-'",
            Star => "'*'",
            Slash => "'/'",
            Question => "'?'",
            Colon => "':'",
            At => "'@'",
            Semicolon => "';'",
            Not => "'!'",
            Quote => "'\"'",
            ParenOpen => "'('",
            ParenClose => "')'",
            BraceOpen => "'{'",
            BraceClose => "'}'",
            BracketOpen => "'['",
            BracketClose => "']'",
            Dot => "'.'",
            Assign => "'='",
            Comma => "','",
        }
    }

    /// Whether the token starts an operand: a function's argument, an element of a list.
    pub fn starts_operand(self) -> bool {
        use Kind::*;
        matches!(
            self,
            Ident
                | Int
                | Float
                | Quote
                | IndentedOpen
                | Path
                | HomePath
                | SearchPath
                | Uri
                | ParenOpen
                | BraceOpen
                | BracketOpen
                | Rec
                | Let
        )
    }
}
