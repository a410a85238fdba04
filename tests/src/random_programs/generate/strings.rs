//! Strings, and what is written in them.

use super::{Generator, Type};
use crate::random_programs::tree::{Piece, Tree};
use crate::tree;

const WORDS: [&str; 14] = ["", "a", "b", "foo", "bar", "a.b", "1", " ", "/", "x-1.2", "ä", "a b c", "-", "null"];
const ESCAPES: [&str; 12] = ["\\n", "\\t", "\\r", "\\\"", "\\\\", "\\${", "$", "$$", "\\a", "\n", "\\$", "€"];
const INDENTED: [&str; 16] =
    ["\n  ", "\n    ", "\n", " ", "''$", "'''", "''\\n", "''\\t", "$$", "foo", "bar ", "\\n", "\"", "'", "  ", "\n\t"];
const VERSIONS: [&str; 12] =
    ["1.0", "1.0.1", "2.3pre1", "1.2a", "", "1.0-beta", "10", "9", "1..2", "pre", "1.0.0pre", "a1b2"];
const PATTERNS: [&str; 14] = [
    "a",
    "(a)",
    "[a-z]+",
    "(.*)",
    "a*",
    "(x)?",
    "([0-9]+)",
    "[^ ]*",
    "a|b",
    "(a|b)*",
    "",
    "[[:alpha:]]+",
    ".",
    "(a)(b)?",
];

impl Generator {
    /// A quoted string without interpolation.
    pub(super) fn string_literal(&mut self) -> Tree {
        let mut text = String::from("\"");
        text.push_str(self.text(&WORDS));
        if self.chance(15) {
            text.push_str(self.text(&ESCAPES));
            text.push_str(self.text(&WORDS));
        }
        if self.chance(1) {
            return Tree::atom("http://example.org/a?b=c");
        }
        Tree::atom(text + "\"")
    }

    /// The name of an attribute, as a string.
    pub(super) fn attribute_text(&mut self) -> Tree {
        let name = self.name();
        Tree::atom(format!("\"{name}\""))
    }

    pub(super) fn version(&mut self) -> Tree {
        Tree::atom(format!("\"{}\"", self.text(&VERSIONS)))
    }

    /// A string that `fromTOML` takes or refuses.
    pub(super) fn toml_text(&mut self) -> Tree {
        let texts = [
            "",
            "a = 1",
            "a = 1.5\\nb = true # c",
            "[a]\\nb = 1\\n[a.c]\\nd = [1, 2]",
            "a.b.c = 'x'\\na.b.d = \\\"y\\\\n\\\"",
            "a = 1\\na = 2",
            "[[a]]\\nb = 1\\n[[a]]\\nc = {d = 0x1F, e = 1_000}",
            "a = [",
            "\\\"a b\\\" = inf",
            "[a]\\n[a]",
        ];
        Tree::atom(format!("\"{}\"", self.text(&texts)))
    }

    pub(super) fn pattern(&mut self) -> Tree {
        Tree::atom(format!("\"{}\"", self.text(&PATTERNS)))
    }

    /// A string that `fromJSON` takes.
    pub(super) fn json_text(&mut self, of: &str) -> Tree {
        let text = match of {
            "int" => self.text(&["12", "-3", "0", " 7 ", "-0", "9223372036854775807", "01", "+1", "1 2", "\\t3\\n"]),
            "float" => self.text(&["1.5", "-0.25", "1e3", "2.5E-1", "0.0", "1.", ".5", "1e", "-1.0e+2", "123456.7"]),
            "list" => self.text(&[
                "[]",
                "[1, 2.5, null]",
                "[\\\"a\\\", [true]]",
                "[1,]",
                "[{\\\"a\\\": 1}]",
                "[\\\"\\\\u00e4\\\\n\\\\/\\\", \\\"\\\\ud83d\\\\ude00\\\"]",
                "[\\\"\\\\x\\\"]",
                "[\\\"a]",
                "[true false]",
                "[nul]",
            ]),
            _ => self.text(&[
                "{}",
                "{\\\"a\\\": 1}",
                "{\\\"b\\\": [null], \\\"a\\\": {}}",
                "{\\\"a\\\":1,\\\"a\\\":2}",
                "{a: 1}",
            ]),
        };
        Tree::atom(format!("\"{text}\""))
    }

