//! What images bring along, as real daemons and real binary caches tell it; and what becomes of answers that are wrong.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, clippy::print_stderr, reason = "tests")]

#[path = "../../crates/bt-daemon/tests/harness/mod.rs"]
mod harness;

use bt_diag::SourceMap;
use bt_lint::engine::{self, Listeners};
use bt_lint::report::Report;
use bt_tests::check::Checked;
use bt_tests::loopback::{Server, Step, answer, ok, told};
use bt_tests::process::Run;
use bt_tests::program;
use bt_tests::project::Project;
use harness::{DAEMONS, Daemon, is_installed, salt, skipped};
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A program behind a library behind a shell, and tools that have the same files.
const PACKAGES: &str = r#"
let
  make = name: script: rest: derivation ({
    name = "${name}-SALT"; system = "x86_64-linux"; builder = "/bin/sh"; args = [ "-c" "set -e; PATH=/bin:/usr/bin; ${script}" ];
  } // rest);
in rec {
  bash = make "bash-5.2" "mkdir -p $out/bin; echo shell > $out/bin/bash; chmod +x $out/bin/bash" { };
  library = make "library-1" "mkdir -p $out/lib; echo $bash > $out/lib/x; head -c 3000000 /dev/zero > $out/lib/zero" { inherit bash; };
  detour = make "detour-1" "echo $library > $out" { inherit library; };
  app = make "app-1" ''
    mkdir -p $out/bin; echo "$library $detour $out" > $out/bin/app; chmod +x $out/bin/app; echo x > $out/bin/data
    ln -s $tool/bin/tool $out/bin/other; ln -s $tool/bin/none $out/bin/dangling
  '' { inherit library detour tool; };
  tool = make "tool-1" "mkdir -p $out/bin $out/etc; echo 1 > $out/bin/tool; chmod +x $out/bin/tool; echo 1 > $out/etc/same; echo > $out/etc/known.yaml" { };
  rival = make "rival-1" "mkdir -p $out/bin $out/etc; echo 2 > $out/bin/tool; chmod +x $out/bin/tool; echo 1 > $out/etc/same" { };
}
"#;

/// A flake with an image of those.
fn project(salt: &str, contents: &str, program: &str) -> Project {
    Project::outputs(&format!(
        "let packages = import ./packages.nix; in {{ packages.x86_64-linux.default = pkgs.dockerTools.buildLayeredImage {{\n\
           name = \"app\"; tag = \"1\";\n contents = with packages; [ {contents} ];\n\
           config = {{ Cmd = [ \"${{packages.app}}/{program}\" ]; User = \"1000:1000\"; }};\n }}; }}"
    ))
    .with("packages.nix", PACKAGES.replace("SALT", salt))
}

/// Builds what a flake of [`project`] is made of: outputs by attribute.
fn build(daemon: &Daemon, project: &Project, attributes: &[&str]) -> BTreeMap<String, String> {
    let file = project.path("packages.nix").display().to_string();
    let build = |attribute: &&str| {
        let path = daemon.nix("nix-build", &["--no-out-link", "-A", attribute, &file]);
        (attribute.to_string(), path)
    };
    attributes.iter().map(build).collect()
}

fn remote(daemon: &Daemon) -> String {
    let root = daemon.directory.path();
    let query = if daemon.is_shared { String::new() } else { format!("?root={}", root.display()) };
    format!("unix://{}{query}", daemon.socket().display())
}

/// The output of `nix`, which reads files of the store itself: it has to know where they are.
fn nix(daemon: &Daemon, program: &str, arguments: &[&str]) -> String {
    let mut command = std::process::Command::new(program);
    command.args(["--extra-experimental-features", "nix-command"]).args(arguments);
    let output = command.args(["--store", &remote(daemon)]).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim_end().to_string()
}

fn check(project: &Project, arguments: &[&str], variables: &[(&str, &str)]) -> (Checked, Run) {
    let arguments = [&["check", "--format", "json", "--nixpkgs", "model", "--fail-on", "never"], arguments].concat();
    let run = program!().run_in(project.root(), &arguments, variables).expect(0);
    (Checked::parse(&run.stdout), run)
}

fn messages(checked: &Checked, code: &str) -> Vec<String> {
    checked.of(code).iter().map(|finding| finding.message.clone()).collect()
}

fn with_daemons(work: impl Fn(&Daemon)) {
    if !is_installed("nix-build") {
        return skipped("'nix-build' is not installed");
    }
    DAEMONS.into_iter().filter_map(Daemon::start).for_each(|daemon| work(&daemon));
}

/// A text without the colours of terminals.
fn plain(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_string();
    parts.fold(first, |text, part| text + part.split_once('m').map_or("", |(_, rest)| rest))
}

#[test]
fn stores_tell_what_images_bring_along() {
    with_daemons(|daemon| {
        let salt = salt();
        let project = project(&salt, "tool rival", "bin/app");
        let remote = remote(daemon);
        let store = |arguments: &[&str]| check(&project, arguments, &[("NIX_REMOTE", &remote)]);
        let codes = ["CNT005", "CNT012", "CNT013", "CFG007"];

        // Before the build nobody knows, and nobody complains.
        let (before, run) = store(&["--closures", "store"]);
        assert!(codes.iter().all(|code| before.of(code).is_empty()), "{}", before.shown());
        assert!(!run.stderr.contains("closures are not known"), "{}", run.stderr);

        let paths = build(daemon, &project, &["app", "bash", "tool", "rival"]);
        let (found, _) = store(&["--closures", "store"]);
        assert_eq!(
            messages(&found, "CNT005"),
            [format!("`bash-5.2-{salt}` in the closure of image `app` is a shell")],
            "{}",
            found.shown()
        );
        assert_eq!(
            messages(&found, "CNT012"),
            ["two contents of image `app` have different files at `/bin/tool`, and only one of them counts"]
        );
        assert!(found.of("CNT013").is_empty() && found.of("CFG007").is_empty(), "{}", found.shown());

        // The chain is the one that Nix tells.
        let why = ["why-depends", &paths["app"], &paths["bash"]];
        let program = if daemon.program == "nix-daemon" { "nix" } else { "nix26" };
        let expected = plain(&nix(daemon, program, &why));
        let chain: Vec<&str> =
            expected.lines().filter(|line| line.contains("/nix/store/")).map(str::trim_end).collect();
        assert_eq!(chain.len(), 3, "{expected}");
        let help = &found.of("CNT005")[0].help;
        assert!(help.contains(&chain.join("\n")), "{help}\n--- Nix:\n{expected}");

        // Nobody is asked who was not to be asked.
        let (silent, _) = store(&[]);
        assert!(codes.iter().all(|code| silent.of(code).is_empty()), "{}", silent.shown());

        // Sizes are those of the store.
        project.write("bt-lint.toml", "closures = \"store\"\n[rules.oversized-closure]\nmax-closure-size = 2\n");
        let (large, _) = store(&[]);
        assert_eq!(messages(&large, "CNT013"), ["the closure of image `app` has 2.8 MiB, more than 2.0 MiB"]);
        let help = &large.of("CNT013")[0].help;
        assert!(help.starts_with(&format!("of 6 paths the largest are `library-1-{salt}` (2.8 MiB), ")), "{help}");
        project.write("bt-lint.toml", "closures = \"store\"\n[rules.oversized-closure]\nmax-closure-size = 3\n");
        assert!(store(&[]).0.of("CNT013").is_empty());
    });
}

#[test]
fn files_of_realised_packages_are_known() {
    with_daemons(|daemon| {
        let salt = salt();
        let remote = remote(daemon);
        let known = project(&salt, "", "bin/app");
        build(daemon, &known, &["app"]);
        for (program, expected) in [
            ("bin/app", ""),
            ("bin/other", ""),
            ("bin/ap", "is not in the image"),
            ("bin/dangling", "is not in the image"),
            ("bin/data", "cannot be executed"),
            ("bin", "is a directory"),
        ] {
            let project = project(&salt, "", program);
            let (found, _) = check(&project, &["--closures", "store"], &[("NIX_REMOTE", &remote)]);
            let found = messages(&found, "CFG007");
            let is_expected = match expected {
                "" => found.is_empty(),
                end => found.len() == 1 && found[0].ends_with(end),
            };
            assert!(is_expected, "{program}: {found:?}");
            let (unknown, _) = check(&project, &[], &[("NIX_REMOTE", &remote)]);
            assert!(unknown.of("CFG007").is_empty(), "{program}: {}", unknown.shown());
        }
    });
}

/// Whoever has built something checks it with the daemon that built it.
#[test]
#[allow(clippy::result_large_err, reason = "the engine's own")]
fn what_was_built_is_checked_again() {
    let Some(daemon) = DAEMONS.into_iter().find_map(Daemon::start).filter(|_| is_installed("nix-build")) else {
        return;
    };
    let project = project(&salt(), "tool rival", "bin/ap");
    build(&daemon, &project, &["app", "tool", "rival"]);
    let request = bt_tests::check::request(project.root(), &[]);
    let sources = SourceMap::new();
    let listeners = Listeners { log: Rc::new(|_| {}), connected: Rc::new(|_| {}) };
    let mut reports = None;
    let _ = engine::check_then(&request, &sources, |before, session| {
        let mut daemon = engine::Daemon::open(Some(&remote(&daemon)), &listeners).unwrap();
        reports = Some((before, engine::check_realised(&session.unwrap(), &request, &mut daemon, &sources).unwrap()));
        Ok(())
    });
    let (before, after) = reports.unwrap();
    let codes = |report: &Report| report.findings.iter().map(|finding| finding.code).collect::<Vec<_>>();
    let (before, after) = (codes(&before), codes(&after));
    for code in ["CFG007", "CNT005", "CNT012"] {
        assert!(!before.contains(&code) && after.contains(&code), "{before:?} {after:?}");
    }
    assert!(after.iter().all(|code| code.starts_with("CFG") || code.starts_with("CNT")), "{after:?}");
}

#[test]
fn files_that_arguments_name_are_known() {
    let Some(daemon) = DAEMONS.into_iter().find_map(Daemon::start).filter(|_| is_installed("nix-build")) else {
        return;
    };
    let (salt, remote) = (salt(), remote(&daemon));
    let project = |file: &str| project(&salt, "tool", &format!("bin/app\" \"--config={file}"));
    build(&daemon, &project("x"), &["app", "tool"]);
    let found = |file: &str, arguments: &[&str]| {
        messages(&check(&project(file), arguments, &[("NIX_REMOTE", &remote)]).0, "CFG009").len()
    };
    for (file, expected) in [
        ("${packages.tool}/etc/known.yaml", 0),
        ("${packages.tool}/etc/none.yaml", 1),
        ("/etc/known.yaml", 0),
        ("/etc/none.yaml", 1),
    ] {
        assert_eq!(found(file, &["--closures", "store"]), expected, "{file}");
        assert_eq!(found(file, &[]), 0, "{file}");
    }
}

#[test]
fn setuid_files_in_the_store_are_found() {
    use std::os::unix::fs::PermissionsExt;
    let Some(daemon) = DAEMONS.into_iter().find_map(Daemon::start).filter(|_| is_installed("nix-build")) else {
        return;
    };
    let project = project(&salt(), "tool", "bin/app");
    let tool = &build(&daemon, &project, &["app", "tool"])["tool"];
    let remote = remote(&daemon);
    let found = || messages(&check(&project, &["--closures", "store"], &[("NIX_REMOTE", &remote)]).0, "CNT010");
    assert!(found().is_empty());
    // Nix makes none; someone did.
    let root = if daemon.is_shared { "/".into() } else { daemon.directory.path().to_path_buf() };
    let file = root.join(tool.trim_start_matches('/')).join("bin/tool");
    std::fs::set_permissions(file, PermissionsExt::from_mode(0o4555)).unwrap();
    assert_eq!(found(), ["`/bin/tool` in the contents of image `app` is setuid"]);
}

#[test]
fn a_store_that_is_not_there_is_told_once() {
    let project = project("x", "tool", "bin/app");
    let nowhere = [("NIX_REMOTE", "unix:///nowhere/socket"), ("NIX_CONFIG", "substituters =")];
    let (found, run) = check(&project, &["--closures", "store"], &nowhere);
    assert_eq!(run.stderr.matches("closures are not known from the store: ").count(), 1, "{}", run.stderr);
    assert!(found.of("CNT005").is_empty());
    let (_, run) = check(&project, &["--closures", "substituters"], &nowhere);
    assert!(!run.stderr.contains("closures"), "{}", run.stderr);
    let (_, run) = check(&project, &["--closures", "store"], &[("NIX_REMOTE", "https://cache")]);
    assert!(
        run.stderr.contains("closures are not known from the store: store address 'https://cache'"),
        "{}",
        run.stderr
    );
}

#[test]
fn stand_ins_are_not_asked_for() {
    let project = Project::outputs(
        "{ packages.x86_64-linux.default = pkgs.dockerTools.buildLayeredImage { name = \"app\"; tag = \"1\"; contents = [ pkgs.jq ]; \
         config = { Cmd = [ \"${pkgs.hello}/bin/hello\" ]; User = \"1000:1000\"; }; }; }",
    );
    let server = Server::start(|_, _| answer("404 Not Found", "", b""));
    let config = format!("substituters = {}", server.url(""));
    let variables = [("NIX_REMOTE", "unix:///nowhere/socket"), ("NIX_CONFIG", config.as_str())];
    let (_, run) = check(&project, &["--closures", "substituters"], &variables);
    let narinfos = server.requests().into_iter().filter(|request| request.path.ends_with(".narinfo")).count();
    assert_eq!(narinfos, 0);
    assert!(run.stderr.contains("built-in stand-in"), "{}", run.stderr);
}

/// A binary cache made by Nix: its files by their paths, and the keys.
struct Cache {
    project: Project,
    salt: String,
    key: String,
    files: BTreeMap<String, Vec<u8>>,
    /// The path of each package.
    paths: BTreeMap<String, String>,
}

fn cache() -> Option<&'static Cache> {
    static CACHE: OnceLock<Option<Cache>> = OnceLock::new();
    CACHE.get_or_init(make_cache).as_ref()
}

