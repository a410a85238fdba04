//! What people write on the command line: `REFERENCE#ATTRIBUTE^OUTPUTS` (Nix manual, "nix", "Installables").

use crate::error::FlakeRefError;
use crate::url::percent_decode;

/// Which outputs of a derivation are meant.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Outputs {
    /// Nothing is said.
    #[default]
    Default,
    /// `^*`
    All,
    /// `^out,dev`, sorted.
    Names(Vec<String>),
}

/// A flake, or a part of one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Target {
    /// What stands before `#`, to be read as a path or with [`crate::FlakeRef::parse`]; may be empty.
    pub reference: String,
    /// What stands after it, percent-encoding undone; for [`candidates`].
    pub attribute: String,
    /// What stands after the last `^`.
    pub outputs: Outputs,
}

impl Target {
    /// Takes a text apart.
    ///
    /// Errors: after `^` there is neither `*` nor names with commas between them; `%` without two digits after `#`.
    pub fn parse(text: &str) -> Result<Target, FlakeRefError> {
        let (text, outputs) = match text.rsplit_once('^') {
            None => (text, Outputs::Default),
            Some((before, "*")) => (before, Outputs::All),
            Some((before, names)) => {
                let mut names: Vec<String> = names.split(',').map(str::to_string).collect();
                if !names.iter().all(|name| is_output_name(name)) {
                    let message = format!("invalid extended outputs specifier '{text}'");
                    return Err(FlakeRefError::new(message));
                }
                names.sort();
                names.dedup();
                (before, Outputs::Names(names))
            }
        };
        let (reference, attribute) = text.split_once('#').unwrap_or((text, ""));
        Ok(Target { reference: reference.into(), attribute: percent_decode(attribute)?, outputs })
    }
}

fn is_output_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-._?=".contains(&b))
}

/// The names of an attribute path: dots separate them, except in double quotes (which know no escapes).
///
/// Errors: a quote that is not closed.
pub fn parse_attribute_path(text: &str) -> Result<Vec<String>, FlakeRefError> {
    let (mut names, mut name, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            '.' if !quoted => names.push(std::mem::take(&mut name)),
            _ => name.push(c),
        }
    }
    if quoted {
        return Err(FlakeRefError::new(format!("missing closing quote in selection path '{text}'")));
    }
    if !name.is_empty() {
        names.push(name);
    }
    Ok(names)
}

/// The attribute paths that are tried for the part after `#`, in this order, for a system: the default package when
/// nothing is said, packages before other outputs, and with a dot in front nothing but what stands there.
///
/// Errors: as for [`parse_attribute_path`].
pub fn candidates(attribute: &str, system: &str) -> Result<Vec<Vec<String>>, FlakeRefError> {
    let path = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
    if attribute.is_empty() {
        return Ok(vec![path(&["packages", system, "default"]), path(&["defaultPackage", system])]);
    }
    if let Some(exact) = attribute.strip_prefix('.') {
        return Ok(vec![parse_attribute_path(exact)?]);
    }
    let names = parse_attribute_path(attribute)?;
    let prefixes = [path(&["packages", system]), path(&["legacyPackages", system]), Vec::new()];
    Ok(prefixes.into_iter().map(|prefix| [prefix, names.clone()].concat()).collect())
}

#[cfg(test)]
mod tests {
    use super::{Outputs, Target, candidates, parse_attribute_path};

    #[test]
    fn targets() {
        let target = |text| Target::parse(text).map(|t| (t.reference, t.attribute, t.outputs));
        let names = |names: &[&str]| Outputs::Names(names.iter().map(|n| n.to_string()).collect());
        assert_eq!(target(".#a.b").unwrap(), (".".into(), "a.b".into(), Outputs::Default));
        assert_eq!(target("nixpkgs#hello^*").unwrap(), ("nixpkgs".into(), "hello".into(), Outputs::All));
        assert_eq!(target("#a^out,dev,out").unwrap(), ("".into(), "a".into(), names(&["dev", "out"])));
        assert_eq!(target("x#a%20b#c").unwrap(), ("x".into(), "a b#c".into(), Outputs::Default));
        assert_eq!(target(".#a^").unwrap_err().message(), "invalid extended outputs specifier '.#a^'");
        assert_eq!(target(".#a^b,,c").unwrap_err().message(), "invalid extended outputs specifier '.#a^b,,c'");
        assert_eq!(target(".#a%2").unwrap_err().message(), "invalid URI parameter 'a%2'");
    }

    #[test]
    fn attribute_paths() {
        let path = |text| parse_attribute_path(text);
        assert_eq!(path(r#"a."b.c".d"#).unwrap(), ["a", "b.c", "d"]);
        assert_eq!(path(r#"a"b"c."#).unwrap(), ["abc"]);
        assert_eq!(path("a..b").unwrap(), ["a", "", "b"]);
        assert_eq!(path(r#"a."b"#).unwrap_err().message(), r#"missing closing quote in selection path 'a."b'"#);
    }

    #[test]
    fn what_is_tried() {
        let tried = |attribute| {
            let paths = candidates(attribute, "s")?;
            Ok::<_, crate::FlakeRefError>(paths.iter().map(|names| names.join(" ")).collect::<Vec<_>>())
        };
        assert_eq!(tried("").unwrap(), ["packages s default", "defaultPackage s"]);
        assert_eq!(tried("a.b").unwrap(), ["packages s a b", "legacyPackages s a b", "a b"]);
        assert_eq!(tried(".a.b").unwrap(), ["a b"]);
        assert!(tried("\"").is_err());
    }
}
