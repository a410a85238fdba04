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

/// Repositories and the trees that stand in for them. Forks keep the name of what they were forked from.
const REPOSITORIES: &[(&str, &str)] = &[
    ("build-system-pkgs", "pyproject-build-systems"),
    ("crane", "crane"),
    ("devenv", "devenv"),
    ("devenv-nixpkgs", "nixpkgs"),
    ("devshell", "devshell"),
    ("fenix", "fenix"),
    ("flake-compat", "flake-compat"),
    ("flake-parts", "flake-parts"),
    ("flake-utils", "flake-utils"),
    ("git-hooks", "git-hooks"),
    ("git-hooks.nix", "git-hooks"),
    ("gitignore", "gitignore"),
    ("gitignore.nix", "gitignore"),
    ("gomod2nix", "gomod2nix"),
    ("naersk", "naersk"),
    ("nix2container", "nix2container"),
    ("nixos-unstable", "nixpkgs"),
    ("nixpkgs", "nixpkgs"),
    ("nixpkgs-channels", "nixpkgs"),
    ("nixpkgs.lib", "nixpkgs"),
    ("pre-commit-hooks", "git-hooks"),
    ("pre-commit-hooks.nix", "git-hooks"),
    ("pyproject-build-systems", "pyproject-build-systems"),
    ("pyproject-nix", "pyproject-nix"),
    ("pyproject.nix", "pyproject-nix"),
    ("rust-overlay", "rust-overlay"),
    ("systems", "systems"),
    ("treefmt-nix", "treefmt-nix"),
    ("uv2nix", "uv2nix"),
];

/// The tree that stands in for a repository, given its owner (where known) and name.
pub fn tree_for(owner: Option<&str>, repository: &str) -> Option<Tree> {
    if owner == Some("nix-systems") {
        return tree("systems");
    }
    let (_, name) = REPOSITORIES.iter().find(|(known, _)| repository.eq_ignore_ascii_case(known))?;
    tree(name)
}

/// All trees.
pub fn trees() -> impl Iterator<Item = Tree> {
    TREES.iter().map(|(name, files)| Tree { name, files })
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
        assert!(trees().count() > 10);
        for tree in trees() {
            let flakes = tree.files.iter().filter(|(path, _)| *path == "/flake.nix").count();
            assert_eq!(flakes, 1, "{}", tree.name);
        }
        for (repository, name) in REPOSITORIES {
            assert_eq!(tree_for(None, repository).map(|tree| tree.name), Some(*name));
        }
        assert_eq!(tree_for(Some("NixOS"), "nixpkgs").unwrap().name, "nixpkgs");
        assert_eq!(tree_for(Some("someone"), "Flake-Parts").unwrap().name, "flake-parts");
        assert_eq!(tree_for(Some("nix-systems"), "default").unwrap().name, "systems");
    }

    #[test]
    fn does_not_stand_in_for_others() {
        assert!(tree_for(Some("someone"), "something").is_none());
        assert!(tree_for(None, "flake").is_none());
        assert!(tree("tests").is_none());
    }
}
