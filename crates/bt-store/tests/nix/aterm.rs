use bt_store::derivation::OutputKind;
use bt_store::derivation::ParseDerivationErrorKind as Kind;
use bt_store::path::ContentMethod;
use bt_store::{Derivation, DerivationOutput, Hash, HashAlgorithm, StorePath};

use crate::derivation::{FILES, no_inputs, simple};
use crate::values::rows;

#[test]
fn files_are_read_and_written_byte_for_byte() {
    for (name, bytes) in FILES {
        let derivation = Derivation::parse(bytes).unwrap();
        assert_eq!(String::from_utf8(derivation.to_aterm()).unwrap(), str::from_utf8(bytes).unwrap());
        let path = StorePath::from_base_name(name).unwrap();
        assert_eq!(derivation.derivation_path(path.derivation_name().unwrap()), Ok(path));
    }
}

/// Nix does not escape the system, so that the text cannot be read back; its hash counts all the same.
#[test]
fn the_system_is_not_escaped() {
    let text = b"a\"b\\c\nd".to_vec();
    let mut derivation = simple();
    derivation.system.clone_from(&text);
    derivation.builder.clone_from(&text);
    let variables: [(&str, &[u8]); 3] = [("builder", &text), ("name", b"unescaped"), ("system", &text)];
    derivation.environment = variables.map(|(name, value)| (name.into(), value.to_vec())).into();
    derivation.calculate_output_paths("unescaped", &mut no_inputs).unwrap();
    assert_eq!(derivation.derivation_path("unescaped").unwrap().as_str(), rows("unescaped")[0][0]);
    assert!(Derivation::parse(&derivation.to_aterm()).is_err());
}

#[test]
fn every_byte_at_every_place_is_escaped_and_read_back() {
    let mut derivation = simple();
    for byte in [b'"', b'\\', b'\n', b'\r', b'\t', 0, b'n', 0xff] {
        for length in [1, 31, 32, 33, 63, 64, 65, 100] {
            for place in 0..length {
                let mut argument = vec![b'x'; length];
                argument[place] = byte;
                argument[length / 2] = byte;
                derivation.arguments = vec![argument.clone()];
                let expected: Vec<u8> = argument
                    .iter()
                    .flat_map(|&byte| match byte {
                        b'"' => br#"\""#.to_vec(),
                        b'\\' => br"\\".to_vec(),
                        b'\n' => br"\n".to_vec(),
                        b'\r' => br"\r".to_vec(),
                        b'\t' => br"\t".to_vec(),
                        other => vec![other],
                    })
                    .collect();
                let text = derivation.to_aterm();
                let expected = [b"\"\",\"\",[\"".as_slice(), &expected, b"\"],["].concat();
                assert!(text.windows(expected.len()).any(|window| window == expected));
                assert_eq!(Derivation::parse(&text).as_ref(), Ok(&derivation));
            }
        }
    }
}

/// Numbers that look random (SplitMix64).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn bytes(&mut self) -> Vec<u8> {
        let special = b"\"\\\n\r\t(),[]\0n\xff\xc3\xa9";
        (0..self.below(12)).map(|_| special[self.below(special.len() as u64) as usize]).collect()
    }

    fn name(&mut self) -> String {
        (0..=self.below(5)).map(|_| char::from(b'a' + self.below(26) as u8)).collect()
    }

    fn path(&mut self) -> StorePath {
        let digest = std::array::from_fn(|_| self.below(256) as u8);
        StorePath::from_digest(&digest, &self.name()).unwrap()
    }

    fn derivation(&mut self) -> Derivation {
        let mut derivation = Derivation { system: self.name().into_bytes(), builder: self.bytes(), ..simple() };
        derivation.outputs.clear();
        for _ in 0..self.below(4) {
            let hash = Hash::digest(HashAlgorithm::ALL[self.below(5) as usize], &self.bytes());
            let methods = [ContentMethod::Flat, ContentMethod::Nar, ContentMethod::Text, ContentMethod::Git];
            let method = methods[self.below(4) as usize];
            let mut output = match self.below(4) {
                0 => DerivationOutput::input_addressed(),
                1 => DerivationOutput::fixed(method, &hash),
                2 => DerivationOutput::floating(method, hash.algorithm()),
                _ => DerivationOutput::impure(method, hash.algorithm()),
            };
            output.path = (self.below(2) == 0).then(|| self.path());
            derivation.outputs.insert(self.name(), output);
        }
        derivation.arguments = (0..self.below(4)).map(|_| self.bytes()).collect();
        derivation.environment = (0..self.below(6)).map(|_| (self.bytes(), self.bytes())).collect();
        derivation.input_sources = (0..self.below(4)).map(|_| self.path()).collect();
        let inputs = (0..self.below(4)).map(|_| (self.path(), (0..self.below(3)).map(|_| self.name()).collect()));
        derivation.input_derivations = inputs.collect();
        derivation
    }
}