fn make_cache() -> Option<Cache> {
    let daemon = DAEMONS.into_iter().filter(|_| is_installed("nix-build")).find_map(Daemon::start)?;
    let salt = salt();
    let project = project(&salt, "tool", "bin/app");
    let paths = build(&daemon, &project, &["app", "library", "bash", "tool"]);
    let nix = |arguments: &[&str]| nix(&daemon, "nix", arguments);
    let secret = nix(&["key", "generate-secret", "--key-name", "test-1"]);
    let (directory, file) = (project.path("cache"), project.path("secret"));
    std::fs::write(&file, &secret).unwrap();
    // The second half of a secret key is the public one.
    let public = {
        let output = std::process::Command::new("sh")
            .args(["-c", "nix --extra-experimental-features nix-command key convert-secret-to-public < \"$0\""])
            .arg(&file)
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_string()
    };
    let to = format!("file://{}?secret-key={}&compression=none", directory.display(), file.display());
    nix(&["copy", "--to", &to, &paths["app"], &paths["tool"]]);
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(&directory).unwrap().flatten().filter(|entry| entry.path().is_file()) {
        files.insert(format!("/{}", entry.file_name().to_string_lossy()), std::fs::read(entry.path()).unwrap());
    }
    assert!(files.len() >= 5, "{:?}", files.keys());
    Some(Cache { project, salt, key: public, files, paths })
}

