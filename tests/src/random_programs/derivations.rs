//! Random programs that make derivations: what they agree on are derivation paths, and those hash all that went into a
//! derivation.
//!
//! Left out is what versions of Nix do differently: names that start with dots, outputs called `drv` or `drvPath`, newer
//! ways to hash outputs, floats in structured attributes, copies of symbolic links by `builtins.path`. Those are in
//! `tests/lang/newer` and `tests/lang/fail`.

use super::tree::{Piece, Tree};
use crate::differential::{Random, literal};
use crate::tree;
use bt_store::{Hash, HashAlgorithm};
use std::path::Path;

/// What the programs read, by path below the directory that they start from.
const FILES: [(&str, &str); 5] = [
    ("tree/a.txt", "a\n"),
    ("tree/b.nix", "{ a = 1; }\n"),
    ("tree/sub/c", ""),
    ("tree/sub/.d", "hidden"),
    ("tree/no good", "the name has a space"),
];

/// Variables of the builder; some of them mean something to `derivation`.
const NAMES: [&str; 20] = [
    "a",
    "b",
    "c",
    "PATH",
    "\"a b\"",
    "\"é\"",
    "\"\"",
    "\"a=b\"",
    "out",
    "dev",
    "all",
    "drvAttrs",
    "outPath",
    "type",
    "passAsFile",
    "allowedReferences",
    "disallowedRequisites",
    "preferLocalBuild",
    "impureEnvVars",
    "exportReferencesGraph",
];

