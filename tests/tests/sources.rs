//! Sources as people have them: links out of the flake, pipes, names that are no text, files that change while they are
//! read, large ones, and many. Store paths are those of real Nix.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]
#![cfg(unix)]

use bt_diag::SourceMap;
use bt_eval::{Evaluator, FileKind, Options};
use bt_glue::{Environment, FileSystem, Glue, Stamp};
use bt_store::nar::NarFile;
use bt_tests::process::Run;
use bt_tests::project::Project;
use bt_tests::{nix, program, skipped};
use bumpalo::Bump;
use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::process::Command;

/// Evaluates an expression over `d`, the project's directory.
fn run(project: &Project, expression: &str) -> Run {
    let text = format!("let d = /. + {:?}; in {expression}", project.root_text());
    program!().run(project.root(), &["eval", "--impure", "--strict", "--json", "-E", &text])
}

/// The value of an expression, which real Nix must agree to.
#[track_caller]
fn same(project: &Project, expression: &str) -> String {
    let ours = run(project, expression).expect(0).stdout.trim().to_string();
    let text = format!("let d = /. + {:?}; in {expression}", project.root_text());
    if let Some(theirs) = nix::instantiate(&text) {
        assert_eq!(ours, theirs.to_string(), "bt-lint on the left, Nix on the right: {expression}");
    }
    ours
}

#[track_caller]
fn fails(project: &Project, expression: &str, says: &str) {
    let run = run(project, expression).expect(2).says(says);
    assert!(run.stdout.is_empty() && !run.stderr.contains("panicked"), "{}", run.shown());
}

fn make(program: &str, arguments: &[&OsStr]) -> bool {
    Command::new(program).args(arguments).status().is_ok_and(|status| status.success())
}

// Links, in pure evaluation.

/// A flake beside a secret, with links of all kinds. `NAME` is an output that reads through one of them.
fn links() -> Project {
    let project = Project::new().with("secret", "\"secret\"").with("f/real", "\"real\"").with("f/sub/x", "x");
    let link = |target: &str, name: &str| symlink(target, project.path(name)).unwrap();
    link(&format!("{}/secret", project.root_text()), "f/absolute");
    link("../secret", "f/up");
    link(project.root_text(), "f/directory");
    link("real", "f/inside");
    link("../sub/../real", "f/sub/inside");
    link("sub", "f/other");
    link(&format!("{}/f/real", project.root_text()), "f/itself");
    link("loop", "f/loop");
    link("nowhere", "f/dangling");
    let outputs = [
        ("absolute", "builtins.readFile ./absolute"),
        ("imported", "import ./absolute"),
        ("hashed", "builtins.hashFile \"sha256\" ./absolute"),
        ("up", "builtins.readFile ./up"),
        ("listed", "builtins.readDir ./directory"),
        ("through", "builtins.readFile ./directory/secret"),
        ("throughKind", "builtins.readFileType ./directory/secret"),
        ("throughCopy", "\"${./directory/secret}\""),
        ("throughPath", "builtins.path { path = ./up; name = \"x\"; }"),
        ("itself", "builtins.readFile ./itself"),
        ("loop", "builtins.readFile ./loop"),
        ("dangling", "builtins.readFile ./dangling"),
        ("dots", "builtins.readFile ../secret"),
        ("text", "builtins.readFile \"${self}/../secret\""),
        ("inside", "builtins.readFile ./inside"),
        ("below", "builtins.readFile ./other/inside"),
        ("list", "builtins.readDir ./other"),
        ("existsAbsolute", "builtins.pathExists ./absolute"),
        ("existsThrough", "builtins.pathExists ./directory/secret"),
        ("existsUp", "builtins.pathExists ../secret"),
        ("existsInside", "builtins.pathExists ./other/inside"),
        ("existsLoop", "builtins.pathExists ./loop"),
        ("linkCopy", "\"${./inside}\""),
        ("otherCopy", "\"${./other}\""),
        ("absoluteCopy", "\"${./absolute}\""),
        ("belowCopy", "\"${./other/inside}\""),
    ];
    let outputs: String = outputs.iter().map(|(name, text)| format!("  {name} = {text};\n")).collect();
    project.with("f/flake.nix", format!("{{ outputs = {{ self }}: {{\n{outputs}}}; }}\n"))
}

fn output(project: &Project, name: &str) -> Run {
    program!().run(&project.path("f"), &["eval", "--json", &format!(".#{name}")])
}