impl Cache {
    /// The narinfo of a package.
    fn narinfo(&self, package: &str) -> String {
        let hash = &self.paths[package]["/nix/store/".len()..][..32];
        format!("/{hash}.narinfo")
    }

    /// What is found, with files of the cache changed, and what is told.
    fn check(&self, config: &str, changed: &[(String, Vec<Step>)], arguments: &[&str]) -> (Vec<String>, String) {
        let (files, changed) = (self.files.clone(), changed.to_vec());
        let server = Server::start(move |request, _| {
            if let Some((_, steps)) = changed.iter().find(|(path, _)| *path == request.path) {
                return steps.clone();
            }
            files.get(&request.path).map_or_else(|| answer("404 Not Found", "", b""), |bytes| ok(bytes))
        });
        self.check_at(&server.url(""), config, arguments)
    }

    fn check_at(&self, url: &str, config: &str, arguments: &[&str]) -> (Vec<String>, String) {
        let config = format!("substituters = {url}\ntrusted-public-keys = {}\n{config}", self.key);
        let variables = [("NIX_REMOTE", "unix:///nowhere/socket"), ("NIX_CONFIG", config.as_str()), ("no_proxy", "*")];
        let (found, run) = check(&self.project, &[&["--closures", "substituters"], arguments].concat(), &variables);
        let url = run.stderr.replace(url, "URL");
        (messages(&found, "CNT005"), url)
    }