/// Writes the files that the programs read.
pub fn prepare(directory: &Path) -> std::io::Result<()> {
    for (path, text) in FILES {
        let path = directory.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}

/// One program: some derivations that use each other, and all of their paths.
pub fn program(seed: u64, number: u64) -> Tree {
    let start = seed.wrapping_mul(0xd6e8_feb8_6659_fd93) ^ number.wrapping_mul(0xa076_1d64_78bd_642f);
    let mut random = Random::new(start);
    let is_wild = random.percent(25);
    let mut generator = Generator { random, is_wild, made: Vec::new() };
    let mut pieces: Vec<Piece> = vec!["let ".into()];
    for index in 0..=generator.random.below(4) {
        let (derivation, outputs) = generator.derivation();
        pieces.push(Piece::Optional(vec![format!("d{index} = ").into(), derivation.into(), "; ".into()]));
        generator.made.push(outputs);
    }
    pieces.push("show = d: [ d.drvPath (map (o: o.outPath) d.all) (builtins.getContext d.outPath) ]; in [".into());
    for index in 0..generator.made.len() {
        pieces.push(Piece::Optional(vec![format!(" (show d{index})").into()]));
    }
    pieces.push(" ]".into());
    Tree::new(pieces)
}

struct Generator {
    random: Random,
    /// Whether there may be something that `derivation` refuses.
    is_wild: bool,
    /// The outputs of the derivations so far.
    made: Vec<Vec<&'static str>>,
}

impl Generator {
    fn chance(&mut self, percent: usize) -> bool {
        self.random.percent(percent)
    }

    fn wild(&mut self, percent: usize) -> bool {
        self.is_wild && self.random.percent(percent)
    }

    fn one(&mut self, texts: &[&'static str]) -> &'static str {
        let index = self.random.below(texts.len());
        texts[index]
    }

    fn derivation(&mut self) -> (Tree, Vec<&'static str>) {
        let mut pieces: Vec<Piece> = vec!["derivation { ".into()];
        let is_structured = self.chance(25);
        let mut names: Vec<&str> = Vec::new();
        let mut add = |name: &'static str, value: Tree| {
            if !names.contains(&name) {
                names.push(name);
                pieces.push(Piece::Optional(vec![format!("{name} = ").into(), value.into(), "; ".into()]));
            }
        };
        add("name", self.name());
        if !self.wild(4) {
            let builder = if self.chance(70) || is_structured { self.string() } else { self.value(1, false) };
            add("builder", builder);
        }
        if !self.wild(4) {
            let system = if self.wild(10) { self.value(1, false) } else { literal_tree("x86_64-linux") };
            add("system", system);
        }
        let mut outputs = vec!["out"];
        if self.chance(30) {
            let sets: [&[&'static str]; 5] =
                [&["out", "dev"], &["dev", "out", "lib"], &["a"], &["bin", "out"], &["out"]];
            outputs = sets[self.random.below(sets.len())].to_vec();
            let mut shown: Vec<&str> = outputs.clone();
            if self.wild(30) {
                shown.push(self.one(&["out", "a b", "a/b", "", "é"]));
            }
            let list = shown.iter().map(|output| format!("{} ", literal(output))).collect::<String>();
            add("outputs", Tree::atom(format!("[ {list}]")));
        }
        let is_fixed = (outputs == ["out"] || self.wild(30)) && self.chance(25);
        if is_fixed {
            let (hash, algorithm) = self.hash();
            add("outputHash", hash);
            if let Some(algorithm) = algorithm {
                add("outputHashAlgo", algorithm);
            }
            if self.chance(60) {
                let mode = if self.wild(20) { "\"other\"" } else { self.one(&["\"flat\"", "\"recursive\""]) };
                add("outputHashMode", Tree::atom(mode));
            }
        } else if self.chance(10) {
            let kind = self.one(&["__contentAddressed", "__impure"]);
            add(kind, Tree::atom(if self.wild(20) { "null" } else { "true" }));
            if self.chance(30) {
                add("outputHashAlgo", Tree::atom(self.one(&["\"sha256\"", "\"sha1\"", "\"none\""])));
                add("outputHashMode", Tree::atom(self.one(&["\"flat\"", "\"recursive\""])));
            }
        }
        if is_structured {
            add("__structuredAttrs", Tree::atom(if self.wild(5) { "1" } else { "true" }));
        } else if self.chance(5) {
            add("__structuredAttrs", Tree::atom("false"));
        }
        if self.chance(15) {
            add("__ignoreNulls", Tree::atom(self.one(&["true", "true", "false"])));
        }
        if self.chance(40) {
            let args = if self.wild(10) { self.value(1, false) } else { self.list(2, false) };
            add("args", args);
        }
        for _ in 0..self.random.below(5) {
            let name = self.one(&NAMES);
            add(name, self.value(3, is_structured));
        }
        pieces.push("}".into());
        (Tree::new(pieces), outputs)
    }

    fn name(&mut self) -> Tree {
        if self.wild(25) {
            let length = 200 + self.random.below(15);
            let names = ["", "a b", "é", "a/b", "x.drv", "a~", "a\n", "a@b"];
            return match self.random.below(3) {
                0 => literal_tree(&"n".repeat(length)),
                1 => self.value(1, false),
                _ => literal_tree(self.random.one(&names)),
            };
        }
        literal_tree(self.one(&["a", "hello-2.10", "a_b+c", "x=1?y", "-a", "0", "a.drv.b", "Z"]))
    }

    /// A hash, and what is said of its algorithm.
    fn hash(&mut self) -> (Tree, Option<Tree>) {
        let algorithms = [HashAlgorithm::Md5, HashAlgorithm::Sha1, HashAlgorithm::Sha256, HashAlgorithm::Sha512];
        let algorithm = algorithms[self.random.below(algorithms.len())];
        let hash = Hash::digest(algorithm, &[self.random.below(200) as u8]);
        let (base16, base32, base64) = (hash.to_base16(), hash.to_nixbase32(), hash.to_base64());
        let (mut text, is_complete) = match self.random.below(9) {
            0 => (base16, false),
            1 => (base32, false),
            2 => (base64, false),
            3 => (format!("{algorithm}:{base16}"), true),
            4 => (format!("{algorithm}:{base32}"), true),
            5 => (base16.to_uppercase(), false),
            6 => (String::new(), false),
            _ => (hash.to_sri(), true),
        };
        if self.wild(20) {
            match self.random.below(4) {
                0 => text.push('a'),
                1 => text.truncate(text.len() / 2),
                2 => text = text.replace('a', "!"),
                _ => text.insert(0, 'e'),
            }
        }
        let named = match self.random.below(4) {
            _ if !is_complete && !self.wild(20) => Some(literal_tree(algorithm.name())),
            0 => Some(literal_tree(algorithm.name())),
            1 => Some(literal_tree("")),
            2 if self.is_wild => Some(literal_tree(self.random.one(&["sha256", "SHA1", "none"]))),
            _ => None,
        };
        (literal_tree(&text), named)
    }

    fn list(&mut self, depth: usize, is_structured: bool) -> Tree {
        let mut pieces: Vec<Piece> = vec!["[".into()];
        for _ in 0..self.random.below(4) {
            let value = self.value(depth.saturating_sub(1), is_structured);
            pieces.push(Piece::Optional(vec![" ".into(), value.into()]));
        }
        pieces.push(" ]".into());
        Tree::new(pieces).closed()
    }

    /// The value of an attribute. Without structured attributes it has to become a string.
    fn value(&mut self, depth: usize, is_structured: bool) -> Tree {
        match self.random.below(if depth == 0 { 13 } else { 17 }) {
            0 => Tree::atom("null"),
            1 => Tree::atom(self.one(&["true", "false"])),
            2 => Tree::atom(self.one(&["0", "42", "(-7)", "9223372036854775807"])),
            // As JSON older versions write other floats with fewer digits.
            3 if is_structured => Tree::atom(self.one(&["1.5", "0.1", "(-2.25)"])),
            3 => Tree::atom(self.one(&["1.5", "0.1", "(-0.0)", "1.0e100", "3.0", "1.0e-7", "123456789.125"])),
            4 | 5 => self.source(),
            6..=9 => self.reference(),
            10..=12 => self.string(),
            13 | 14 => self.list(depth, is_structured),
            15 if is_structured || self.wild(50) => {
                let value = self.value(depth - 1, is_structured);
                let name = self.one(&["a", "\"b c\"", "\"é\"", "\"\""]);
                tree![format!("{{ {name} = "), value, "; z = null; }"].closed()
            }
            15 => self.string(),
            _ => {
                let string = self.string();
                match self.random.below(3) {
                    0 => tree!["{ outPath = ", string, "; x = 1; }"].closed(),
                    1 => tree!["{ __toString = self: self.text; text = ", string, "; }"].closed(),
                    _ if self.wild(50) => Tree::atom("(x: x)"),
                    _ => tree!["{ outPath = { outPath = ", string, "; }; }"].closed(),
                }
            }
        }
    }

    fn string(&mut self) -> Tree {
        let pieces = ["a", "/bin/sh", " ", "\n", "\"", "\\", "é", "$", "\t", "-e", "=", "/nix/store"];
        let text = self.random.some(&pieces, 4);
        match self.random.below(6) {
            0 => {
                let reference = self.reference();
                tree!["\"${toString ", reference, "}/bin\""].closed()
            }
            1 => Tree::atom(self.one(&[
                "(builtins.placeholder \"out\")",
                "(builtins.toFile \"text\" \"a\")",
                "(builtins.toFile \"more\" \"${./tree/a.txt} ${builtins.toFile \"b\" \"\"}\")",
            ])),
            _ => literal_tree(&(text + "a")),
        }
    }

    fn source(&mut self) -> Tree {
        let wild =
            ["./tree/absent", "\"${./tree + \"/no good\"}\"", "(builtins.path { path = ./tree; sha256 = \"\"; })"];
        if self.wild(15) {
            return Tree::atom(self.random.one(&wild));
        }
        Tree::atom(self.one(&[
            "./tree/a.txt",
            "./tree",
            "./tree/sub",
            "\"${./tree/sub}/c\"",
            "(builtins.path { path = ./tree + \"/no good\"; name = \"good\"; })",
            "(builtins.path { path = ./tree/a.txt; recursive = false; })",
            "(builtins.path { path = ./tree; name = \"t\"; filter = p: t: t == \"directory\" || baseNameOf p == \"a.txt\"; })",
            "(builtins.filterSource (p: t: baseNameOf p != \"c\") ./tree/sub)",
            "(builtins.path { path = ./tree/a.txt; recursive = false; sha256 = builtins.hashFile \"sha256\" ./tree/a.txt; })",
        ]))
    }

    /// Something that refers to a derivation that was made before.
    fn reference(&mut self) -> Tree {
        if self.made.is_empty() {
            return self.source();
        }
        let index = self.random.below(self.made.len());
        let outputs = self.made[index].clone();
        let output = self.one(&outputs);
        let text = match self.random.below(8) {
            0 | 1 => format!("d{index}"),
            2 => format!("d{index}.outPath"),
            3 => format!("d{index}.{output}"),
            4 => format!("\"${{d{index}.{output}}}/bin\""),
            5 => format!("(builtins.unsafeDiscardStringContext d{index}.drvPath)"),
            6 => format!("(builtins.unsafeDiscardOutputDependency d{index}.drvPath)"),
            _ => format!("(builtins.appendContext \"a\" (builtins.getContext d{index}.{output}.outPath))"),
        };
        Tree::atom(text)
    }
}

fn literal_tree(text: &str) -> Tree {
    Tree::atom(literal(text))
}

#[cfg(test)]
mod tests {
    use super::program;

    #[test]
    fn programs_are_reproducible_and_differ() {
        let texts = |seed| (0..50).map(|number| program(seed, number).render()).collect::<Vec<_>>();
        assert_eq!(texts(1), texts(1));
        assert_ne!(texts(1), texts(2));
        assert!(texts(1).iter().any(|text| text.contains("__structuredAttrs") && text.contains("d1")));
    }
}