#[test]
fn links_out_of_a_flake_are_not_followed() {
    let project = links();
    for (name, link) in [
        ("absolute", "absolute"),
        ("imported", "absolute"),
        ("hashed", "absolute"),
        ("up", "up"),
        ("listed", "directory"),
        ("through", "directory/secret"),
        ("throughKind", "directory/secret"),
        ("throughCopy", "directory/secret"),
        ("throughPath", "up"),
        ("itself", "itself"),
    ] {
        let run = output(&project, name).expect(2).says("is forbidden in pure evaluation mode");
        let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(said.contains(&format!("leads there from '{link}'")), "{name}: {}", run.shown());
        assert!(run.stderr.contains("flake.nix:") && run.stdout.is_empty(), "{name}: {}", run.shown());
        assert!(!run.stderr.contains("\"secret\""), "{name}: {}", run.shown());
    }
    output(&project, "dots").expect(2).says("access to absolute path '../secret' is forbidden");
    output(&project, "text").expect(2).says("access to absolute path '../secret' is forbidden");
    output(&project, "loop").expect(2).says("too many symbolic links on the way to 'loop'");
    output(&project, "dangling").expect(2).says("does not exist");
}

#[test]
fn links_within_a_flake_are_followed() {
    let project = links();
    // Nix 2.26 says the same of all of them.
    for (name, answer) in [
        ("inside", "\"\\\"real\\\"\""),
        ("below", "\"\\\"real\\\"\""),
        ("list", "{\"inside\":\"symlink\",\"x\":\"regular\"}"),
        ("existsAbsolute", "true"),
        ("existsThrough", "false"),
        ("existsUp", "false"),
        ("existsInside", "true"),
        ("existsLoop", "true"),
        ("linkCopy", "\"/nix/store/c6i6yx6n49nw758f4bw4wqpxd8qjdhx8-inside\""),
        ("otherCopy", "\"/nix/store/c648kw6asnxgb1656mzs2mdhv2igdxc7-other\""),
        ("belowCopy", "\"/nix/store/gzc73xf2i554qkfxhv2a4w2hdd81cb0c-inside\""),
    ] {
        assert_eq!(output(&project, name).expect(0).stdout.trim(), answer, "{name}");
    }
}

#[test]
fn links_out_of_a_flake_are_followed_when_impure() {
    let project = links();
    let run = program!().run(&project.path("f"), &["eval", "--json", "--impure", ".#up"]).expect(0);
    assert_eq!(run.stdout.trim(), "\"\\\"secret\\\"\"");
}

#[test]
fn above_a_flake_is_the_store() {
    let files = "up = path: if dirOf path == path then [ ] else up (dirOf path) ++ [ (baseNameOf path) ];";
    let project = Project::new().with("f/sub/x", "x").with(
        "f/flake.nix",
        format!(
            "{{ outputs = {{ self }}: let {files} in {{\n  lib.result = [ (up ./sub) (toString (dirOf ./.)) (builtins.filterSource \
             (path: type: dirOf path == toString ./.) ./.) (builtins.readDir (/. + (\"/\" + builtins.concatStringsSep \
             \"/\" (up ./sub)))) ];\n}}; }}\n"
        ),
    );
    let run = output(&project, "lib.result").expect(0);
    assert!(run.stdout.starts_with("[[\"nix\",\"store\",\""), "{}", run.shown());
    assert!(run.stdout.contains("-source\",\"sub\"],\"/nix/store\",\"/nix/store/"), "{}", run.shown());
    if let Some(theirs) = nix::flake_attribute(&project.path("f"), "lib.result") {
        let ours: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        // Nix's store is in a temporary directory here, which only what is above it shows.
        assert_eq!((&ours[2], &ours[3]), (&theirs[2], &theirs[3]), "bt-lint on the left, Nix on the right");
    }
}

// Pipes, sockets, devices.

/// A directory with a pipe, a socket, and a device where one can be made.
fn special() -> (Project, Vec<&'static str>) {
    let project = Project::new().with("pipe/x", "x").with("socket/x", "x").with("device/x", "x");
    assert!(make("mkfifo", &[project.path("pipe/it").as_os_str()]));
    std::os::unix::net::UnixListener::bind(project.path("socket/it")).unwrap();
    let mut made = vec!["pipe", "socket"];
    if make("mknod", &[project.path("device/it").as_os_str(), "c".as_ref(), "1".as_ref(), "5".as_ref()]) {
        made.push("device");
    } else {
        skipped("devices cannot be made here, so what is done about one in a source is not tested");
    }
    (project, made)
}

#[test]
fn special_files_are_refused() {
    let (project, made) = special();
    for name in made {
        let says = format!("file '{name}/it' has an unsupported type (socket, pipe or device)");
        fails(&project, &format!("\"${{d + \"/{name}\"}}\""), &says);
        fails(&project, &format!("\"${{d + \"/{name}/it\"}}\""), "has an unsupported type");
        fails(&project, &format!("builtins.filterSource (p: t: true) (d + \"/{name}\")"), &says);
        for reader in [
            "builtins.readFile",
            "import",
            "builtins.hashFile \"sha256\"",
            "(path: builtins.path { inherit path; recursive = false; })",
        ] {
            fails(&project, &format!("{reader} (d + \"/{name}/it\")"), "is not a regular file");
        }
    }
}

