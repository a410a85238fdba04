//! Where what is in an image comes from: what packages say of themselves, and how they are built.

use bt_eval::{Attrs, Evaluator, Value};
use bt_glue::{Glue, SandboxEscape};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

/// What a package says of itself (nixpkgs manual, "Meta-attributes"). What fails to evaluate is not said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meta {
    /// The name of the derivation.
    pub name: String,
    /// `knownVulnerabilities`: names of vulnerabilities, or sentences.
    pub vulnerabilities: Vec<String>,
    /// Position of the name `knownVulnerabilities`; 0 when it was defined nowhere.
    pub vulnerabilities_position: u32,
    /// The names of what is in `sourceProvenance`: `fromSource`, `binaryNativeCode`.
    pub provenance: Vec<String>,
}

/// A derivation that is built outside the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Escape {
    /// Its absolute store path.
    pub derivation: String,
    /// Its name.
    pub name: String,
    /// What takes it out of the sandbox.
    pub cause: SandboxEscape,
}

/// The derivation that an element of a context is about; none for sources.
pub(crate) fn derivation_of(reference: &str) -> Option<&str> {
    match reference.strip_prefix('!') {
        Some(rest) => rest.split_once('!').map(|(_, derivation)| derivation),
        None => reference.strip_prefix('='),
    }
}

/// What the packages of some derivations say of themselves, where they say something. `contents` are packages with their
/// derivations; others are known when they became store paths in strings.
pub(crate) fn metas<'e>(
    ev: &Evaluator<'e>,
    derivations: &BTreeSet<String>,
    contents: &[(String, &'e Attrs<'e>)],
) -> BTreeMap<String, Meta> {
    let mut found = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let contents = contents.iter().map(|(derivation, set)| (derivation.as_str(), *set));
    let referred = ev.observations.packages();
    let referred = referred.iter().filter_map(|(reference, set)| Some((derivation_of(reference)?, *set)));
    for (derivation, set) in contents.chain(referred) {
        // A package is used often. Of several sets for one derivation, each may say something else.
        if derivations.contains(derivation)
            && seen.insert((derivation, std::ptr::from_ref(set) as usize))
            && !found.contains_key(derivation)
            && let Some(meta) = meta(ev, set)
        {
            found.insert(derivation.to_string(), meta);
        }
    }
    found
}

fn meta<'e>(ev: &Evaluator<'e>, package: &'e Attrs<'e>) -> Option<Meta> {
    let Value::Attrs(attrs) = value(ev, package, "meta")? else { return None };
    let vulnerabilities = texts(ev, attrs, "knownVulnerabilities", Some);
    let provenance = texts(ev, attrs, "sourceProvenance", |item| match item {
        Value::Attrs(source) => value(ev, source, "shortName"),
        _ => None,
    });
    if vulnerabilities.is_empty() && provenance.is_empty() {
        return None;
    }
    let position = ev.symbols.find("knownVulnerabilities").and_then(|name| attrs.get(name)).map(|a| a.position());
    let name = match value(ev, package, "name") {
        Some(Value::String(name)) => name.to_text().into_owned(),
        _ => return None,
    };
    Some(Meta { name, vulnerabilities, vulnerabilities_position: position.unwrap_or_default(), provenance })
}

/// The value of an attribute that is written down; what an open set may have beside that is no fact.
fn value<'e>(ev: &Evaluator<'e>, set: &'e Attrs<'e>, name: &str) -> Option<Value<'e>> {
    let attr = set.get(ev.symbols.find(name)?)?;
    ev.force_slot(&attr.value).ok()
}

/// The strings of a list, or of a value that is no list.
fn texts<'e>(
    ev: &Evaluator<'e>,
    set: &'e Attrs<'e>,
    name: &str,
    text_of: impl Fn(Value<'e>) -> Option<Value<'e>>,
) -> Vec<String> {
    let items = match value(ev, set, name) {
        Some(Value::List(list)) => list.items.iter().filter_map(|item| ev.force_slot(item).ok()).collect(),
        Some(single) => vec![single],
        None => Vec::new(),
    };
    let texts = items.into_iter().filter_map(text_of).filter_map(|text| match text {
        Value::String(text) => Some(text.to_text().into_owned()),
        _ => None,
    });
    texts.collect()
}

/// The derivations built outside the sandbox that each of some derivations needs, itself included.
pub(crate) fn escapes(glue: &Glue, derivations: &BTreeSet<String>) -> BTreeMap<String, Vec<Rc<Escape>>> {
    let all = glue.sandbox_escapes().into_iter().filter_map(|derivation| {
        let known = glue.derivation(&derivation)?;
        let escape = Escape { name: known.name.clone(), cause: known.escape?, derivation: derivation.clone() };
        Some((derivation, Rc::new(escape)))
    });
    let all: BTreeMap<String, Rc<Escape>> = all.collect();
    // There is usually none, and then nothing is looked for.
    if all.is_empty() {
        return BTreeMap::new();
    }
    let dependents = glue.dependents();
    let mut found: BTreeMap<String, Vec<Rc<Escape>>> = BTreeMap::new();
    for escape in all.values() {
        for derivation in above(&escape.derivation, &dependents).into_iter().filter(|d| derivations.contains(*d)) {
            found.entry(derivation.to_string()).or_default().push(Rc::clone(escape));
        }
    }
    found
}

/// A derivation and all that need it.
fn above<'d>(derivation: &'d str, dependents: &'d BTreeMap<String, Vec<String>>) -> BTreeSet<&'d str> {
    let mut seen = BTreeSet::from([derivation]);
    let mut open = vec![derivation];
    while let Some(derivation) = open.pop() {
        let new = dependents.get(derivation).into_iter().flatten().map(String::as_str).filter(|d| seen.insert(d));
        open.extend(new.collect::<Vec<_>>());
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::derivation_of;

    #[test]
    fn references() {
        assert_eq!(derivation_of("!out!/nix/store/x.drv"), Some("/nix/store/x.drv"));
        assert_eq!(derivation_of("=/nix/store/x.drv"), Some("/nix/store/x.drv"));
        assert_eq!(derivation_of("/nix/store/x"), None);
    }
}
