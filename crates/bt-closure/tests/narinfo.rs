//! Narinfos that Nix 2.8 made (`nix copy --to file://…?secret-key=…`), and what someone may make of them.

#![allow(clippy::unwrap_used, reason = "tests")]

use bt_closure::{NarInfo, NarInfoError, PublicKeys};

const TOP: &str = include_str!("data/top.narinfo");
const NOTE: &str = include_str!("data/note.narinfo");
const SOURCE: &str = include_str!("data/source.narinfo");
const KEY: &str = include_str!("data/key.pub");

fn keys() -> PublicKeys {
    let mut keys = PublicKeys::default();
    keys.add(KEY.trim()).unwrap();
    keys
}

fn parse(text: &str) -> NarInfo {
    NarInfo::parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn what_nix_writes_is_read_and_written() {
    for text in [TOP, NOTE, SOURCE] {
        let info = parse(text);
        assert_eq!(info.to_string(), text);
        assert!(info.is_signed(&keys()), "{text}");
        assert!(!info.is_signed(&PublicKeys::default()));
    }
    let top = parse(TOP);
    assert_eq!(top.references.len(), 3);
    assert!(top.fingerprint().starts_with("1;/nix/store/zg3gczx4vabnncxcv99k4k939r9kbdmn-top;sha256:04wlbmqk0"));
    assert!(top.fingerprint().contains(";264;/nix/store/h10qymscvggrb1icws0vbss5xnx8sd0k-source,/nix/store/vj0"));
    assert_eq!(NarInfo::file_name(&top.path), "zg3gczx4vabnncxcv99k4k939r9kbdmn.narinfo");
}

#[test]
fn contents_speak_for_themselves() {
    assert!(parse(NOTE).is_content_addressed() && parse(SOURCE).is_content_addressed());
    assert!(!parse(TOP).is_content_addressed());
    // The references are part of it.
    let other = NOTE.replace("References: h10", "References: 010");
    assert!(!parse(&other).is_content_addressed());
    // Saying it is not enough.
    let address = SOURCE.lines().find(|line| line.starts_with("CA: ")).unwrap();
    assert!(!parse(&format!("{TOP}{address}\n")).is_content_addressed());
    for address in ["CA: ", "CA: fixed:r:sha256:x", "CA: text:md5:00000000000000000000000000000000", "CA: fixed:"] {
        assert!(!parse(&format!("{TOP}{address}\n")).is_content_addressed(), "{address}");
    }
}

/// What is signed cannot be changed.
#[test]
fn changes_break_the_signature() {
    for (from, to) in [
        ("-top\nURL", "-top2\nURL"),
        ("NarSize: 264", "NarSize: 265"),
        ("NarHash: sha256:04wlb", "NarHash: sha256:04wla"),
        ("vj0m33p78n6ya2hf3g1ncy5v0263zkdb-note ", ""),
        ("Sig: test-1:wtTi", "Sig: test-1:wtTj"),
        ("Sig: test-1:", "Sig: test-2:"),
        ("Sig: test-1:", "Sig: test-1"),
        ("AOOnBQ==", "AOOnBQ==AAAA"),
    ] {
        let changed = TOP.replace(from, to);
        assert!(changed != TOP && !parse(&changed).is_signed(&keys()), "{from}");
    }
    // Where the archive is, nobody signs; and one valid signature is enough.
    assert!(parse(&TOP.replace("nar/0kkk", "nar/1kkk")).is_signed(&keys()));
    assert!(parse(&TOP.replace("Sig:", "Sig: nonsense\nSig: test-1:AAAA\nSig:")).is_signed(&keys()));
}

#[test]
fn what_is_no_narinfo() {
    use NarInfoError::{Line, Missing, Twice, Value};
    for (from, to, expected) in [
        ("NarSize: 264", "NarSize 264", Line(7)),
        ("NarSize: 264", "NarSize: 264\nNarSize: 264", Twice("NarSize")),
        ("NarSize: 264\n", "", Missing("NarSize")),
        ("NarSize: 264", "NarSize: 0", Value("NarSize")),
        ("NarSize: 264", "NarSize: -1", Value("NarSize")),
        ("NarSize: 264", "NarSize: 99999999999999999999", Value("NarSize")),
        ("FileSize: 240", "FileSize: x", Value("FileSize")),
        ("NarHash: sha256:04", "NarHash: md5:04", Value("NarHash")),
        ("StorePath: /nix/store/", "StorePath: /nix/other/", Value("StorePath")),
        ("-top\nURL", "-top/x\nURL", Value("StorePath")),
        ("URL: nar", "Url: nar", Missing("URL")),
        ("References: h10", "References: /h10", Value("References")),
        ("Deriver: d8m", "Deriver: ../", Value("Deriver")),
        ("Compression", "Compression: xz\nCompression", Twice("Compression")),
    ] {
        let changed = TOP.replace(from, to);
        assert_eq!(NarInfo::parse(&changed), Err(expected), "{to}");
    }
    assert_eq!(NarInfo::parse(""), Err(Missing("NarHash")));
    assert!(NarInfo::parse(&TOP.replace("Deriver: ", "Deriver: unknown-deriver\nNewer: ")).is_ok());
    let many = "0000000000000000000000000000000a-x ".repeat(20_001);
    assert_eq!(NarInfo::parse(&TOP.replace("References: ", &format!("References: {many}"))), Err(Value("References")));
}

/// Whatever is cut off or changed, nothing panics, and nothing else than what was signed is taken for signed.
#[test]
fn every_cut_and_every_changed_byte() {
    let (keys, fingerprint) = (keys(), parse(TOP).fingerprint());
    let check = |text: &str| {
        if let Ok(info) = NarInfo::parse(text)
            && info.is_signed(&keys)
        {
            assert_eq!(info.fingerprint(), fingerprint, "{text}");
        }
    };
    for at in 0..TOP.len() {
        check(&TOP[..at]);
        for byte in [b'0', b'\n', b':', b' '] {
            let mut bytes = TOP.as_bytes().to_vec();
            bytes[at] = byte;
            check(std::str::from_utf8(&bytes).unwrap());
        }
    }
}

#[test]
fn keys_are_read_strictly() {
    let mut keys = PublicKeys::default();
    let short = KEY.trim().trim_end_matches("o=");
    for text in [
        "",
        "test-1",
        ":AAAA",
        "test-1:",
        "test-1:%",
        short,
        &format!("{}A", "test-1:".to_string() + &"A".repeat(4096)),
    ] {
        let error = keys.add(text).unwrap_err().to_string();
        assert!(error.ends_with("is no public key: a name, a colon, and 32 bytes in base-64"), "{error}");
    }
    keys.add(KEY.trim()).unwrap();
    assert_eq!(keys.names().collect::<Vec<_>>(), ["test-1"]);
}