#[test]
fn special_files_can_be_left_out() {
    let (project, made) = special();
    for name in made {
        let filter = "(path: type: type != \"unknown\")";
        same(&project, &format!("builtins.filterSource {filter} (d + \"/{name}\")"));
        same(&project, &format!("builtins.readDir (d + \"/{name}\")"));
        same(&project, &format!("builtins.pathExists (d + \"/{name}/it\")"));
    }
}

// Names.

#[test]
fn names_that_are_no_text() {
    let project = Project::new().with("d/z", "x");
    let name = |bytes: &'static [u8]| project.path("d").join(OsStr::from_bytes(bytes));
    if let Err(error) = std::fs::write(name(b"a\xff\xfeb"), "x") {
        skipped(&format!("this file system has no names that are not UTF-8 ({error}), so they are not tested"));
        return;
    }
    symlink(OsStr::from_bytes(b"\xff\xee"), name(b"l\xf0")).unwrap();
    std::fs::create_dir(name(b"d\xe9")).unwrap();
    std::fs::write(name(b"d\xe9/in"), "y").unwrap();
    assert_eq!(same(&project, "\"${d + \"/d\"}\""), "\"/nix/store/aj2sgiafa38g9bxnb6kwjyvj0c3ih049-d\"");
    same(&project, "builtins.filterSource (p: t: baseNameOf p != \"z\") (d + \"/d\")");
    same(
        &project,
        "builtins.filterSource (p: t: t != \"directory\" || builtins.stringLength (baseNameOf p) != 2) (d + \"/d\")",
    );
    // Names of attributes are text here.
    fails(&project, "builtins.readDir (d + \"/d\")", "cannot read 'd': holds a name that is not UTF-8");
    assert!(make("mkfifo", &[name(b"d\xe9/p\xf1").as_os_str()]));
    fails(&project, "\"${d + \"/d\"}\"", "has an unsupported type");
}

#[test]
fn names_that_the_store_does_not_allow() {
    let project = Project::new().with("d/a b", "x").with("d/ünï", "x").with("d/$x", "x").with("d/-y", "x");
    same(&project, "\"${d + \"/d\"}\"");
    same(&project, "\"${d + \"/d/-y\"}\"");
    same(&project, "builtins.path { path = d + \"/d/ünï\"; name = \"ok\"; }");
    fails(&project, "\"${d + \"/d/a b\"}\"", "name 'a b' contains illegal character ' '");
    fails(&project, "\"${d + \"/d/ünï\"}\"", "name 'ünï' contains illegal character 'ü'");
    fails(&project, "builtins.path { path = d + \"/d/$x\"; }", "name '$x' contains illegal character '$'");
}

// Numbers and depth.

#[test]
fn a_directory_of_100_000_files() {
    let project = Project::new().with("many/f0", "");
    for number in 1..100_000 {
        std::fs::File::create(project.path(&format!("many/f{number}"))).unwrap();
    }
    let count = "builtins.length (builtins.attrNames (builtins.readDir (d + \"/many\")))";
    assert_eq!(run(&project, count).expect(0).stdout.trim(), "100000");
    let copy = "\"/nix/store/l2s5ccfc81jif7v47f0z2322ifbngv6x-many\"";
    assert_eq!(run(&project, "\"${d + \"/many\"}\"").expect(0).stdout.trim(), copy);
    assert_eq!(run(&project, "builtins.filterSource (p: t: true) (d + \"/many\")").expect(0).stdout.trim(), copy);
}

#[test]
fn directories_as_deep_as_paths_are_long() {
    let project = Project::new().with("flake.nix", "{ outputs = { self }: { x = \"${./d}\"; }; }");
    std::fs::create_dir_all(project.path(&["d"; 1900].join("/"))).unwrap();
    let copy = same(&project, "\"${d + \"/d\"}\"");
    let pure = program!().run(project.root(), &["eval", "--json", ".#x"]).expect(0);
    assert_eq!(pure.stdout.trim(), copy);
}

#[test]
fn paths_that_are_too_long() {
    let long = "x".repeat(300);
    let project = Project::new();
    fails(&project, &format!("builtins.readFile (d + \"/{long}\")"), "cannot read");
    let deep = format!("builtins.readFile (d + \"/{}\")", ["d"; 5000].join("/"));
    fails(&project, &deep, "cannot read");
}

// Permissions.

