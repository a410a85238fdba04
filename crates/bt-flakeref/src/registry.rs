//! Registries: what the names of indirect references stand for (Nix manual, "nix registry").

use crate::attributes::Attributes;
use crate::error::FlakeRefError;
use crate::reference::FlakeRef;
use serde_json::Value as Json;

/// A registry file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Registry {
    /// Its entries; the first that fits counts.
    pub entries: Vec<RegistryEntry>,
}

/// What one reference stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistryEntry {
    /// What is replaced, at any branch and revision when it names none.
    pub from: FlakeRef,
    /// What takes its place.
    pub to: FlakeRef,
    /// Whether `from` is meant without any branch or revision but its own.
    pub exact: bool,
}

impl Registry {
    /// Reads the text of a registry. What comes before a mistake is kept; the second value is Nix's warning about it.
    pub fn parse(text: &str, path: &str) -> (Registry, Option<String>) {
        let mut registry = Registry::default();
        let json: Json = match serde_json::from_str(text) {
            Ok(json) => json,
            Err(error) => return (registry, Some(format!("cannot parse flake registry '{path}': {error}"))),
        };
        let result = registry.add_all(&json, path);
        let warning = result.err().map(|error| format!("cannot read flake registry '{path}': {error}"));
        (registry, warning)
    }

    fn add_all(&mut self, json: &Json, path: &str) -> Result<(), FlakeRefError> {
        let version = json.get("version").map_or(Some(0), Json::as_i64);
        if version != Some(2) {
            let shown = json.get("version").map_or("0".into(), Json::to_string);
            return Err(FlakeRefError::new(format!("flake registry '{path}' has unsupported version {shown}")));
        }
        for entry in json.get("flakes").and_then(Json::as_array).into_iter().flatten() {
            let reference = |name: &str| match entry.get(name) {
                Some(Json::Object(object)) => Attributes::from_json(object),
                _ => Err(FlakeRefError::new(format!("an entry has no '{name}'"))),
            };
            let (from, to) = (reference("from")?, reference("to")?);
            if from.get("dir").is_some() {
                let kind = from.string("type")?.unwrap_or_default().to_string();
                return Err(FlakeRefError::new(format!("input attribute 'dir' not supported by scheme '{kind}'")));
            }
            self.entries.push(RegistryEntry {
                from: FlakeRef::from_attributes(from)?,
                to: FlakeRef::from_attributes(to)?,
                exact: entry.get("exact").and_then(Json::as_bool).unwrap_or(false),
            });
        }
        Ok(())
    }
}

/// How often a name may stand for another name.
const MAX_STEPS: u32 = 100;

/// What a reference stands for in registries, the first of them first (Nix asks that of the user, then that of the
/// system). A branch or revision of the reference is kept, unless the entry that fits names one.
///
/// Errors: a name that no registry has, names that stand for each other, a version that the target cannot have.
pub fn look_up(registries: &[Registry], reference: &FlakeRef) -> Result<FlakeRef, FlakeRefError> {
    let mut found = reference.clone();
    let mut dir = None;
    let mut steps = 0;
    loop {
        steps += 1;
        if steps > MAX_STEPS {
            let shown = found.with_dir("").display();
            return Err(FlakeRefError::new(format!("cycle detected in flake registry for '{shown}'")));
        }
        let fits = |entry: &&RegistryEntry| match entry.exact {
            true => entry.from.same_input(&found),
            false => entry.from.contains(&found),
        };
        let Some(entry) = registries.iter().flat_map(|registry| &registry.entries).find(fits) else { break };
        let next = if entry.exact {
            entry.to.clone()
        } else {
            let ((from_branch, from_revision), (branch, revision)) = (entry.from.version()?, found.version()?);
            let branch = branch.filter(|_| from_branch.is_none());
            let revision = revision.filter(|_| from_revision.is_none());
            entry.to.with_version(branch, revision.as_deref())?
        };
        dir = entry.to.get("dir").map(str::to_string);
        found = next;
    }
    if !found.is_direct() {
        let shown = found.with_dir("").display();
        return Err(FlakeRefError::new(format!("cannot find flake '{shown}' in the flake registries")));
    }
    let dir = dir.unwrap_or_else(|| reference.get("dir").unwrap_or_default().to_string());
    Ok(found.with_dir(&dir))
}
