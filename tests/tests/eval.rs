//! `bt-lint eval` as people call it: Nix's options, and values that nest deeply.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_tests::process::Run;
use bt_tests::program;
use bt_tests::project::Project;

fn project() -> Project {
    Project::new()
        .with("x.nix", "{ a ? 1, b ? \"x\" }: { inherit a b; c = [ 1 { d = 2; } ]; \"e.f\" = 3; }")
        .with("needs.nix", "{ a }: a")
        .with("rest.nix", "{ ... }@all: all")
        .with("dir/default.nix", "\"a directory\"")
        .with("dir/y.nix", "\"y\"")
}

fn run(project: &Project, arguments: &[&str]) -> Run {
    program!().run(project.root(), &[&["eval"], arguments].concat())
}

/// Standard output of what works.
#[track_caller]
fn works(project: &Project, arguments: &[&str]) -> String {
    run(project, arguments).expect(0).stdout
}

/// What fails with exit code 2, prints nothing and says something.
#[track_caller]
fn fails(project: &Project, arguments: &[&str], says: &str) {
    let answer = run(project, arguments).expect(2).says(says);
    assert_eq!(answer.stdout, "", "{arguments:?}");
}

#[test]
fn attributes() {
    let project = project();
    let works = |arguments: &[&str]| works(&project, &[&["--file", "x.nix"], arguments].concat());
    assert_eq!(works(&["-A", "a"]), "1\n");
    assert_eq!(works(&["-A", "c.0", "-A", "c.1.d", "--attr", "\"e.f\""]), "1\n2\n3\n");
    assert_eq!(works(&["-A", ""]), works(&[]));
    assert_eq!(works(&["-A", "c", "--json"]), "[1,{\"d\":2}]\n");
    assert_eq!(works(&["-A", "b", "-A", "b", "--raw"]), "xx");
    let fails = |path: &str, says: &str| fails(&project, &["--file", "x.nix", "-A", path], says);
    fails("d", "attribute 'd' in selection path 'd' not found");
    fails("c.2", "list index 2 in selection path 'c.2' is out of range");
    fails("c.d", "the expression selected by the selection path 'c.d' should be a set but is a list");
    fails("0", "the expression selected by the selection path '0' should be a list but is a set");
    fails(".a", "empty attribute name in selection path '.a'");
    fails("\"a", "missing closing quote in selection path '\"a'");
}

#[test]
fn arguments_of_functions() {
    let project = project();
    assert_eq!(works(&project, &["--file", "x.nix", "--arg", "a", "1 + 1", "-A", "a"]), "2\n");
    assert_eq!(works(&project, &["--file", "x.nix", "--argstr", "a", "1 + 1", "-A", "a"]), "\"1 + 1\"\n");
    // The last one counts, what nobody looks at is not evaluated, and what a function does not take is left out.
    let several = ["--arg", "a", "throw \"a\"", "--arg", "a", "3", "--arg", "b", "throw \"b\"", "--arg", "z", "1"];
    assert_eq!(works(&project, &[&["--file", "x.nix", "-A", "a"], &several[..]].concat()), "3\n");
    assert_eq!(works(&project, &["--file", "rest.nix", "--arg", "z", "1"]), "{ z = 1; }\n");
    assert_eq!(works(&project, &["--file", "needs.nix", "--argstr", "a", "given"]), "\"given\"\n");
    // An expression's function is called when there are arguments, as nix-instantiate does it; a file's also without.
    assert_eq!(works(&project, &["-E", "{ a ? 1 }: a"]), "<LAMBDA>\n");
    assert_eq!(works(&project, &["-E", "{ a ? 1 }: a", "--arg", "b", "1"]), "1\n");
    assert_eq!(works(&project, &["-E", "{ __functor = self: { a ? 1 }: a; }", "--arg", "a", "2"]), "2\n");
    assert_eq!(works(&project, &["--file", "needs.nix"]), "<LAMBDA>\n");
    fails(&project, &["--file", "needs.nix", "--arg", "b", "1"], "has an argument without a value ('a')");
    fails(&project, &["--file", "needs.nix", "--arg", "a", "1 +"], "syntax error");
    fails(
        &project,
        &["--file", "needs.nix", "--arg", "a", "1", "--argstr", "a", "1"],
        "is given with --arg and --argstr",
    );
}

#[test]
fn search_path() {
    let project = project();
    assert_eq!(works(&project, &["-E", "import <d/y.nix>", "-I", "d=dir"]), "\"y\"\n");
    assert_eq!(works(&project, &["-E", "import <y.nix>", "-I", "nowhere", "-I", "dir"]), "\"y\"\n");
    assert_eq!(works(&project, &["--file", "<d>", "-I", "d=dir"]), "\"a directory\"\n");
    let entries = works(&project, &["-E", "builtins.nixPath", "-I", "d=dir", "-I", "/a", "--json"]);
    assert_eq!(entries, "[{\"path\":\"dir\",\"prefix\":\"d\"},{\"path\":\"/a\",\"prefix\":\"\"}]\n");
    let warned = run(&project, &["-E", "<d>", "-I", "d=nowhere"]).expect(2);
    warned.says("Nix search path entry 'nowhere' does not exist, ignoring").says("cannot look up '<d>'");
    fails(&project, &["-E", "<d>", "-I", "d=nowhere", "--impure"], "was not found in the Nix search path");
    assert_eq!(works(&project, &["-E", "let __findFile = path: name: name; in <d>"]), "\"d\"\n");
    let own = "let __nixPath = [ { prefix = \"d\"; path = ./dir; } ]; in import <d/y.nix>";
    assert_eq!(works(&project, &["-E", own]), "\"y\"\n");
}

