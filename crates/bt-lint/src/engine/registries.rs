//! The registries of the user and of the system (Nix manual, "nix registry"), for indirect references of impure
//! evaluation. The global registry is in the network and never downloaded.

use bt_flakeref::{FlakeRef, FlakeRefError, Registry, look_up};
use bt_glue::FileSystem;
use std::io::ErrorKind;

/// Where the registries are, that which is asked first in front: the user's, the system's.
fn paths(variable: &dyn Fn(&str) -> Option<String>) -> Vec<String> {
    let absolute = |name| variable(name).filter(|path| path.starts_with('/'));
    let user = absolute("NIX_CONFIG_HOME")
        .or_else(|| Some(format!("{}/nix", absolute("XDG_CONFIG_HOME")?)))
        .or_else(|| Some(format!("{}/.config/nix", absolute("HOME")?)));
    let system = absolute("NIX_CONF_DIR").unwrap_or_else(|| "/etc/nix".into());
    user.into_iter().chain([system]).map(|directory| format!("{directory}/registry.json")).collect()
}

/// What an indirect reference stands for; other references stay as they are. Registries that cannot be read are warned
/// about and count as far as they can be read.
///
/// Errors: no registry has the name, or names stand for each other.
pub(super) fn resolve(
    reference: FlakeRef,
    files: &dyn FileSystem,
    variable: &dyn Fn(&str) -> Option<String>,
    warn: &dyn Fn(&str),
) -> Result<FlakeRef, FlakeRefError> {
    if reference.is_direct() {
        return Ok(reference);
    }
    let mut registries = Vec::new();
    for path in paths(variable) {
        let text = files.read(&path).and_then(|bytes| {
            String::from_utf8(bytes).map_err(|_| std::io::Error::new(ErrorKind::InvalidData, "it is not UTF-8"))
        });
        match text {
            Ok(text) => {
                let (registry, warning) = Registry::parse(&text, &path);
                if let Some(warning) = warning {
                    warn(&format!("warning: {warning}"));
                }
                registries.push(registry);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => warn(&format!("warning: cannot read flake registry '{path}': {error}")),
        }
    }
    look_up(&registries, &reference)
}

#[cfg(test)]
mod tests {
    use super::{paths, resolve};
    use bt_flakeref::{FlakeRef, Reading};
    use bt_glue::Directory;
    use std::cell::RefCell;

    fn entry(id: &str, path: &str) -> String {
        format!(r#"{{"from": {{"type": "indirect", "id": "{id}"}}, "to": {{"type": "path", "path": "{path}"}}}}"#)
    }

    /// A registry; files of tests live for ever.
    fn registry(entries: &[String]) -> &'static str {
        String::leak(format!(r#"{{"version": 2, "flakes": [{}]}}"#, entries.join(", ")))
    }

    #[test]
    fn places() {
        let variables = |set: &'static [(&str, &str)]| {
            move |name: &str| set.iter().find(|(n, _)| *n == name).map(|(_, value)| value.to_string())
        };
        let all = ["/c/nix/registry.json", "/etc/nix/registry.json"];
        assert_eq!(paths(&variables(&[("XDG_CONFIG_HOME", "/c"), ("HOME", "/h")])), all);
        assert_eq!(paths(&variables(&[("HOME", "/h")]))[0], "/h/.config/nix/registry.json");
        assert_eq!(paths(&variables(&[("NIX_CONFIG_HOME", "/n"), ("XDG_CONFIG_HOME", "/c")]))[0], "/n/registry.json");
        assert_eq!(paths(&variables(&[("NIX_CONF_DIR", "/s")])), ["/s/registry.json"]);
        assert_eq!(paths(&variables(&[("XDG_CONFIG_HOME", "relative")])), ["/etc/nix/registry.json"]);
    }

    #[test]
    fn the_user_comes_before_the_system() {
        let files = Directory::new([
            ("/h/.config/nix/registry.json".to_string(), registry(&[entry("a", "/user")])),
            ("/etc/nix/registry.json".to_string(), registry(&[entry("a", "/system"), entry("b", "/b")])),
        ]);
        let home = |name: &str| (name == "HOME").then(|| "/h".to_string());
        let find = |text: &str| {
            let reference = FlakeRef::parse(text, Reading::STRICT).unwrap();
            resolve(reference, &files, &home, &|warning| panic!("{warning}")).map(|found| found.display())
        };
        assert_eq!(find("a").unwrap(), "path:/user");
        assert_eq!(find("b").unwrap(), "path:/b");
        assert_eq!(find("github:a/b").unwrap(), "github:a/b");
        assert_eq!(find("c").unwrap_err().message(), "cannot find flake 'flake:c' in the flake registries");
    }

    #[test]
    fn broken_registries_are_warned_about() {
        let files = Directory::new([("/etc/nix/registry.json".to_string(), "{")]);
        let warnings = RefCell::new(Vec::new());
        let found = resolve(FlakeRef::indirect("a"), &files, &|_| None, &|w| warnings.borrow_mut().push(w.to_string()));
        assert!(found.is_err());
        let warnings = warnings.into_inner();
        assert!(
            warnings[0].starts_with("warning: cannot parse flake registry '/etc/nix/registry.json': "),
            "{warnings:?}"
        );
    }
}
