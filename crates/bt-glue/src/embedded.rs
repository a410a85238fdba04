//! Files that Nix brings along: `<nix/fetchurl.nix>`.

use crate::filesystem::Directory;
use crate::glue::Glue;
use crate::trees::SourceTree;
use std::rc::Rc;

/// Where programs see the files.
const ROOT: &str = "/builtin/nix";

const FILES: &[(&str, &str)] = &[("/fetchurl.nix", include_str!("../nix/fetchurl.nix"))];

/// The path of `<nix/…>`.
pub(crate) fn find(glue: &Glue, name: &str) -> Option<String> {
    let file = format!("/{}", name.strip_prefix("nix/")?);
    FILES.iter().find(|(path, _)| *path == file)?;
    if !glue.has_tree(ROOT) {
        let files = FILES.iter().map(|(path, text)| (path.to_string(), *text));
        glue.add_tree(SourceTree::embedded(ROOT, Rc::new(Directory::new(files))));
    }
    Some(format!("{ROOT}{file}"))
}