#[test]
fn experimental_features() {
    let project = project();
    let pipe = ["-E", "1 |> (x: x + 1)"];
    fails(&project, &pipe, "experimental Nix feature 'pipe-operators' is disabled");
    for option in ["--extra-experimental-features", "--experimental-features"] {
        assert_eq!(works(&project, &[&pipe[..], &[option, "flakes pipe-operators"]].concat()), "2\n");
    }
    let toml = ["-E", "(builtins.fromTOML \"t = 2020-01-01\").t.value"];
    fails(&project, &toml, "");
    let on = ["--extra-experimental-features", "parse-toml-timestamps"];
    assert_eq!(works(&project, &[&toml[..], &on].concat()), "\"2020-01-01\"\n");
    let unknown = run(&project, &["-E", "1", "--extra-experimental-features", "nonsense"]).expect(0);
    assert_eq!(unknown.stdout, "1\n");
    unknown.says("warning: unknown experimental feature 'nonsense'");
    let exist = ["-E", "map (name: builtins ? ${name}) [ \"outputOf\" \"fetchClosure\" ]", "--json"];
    assert_eq!(works(&project, &exist), "[false,false]\n");
    let on = ["--extra-experimental-features", "dynamic-derivations fetch-closure"];
    assert_eq!(works(&project, &[&exist[..], &on].concat()), "[true,true]\n");
}

#[test]
fn discouraged_literals() {
    let project = Project::new().with("a/b", "").with("url.nix", "[\n  http://a.b\n]\n");
    for (option, text, says) in [
        ("--lint-url-literals", "http://a.b", "(lint-url-literals)"),
        ("--lint-short-path-literals", "a/b", "(lint-short-path-literals)"),
        ("--lint-absolute-path-literals", "/a/b", "(lint-absolute-path-literals)"),
    ] {
        let quiet = run(&project, &["-E", text]).expect(0);
        assert_eq!(quiet.stderr, "", "{option}");
        assert_eq!(run(&project, &["-E", text, option, "ignore"]).expect(0).stderr, "", "{option}");
        assert_eq!(run(&project, &["-E", text, option, "warn"]).expect(0).says(says).stdout, quiet.stdout, "{option}");
        fails(&project, &["-E", text, option, "fatal"], says);
        fails(&project, &["-E", text, option, "never"], "[possible values: ignore, warn, fatal]");
    }
    let warning = run(&project, &["--file", "url.nix", "--lint-url-literals", "warn"]).expect(0).stderr;
    let (_, place) = warning.split_once("url.nix:").expect("a place");
    assert_eq!(
        place,
        "2:3:\n              1| [\n              2|   http://a.b\n               |   ^\n              3| ]\n"
    );
}

#[test]
fn xml() {
    let project = project();
    let text = "{ a = x: [ ]; }";
    let head = "<?xml version='1.0' encoding='utf-8'?>\n<expr>\n  <attrs>\n";
    let places = works(&project, &["--xml", "--strict", "-E", text]);
    let body = "    <attr column=\"3\" line=\"1\" name=\"a\">\n      <function column=\"7\" line=\"1\">\n";
    assert_eq!(
        places.strip_prefix(head).and_then(|rest| rest.strip_prefix(body)).map(|rest| rest.lines().count()),
        Some(5)
    );
    let plain = works(&project, &["--xml", "--strict", "--no-location", "-E", text]);
    assert!(plain.contains("    <attr name=\"a\">\n      <function>\n"), "{plain}");
    let lazy = works(&project, &["--xml", "--no-location", "-E", text]);
    assert!(lazy.contains("<unevaluated />"), "{lazy}");
    assert!(works(&project, &["--xml", "--file", "x.nix"]).contains("x.nix\""));
    fails(&project, &["--no-location", "-E", text], "--xml");
}

#[test]
fn what_is_not_evaluated() {
    let project = project();
    let text = "{ a = 1; b = 1 + 1; c = [ ]; d = [ 1 ]; e = { }; f = x: x; g = -1; h = \"a${\"b\"}\"; i = true; }";
    let lazy =
        "{ a = 1; b = <CODE>; c = [ ]; d = <CODE>; e = <CODE>; f = <CODE>; g = <CODE>; h = <CODE>; i = true; }\n";
    assert_eq!(works(&project, &["-E", text]), lazy);
    let strict = "{ a = 1; b = 2; c = [ ]; d = [ 1 ]; e = { }; f = <LAMBDA>; g = -1; h = \"ab\"; i = true; }\n";
    assert_eq!(works(&project, &["-E", text, "--strict"]), strict);
    assert_eq!(works(&project, &["-E", "{ a = throw \"no\"; }"]), "{ a = <CODE>; }\n");
    fails(&project, &["-E", "{ a = throw \"no\"; }", "--strict"], "no");
}

