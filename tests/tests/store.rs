//! Store paths and derivations: computed without a store, equal to those that real Nix makes.

#![allow(clippy::disallowed_methods, clippy::expect_used, reason = "tests")]

use bt_eval::Options;
use bt_tests::differential::compare;
use bt_tests::lang::{check_against_nix, check_values, evaluate_text, folder};

#[test]
fn store_paths() {
    check_values(&folder("store"));
}

#[test]
fn store_paths_are_those_of_real_nix() {
    check_against_nix(&folder("store"));
}

/// What every derivation of the table below has.
const COMMON: &str = "name = \"n\"; builder = \"/b\"; system = \"x\";";

/// Attributes that make a derivation impossible, and what bt-lint says.
const DERIVATIONS: &[(&str, &str)] = &[
    ("name = \"\";", "invalid derivation name: name must not be empty. Please pass a different 'name'."),
    ("name = \"a b\";", "name 'a b' contains illegal character ' '"),
    ("name = \"é\";", "name 'é' contains illegal character"),
    ("name = \"a/b\";", "name 'a/b' contains illegal character '/'"),
    (
        "name = \"a.drv\";",
        "derivation names are allowed to end in '.drv' only if they produce a single derivation file",
    ),
    ("name = 1;", "expected a string but found an integer"),
    (
        "name = \"${derivation { name = \"d\"; builder = \"b\"; system = \"s\"; }}\";",
        "is not allowed to refer to a store path",
    ),
    (
        "name = builtins.concatStringsSep \"\" (builtins.genList (x: \"a\") 208);",
        "must be no longer than 211 characters",
    ),
    ("builder = null;", "required attribute 'builder' missing"),
    ("builder = \"\";", "required attribute 'builder' missing"),
    ("system = \"\";", "required attribute 'system' missing"),
    ("__ignoreNulls = true; system = null;", "required attribute 'system' missing"),
    ("__ignoreNulls = 1;", "expected a Boolean but found an integer"),
    ("__structuredAttrs = 1;", "expected a Boolean but found an integer"),
    ("args = null;", "expected a list but found null"),
    ("args = [ { } ];", "cannot coerce a set to a string"),
    ("a = { b = 1; };", "cannot coerce a set to a string"),
    ("a = [ (x: x) ];", "cannot coerce a function to a string"),
    ("outputs = [ ];", "called on an empty list"),
    ("outputs = [ \"out\" \"out\" ];", "duplicate derivation output 'out'"),
    ("outputs = [ \"a/b\" ];", "name 'n-a/b' contains illegal character '/'"),
    ("outputs = [ \"é\" ];", "contains illegal character"),
    ("outputs = [ \"out\" null ];", "expected a string but found null"),
    ("outputs = \"out\";", "expected a list but found a string"),
    ("outputHash = \"\";", "empty hash requires explicit hash algorithm"),
    ("outputHash = null;", "empty hash requires explicit hash algorithm"),
    ("outputHash = \"\"; outputHashAlgo = \"none\";", "empty hash requires explicit hash algorithm"),
    ("outputHash = \"abc\"; outputHashAlgo = \"sha256\";", "hash 'abc' has wrong length for hash type 'sha256'"),
    ("outputHash = \"sha256-abc\";", "invalid SRI hash 'abc'"),
    ("outputHash = \"sha256:abc\";", "hash 'abc' has wrong length"),
    ("outputHash = \"none-abc\";", "unknown hash algorithm 'none'"),
    ("outputHash = \"abc\";", "does not include a type, nor is the type otherwise known from context"),
    ("outputHash = \"md5-1B2M2Y8AsgTpgAmY7PhCfg==\"; outputHashAlgo = \"sha256\";", "should have type 'sha256'"),
    (
        "outputHash = \"md5-1B2M2Y8AsgTpgAmY7PhCfg==\"; outputs = [ \"out\" \"dev\" ];",
        "multiple outputs are not supported in fixed-output derivations",
    ),
    ("outputHash = \"blake3-rxNJufX5oaagQE3qNtzJSZvLJcmtwRK3zJqTyuQfMmI=\";", "'blake3-hashes' is disabled"),
    ("outputHashMode = \"other\";", "invalid value 'other' for 'outputHashMode' attribute"),
    ("outputHashMode = \"\";", "invalid value '' for 'outputHashMode' attribute"),
    ("__contentAddressed = true; __impure = true;", "derivation cannot be both content-addressed and impure"),
    ("__contentAddressed = null;", "expected a Boolean but found null"),
    ("__impure = 5;", "expected a Boolean but found an integer"),
    ("__structuredAttrs = true; outputs = \"out\";", "expected a list but found a string"),
    ("__structuredAttrs = true; a = x: x;", "cannot convert a function to JSON"),
    ("__structuredAttrs = true; builder = 5;", "expected a string but found an integer"),
    (
        "__structuredAttrs = true; system = \"${derivation { name = \"d\"; builder = \"b\"; system = \"s\"; }}\";",
        "is not allowed to refer to a store path",
    ),
];

