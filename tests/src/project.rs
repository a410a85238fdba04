//! Flakes in temporary directories, removed when the test is over.

use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The lock of a flake whose one input is a pinned nixpkgs.
pub const NIXPKGS_LOCK: &str = r#"{
  "nodes": {
    "nixpkgs": {
      "locked": {
        "lastModified": 1790450978,
        "narHash": "sha256-/eLCD/X9kaWJqPR47+fDozEC87Hjmm3i8gJbYmDAD7g=",
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "5e2305d577ca00acbba631b05cb1094d172b29f3",
        "type": "github"
      },
      "original": {
        "owner": "NixOS",
        "ref": "nixos-26.05",
        "repo": "nixpkgs",
        "type": "github"
      }
    },
    "root": {
      "inputs": {
        "nixpkgs": "nixpkgs"
      }
    }
  },
  "root": "root",
  "version": 7
}
"#;

/// The root of this repository.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the repository")
}

/// A directory with files.
#[derive(Debug)]
pub struct Project {
    /// Removed when this is dropped.
    _owner: TempDir,
    root: PathBuf,
}

impl Default for Project {
    fn default() -> Self {
        Project::new()
    }
}

impl Project {
    /// An empty directory.
    pub fn new() -> Project {
        let owner = tempfile::Builder::new().prefix("bt-tests-").tempdir().expect("a temporary directory");
        // Whether a path is shown can only be seen when it is the one that the program knows.
        let root = owner.path().canonicalize().expect("it is there");
        Project { _owner: owner, root }
    }

    /// A flake without a lock.
    pub fn flake(text: impl AsRef<[u8]>) -> Project {
        Project::new().with("flake.nix", text)
    }

    /// A flake of outputs over `pkgs`, `lib` and `nixpkgs`, which is pinned. The expression starts a line of its own.
    pub fn outputs(outputs: &str) -> Project {
        let text = format!(
            "{{\n  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-26.05\";\n  outputs = {{ self, nixpkgs }}:\n    let\n      \
             pkgs = nixpkgs.legacyPackages.x86_64-linux;\n      inherit (pkgs) lib;\n    in\n{outputs}\n;\n}}\n"
        );
        Project::flake(text).with("flake.lock", NIXPKGS_LOCK)
    }

    /// A copy of the reference deployment.
    pub fn reference() -> Project {
        let project = Project::new();
        // Cargo.toml knows the version that the images carry.
        for name in ["flake.nix", "flake.lock", "Cargo.toml", "nix"] {
            copy(&repository().join(name), &project.path(name));
        }
        project
    }

    /// A copy of a directory.
    pub fn copy_of(directory: &Path) -> Project {
        let project = Project::new();
        copy(directory, &project.root);
        project
    }

    /// Copies a file or a directory into it.
    pub fn copy_in(&self, from: &Path, to: &str) {
        let target = self.path(to);
        std::fs::create_dir_all(target.parent().expect("files are in directories")).expect("a directory");
        copy(from, &target);
    }

    /// With one more file.
    pub fn with(self, path: &str, contents: impl AsRef<[u8]>) -> Project {
        self.write(path, contents);
        self
    }

    /// Writes a file, and the directories that it is in.
    pub fn write(&self, path: &str, contents: impl AsRef<[u8]>) {
        let file = self.path(path);
        std::fs::create_dir_all(file.parent().expect("files are in directories")).expect("a directory");
        std::fs::write(&file, contents).expect("a file in a temporary directory");
    }

    /// The text of a file.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// The directory.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The directory, as text.
    pub fn root_text(&self) -> &str {
        self.root.to_str().expect("temporary directories have plain names")
    }

    /// A path in the directory.
    pub fn path(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }
}

fn copy(from: &Path, to: &Path) {
    #[cfg(unix)]
    if let Ok(target) = std::fs::read_link(from) {
        std::os::unix::fs::symlink(target, to).expect("a link in a temporary directory");
        return;
    }
    if !from.is_dir() {
        std::fs::copy(from, to).unwrap_or_else(|error| panic!("cannot copy {}: {error}", from.display()));
        return;
    }
    std::fs::create_dir_all(to).expect("a directory");
    for entry in std::fs::read_dir(from).unwrap_or_else(|error| panic!("cannot list {}: {error}", from.display())) {
        let entry = entry.expect("a directory entry");
        if entry.file_name() != ".git" {
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    }
}
