//! Comparison with Nix 2.26: `nix-2.26/*.jsonl` hold references with what `builtins.parseFlakeRef` and
//! `builtins.flakeRefToString` of the real program made of them, a JSON object a line.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_flakeref::{Attributes, FlakeRef, FlakeRefError, Reading, Registry, look_up};
use serde_json::{Map, Value as Json};

fn table(name: &str) -> Vec<Map<String, Json>> {
    let path = format!("{}/tests/nix-2.26/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What differs from Nix 2.26 on purpose, by a part of the reference.
type Differences = &'static [&'static str];

/// A number that is too large for the language is not made negative.
const PARSED: Differences = &["revCount=18446744073709551615"];

/// Also, `host` is printed, as by newer versions: without it, the reference means another repository.
const PRINTED: Differences = &["revCount=18446744073709551615", "host=", "\"host\":"];

/// What Nix said, in one text: the value or the message.
fn nix(row: &Map<String, Json>) -> String {
    match (row.get("ok"), row.get("error")) {
        (Some(value), _) => value.to_string(),
        // Without the advice about options of the program.
        (None, Some(error)) => format!("error: {}", error.as_str().unwrap().split("\nTry '").next().unwrap()),
        (None, None) => panic!("neither value nor error: {row:?}"),
    }
}

fn ours(result: Result<Json, FlakeRefError>) -> String {
    match result {
        Ok(value) => sorted(value).to_string(),
        Err(error) => format!("error: {error}"),
    }
}

fn sorted(value: Json) -> Json {
    let Json::Object(object) = value else { return value };
    let mut pairs: Vec<_> = object.into_iter().collect();
    pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
    Json::Object(pairs.into_iter().collect())
}

/// Compares, and names what differs.
fn compare(differences: Differences, results: impl Iterator<Item = (String, String, String)>) {
    let (mut count, mut wrong, mut known) = (0, Vec::new(), Vec::new());
    for (what, nix, ours) in results {
        count += 1;
        if nix == ours {
            continue;
        }
        match differences.iter().find(|part| what.contains(**part)) {
            Some(difference) => known.push(*difference),
            None => wrong.push(format!("{what}\n  Nix:  {nix}\n  ours: {ours}")),
        }
    }
    assert!(count > 200, "only {count} comparisons");
    assert!(!known.is_empty(), "there are no differences any more");
    assert!(wrong.is_empty(), "{} of {count} differ:\n{}", wrong.len(), wrong.join("\n"));
}

fn url_of(reference: &FlakeRef) -> Result<Json, FlakeRefError> {
    reference.to_url().map(Json::from)
}

#[test]
fn references_are_parsed_as_nix_does() {
    compare(
        PARSED,
        table("urls").into_iter().map(|row| {
            let text = row["ref"].as_str().unwrap();
            let parsed = FlakeRef::parse(text, Reading::STRICT);
            (text.to_string(), nix(&row), ours(parsed.map(|reference| reference.attributes().to_json())))
        }),
    );
}

#[test]
fn parsed_references_are_printed_as_nix_does() {
    compare(
        PRINTED,
        table("urls").into_iter().filter(|row| row.contains_key("url")).map(|row| {
            let text = row["ref"].as_str().unwrap();
            let printed = FlakeRef::parse(text, Reading::STRICT).and_then(|reference| url_of(&reference));
            (text.to_string(), nix(row["url"].as_object().unwrap()), ours(printed))
        }),
    );
}

#[test]
fn attributes_are_printed_as_nix_does() {
    compare(
        PRINTED,
        table("attributes").into_iter().map(|row| {
            let given = row["attrs"].as_object().unwrap();
            let printed = Attributes::from_json(given).and_then(FlakeRef::from_attributes).and_then(|r| url_of(&r));
            (row["attrs"].to_string(), nix(&row), ours(printed))
        }),
    );
}

#[test]
fn what_is_printed_means_the_same() {
    for row in table("urls") {
        let Ok(reference) = FlakeRef::parse(row["ref"].as_str().unwrap(), Reading::STRICT) else { continue };
        let Ok(url) = reference.to_url() else { continue };
        // Nix does not print everything, and `file` and `tarball` look alike.
        let Ok(again) = FlakeRef::parse(&url, Reading::STRICT) else { continue };
        // Names of parameters are encoded once more each time, as by Nix.
        if !url.contains("%25") {
            assert_eq!(again.to_url().as_deref(), Ok(url.as_str()), "{}", row["ref"]);
        }
    }
}

/// `registries.json` has registries of users and systems; `lookups.jsonl` what the real program looked up in them.
#[test]
fn names_are_looked_up_as_nix_does() {
    let path = format!("{}/tests/nix-2.26/registries.json", env!("CARGO_MANIFEST_DIR"));
    let all: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut wrong = Vec::new();
    let rows = table("lookups");
    assert!(rows.len() > 100);
    for row in rows {
        let pair = &all[row["registries"].as_str().unwrap()];
        let registries = ["user", "system"].map(|kind| Registry::parse(&pair[kind].to_string(), kind).0);
        let text = row["ref"].as_str().unwrap();
        let found = FlakeRef::parse(text, Reading::STRICT).and_then(|reference| look_up(&registries, &reference));
        // Nix's log shows no `dir`.
        let ours = ours(found.and_then(|reference| url_of(&reference.with_dir(""))));
        if ours != nix(&row) {
            wrong.push(format!("{}: {text}\n  Nix:  {}\n  ours: {ours}", row["registries"], nix(&row)));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn folders_of_names() {
    let to = r#""to": { "type": "github", "owner": "o", "repo": "r""#;
    let text = format!(
        r#"{{ "version": 2, "flakes": [
            {{ "from": {{ "type": "indirect", "id": "a" }}, {to}, "dir": "d" }} }},
            {{ "from": {{ "type": "indirect", "id": "b" }}, {to} }} }} ] }}"#
    );
    let (registry, warning) = Registry::parse(&text, "r.json");
    assert_eq!(warning, None);
    let dir = |text| {
        let reference = FlakeRef::parse(text, Reading::STRICT).unwrap();
        look_up(std::slice::from_ref(&registry), &reference).unwrap().get("dir").map(str::to_string)
    };
    // The folder of the entry replaces that of the reference.
    assert_eq!(dir("flake:a?dir=x").as_deref(), Some("d"));
    assert_eq!(dir("flake:b?dir=x").as_deref(), Some("x"));
    assert_eq!(dir("b"), None);
}

#[test]
fn registries_that_are_broken() {
    let warning = |text: &str| Registry::parse(text, "r.json").1.unwrap_or_default();
    assert_eq!(warning(r#"{ "version": 2 }"#), "");
    assert_eq!(
        warning(r#"{ "version": 1, "flakes": [] }"#),
        "cannot read flake registry 'r.json': flake registry 'r.json' has unsupported version 1"
    );
    assert!(warning("[").starts_with("cannot parse flake registry 'r.json': "));
    assert_eq!(
        warning(r#"{ "version": 2, "flakes": [ {} ] }"#),
        "cannot read flake registry 'r.json': an entry has no 'from'"
    );
}
