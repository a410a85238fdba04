use std::collections::BTreeSet;

use bt_store::path::{
    NameError, make_fixed_output_path, make_output_path, make_source_path, make_text_path, placeholder,
    split_store_prefix, validate_name,
};
use bt_store::{Hash, HashAlgorithm, StorePath, StorePathError};

use crate::values::{paths, rows};

const BASE_NAME: &str = "7h7qgvs4kgzsn8a6rb273saxyqh4jxlz-konsole-18.12.3";

fn sha256(data: &[u8]) -> Hash {
    Hash::digest(HashAlgorithm::Sha256, data)
}

#[test]
fn texts_have_the_paths_that_nix_gives_them() {
    for row in rows("text") {
        let references = paths(&row[2..]);
        let path = make_text_path(row[0], &sha256(row[0].as_bytes()), &references).unwrap();
        assert_eq!(path.as_str(), row[1]);
        let twice = references.iter().rev().chain(&references);
        assert_eq!(make_text_path(row[0], &sha256(row[0].as_bytes()), twice).unwrap(), path);
    }
}

#[test]
fn sources_have_the_paths_that_nix_gives_them() {
    for row in rows("source") {
        let nar: &[u8] = match row[1] {
            "tree" => include_bytes!("../data/nar/tree.nar"),
            "filtered" => include_bytes!("../data/nar/filtered.nar"),
            other => panic!("{other}"),
        };
        assert_eq!(make_source_path(row[0], &sha256(nar), [], false).unwrap().as_str(), row[2]);
    }
    for row in rows("flat") {
        let hash = sha256(include_bytes!("../data/tree/file"));
        assert_eq!(make_fixed_output_path(row[0], false, &hash, [], false).unwrap().as_str(), row[2]);
    }
}

#[test]
fn references_go_into_the_path() {
    for row in rows("referring") {
        let hash = Hash::parse_any(row[2], None).unwrap();
        let references = paths(&row[4..]);
        let path = make_source_path(row[0], &hash, &references, row[1] == "self").unwrap();
        assert_eq!(path.as_str(), row[3]);
    }
}

#[test]
fn fixed_outputs_have_the_paths_that_nix_gives_them() {
    for row in rows("fixed") {
        let [method, algorithm, digits, name, expected] = row[..] else { panic!("{row:?}") };
        let hash = Hash::parse_any(digits, Some(algorithm.parse().unwrap())).unwrap();
        let recursive = method == "recursive";
        assert_eq!(make_fixed_output_path(name, recursive, &hash, [], false).unwrap().as_str(), expected);

        let reference = StorePath::from_base_name(BASE_NAME).unwrap();
        if !(recursive && algorithm == "sha256") {
            let error = Err(StorePathError::References(name.to_owned()));
            assert_eq!(make_fixed_output_path(name, recursive, &hash, [&reference], false), error);
            assert_eq!(make_fixed_output_path(name, recursive, &hash, [], true), error);
        }
    }
}

#[test]
fn placeholders_are_those_of_nix() {
    for row in rows("placeholder") {
        assert_eq!(placeholder(row[0]), row[1]);
    }
}

#[test]
fn the_parts_of_a_path() {
    let path = StorePath::from_base_name(BASE_NAME).unwrap();
    let absolute = format!("/nix/store/{BASE_NAME}");
    assert_eq!(path.to_string(), absolute);
    assert_eq!(path.as_str(), absolute);
    assert_eq!(path.base_name(), BASE_NAME);
    assert_eq!(path.hash_part(), "7h7qgvs4kgzsn8a6rb273saxyqh4jxlz");
    assert_eq!(path.name(), "konsole-18.12.3");
    assert_eq!(path.derivation_name(), None);
    assert_eq!(StorePath::parse_absolute(&absolute).as_ref(), Ok(&path));
    assert_eq!(absolute.parse().as_ref(), Ok(&path));
    assert!(BTreeSet::from([path]).contains(absolute.as_str()));

    let derivation = StorePath::from_base_name(&format!("{BASE_NAME}.drv")).unwrap();
    assert!(derivation.is_derivation());
    assert_eq!(derivation.derivation_name(), Some("konsole-18.12.3"));
}

#[test]
fn a_prefix_is_split_off() {
    let path = StorePath::from_base_name(BASE_NAME).unwrap();
    for rest in ["", "/", "/bin", "/bin/konsole/", "//x"] {
        let text = format!("{path}{rest}");
        assert_eq!(split_store_prefix(&text), Some((path.clone(), rest)));
    }
    for text in ["", "/nix/store", "/nix/store/", "/nix/store/bin/konsole", "/nix/storehouse", "/etc/nix/store"] {
        assert_eq!(split_store_prefix(text), None, "{text}");
    }
}

#[test]
fn wrong_paths_are_refused() {
    let absolute = format!("/nix/store/{BASE_NAME}");
    for text in
        ["", "/nix/store", BASE_NAME, &format!("{absolute}/"), &format!("{absolute}/bin"), &format!("/{absolute}")]
    {
        let result = StorePath::parse_absolute(text);
        assert_eq!(result, Err(StorePathError::NotInStore(text.to_owned())));
    }
    let digest = &BASE_NAME[..32];
    for (base_name, expected) in [
        ("", StorePathError::TooShort(String::new())),
        (digest, StorePathError::TooShort(digest.to_owned())),
        (&format!("{digest}_a"), StorePathError::NoDash(format!("{digest}_a"))),
        (&format!("{digest}ä"), StorePathError::NoDash(format!("{digest}ä"))),
        (&format!("{digest}-"), StorePathError::Name(NameError::Empty)),
    ] {
        assert_eq!(StorePath::from_base_name(base_name), Err(expected));
    }
    for character in ['e', 'o', 'u', 't', 'A', '-', '/', 'ä', '𝛼'] {
        for position in [0, 15, 31] {
            let rest = &BASE_NAME[position + 1..];
            let path = format!("{}{character}{rest}", &BASE_NAME[..position]);
            let expected = StorePathError::Digest { path: path.clone(), character };
            assert_eq!(StorePath::from_base_name(&path), Err(expected));
        }
    }
}

#[test]
fn names() {
    let longest = "x".repeat(211);
    for name in ["a", "A-Z.a-z_0+9?=", ".a", "..a", "...", ".a-b", "-", "-.", "a..", &longest] {
        assert_eq!(validate_name(name), Ok(()), "{name}");
    }
    for name in [".", "..", ".-", ".-a", "..-", "..-a", "", "x/y", "a b", "ä", "a\0", "~", "a:b", "a@b"] {
        assert!(validate_name(name).is_err(), "{name}");
    }
    assert_eq!(validate_name(&format!("{longest}x")), Err(NameError::TooLong(format!("{longest}x"))));
    let error = make_text_path("a b", &sha256(b""), []).unwrap_err();
    assert_eq!(error.to_string(), "name 'a b' contains illegal character ' '");
    // The name of the output counts, too.
    assert!(make_output_path("dev", &sha256(b""), &longest).is_err());
}
