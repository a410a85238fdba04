use super::{Row, bytes, cut, duration, notes, table};
use crate::surroundings::Style;
use bt_flake::{FlakeRef, InputEntry, InputRow, Origin, ResolvedInput};
use insta::assert_snapshot;

const NOW: i64 = 1_800_000_000;

fn path(text: &str) -> Vec<String> {
    text.split('/').map(str::to_string).collect()
}

fn input(at: &str, original: &[(&str, &str)], locked: &str, origin: Origin, size: Option<u64>) -> Row {
    let reference = |json: &str| {
        let json = serde_json::from_str(json).unwrap();
        FlakeRef::from_attributes(bt_flakeref::Attributes::from_json(&json).unwrap()).unwrap()
    };
    let input = ResolvedInput {
        original: FlakeRef::from_attributes(original.iter().copied().collect()).unwrap(),
        locked: (!locked.is_empty()).then(|| reference(locked)),
        is_flake: true,
        origin,
        directory: None,
    };
    (InputRow { path: path(at), entry: InputEntry::Source(Box::new(input)) }, size)
}

fn rows() -> Vec<Row> {
    let locked = r#"{ "type": "github", "owner": "o", "repo": "r", "lastModified": 1790000000,
        "rev": "0123456789012345678901234567890123456789" }"#;
    let follows = |at: &str, target: &[&str]| {
        let target = target.iter().map(|name| name.to_string()).collect();
        (InputRow { path: path(at), entry: InputEntry::Follows(target) }, None)
    };
    let github = [("type", "github"), ("owner", "o"), ("repo", "r"), ("ref", "a-branch-with-a-long-name")];
    let missing = Origin::Unavailable("input 'gone' is not\navailable".into());
    vec![
        input("dep", &github, locked, Origin::Network(None), None),
        follows("dep/back", &[]),
        (InputRow { path: path("dep/nested"), entry: InputEntry::Same(path("other")) }, None),
        input("gone\u{1b}[31m", &[("type", "indirect"), ("id", "gone")], "", missing, None),
        input("other", &[("type", "path"), ("path", "./x")], "", Origin::Flake, Some(12_345)),
        follows("same", &["dep", "nested"]),
    ]
}

#[test]
fn a_wide_table() {
    assert_snapshot!(table(&rows(), NOW, Style::PLAIN, None), @r"
    INPUT      KIND      REVISION  AGE       SOURCE            SIZE  REFERENCE
    dep        github    0123456   3 months  network                 github:o/r/a-branch-with-a-long-name
      back     follows                                               the flake itself
      nested   same as                                               'other'
    gone␛[31m  indirect                      not available           flake:gone
    other      path                          flake          12.3 kB  path:./x
    same       follows                                               'dep/nested'
    ");
}

#[test]
fn a_narrow_table() {
    assert_snapshot!(table(&rows(), NOW, Style::PLAIN, Some(60)), @r"
    INPUT      REVISION  AGE       SOURCE            SIZE
    dep        0123456   3 months  network
      github:o/r/a-branch-with-a-long-name
      back
        follows the flake itself
      nested
        same as 'other'
    gone␛[31m                      not available
      flake:gone
    other                          flake          12.3 kB
      path:./x
    same
      follows 'dep/nested'
    ");
    let widest = |width| table(&rows(), NOW, Style::PLAIN, Some(width)).lines().map(|l| l.chars().count()).max();
    for width in [60, 80, 84, 85, 90, 200] {
        assert!(widest(width) <= Some(width), "{width}");
    }
}

#[test]
fn no_inputs() {
    assert_eq!(table(&[], NOW, Style::PLAIN, None), "the flake has no inputs\n");
}

#[test]
fn what_is_not_available_is_explained() {
    assert_eq!(notes(&rows()), ["note: input 'gone' is not available"]);
}

#[test]
fn ages() {
    let shown = [0, 60, 7199, 7200, 172_799, 172_800, 61 * 86_400, 729 * 86_400, 730 * 86_400, i64::MAX, -1];
    let expected = [
        "0 minutes",
        "1 minute",
        "119 minutes",
        "2 hours",
        "47 hours",
        "2 days",
        "2 months",
        "23 months",
        "2 years",
        "292471208677 years",
        "in future",
    ];
    assert_eq!(shown.map(duration), expected);
}

#[test]
fn sizes() {
    let shown = [0, 999, 1000, 1_049_999, 999_999_999, 1_250_000_000, u64::MAX].map(bytes);
    assert_eq!(shown, ["0 B", "999 B", "1.0 kB", "1.0 MB", "999.9 MB", "1.2 GB", "18446744073.7 GB"]);
}

#[test]
fn long_texts_are_cut() {
    assert_eq!(cut("abc", Some(3)), "abc");
    assert_eq!(cut("abcd", None), "abcd");
    assert_eq!(cut("abcd", Some(3)), "ab…");
    assert_eq!(cut("äöüß", Some(3)), "äö…");
}