    fn expected(&self) -> Vec<String> {
        vec![format!("`bash-5.2-{}` in the closure of image `app` is a shell", self.salt)]
    }
}

macro_rules! cache {
    () => {
        match cache() {
            Some(cache) => cache,
            None => return skipped("no binary cache can be made"),
        }
    };
}

#[test]
fn signed_answers_count() {
    let cache = cache!();
    let (found, told) = cache.check("", &[], &[]);
    assert_eq!(found, cache.expected(), "{told}");
    assert!(!told.contains("binary cache"), "{told}");
    // A directory is a cache as well, and needs no network.
    let directory = format!("file://{}", cache.project.path("cache").display());
    let (found, told) = cache.check_at(&directory, "", &["--offline"]);
    assert_eq!(found, cache.expected(), "{told}");
}

#[test]
fn without_the_network_no_server_is_asked() {
    let cache = cache!();
    let (found, told) = cache.check("", &[], &["--offline"]);
    assert!(found.is_empty() && !told.contains("binary cache"), "{told}");
}

#[test]
fn other_signatures_do_not_count() {
    let cache = cache!();
    let other = "trusted-public-keys = test-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=";
    let (found, told) = cache.check(other, &[], &[]);
    assert!(found.is_empty());
    let refused = format!("what the binary cache 'URL' says of '{}' does not count: ", cache.paths["app"]);
    assert!(told.contains(&format!("{refused}the signature by 'test-1' is not valid")), "{told}");

    let (found, told) = cache.check("trusted-public-keys =", &[], &[]);
    assert!(found.is_empty());
    assert!(
        told.contains(&format!("{refused}it is signed by 'test-1', which 'trusted-public-keys' does not name")),
        "{told}"
    );

    let (found, told) = cache.check("extra-trusted-public-keys = nonsense", &[], &[]);
    assert_eq!(found, cache.expected());
    assert!(told.contains("trusted-public-keys: 'nonsense' is no public key"), "{told}");
}

