use bt_store::derivation::ParseDerivationErrorKind as Kind;
use bt_store::{Derivation, StorePath};

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
