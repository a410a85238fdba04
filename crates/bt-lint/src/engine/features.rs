//! Experimental features of Nix, by name.

use bt_eval::Options;

/// All that the followed version of Nix knows (Nix manual, "Experimental Features").
const KNOWN: &[&str] = &[
    "auto-allocate-uids",
    "blake3-hashes",
    "ca-derivations",
    "cgroups",
    "configurable-impure-env",
    "daemon-trust-override",
    "dynamic-derivations",
    "external-builders",
    "fetch-closure",
    "fetch-tree",
    "flakes",
    "git-hashing",
    "impure-derivations",
    "local-overlay-store",
    "mounted-ssh-store",
    "nix-command",
    "parse-toml-timestamps",
    "pipe-operators",
    "read-only-local-store",
    "recursive-nix",
    "verified-fetches",
];

/// Switches on what evaluation knows of the named features. Returns the names that Nix does not know.
pub(super) fn enable<'n>(names: &'n [String], options: &mut Options) -> Vec<&'n str> {
    let mut unknown = Vec::new();
    for name in names.iter().flat_map(|list| list.split_whitespace()) {
        match name {
            "pipe-operators" => options.pipe_operators = true,
            "parse-toml-timestamps" => options.toml_timestamps = true,
            "blake3-hashes" => options.blake3_hashes = true,
            "dynamic-derivations" => options.dynamic_derivations = true,
            "fetch-closure" => options.fetch_closure = true,
            // Flakes are always on; the others do not change the language.
            name if KNOWN.contains(&name) => {}
            name if unknown.contains(&name) => {}
            name => unknown.push(name),
        }
    }
    unknown
}

#[cfg(test)]
mod tests {
    use super::enable;
    use bt_eval::Options;

    #[test]
    fn names() {
        let mut options = Options::default();
        let names = ["flakes  pipe-operators".to_string(), "nonsense ca-derivations nonsense".to_string()];
        assert_eq!(enable(&names, &mut options), ["nonsense"]);
        assert!(options.pipe_operators);
        assert!(!options.toml_timestamps);
        assert!(enable(&["parse-toml-timestamps".to_string()], &mut options).is_empty());
        assert!(options.toml_timestamps);
    }
}
