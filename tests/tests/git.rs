//! Flakes in git repositories: what exists, and what `self` says about the commit. Expected values are those of Nix, which
//! is asked where it is installed.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::check::{check, eval};
use bt_tests::project::Project;
use bt_tests::{git, nix};
use serde_json::{Value as Json, json};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

/// Shows all that a flake can know of its source.
const FLAKE: &str = r#"{
  outputs = { self }: {
    lib.all = {
      path = self.outPath;
      names = builtins.attrNames self.sourceInfo;
      info = removeAttrs self.sourceInfo [ "outPath" "revCount" ];
      revCount = self.revCount or null;
      files = builtins.readDir ./.;
      directory = if builtins.pathExists ./dir then builtins.readDir ./dir else null;
      sub = if builtins.pathExists ./sub then builtins.readDir ./sub else null;
      type = self._type or "flake";
    };
  };
}
"#;

/// A repository with one commit.
fn repository() -> Project {
    let project = Project::flake(FLAKE).with("a", "a\n").with("dir/b", "b\n");
    git::run(project.root(), &["init", "-q"]);
    commit(project.root());
    project
}

fn commit(root: &Path) {
    git::run(root, &["add", "."]);
    git::run(root, &["commit", "-qm", "message"]);
}

fn write(project: &Project, name: &str, text: &str) {
    let path = project.root().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// What the flake says, the same as what Nix says. Nix 2.8 knows nothing of dirty revisions, and looks at commits where
/// the work tree is clean; newer ones always look at the work tree.
#[track_caller]
fn all_of(directory: &Path) -> Json {
    let ours = eval(directory, "lib.all").unwrap_or_else(|error| panic!("{error}"));
    if let Some(theirs) = nix::repository_attribute(directory, "lib.all") {
        assert_eq!(ours, theirs, "bt-lint on the left, Nix on the right");
    }
    ours
}

fn names(value: &Json) -> Vec<&str> {
    value["names"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

const CLEAN: &[&str] =
    &["lastModified", "lastModifiedDate", "narHash", "outPath", "rev", "revCount", "shortRev", "submodules"];
const DIRTY: &[&str] =
    &["dirtyRev", "dirtyShortRev", "lastModified", "lastModifiedDate", "narHash", "outPath", "submodules"];

#[track_caller]
fn is_clean(directory: &Path, revisions: u64) -> Json {
    let all = all_of(directory);
    assert_eq!(names(&all), CLEAN);
    let head = git::run(directory, &["rev-parse", "HEAD"]);
    assert_eq!(all["info"]["rev"], json!(head));
    assert_eq!(all["info"]["shortRev"], json!(head[..7]));
    assert_eq!(all["info"]["lastModified"], json!(1_714_564_800));
    assert_eq!(all["info"]["lastModifiedDate"], json!("20240501120000"));
    assert_eq!(all["revCount"], json!(revisions));
    all
}

#[track_caller]
fn is_dirty(directory: &Path) -> Json {
    let all = all_of(directory);
    assert_eq!(names(&all), DIRTY);
    let head = git::run(directory, &["rev-parse", "HEAD"]);
    assert_eq!(all["info"]["dirtyRev"], json!(format!("{head}-dirty")));
    assert_eq!(all["info"]["dirtyShortRev"], json!(format!("{}-dirty", &head[..7])));
    assert_eq!(all["info"]["lastModified"], json!(1_714_564_800));
    all
}

#[test]
fn a_clean_work_tree_has_a_revision() {
    let project = repository();
    let all = is_clean(project.root(), 1);
    assert_eq!(all["files"], json!({ "a": "regular", "dir": "directory", "flake.nix": "regular" }));
    assert_eq!(all["info"]["submodules"], json!(false));
    assert_eq!(all["type"], json!("flake"));
    // Looked at again, but not changed.
    write(&project, "a", "a\n");
    is_clean(project.root(), 1);
    write(&project, "b", "2");
    commit(project.root());
    is_clean(project.root(), 2);
}

#[test]
fn what_was_changed_or_staged_is_dirty() {
    let project = repository();
    write(&project, "a", "z\n");
    is_dirty(project.root());
    git::run(project.root(), &["add", "a"]);
    is_dirty(project.root());
    git::run(project.root(), &["reset", "-q", "--hard"]);
    is_clean(project.root(), 1);
    write(&project, "new", "");
    git::run(project.root(), &["add", "-N", "new"]);
    assert_eq!(is_dirty(project.root())["files"]["new"], json!("regular"));
}

#[test]
fn only_tracked_files_exist() {
    let project = repository();
    write(&project, "untracked", "");
    write(&project, "dir/untracked", "");
    write(&project, "sub/untracked", "");
    let all = is_clean(project.root(), 1);
    assert_eq!(all["files"], json!({ "a": "regular", "dir": "directory", "flake.nix": "regular" }));
    assert_eq!((&all["directory"], &all["sub"]), (&json!({ "b": "regular" }), &Json::Null));
    // What is deleted is gone, and so is a directory without a tracked file.
    std::fs::remove_file(project.root().join("dir/b")).unwrap();
    let all = is_dirty(project.root());
    assert_eq!(all["files"], json!({ "a": "regular", "flake.nix": "regular" }));
    assert_eq!(all["directory"], Json::Null);
    git::run(project.root(), &["rm", "-q", "--cached", "a"]);
    assert_eq!(is_dirty(project.root())["files"], json!({ "flake.nix": "regular" }));
}

#[test]
fn ignored_files_exist_when_they_are_tracked() {
    let project = repository();
    write(&project, ".gitignore", "*.o\n");
    write(&project, "x.o", "");
    write(&project, "y.o", "");
    git::run(project.root(), &["add", "-f", "y.o", ".gitignore"]);
    let all = is_dirty(project.root());
    assert_eq!((&all["files"]["x.o"], &all["files"]["y.o"]), (&Json::Null, &json!("regular")));
}

#[test]
fn before_the_first_commit_there_is_no_revision() {
    let project = Project::flake(FLAKE);
    git::run(project.root(), &["init", "-q"]);
    git::run(project.root(), &["add", "."]);
    let all = all_of(project.root());
    assert_eq!(names(&all), ["lastModified", "lastModifiedDate", "narHash", "outPath", "submodules"]);
    assert_eq!(all["info"]["lastModifiedDate"], json!("19700101000000"));
}

#[test]
fn head_is_found_wherever_it_is() {
    let project = repository();
    let root = project.root();
    for number in 0..20 {
        write(&project, "a", &format!("{number}\n").repeat(40));
        commit(root);
    }
    is_clean(root, 21);
    git::run(root, &["gc", "-q", "--aggressive"]);
    git::run(root, &["pack-refs", "--all"]);
    is_clean(root, 21);
    git::run(root, &["checkout", "-q", "--detach"]);
    is_clean(root, 21);
    let other = Project::new();
    let tree = other.root().join("tree");
    git::run(root, &["worktree", "add", "-q", tree.to_str().unwrap(), "-b", "other"]);
    is_clean(&tree, 21);
    // A repository elsewhere, and objects that are another's.
    git::run(root, &["clone", "-q", "--shared", root.to_str().unwrap(), other.root().join("shared").to_str().unwrap()]);
    is_clean(&other.root().join("shared"), 21);
    git::run(root, &["update-index", "--index-version", "4"]);
    is_clean(root, 21);
}

#[test]
fn merges_count_each_commit_once_and_are_dirty_until_they_are_done() {
    let project = repository();
    let root = project.root();
    git::run(root, &["checkout", "-qb", "other"]);
    write(&project, "a", "other");
    commit(root);
    git::run(root, &["checkout", "-q", "main"]);
    write(&project, "a", "main");
    commit(root);
    assert!(!git::try_run(root, &["merge", "other"]).0, "a conflict was meant");
    assert_eq!(is_dirty(root)["files"]["a"], json!("regular"));
    write(&project, "a", "both");
    commit(root);
    is_clean(root, 4);
}

#[test]
fn a_shallow_clone_has_no_count() {
    let (project, other) = (repository(), Project::new());
    write(&project, "a", "2");
    commit(project.root());
    let (from, to) = (format!("file://{}", project.root().display()), other.root().join("clone"));
    git::run(other.root(), &["clone", "-q", "--depth", "1", &from, to.to_str().unwrap()]);
    let all = eval(&to, "lib.all").unwrap();
    let expected: Vec<&str> = CLEAN.iter().copied().filter(|name| *name != "revCount").collect();
    assert_eq!(names(&all), expected);
}

#[test]
fn modes_and_links() {
    let project = repository();
    let file = project.root().join("a");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
    is_dirty(project.root());
    git::run(project.root(), &["config", "core.fileMode", "false"]);
    assert_eq!(names(&eval(project.root(), "lib.all").unwrap()), CLEAN);
    git::run(project.root(), &["config", "core.fileMode", "true"]);
    symlink("a", project.root().join("link")).unwrap();
    symlink("nowhere", project.root().join("broken")).unwrap();
    symlink("dir", project.root().join("sub")).unwrap();
    commit(project.root());
    let all = is_clean(project.root(), 2);
    assert_eq!((&all["files"]["link"], &all["files"]["broken"]), (&json!("symlink"), &json!("symlink")));
    assert_eq!(all["sub"], json!({ "b": "regular" }));
    std::fs::remove_file(project.root().join("link")).unwrap();
    symlink("flake.nix", project.root().join("link")).unwrap();
    is_dirty(project.root());
}

#[test]
fn a_file_for_a_directory_and_a_directory_for_a_file_are_deletions() {
    let project = repository();
    std::fs::remove_file(project.root().join("a")).unwrap();
    write(&project, "a/untracked", "");
    std::fs::remove_dir_all(project.root().join("dir")).unwrap();
    symlink(".", project.root().join("dir")).unwrap();
    assert_eq!(is_dirty(project.root())["files"], json!({ "flake.nix": "regular" }));
}

#[test]
fn line_ends_that_git_converts_are_no_change() {
    let project = repository();
    git::run(project.root(), &["config", "core.autocrlf", "true"]);
    write(&project, "crlf", "x\r\ny\r\n");
    commit(project.root());
    write(&project, "crlf", "x\r\ny\r\n");
    assert_eq!(names(&eval(project.root(), "lib.all").unwrap()), CLEAN);
    git::run(project.root(), &["config", "core.autocrlf", "false"]);
    write(&project, "crlf", "x\r\ny\r\n");
    assert_eq!(names(&eval(project.root(), "lib.all").unwrap()), DIRTY);
}

#[test]
fn what_git_is_told_to_ignore_is_no_change() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        let project = repository();
        git::run(project.root(), &["update-index", flag, "a"]);
        write(&project, "a", "changed");
        is_clean(project.root(), 1);
    }
}

#[test]
fn export_ignore_is_for_archives_only() {
    let project = repository();
    write(&project, ".gitattributes", "a export-ignore\n");
    commit(project.root());
    // Nix 2.8 looks at an archive when nothing was changed.
    let all = eval(project.root(), "lib.all").unwrap();
    assert_eq!((names(&all), &all["files"]["a"]), (CLEAN.to_vec(), &json!("regular")));
}

#[test]
fn submodules_are_no_part_of_the_source() {
    let (project, inner) = (repository(), repository());
    let root = project.root();
    git::run(root, &["submodule", "add", "-q", inner.root().to_str().unwrap(), "sub"]);
    git::run(root, &["commit", "-qm", "submodule"]);
    let clean = eval(root, "lib.all").unwrap();
    assert_eq!((names(&clean), &clean["sub"]), (CLEAN.to_vec(), &Json::Null));
    // Nor is another commit of one a change.
    write(&project, "sub/new", "");
    commit(&root.join("sub"));
    git::run(root, &["add", "sub"]);
    assert_eq!(eval(root, "lib.all").unwrap(), clean);
    write(&project, "a", "changed");
    git::run(root, &["add", "a"]);
    assert_eq!(names(&eval(root, "lib.all").unwrap()), DIRTY);
}

#[test]
fn a_flake_in_a_folder_has_the_tree_of_the_repository() {
    let project = repository().with("below/flake.nix", FLAKE);
    commit(project.root());
    let below = eval(&project.root().join("below"), "lib.all").unwrap();
    let root = is_clean(project.root(), 2);
    assert_eq!(below["info"], root["info"]);
    assert_eq!(below["path"], json!(format!("{}/below", root["path"].as_str().unwrap())));
}

#[test]
fn inputs_in_the_repository_know_its_commit() {
    let project = repository();
    let flake = "{ inputs.sub.url = \"path:./sub\"; outputs = { self, sub }: { lib.same = removeAttrs sub.sourceInfo \
                 [ \"outPath\" ] == removeAttrs self.sourceInfo [ \"outPath\" ]; lib.rev = sub.rev; }; }\n";
    write(&project, "flake.nix", flake);
    write(&project, "sub/flake.nix", "{ outputs = { self }: { }; }\n");
    commit(project.root());
    // While the lock file would have to change, no revision says what is evaluated.
    assert_eq!(eval(project.root(), "lib.rev"), Err("attribute 'rev' missing\n".into()));
    let path = json!({ "type": "path", "path": "./sub" });
    let sub = json!({ "locked": path, "original": path, "parent": [] });
    let nodes = json!({ "root": { "inputs": { "sub": "sub" } }, "sub": sub });
    write(&project, "flake.lock", &json!({ "version": 7, "root": "root", "nodes": nodes }).to_string());
    commit(project.root());
    assert_eq!(eval(project.root(), "lib.same"), Ok(json!(true)));
    assert_eq!(eval(project.root(), "lib.rev"), Ok(json!(git::run(project.root(), &["rev-parse", "HEAD"]))));
}

#[test]
fn a_mere_directory_has_all_files_and_no_commit() {
    let project = repository();
    write(&project, "untracked", "");
    let path = format!("path:{}", project.root().display());
    let all = eval(Path::new(&path), "lib.all").unwrap();
    if let Some(theirs) = nix::flake_attribute(project.root(), "lib.all") {
        assert_eq!(all, theirs, "bt-lint on the left, Nix on the right");
    }
    assert_eq!(names(&all), ["lastModified", "lastModifiedDate", "narHash", "outPath"]);
    assert_eq!((&all["files"][".git"], &all["files"]["untracked"]), (&json!("directory"), &json!("regular")));
}

#[test]
fn attributes_that_may_exist_behave_as_others_do() {
    let project = repository();
    let outputs = r#"{ outputs = { self }: { shortRev = "own"; lib.all = {
      has = [ (self ? rev) (self ? dirtyRev) (self ? other) (self ? sourceInfo.rev) ];
      or = self.dirtyRev or "none";
      hidden = (self // { rev = 1; }).rev;
      below = ({ rev = 1; } // self.sourceInfo).rev == self.rev;
      without = removeAttrs self.sourceInfo [ "rev" ] ? rev;
      inherited = let inherit (self) rev; in rev == self.rev;
      scope = with self; shortRev;
      count = builtins.length (builtins.attrValues (self.sourceInfo // { })) == 8;
      equal = self.sourceInfo == self.sourceInfo // { };
      twice = (self.sourceInfo // self).rev == self.rev;
    }; }; }"#;
    write(&project, "flake.nix", outputs);
    commit(project.root());
    let head = git::run(project.root(), &["rev-parse", "HEAD"]);
    let expected = json!({
        "has": [true, false, false, true], "or": "none", "hidden": 1, "below": true, "without": false, "inherited": true,
        "scope": head[..7], "count": true, "equal": true, "twice": true,
    });
    assert_eq!(all_of(project.root()), expected);
}

#[test]
fn nothing_is_asked_of_git_in_vain() {
    // Without the commit, whoever asks for it sees why; others see nothing.
    let project = repository().with(
        "flake.nix",
        "{ outputs = { self }: { lib.x = import ./x.nix; lib.y = self.lib.x + (self.other or 1); lib.rev = self.rev; }; }",
    );
    write(&project, "x.nix", "1");
    commit(project.root());
    std::fs::remove_dir_all(project.root().join(".git/objects")).unwrap();
    std::fs::create_dir(project.root().join(".git/objects")).unwrap();
    assert_eq!(eval(project.root(), "lib.y"), Ok(json!(2)));
    let error = eval(project.root(), "lib.rev").unwrap_err();
    assert!(error.starts_with("the git repository has no object "), "{error}");
}

#[test]
fn untracked_files_are_found() {
    let project = repository().with(
        "flake.nix",
        "{ outputs = { self }: { lib.x = import ./x.nix; lib.y = builtins.pathExists ./dir/y; \
         packages.x86_64-linux.default = import ./x.nix; }; }",
    );
    write(&project, "x.nix", "1");
    write(&project, "dir/y", "1");
    let error = eval(project.root(), "lib.x").unwrap_err();
    assert_eq!(
        error,
        "path 'x.nix' exists, but git does not track it, so it does not exist for Nix\nrun 'git add -N x.nix'"
    );
    assert_eq!(eval(project.root(), "lib.y"), Ok(json!(false)));
    let found = check(project.root()).shown();
    assert!(found.contains("FLK013") && found.contains("`x.nix`"), "{found}");
    git::run(project.root(), &["add", "-N", "x.nix"]);
    assert_eq!(eval(project.root(), "lib.x"), Ok(json!(1)));
    assert!(!check(project.root()).shown().contains("FLK013"));
}

/// What goes wrong with a repository in which something was broken.
fn broken(work: impl Fn(&Path)) -> String {
    let project = repository();
    work(project.root());
    eval(project.root(), "lib.all").unwrap_err()
}

fn replace(root: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(root.join(".git").join(name), bytes).unwrap();
}

#[test]
fn broken_repositories_are_explained() {
    let begins = |error: String, message: &str| assert!(error.starts_with(message), "{error}");
    begins(broken(|root| replace(root, "HEAD", b"")), "the git reference 'HEAD' is broken");
    begins(broken(|root| replace(root, "HEAD", b"ref: ../../x")), "the git reference 'HEAD' is broken");
    begins(
        broken(|root| replace(root, "refs/heads/main", b"ref: refs/heads/main")),
        "git references point to each other",
    );
    begins(broken(|root| replace(root, "refs/heads/main", b"12")), "the git reference 'refs/heads/main' is broken");
    begins(broken(|root| replace(root, "index", b"DIRC")), "the git index is broken");
    begins(broken(|root| std::fs::remove_file(root.join(".git/HEAD")).unwrap()), "'.git' is not a git repository");
    begins(
        broken(|root| {
            std::fs::remove_dir_all(root.join(".git")).unwrap();
            std::fs::write(root.join(".git"), "gitdir: /nowhere").unwrap();
        }),
        "the file '.git' points to a repository that is not there",
    );
    begins(
        broken(|root| drop(git::run(root, &["config", "extensions.objectformat", "sha256"]))),
        "the git repository names its objects by 'sha256'",
    );
    begins(broken(|root| drop(git::run(root, &["update-index", "--split-index"]))), "the git index is split");
    begins(broken(|root| drop(git::run(root, &["rm", "-q", "--cached", "flake.nix"]))), "path 'flake.nix' exists, but");
}

#[test]
fn no_index_and_no_object_makes_it_panic_or_hang() {
    let project = repository();
    let root = project.root();
    git::run(root, &["gc", "-q"]);
    let index = std::fs::read(root.join(".git/index")).unwrap();
    for at in (0..index.len()).step_by(3) {
        let _ = std::fs::write(root.join(".git/index"), &index[..at]);
        let _ = eval(root, "lib.all");
        let mut changed = index.clone();
        changed[at] ^= 0x81;
        let _ = std::fs::write(root.join(".git/index"), &changed);
        let _ = eval(root, "lib.all");
    }
    std::fs::write(root.join(".git/index"), &index).unwrap();
    let packs = root.join(".git/objects/pack");
    for entry in std::fs::read_dir(&packs).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        for at in (0..bytes.len()).step_by(bytes.len() / 60 + 1) {
            let mut changed = bytes.clone();
            changed[at] ^= 0xff;
            std::fs::write(&path, &changed).unwrap();
            let _ = eval(root, "lib.all");
            std::fs::write(&path, &bytes[..at]).unwrap();
            let _ = eval(root, "lib.all");
        }
        std::fs::write(&path, &bytes).unwrap();
    }
    is_clean(root, 1);
}
