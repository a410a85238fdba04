//! Flakes in git repositories.

use super::{ADDS_PATH, OWN_PATH, UNKNOWN, new, old};
use bt_tests::compare::{Case, Differs, Made, flake};
use bt_tests::git;
use bt_tests::project::Project;

fn commit(project: &Project) {
    git::run(project.root(), &["add", "."]);
    git::run(project.root(), &["commit", "-qm", "message"]);
}

fn repository() -> Project {
    let project = Project::flake(flake("")).with("a", "a\n").with("dir/b", "b\n");
    git::run(project.root(), &["init", "-q"]);
    commit(&project);
    project
}

fn clean() -> Made {
    Made::git(repository())
}

fn changed() -> Made {
    Made::git(repository().with("a", "changed\n"))
}

fn staged() -> Made {
    let project = repository().with("a", "changed\n").with("new", "new\n");
    git::run(project.root(), &["add", "."]);
    Made::git(project)
}

fn untracked() -> Made {
    Made::git(repository().with("untracked", "").with("dir/untracked", ""))
}

fn untracked_override() -> Made {
    let project = Project::flake(flake("a.url = \"path:./a\";")).with("a/flake.nix", "{ outputs = _: { }; }\n");
    git::run(project.root(), &["init", "-q"]);
    commit(&project);
    let project = project.with("other/flake.nix", "{ outputs = _: { }; }\n").with("other/more", "");
    let overrides = vec![("a".to_string(), format!("path:{}/other", project.root_text()))];
    Made { overrides, ..Made::git(project) }
}

fn deleted() -> Made {
    let project = repository();
    std::fs::remove_file(project.path("dir/b")).unwrap();
    Made::git(project)
}

fn subdirectory() -> Made {
    let project = repository().with("dir/flake.nix", flake(""));
    commit(&project);
    let made = Made::git(project);
    Made { url: format!("{}?dir=dir", made.url), target: format!("{}/dir", made.target), ..made }
}

fn submodule() -> Made {
    let (project, inner) = (repository(), repository());
    git::run(project.root(), &["submodule", "add", "-q", inner.root_text(), "sub"]);
    git::run(project.root(), &["commit", "-qm", "submodule"]);
    Made::git(project).keeping(inner)
}

fn work_tree() -> Made {
    let (project, other) = (repository(), Project::new());
    let tree = other.path("tree");
    git::run(project.root(), &["worktree", "add", "-q", tree.to_str().unwrap(), "-b", "other"]);
    std::fs::write(tree.join("c"), "c\n").unwrap();
    git::run(&tree, &["add", "c"]);
    git::run(&tree, &["commit", "-qm", "c"]);
    let tree = tree.to_str().unwrap().to_string();
    let made = Made::git(project).keeping(other);
    Made { url: format!("git+file://{tree}"), target: tree, ..made }
}

fn shallow() -> Made {
    let (project, other) = (repository().with("a", "second\n"), Project::new());
    commit(&project);
    let from = format!("file://{}", project.root_text());
    git::run(other.root(), &["clone", "-q", "--depth", "1", &from, other.path("clone").to_str().unwrap()]);
    let clone = other.path("clone").to_str().unwrap().to_string();
    let made = Made::git(project).keeping(other);
    Made { url: format!("git+file://{clone}"), target: clone, ..made }
}

fn detached() -> Made {
    let project = repository().with("a", "second\n");
    commit(&project);
    git::run(project.root(), &["checkout", "-q", "--detach", "HEAD~1"]);
    Made::git(project)
}

fn packed() -> Made {
    let project = repository();
    for number in 0..10 {
        project.write("a", format!("{number}\n").repeat(40));
        commit(&project);
    }
    git::run(project.root(), &["gc", "-q", "--aggressive"]);
    git::run(project.root(), &["pack-refs", "--all"]);
    Made::git(project)
}