#[test]
fn signatures_need_not_be_required() {
    let cache = cache!();
    let (found, told) = cache.check("trusted-public-keys =\nrequire-sigs = false", &[], &[]);
    assert_eq!(found, cache.expected(), "{told}");
}

#[test]
fn answers_that_are_wrong_do_not_count() {
    let cache = cache!();
    let original = String::from_utf8(cache.files[&cache.narinfo("library")].clone()).unwrap();
    let library = cache.narinfo("library");
    let without = |name: &str| -> String {
        original.lines().filter(|line| !line.starts_with(name)).map(|line| format!("{line}\n")).collect()
    };
    let of_another = cache.files[&cache.narinfo("tool")].clone();
    let detail = |steps: Vec<Step>| {
        let (found, told) = cache.check("", &[(library.clone(), steps)], &[]);
        assert!(found.is_empty(), "{found:?}");
        told
    };
    let size = original.lines().find(|line| line.starts_with("NarSize")).unwrap();
    for (text, reason) in [
        (without("Sig"), "it is not signed".to_string()),
        (original.replace(size, "NarSize: 7"), "the signature by 'test-1' is not valid".into()),
        (
            original.replace("References: ", "References: 00000000000000000000000000000000-x "),
            "the signature by 'test-1' is not valid".into(),
        ),
        (without("NarHash"), "'NarHash' is missing".into()),
        (format!("{original}{size}\n"), "'NarSize' is there twice".into()),
        (
            original.replace("References: ", "References: ../../x "),
            "the value of 'References' is not what it has to be".into(),
        ),
        ("<html>\n".into(), "line 1 is not 'Name: value'".into()),
        (String::from_utf8(of_another).unwrap(), format!("it is about '{}'", cache.paths["tool"])),
    ] {
        let told = detail(ok(text.as_bytes()));
        let expected =
            format!("what the binary cache 'URL' says of '{}' does not count: {reason}", cache.paths["library"]);
        assert!(told.contains(&expected), "{reason}: {told}");
    }
    assert!(detail(ok(&[0xff, 0xfe])).contains("does not count: it is not UTF-8"));
    // What is not there is only unknown.
    assert!(!detail(answer("404 Not Found", "", b"")).contains("does not count"));
}