#[test]
fn depth() {
    let project = project();
    let calls = |n: u32| format!("let f = n: if n == 0 then 0 else 1 + f (n - 1); in f {n}");
    assert_eq!(works(&project, &["-E", &calls(9_900)]), "9900\n");
    fails(&project, &["-E", &calls(10_100)], "max-call-depth exceeded");
    fails(&project, &["-E", &calls(110), "--max-call-depth", "100"], "max-call-depth exceeded");
    fails(&project, &["-E", "1", "--max-call-depth", "0"], "--max-call-depth");
    let deep = |arguments: &[&str]| works(&project, &[&["--max-call-depth", "200000"], arguments].concat());
    assert_eq!(deep(&["-E", &calls(100_000)]), "100000\n");
    let value = |then: &str| {
        format!(
            "let f = n: v: if n == 0 then v else f (n - 1) {{ a = [ v ]; }}; v = f 50000 1; w = f 50000 2; in {then}"
        )
    };
    assert_eq!(deep(&["-E", &value("v"), "--strict"]).len(), 50_000 * "{ a = [  ]; }".len() + 2);
    assert_eq!(deep(&["-E", &value("v"), "--json"]).len(), 50_000 * "{\"a\":[]}".len() + 2);
    assert_eq!(deep(&["-E", &value("v == v && v != w")]), "true\n");
    let list = "let f = n: v: if n == 0 then v else f (n - 1) [ v ]; v = f 100000 1; w = f 100000 2; in ";
    let sorted = format!("{list} builtins.sort builtins.lessThan [ w v ] == [ v w ]");
    assert_eq!(deep(&["-E", &sorted]), "true\n");
    fails(&project, &["-E", &format!("{list} v"), "--strict", "--max-call-depth", "90000"], "max-call-depth exceeded");
}

#[test]
fn other_limits() {
    let project = project();
    let endless = "let f = n: f (n + 1) + 1; in f 0";
    fails(&project, &["-E", "builtins.genList (x: x) 100000000", "--max-memory", "16"], "too large");
    fails(
        &project,
        &["-E", "let f = s: builtins.seq s (f (s + s)); in f \"aaaaaaaa\"", "--max-memory", "16"],
        "16 MiB",
    );
    fails(&project, &["-E", endless, "--max-call-depth", "4000000000", "--max-memory", "200"], "200 MiB");
    let slow = "builtins.foldl' (a: b: a + b) 0 (builtins.genList (x: builtins.foldl' (a: b: a + b) 0 (builtins.genList (y: y) 100000)) 100000)";
    fails(&project, &["-E", slow, "--timeout", "1"], "--timeout");
    assert_eq!(works(&project, &["-E", "1", "--timeout", "100", "--max-memory", "16"]), "1\n");
}

#[test]
fn flakes_by_path() {
    let project = Project::flake("{ outputs = { self }: { x = 1; }; }");
    let text = format!("(builtins.getFlake \"{}\").x", project.root_text());
    assert_eq!(works(&project, &["--impure", "-E", &text]), "1\n");
    fails(&project, &["-E", &text], "cannot call 'getFlake' on unlocked flake reference");
    fails(&project, &["--impure", "-E", "builtins.getFlake \"github:a/b\""], "is not available here");
}

#[test]
fn positions() {
    let project = Project::new().with("x.nix", "[ __curPos.line (builtins.unsafeGetAttrPos \"a\" { a = 1; }).column ]");
    assert_eq!(works(&project, &["--file", "x.nix", "--json"]), "[1,50]\n");
    let nowhere = "[ __curPos (builtins.unsafeGetAttrPos \"a\" { a = 1; }) ]";
    assert_eq!(works(&project, &["-E", nowhere, "--json"]), "[null,null]\n");
}

#[test]
fn argument_errors_come_in_order() {
    let project = project();
    for (text, says) in [
        ("builtins.getAttr 1 (throw \"later\")", "expected a string but found an integer"),
        ("builtins.toFile 1 (throw \"later\")", "expected a string but found an integer"),
        ("builtins.replaceStrings [ \"a\" ] [ ] (throw \"later\")", "have different lengths"),
        ("builtins.elemAt (throw \"later\") \"a\"", "expected an integer but found a string"),
    ] {
        fails(&project, &["-E", &format!("(builtins.tryEval ({text})).success")], says);
    }
    let first = "(builtins.tryEval (builtins.getAttr (throw \"first\") 1)).success";
    assert_eq!(works(&project, &["-E", first]), "false\n");
}

#[test]
fn traces() {
    let project = project();
    let text = "builtins.traceVerbose \"looked at\" 1";
    let quiet = run(&project, &["-E", text]).expect(0);
    assert_eq!((quiet.stdout.as_str(), quiet.stderr.as_str()), ("1\n", ""));
    run(&project, &["-E", text, "--trace-verbose"]).expect(0).says("trace: looked at");
}