fn merged() -> Made {
    let project = repository();
    git::run(project.root(), &["checkout", "-qb", "other"]);
    project.write("b", "other\n");
    commit(&project);
    git::run(project.root(), &["checkout", "-q", "main"]);
    project.write("c", "main\n");
    commit(&project);
    git::run(project.root(), &["merge", "-q", "--no-edit", "other"]);
    Made::git(project)
}

fn unborn() -> Made {
    let project = Project::flake(flake("")).with("a", "a\n");
    git::run(project.root(), &["init", "-q"]);
    git::run(project.root(), &["add", "."]);
    Made::git(project)
}

fn modes() -> Made {
    let project = repository();
    std::os::unix::fs::symlink("a", project.path("link")).unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(project.path("a"), executable).unwrap();
    commit(&project);
    Made::git(project)
}

fn with_input() -> Project {
    let project = Project::flake(flake("sub.url = \"path:./sub\";")).with("sub/flake.nix", "{ outputs = _: { }; }\n");
    git::run(project.root(), &["init", "-q"]);
    commit(&project);
    project
}

fn stale_lock() -> Made {
    Made::git(with_input())
}

fn locked_input() -> Made {
    Made::git(with_input())
}

fn commit_lock(made: &Made) {
    commit(&made.project);
}

fn add_lock(made: &Made) {
    git::run(made.project.root(), &["add", "."]);
}

const DIRTY: Differs = old(
    &["/facts/self/info/dirtyRev", "/facts/self/info/dirtyShortRev", "/facts/self/names", "/metadata/dirtyRevision"],
    "2.8 knows no dirty revisions",
);

/// Where another tree is seen.
const TREE: [&str; 5] =
    ["/facts/self/info/narHash", "/facts/self/path", "/facts/self/source", "/metadata/narHash", "/metadata/path"];

pub const CASES: &[Case] = &[
    Case::new("git, clean", clean),
    Case::new("git, a changed file", changed).differs(&[DIRTY]),
    Case::new("git, staged changes and new files", staged).differs(&[DIRTY]),
    Case::new("git, untracked files", untracked),
    Case::new("git, a deleted file", deleted).differs(&[
        DIRTY,
        old(&TREE, "2.8 keeps its directory"),
        old(&["/facts/self/files/dir"], "and lists it"),
    ]),
    Case::new("git, a flake in a subdirectory (`?dir=`)", subdirectory)
        .differs(&[old(&["/facts/self/files/", "/facts/self/path"], "2.8 has the root as `outPath`")]),
    Case::new("git, a submodule", submodule)
        .differs(&[old(&TREE, "2.8 keeps an empty directory for it"), old(&["/facts/self/files/sub"], "and lists it")]),
    Case::new("git, another work tree", work_tree),
    Case::new("git, a shallow clone", shallow).differs(&[
        old(&["/refused"], "2.8 refuses it"),
        new(
            &["/facts/self/info/revCount", "/facts/self/names", "/metadata/revCount"],
            "2.26 counts the commits that are there, current versions have no `revCount`",
        ),
    ]),
    Case::new("git, a detached head", detached),
    Case::new("git, packed objects and references", packed),
    Case::new("git, a merge", merged),
    Case::new("git, before the first commit", unborn),
    Case::new("git, `--override-input` with a `path:` in it that git does not track", untracked_override),
    Case::new("git, executables and links", modes),
    Case::new("git, a lock file that has to change: `self` has no `rev`", stale_lock)
        .differs(&[old(&["/facts/sub/", "/locked/sub/"], OWN_PATH), new(&["/facts/sub/"], UNKNOWN)]),
    Case::new("git, an input in the repository, locked and committed", locked_input)
        .locked(commit_lock)
        .differs(&[old(&["/facts/sub/", "/locked/sub/"], OWN_PATH), new(&["/facts/sub/source"], ADDS_PATH)]),
    Case::new("git, an input in the repository, a new lock file", locked_input).locked(add_lock).differs(&[
        DIRTY,
        old(&["/facts/sub/", "/locked/sub/"], OWN_PATH),
        new(&["/facts/sub/source"], ADDS_PATH),
    ]),
];

#[test]
fn repositories() {
    super::all_equal(CASES);
}