#[test]
fn files_that_nobody_may_read() {
    let project = Project::new().with("d/file", "x");
    assert!(make("chmod", &["000".as_ref(), project.path("d/file").as_os_str()]));
    if std::fs::read(project.path("d/file")).is_ok() {
        skipped("this user may read every file, so what is done about others is not tested");
        same(&project, "builtins.readFile (d + \"/d/file\")");
        return;
    }
    fails(&project, "builtins.readFile (d + \"/d/file\")", "cannot read 'file': permission denied");
    fails(&project, "\"${d + \"/d\"}\"", "permission denied");
}

// Files that are not what they were a moment ago.

/// A disk on which some files are not what their directory says.
struct Restless;

impl FileSystem for Restless {
    fn read(&self, path: &str) -> io::Result<Vec<u8>> {
        match path.ends_with("large") {
            true => Err(io::Error::other("more than fits in memory")),
            false => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn list(&self, path: &str) -> io::Result<Vec<(String, FileKind)>> {
        let names: &[&str] = match path.rsplit('/').next() {
            Some("gone") => &["read.gone", "a.same"],
            Some("grown") => &["more.grown", "a.same"],
            Some("shrunk") => &["less.shrunk", "a.same"],
            _ => &["a.same"],
        };
        Ok(names.iter().map(|name| (name.to_string(), FileKind::Regular)).collect())
    }

    fn kind(&self, path: &str) -> io::Result<FileKind> {
        Ok(if path.contains('.') || path.ends_with("large") { FileKind::Regular } else { FileKind::Directory })
    }

    fn target_kind(&self, path: &str) -> io::Result<FileKind> {
        self.kind(path)
    }

    fn read_link(&self, _: &str) -> io::Result<String> {
        Err(io::ErrorKind::InvalidInput.into())
    }

    fn archive(&self, path: &str, file: &mut dyn NarFile) -> io::Result<()> {
        let (piece, count): (&[u8], _) = match path.rsplit('/').next() {
            Some("read.gone") => return Err(io::ErrorKind::NotFound.into()),
            Some("more.grown") => (b"more", 2),
            Some("less.shrunk") => (b"l", 1),
            Some("large") => (&[0; 1 << 20], 1 << 10),
            _ => (b"same", 1),
        };
        file.begin(false, if path.ends_with("large") { 1 << 30 } else { 4 });
        (0..count).for_each(|_| file.piece(piece));
        Ok(())
    }

    fn stamp(&self, _: &str) -> io::Result<Option<Stamp>> {
        Ok(None)
    }
}

fn restless(expression: &str) -> Result<String, String> {
    let (arena, sources) = (Bump::new(), SourceMap::default());
    let glue = Glue::new(Box::new(Restless), Environment { pure: false, ..Environment::pure("x86_64-linux") });
    let tables = bt_glue::builtins();
    let ev = Evaluator::new(&arena, &glue, &sources, Options::default(), &tables);
    let file = sources.add("/test.nix", expression.to_string()).unwrap();
    let value = ev.eval_source(&file, None).and_then(|value| {
        let text = ev.force_string(value)?.to_text().into_owned();
        ev.check_strings().map(|()| text)
    });
    value.map_err(|error| error.message().to_string())
}

#[test]
fn files_that_change_while_they_are_read() {
    // As `nix-store --add` has it for a directory of one file.
    assert_eq!(restless("\"${/d/still}\"").as_deref(), Ok("/nix/store/950wi0v35a5rcs2adr7l68a6vnzpiivv-still"));
    let error = |expression| restless(expression).unwrap_err();
    assert_eq!(error("\"${/d/gone}\""), "path '/d/gone/read.gone' does not exist");
    assert_eq!(error("builtins.readFile /d/gone/read.gone"), "path '/d/gone/read.gone' does not exist");
    let changed = "changed from 4 to at least 8 bytes while it was read";
    assert_eq!(error("\"${/d/grown}\""), format!("'/d/grown/more.grown' {changed}"));
    assert_eq!(error("\"${/d/shrunk}\""), "'/d/shrunk/less.shrunk' changed from 4 to 1 bytes while it was read");
}

#[test]
fn large_files_are_hashed_piece_by_piece() {
    // 1 GiB of zeros; reading it whole is an error here.
    assert_eq!(error_of_large(), "cannot read '/d/large': more than fits in memory");
    let hash = "49bc20df15e412a64472421e13fe86ff1c5165e18b2afccf160d4dc19fe68a14";
    assert_eq!(restless("builtins.hashFile \"sha256\" /d/large").as_deref(), Ok(hash));
    assert_eq!(restless("\"${/d/large}\"").as_deref(), Ok("/nix/store/z7bggcs8i644b925laf2dfa43axdbi86-large"));
    let flat = "builtins.path { path = /d/large; recursive = false; }";
    assert_eq!(restless(flat).as_deref(), Ok("/nix/store/2w9rgaviklggylmr1blyb4qdi6jdljj4-large"));
}

fn error_of_large() -> String {
    restless("builtins.readFile /d/large").unwrap_err()
}
