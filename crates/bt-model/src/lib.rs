//! The embedded stand-in for nixpkgs and common helper flakes, written in Nix.
//!
//! A linter has to work where the locked nixpkgs is not at hand. The model names and follows packages as nixpkgs does,
//! but knows nothing of their files, and nothing that it makes can be built. Every tree is mounted under a store path
//! that no real source has ([`Tree::root`]).

include!(concat!(env!("OUT_DIR"), "/trees.rs"));

/// A tree of the model.
#[derive(Debug, Clone, Copy)]
pub struct Tree {
    /// What it stands in for, such as `nixpkgs`.
    pub name: &'static str,
    /// Its files: path with a leading slash, and text.
    pub files: &'static [(&'static str, &'static str)],
}

impl Tree {
    /// The store path under which programs see the tree. The hash part is all zeros: no real path has it.
    pub fn root(&self) -> String {
        format!("/nix/store/00000000000000000000000000000000-bt-model-{}", self.name)
    }
}

/// The tree that stands in for a repository, given its owner (where known) and name.
pub fn tree_for(owner: Option<&str>, repository: &str) -> Option<Tree> {
    let is = |name: &str| repository.eq_ignore_ascii_case(name);
    let name = if is("nixpkgs") || is("nixpkgs-channels") || is("nixos-unstable") {
        "nixpkgs"
    } else if is("flake-utils") {
        "flake-utils"
    } else if is("systems") || owner == Some("nix-systems") {
        "systems"
    } else {
        return None;
    };
    tree(name)
}

/// A tree by name.
pub fn tree(name: &str) -> Option<Tree> {
    let (name, files) = TREES.iter().find(|(n, _)| *n == name)?;
    Some(Tree { name, files })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_trees() {
        for name in ["nixpkgs", "flake-utils", "systems"] {
            assert!(tree(name).unwrap().files.iter().any(|(path, _)| *path == "/flake.nix"));
        }
        assert_eq!(tree_for(Some("NixOS"), "nixpkgs").unwrap().name, "nixpkgs");
        assert_eq!(tree_for(Some("nix-systems"), "default").unwrap().name, "systems");
    }

    #[test]
    fn does_not_stand_in_for_others() {
        assert!(tree_for(Some("someone"), "something").is_none());
        assert!(tree("tests").is_none());
    }
}