#[test]
fn random_derivations_are_read_back() {
    let mut random = Random(7);
    for _ in 0..2000 {
        let derivation = random.derivation();
        let text = derivation.to_aterm();
        assert_eq!(Derivation::parse(&text).as_ref(), Ok(&derivation), "{}", String::from_utf8_lossy(&text));
        for output in derivation.outputs.values() {
            // What is written about an output says all about it.
            let again = match output.kind().unwrap() {
                OutputKind::InputAddressed => DerivationOutput::input_addressed(),
                OutputKind::Fixed { method, hash } => DerivationOutput::fixed(method, &hash),
                OutputKind::Floating { method, algorithm } => DerivationOutput::floating(method, algorithm),
                OutputKind::Impure { method, algorithm } => DerivationOutput::impure(method, algorithm),
            };
            assert_eq!(&DerivationOutput { path: output.path.clone(), ..again }, output);
        }
    }
}

#[test]
fn damaged_derivations_are_refused_or_read_back() {
    let mut random = Random(8);
    for _ in 0..5000 {
        let mut text = random.derivation().to_aterm();
        let at = random.below(text.len() as u64) as usize;
        match random.below(3) {
            0 => text[at] = random.below(256) as u8,
            1 => drop(text.remove(at)),
            _ => text.insert(at, b"\"\\,()[]"[random.below(7) as usize]),
        }
        match Derivation::parse(&text) {
            Ok(derivation) => assert_eq!(Derivation::parse(&derivation.to_aterm()).as_ref(), Ok(&derivation)),
            Err(error) => assert!(error.offset <= text.len(), "{error}"),
        }
    }
}

#[test]
fn truncated_files_are_refused() {
    for (_, bytes) in FILES {
        for end in 0..bytes.len() {
            let error = Derivation::parse(&bytes[..end]).unwrap_err();
            assert!(error.offset <= end, "{error}");
        }
    }
}

#[test]
fn wrong_files_are_refused_with_the_place() {
    let path = format!("/nix/store/{}-a", "0".repeat(32));
    let cases = [
        (String::new(), 0, Kind::Expected("Derive(")),
        ("Derive([], [])".to_owned(), 10, Kind::Expected("[")),
        ("DrvWithVersion(\"xp-dyn-drv\",[])".to_owned(), 0, Kind::UnsupportedVersion),
        ("Derive([],[],[],\"".to_owned(), 16, Kind::UnterminatedString),
        ("Derive([],[],[],\"\\".to_owned(), 16, Kind::UnterminatedString),
        ("Derive([],[],[],\"\",\"\",[],[])\n".to_owned(), 28, Kind::TrailingBytes),
        ("Derive([],[],[],\"\",\"\",[\"\" \"\"],[])".to_owned(), 25, Kind::ExpectedCommaOrBracket),
        ("Derive([],[],[],\"\",\"\",[\"\",],[])".to_owned(), 26, Kind::Expected("\"")),
        (format!("Derive([],[],[\"{path}\",\"{path}\"]"), 62, Kind::Duplicate(path.clone())),
        (format!("Derive([],[(\"{path}\",[\"a\",\"a\"])]"), 65, Kind::Duplicate("a".to_owned())),
        (format!("Derive([],[(\"{path}\",[]),(\"{path}\",[])]"), 64, Kind::Duplicate(path)),
        ("Derive([(\"a\",\"\",\"\",\"\"),(\"a\",\"\",\"\",\"\")]".to_owned(), 23, Kind::Duplicate("a".to_owned())),
        ("Derive([],[],[],\"\",\"\",[],[(\"a\",\"\"),(\"a\",\"\")])".to_owned(), 35, Kind::Duplicate("a".to_owned())),
    ];
    for (text, offset, kind) in cases {
        let error = Derivation::parse(text.as_bytes()).unwrap_err();
        assert_eq!((error.offset, error.kind), (offset, kind), "{text}");
    }
    let error = Derivation::parse(b"Derive([],[],[\"/etc/passwd\"]").unwrap_err();
    assert_eq!(error.to_string(), "at byte 14: path '/etc/passwd' is not in the Nix store");
    let error = Derivation::parse(b"Derive([(\"\xff\",").unwrap_err();
    assert_eq!((error.offset, error.kind), (9, Kind::NotUtf8));
}