/// Other programs that meet the store's rules.
const PROGRAMS: &[(&str, &str)] = &[
    ("derivation { name = \"x\"; system = \"y\"; }", "required attribute 'builder' missing"),
    ("derivation { builder = \"x\"; system = \"y\"; }", "attribute 'name' missing"),
    ("let x = derivation { name = \"x\"; builder = \"/b\"; system = \"x\"; a = x; }; in x", "infinite recursion"),
    ("builtins.toFile \"a b\" \"\"", "name 'a b' contains illegal character ' '"),
    ("builtins.toFile \"\" \"\"", "name must not be empty"),
    (
        "builtins.toFile \"a\" (derivation { name = \"d\"; builder = \"b\"; system = \"s\"; }).drvPath",
        "files created by builtins.toFile may not reference derivations, but 'a' references",
    ),
    ("builtins.storePath \"/etc\"", "is not in the Nix store"),
    ("builtins.storePath \"/nix/store\"", "is not in the Nix store"),
    ("builtins.storePath \"/nix/store/bad\"", "'bad' is too short to be a valid store path"),
    ("builtins.storePath \"a\"", "doesn't represent an absolute path"),
    (
        "builtins.path { path = /does-not-exist; sha256 = \"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\"; }",
        "does not exist",
    ),
    ("builtins.path { path = /proc/self/comm; foo = 1; }", "unsupported argument 'foo' to 'builtins.path'"),
    ("builtins.path { name = \"x\"; }", "missing required 'path' attribute"),
    (
        "builtins.path { path = builtins.toFile \"x\" \"\"; name = \"a b\"; }",
        "name 'a b' contains illegal character ' '",
    ),
    ("builtins.path { path = /proc/version; sha256 = \"x\"; }", "has wrong length"),
    ("builtins.filterSource 5 /proc/version", "expected a function but found an integer"),
    ("builtins.fetchurl { url = \"https://x/a\"; hash = \"x\"; }", "unsupported argument 'hash' to 'fetchurl'"),
    ("builtins.fetchTarball { sha256 = \"\"; }", "'url' argument required"),
    ("builtins.fetchurl \"file:///does-not-exist\"", "path '/does-not-exist' does not exist"),
];

#[test]
fn files_of_this_machine_are_fetched() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let file = directory.path().canonicalize().expect("it is there").join("a.txt");
    std::fs::write(&file, "hello").expect("a temporary file");
    let url = format!("file://{}", file.display());
    let with_hash = format!("{{ url = \"{url}\"; sha256 = builtins.hashString \"sha256\" \"hello\"; name = \"b\"; }}");
    let text = format!("[ (builtins.fetchurl \"{url}\") (builtins.fetchurl {with_hash}) ]");
    if let Some(outcome) = compare(&[text]) {
        assert!(outcome.different.is_empty(), "{}", outcome.different.join("\n"));
    }
    let read = format!("builtins.readFile (builtins.fetchurl \"{url}\")");
    assert_eq!(evaluate_text(&read, Options::default()).as_deref(), Ok("\"hello\""));
}

#[test]
fn what_derivations_cannot_be() {
    let wrap = |attributes: &str| format!("(derivation ({{ {COMMON} }} // {{ {attributes} }})).drvPath");
    check(DERIVATIONS.iter().map(|(attributes, says)| (wrap(attributes), *says)));
}

#[test]
fn what_the_store_refuses() {
    check(PROGRAMS.iter().map(|(text, says)| (format!("toString ({text})"), *says)));
}

/// Both refuse every program; the words are ours, since those of Nix differ between versions.
#[track_caller]
fn check<'a>(programs: impl Iterator<Item = (String, &'a str)>) {
    let (mut wrong, mut texts) = (Vec::new(), Vec::new());
    for (text, says) in programs {
        match evaluate_text(&text, Options::default()) {
            Err(failure) if failure.message.contains(says) => {}
            other => wrong.push(format!("{text}\n  expected {says}\n  found    {other:?}")),
        }
        texts.push(text);
    }
    for text in &texts {
        let Some(outcome) = compare(std::slice::from_ref(text)) else { break };
        wrong.extend(outcome.different.into_iter().filter(|found| !found.contains("Nix:  Some(Err(")));
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}
