//! What is known of packages beyond what evaluation tells. A finding that leans on it says so by its confidence.

pub(crate) mod closure;
pub(crate) mod compose;
pub(crate) mod contents;
pub(crate) mod held;
pub(crate) mod layout;
pub(crate) mod nixpkgs;
pub(crate) mod script;
pub(crate) mod secrets;
pub(crate) mod tools;

/// The parts of a package's name: `bash-interactive` is `bash` and `interactive`.
pub(crate) fn words(pname: &str) -> impl Iterator<Item = &str> {
    pname.split(['-', '_', '.']).filter(|word| !word.is_empty())
}

/// Whether a package's name says that it gathers what others provide, so that nobody knows what is in it.
pub(crate) fn is_bundle(pname: &str) -> bool {
    const BUNDLES: &[&str] = &[
        "base",
        "bundle",
        "closure",
        "combined",
        "devshell",
        "dist",
        "env",
        "environment",
        "fhs",
        "fs",
        "image",
        "layer",
        "path",
        "profile",
        "root",
        "rootfs",
        "runtime",
        "shell",
        "system",
        "toolbox",
        "tools",
        "toplevel",
        "wrapped",
    ];
    words(pname).any(|word| BUNDLES.contains(&word.to_ascii_lowercase().as_str()))
}
