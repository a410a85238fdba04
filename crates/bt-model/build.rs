//! Embeds the Nix files of `nix/` as a table per tree.
#![allow(clippy::disallowed_methods, clippy::expect_used, reason = "a build script reads its own sources")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn files(directory: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(directory).expect("readable sources").map(|e| e.expect("readable entry").path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            files(&entry, found);
        } else if entry.extension().is_some_and(|e| e == "nix") {
            found.push(entry);
        }
    }
}

/// The trees that need no nixpkgs besides their inputs.
const SELF_CONTAINED: &[&str] = &["nixpkgs", "flake-utils", "systems"];

fn main() {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("nix");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut trees: Vec<PathBuf> =
        std::fs::read_dir(&root).expect("readable sources").map(|e| e.expect("readable entry").path()).collect();
    trees.retain(|tree| tree.is_dir() && tree.file_name().is_some_and(|name| name != "tests"));
    trees.sort();
    let mut shared = Vec::new();
    files(&root.join("nixpkgs"), &mut shared);
    let mut table = String::from(
        "/// The trees: name, and files as path and text.\nstatic TREES: &[(&str, &[(&str, &str)])] = &[\n",
    );
    for tree in trees {
        let name = tree.file_name().expect("named").to_string_lossy().into_owned();
        writeln!(table, "    ({name:?}, &[").expect("written");
        let mut found = Vec::new();
        files(&tree, &mut found);
        // Where nothing is locked, a helper flake has no nixpkgs but this one. The texts are in the program once.
        let has_nixpkgs = !SELF_CONTAINED.contains(&name.as_str());
        let shared = if has_nixpkgs { shared.as_slice() } else { &[] };
        for (file, base) in found.iter().map(|file| (file, &tree)).chain(shared.iter().map(|file| (file, &root))) {
            let inner = file.strip_prefix(base).expect("below the tree");
            writeln!(
                table,
                "        ({:?}, include_str!({:?})),",
                format!("/{}", inner.display()),
                file.display().to_string()
            )
            .expect("written");
        }
        table.push_str("    ]),\n");
    }
    table.push_str("];\n");
    let out = PathBuf::from(std::env::var("OUT_DIR").expect("set by cargo")).join("trees.rs");
    std::fs::write(out, table).expect("writable output");
}
