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

fn main() {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("nix");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut trees: Vec<PathBuf> =
        std::fs::read_dir(&root).expect("readable sources").map(|e| e.expect("readable entry").path()).collect();
    trees.retain(|tree| tree.is_dir() && tree.file_name().is_some_and(|name| name != "tests"));
    trees.sort();
    let mut table = String::from(
        "/// The trees: name, and files as path and text.\nstatic TREES: &[(&str, &[(&str, &str)])] = &[\n",
    );
    for tree in trees {
        let name = tree.file_name().expect("named").to_string_lossy().into_owned();
        writeln!(table, "    ({name:?}, &[").expect("written");
        let mut found = Vec::new();
        files(&tree, &mut found);
        for file in found {
            let inner = file.strip_prefix(&tree).expect("below the tree");
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