#[test]
fn servers_that_fail_are_asked_no_more() {
    let cache = cache!();
    let library = cache.narinfo("library");
    let bytes = &cache.files[&library];
    for (steps, reason) in [
        (told("200 OK", "", &bytes[..bytes.len() / 2], bytes.len()), "the connection to "),
        (vec![Step::Reset], "the connection to "),
        (answer("500 Internal Server Error", "", b""), "answered with HTTP status 500"),
        (vec![Step::Wait(Duration::from_secs(60))], "does not answer in time"),
    ] {
        let start = Instant::now();
        let (found, told) = cache.check("", &[(library.clone(), steps)], &["--timeout", "2"]);
        assert!(found.is_empty());
        assert!(
            told.contains("the binary cache 'URL' is not asked any more: ") && told.contains(reason),
            "{reason}: {told}"
        );
        assert!(start.elapsed() < Duration::from_secs(15), "{:?}", start.elapsed());
    }
}

#[test]
fn answers_without_an_end_are_broken_off() {
    let cache = cache!();
    let head = Step::Send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n".to_vec());
    let (found, told) = cache.check("", &[(cache.narinfo("library"), vec![head, Step::Endless])], &[]);
    assert!(found.is_empty());
    assert!(told.contains("does not count: ") && told.contains("bytes"), "{told}");
}

#[test]
fn what_is_no_cache_is_not_asked() {
    let cache = cache!();
    let info = |text: &str| {
        let (found, told) = cache.check("", &[("/nix-cache-info".into(), ok(text.as_bytes()))], &[]);
        assert!(found.is_empty());
        told
    };
    assert!(info("<html>").contains("the binary cache 'URL' is not asked: it has no valid 'nix-cache-info'"));
    assert!(info("StoreDir: /gnu/store\n").contains("it has paths of '/gnu/store' instead of '/nix/store'"));
    let (_, told) = cache.check_at("s3://bucket", "", &[]);
    assert!(told.contains("bt-lint asks 'http', 'https' and 'file' caches only"), "{told}");
    let missing = Path::new("/nowhere/cache");
    let (_, told) = cache.check_at(&format!("file://{}", missing.display()), "", &[]);
    assert!(told.contains("it has no valid 'nix-cache-info'"), "{told}");
}
