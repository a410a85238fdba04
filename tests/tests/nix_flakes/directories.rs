//! `path:` flakes.

use bt_tests::compare::{Case, Made, flake};
use bt_tests::project::Project;
use std::os::unix::fs::{PermissionsExt as _, symlink};

/// Makes the times of all files the same on every machine.
fn dated(project: Project) -> Project {
    let date = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000);
    for name in ["flake.nix", "a", "dir/b"] {
        if let Ok(file) = std::fs::File::open(project.path(name)) {
            file.set_modified(date).unwrap();
        }
    }
    project
}

fn plain() -> Made {
    Made::path(dated(Project::flake(flake("")).with("a", "a\n").with("dir/b", "b\n")))
}

fn modes() -> Made {
    let made = plain();
    std::fs::set_permissions(made.project.path("a"), std::fs::Permissions::from_mode(0o755)).unwrap();
    symlink("a", made.project.path("link")).unwrap();
    symlink("/nowhere", made.project.path("dir/broken")).unwrap();
    std::fs::create_dir(made.project.path("empty")).unwrap();
    made
}

fn with_git() -> Made {
    let made = plain();
    bt_tests::git::run(made.project.root(), &["init", "-q"]);
    made
}

pub const CASES: &[Case] = &[
    Case::new("`path:` directory", plain),
    Case::new("`path:` with executables, links, empty directories", modes),
    Case::new("`path:` of a git work tree: no git, all files", with_git),
];

#[test]
fn directories() {
    super::all_equal(CASES);
}
