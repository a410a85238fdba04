//! Collections of packages, such as nixpkgs: the derivation paths of `(import FOLDER {}).ATTRIBUTE` against a table of
//! what real Nix makes.
//!
//! A table has lines of attribute, tab, derivation path. Where the `.drv` file that is expected can be read, a difference
//! is traced down to the first derivation that differs by itself, and to the field in which it does.

use bt_diag::SourceMap;
use bt_eval::{Error, ErrorKind, Evaluator, Options, Result, Value};
use bt_glue::{Environment, Glue, OsFileSystem};
use bt_store::derivation::{Cause, find_cause};
use bt_store::{Derivation, StorePath};
use bumpalo::Bump;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// What a table is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many lines of the table are as expected.
    pub equal: usize,
    /// The others, in the table's order.
    pub mismatches: Vec<Mismatch>,
}

/// A line of the table that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The attribute.
    pub attribute: String,
    /// The path in the table.
    pub expected: String,
    /// The path that was computed, or the error.
    pub got: std::result::Result<String, String>,
    /// Where the two part ways; nothing when evaluation failed, or a path is none.
    pub cause: Option<Cause>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} of {} derivation paths are equal", self.equal, self.equal + self.mismatches.len())?;
        // One change far below shows in many packages, and is told once.
        let mut told: BTreeMap<&(StorePath, StorePath), &str> = BTreeMap::new();
        for mismatch in &self.mismatches {
            writeln!(f, "\n{}\n  expected {}", mismatch.attribute, mismatch.expected)?;
            match &mismatch.got {
                Ok(path) => writeln!(f, "  got      {path}")?,
                Err(error) => writeln!(f, "  failed: {error}")?,
            }
            let Some((cause, last)) = mismatch.cause.as_ref().and_then(|cause| Some((cause, cause.chain.last()?)))
            else {
                continue;
            };
            match told.get(last) {
                Some(attribute) => writeln!(f, "  as {attribute}: {}", last.1)?,
                None => {
                    told.insert(last, &mismatch.attribute);
                    cause.to_string().lines().try_for_each(|line| writeln!(f, "    {line}"))?;
                }
            }
        }
        Ok(())
    }
}

/// Evaluates all lines of a table in one evaluator, impurely, but without environment variables.
///
/// # Panics
/// When a line is not well formed, or the collection itself cannot be evaluated.
pub fn compare(folder: &Path, table: &str, derivations: &Path) -> Report {
    let arena = Bump::new();
    let sources = SourceMap::new();
    let environment = Environment { pure: false, ..Environment::pure("x86_64-linux") };
    let glue = Glue::new(Box::new(OsFileSystem), environment);
    let tables = bt_glue::builtins();
    let ev = Evaluator::new(&arena, &glue, &sources, Options::default(), &tables);
    let collection = collection(&ev, folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut report = Report { equal: 0, mismatches: Vec::new() };
    for line in table.lines().filter(|line| !line.is_empty()) {
        let (attribute, expected) = line.split_once('\t').unwrap_or_else(|| panic!("a line without a tab: {line}"));
        let got = derivation_path(&ev, collection, attribute).map_err(|error| error.to_string());
        if got.as_deref() == Ok(expected) {
            report.equal += 1;
            continue;
        }
        let parsed = |path: &str| StorePath::parse_absolute(path).ok();
        let pair = got.as_deref().ok().and_then(|got| Some((parsed(expected)?, parsed(got)?)));
        let of_nix = |path: &StorePath| read(derivations, path);
        let of_ours = |path: &StorePath| glue.derivation(path.as_str()).map(|known| known.derivation.clone());
        report.mismatches.push(Mismatch {
            attribute: attribute.into(),
            expected: expected.into(),
            got,
            cause: pair.map(|pair| find_cause(pair, of_nix, of_ours)),
        });
    }
    report
}

/// A `.drv` file of a folder; `None` when it is not there or cannot be parsed.
fn read(folder: &Path, path: &StorePath) -> Option<Derivation> {
    Derivation::parse(&std::fs::read(folder.join(path.base_name())).ok()?).ok()
}

fn collection<'e>(ev: &Evaluator<'e>, folder: &Path) -> Result<Value<'e>> {
    let folder = folder.canonicalize().unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let name = folder.to_str().expect("folders of collections have plain names");
    let quoted = name.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${");
    let file = ev.add_source("«collection»", format!("import (/. + \"{quoted}\") {{ }}").into_bytes())?;
    ev.eval_source_in(&file, "/".into(), None)
}

fn derivation_path<'e>(ev: &Evaluator<'e>, collection: Value<'e>, attribute: &str) -> Result<String> {
    let mut value = ev.force(collection)?;
    for name in attribute.split('.').chain(["drvPath"]) {
        let found = match value {
            Value::Attrs(attrs) => ev.attribute(attrs, ev.symbols.intern(name)),
            _ => None,
        };
        let missing = || Error::new(ErrorKind::MissingAttribute, format!("attribute '{name}' missing"));
        value = ev.force_slot(found.ok_or_else(missing)?)?;
    }
    Ok(ev.force_string(value)?.to_text().into_owned())
}
