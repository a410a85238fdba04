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
    ("beam-utils", "beam-utils"),
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
    ("go-overlay", "go-overlay"),
    ("gomod2nix", "gomod2nix"),
    ("naersk", "naersk"),
    ("haskell-flake", "haskell-flake"),
    ("hercules-ci-effects", "hercules-ci-effects"),
    ("nix-github-actions", "nix-github-actions"),
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

/// The owner and the name of the repository that an archive is of, by its address: GitHub's, FlakeHub's and nixpkgs' own
/// channels.
fn repository_of_url(url: &str) -> Option<(&str, &str)> {
    let (_, rest) = url.split_once("://")?;
    let (host, path) = rest.split_once('/')?;
    let path = path.split(['?', '#']).next()?;
    let mut steps = path.split('/').filter(|step| !step.is_empty());
    let skipped = match host {
        "github.com" | "codeload.github.com" => 0,
        "api.github.com" => 1,
        "flakehub.com" => usize::from(path.starts_with("f/")) + usize::from(path.starts_with("f/pinned/")),
        "api.flakehub.com" => 2,
        "channels.nixos.org" | "releases.nixos.org" => return Some(("NixOS", "nixpkgs")),
        "nixos.org" if path.starts_with("channels/") => return Some(("NixOS", "nixpkgs")),
        _ => return None,
    };
    let owner = steps.nth(skipped)?;
    let repository = steps.next()?;
    Some((owner, repository))
}

/// The tree that stands in for what an archive at an address holds.
pub fn tree_for_url(url: &str) -> Option<Tree> {
    let (owner, repository) = repository_of_url(url)?;
    tree_for(Some(owner), repository)
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
    fn archives_are_known_by_their_address() {
        let of = |url| tree_for_url(url).map(|tree| tree.name);
        for url in [
            "https://github.com/NixOS/nixpkgs/archive/356624c12086a18f2ea2825fed34523d60ccc4e3.tar.gz?narHash=x",
            "https://codeload.github.com/nixos/nixpkgs/tar.gz/master",
            "https://api.github.com/repos/NixOS/nixpkgs/tarball/master",
            "https://flakehub.com/f/NixOS/nixpkgs/0.1.*.tar.gz",
            "https://api.flakehub.com/f/pinned/NixOS/nixpkgs/0.1.1/x/source.tar.gz",
            "https://channels.nixos.org/nixos-unstable/nixexprs.tar.xz",
            "https://nixos.org/channels/nixos-24.05/nixexprs.tar.xz",
        ] {
            assert_eq!(of(url), Some("nixpkgs"), "{url}");
        }
        assert_eq!(of("https://github.com/numtide/flake-utils/archive/main.tar.gz"), Some("flake-utils"));
        for url in [
            "https://github.com/someone/something/archive/main.tar.gz",
            "https://nixos.org/x",
            "github.com/NixOS/nixpkgs",
        ] {
            assert_eq!(of(url), None, "{url}");
        }
    }

    #[test]
    fn does_not_stand_in_for_others() {
        assert!(tree_for(Some("someone"), "something").is_none());
        assert!(tree_for(None, "flake").is_none());
        assert!(tree("tests").is_none());
    }
}