    /// Something that interpolation and `toString` take or refuse.
    fn interpolated(&mut self, depth: usize) -> Tree {
        match self.number(12) {
            0 => {
                let text = self.expression(&Type::String, depth);
                tree!["{ __toString = self: ", text, "; }"].closed()
            }
            1 => {
                let text = self.expression(&Type::String, depth);
                tree!["{ outPath = ", text, "; }"].closed()
            }
            2 => tree!["toString ", self.any(depth)],
            3 => tree!["toString ", self.expression(&Type::Int, depth)],
            4 if self.chance(10) => self.any(depth),
            _ => self.expression(&Type::String, depth),
        }
    }

    /// `"…${…}…"`
    fn quoted(&mut self, depth: usize) -> Tree {
        let mut pieces: Vec<Piece> = vec!["\"".into()];
        for _ in 0..=self.number(3) {
            let text = if self.chance(70) { self.text(&WORDS) } else { self.text(&ESCAPES) };
            pieces.push(Piece::Optional(vec![text.into()]));
            if self.chance(70) {
                let part = self.interpolated(depth);
                pieces.push(Piece::Optional(vec!["${".into(), Piece::Bare(part), "}".into()]));
            }
        }
        pieces.push("\"".into());
        Tree::new(pieces).closed()
    }

    /// `''…${…}…''`
    fn indented(&mut self, depth: usize) -> Tree {
        let mut pieces: Vec<Piece> = vec!["''".into()];
        for _ in 0..=self.number(7) {
            let text = self.text(&INDENTED);
            pieces.push(Piece::Optional(vec![text.into()]));
            if self.chance(20) {
                let part = self.interpolated(depth);
                pieces.push(Piece::Optional(vec!["${".into(), Piece::Bare(part), "}".into()]));
            }
        }
        pieces.push("''".into());
        Tree::new(pieces).closed()
    }

    pub(super) fn string(&mut self, depth: usize) -> Tree {
        let string = Type::String;
        let strings = Type::List(Box::new(Type::String));
        match self.number(26) {
            0..=3 => self.quoted(depth),
            4..=5 => self.indented(depth),
            6..=7 => self.binary(&string, "+", depth),
            8 => tree!["toString ", self.any(depth)],
            9 => {
                let start = self.number(6);
                let length = if self.chance(10) { "(-1)".into() } else { self.number(6).to_string() };
                tree![format!("builtins.substring {start} {length} "), self.expression(&string, depth)]
            }
            10 => {
                let separator = self.expression(&string, depth);
                tree!["builtins.concatStringsSep ", separator, " ", self.expression(&strings, depth)]
            }
            11..=12 => {
                let count = self.number(3);
                let from = (0..count).map(|_| self.string_literal()).collect();
                let to = (0..count + usize::from(self.chance(3))).map(|_| self.leaf(&string)).collect();
                let (from, to) = (super::list_of(from), super::list_of(to));
                tree!["builtins.replaceStrings ", from, " ", to, " ", self.expression(&string, depth)]
            }
            13 => tree!["builtins.typeOf ", self.any(depth)],
            14..=15 => tree!["builtins.toJSON ", self.any(depth)],
            16 => {
                let path = self.chance(40);
                let of = self.expression(if path { &Type::Path } else { &string }, depth);
                tree!["baseNameOf ", of]
            }
            17 => tree!["dirOf ", self.expression(&string, depth)],
            18 => {
                let algorithm = self.text(&["md5", "sha1", "sha256", "sha512"]);
                tree![format!("builtins.hashString \"{algorithm}\" "), self.expression(&string, depth)]
            }
            19 => tree!["builtins.head ", self.expression(&strings, depth)],
            20 => tree!["builtins.elemAt ", self.expression(&strings, depth), format!(" {}", self.number(3))],
            21 => {
                let function = Type::Function(Box::new(Type::Int), Box::new(Type::String));
                let list = self.expression(&Type::List(Box::new(Type::Int)), depth);
                tree!["builtins.concatStringsSep \",\" (map ", self.expression(&function, depth), " ", list, ")"]
            }
            22 => tree!["toString ", self.expression(&Type::Path, depth)],
            23 => tree!["builtins.toXML ", self.any_data(depth)],
            24 => tree!["builtins.unsafeDiscardStringContext ", self.expression(&string, depth)],
            _ => self.string_literal(),
        }
    }

    /// A value of which all is data. `toXML` says where functions and attributes are, which depends on file names.
    fn any_data(&mut self, depth: usize) -> Tree {
        let kind = match self.number(4) {
            0 => Type::Int,
            1 => Type::String,
            2 => Type::Float,
            _ => Type::List(Box::new(Type::Bool)),
        };
        self.expression(&kind, depth)
    }
}
