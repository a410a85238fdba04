//! Import from derivation: refused with the derivation's name, unless something realises outputs.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use bt_diag::SourceMap;
use bt_eval::{Evaluator, Options};
use bt_glue::{Directory, Environment, Glue, OsFileSystem, Realiser, SourceTree};
use bt_store::StorePath;
use bumpalo::Bump;
use std::cell::RefCell;
use std::rc::Rc;

/// Where the fake realiser keeps what it makes.
const PLACE: &str = "/made/tool";

/// Realises derivations named `tool`, as a directory that is the same for each, and says what it was asked for.
#[derive(Default)]
struct Fake(Rc<RefCell<Vec<String>>>);

impl Realiser for Fake {
    fn realise(&self, glue: &Glue, derivation: &StorePath, output: &str) -> Result<String, String> {
        let known = glue.derivation(derivation.as_str()).unwrap();
        assert_eq!(derivation.name(), format!("{}.drv", known.name));
        self.0.borrow_mut().push(format!("{}!{output}", known.name));
        if known.name == "tool" { Ok(PLACE.into()) } else { Err("builder failed with exit code 1".into()) }
    }
}

/// The JSON of an expression's value, or the message and the place of its error, and what was realised.
fn eval(expression: &str, fake: bool) -> (Result<String, String>, Vec<String>) {
    let (arena, sources) = (Bump::new(), SourceMap::default());
    let glue = Glue::new(Box::new(OsFileSystem), Environment { pure: false, ..Environment::pure("x86_64-linux") });
    let asked = Rc::default();
    if fake {
        let files = [("/default.nix", "{ answer = 42; }"), ("/bin/x", "text")].map(|(path, text)| (path.into(), text));
        glue.add_tree(SourceTree::embedded(PLACE, Rc::new(Directory::new(files))));
        glue.set_realiser(Box::new(Fake(Rc::clone(&asked))));
    }
    let tables = bt_glue::builtins();
    let ev = Evaluator::new(&arena, &glue, &sources, Options::default(), &tables);
    let text = format!(
        "let make = name: derivation {{ inherit name; system = \"x\"; builder = \"/b\"; outputs = [ \"out\" \"lib\" ]; }};\n\
         tool = make \"tool\"; broken = make \"broken\";\n\
         floating = derivation {{ name = \"floating\"; system = \"x\"; builder = \"/b\"; __contentAddressed = true; }};\n\
         in builtins.toJSON (\n{expression}\n)"
    );
    let file = sources.add("/test.nix", text).unwrap();
    let result = ev.eval_source(&file, None).and_then(|value| {
        let text = ev.force_string(value)?.to_text().into_owned();
        ev.check_strings().map(|()| text)
    });
    let result = result.map_err(|error| {
        let line = error.span().and_then(|span| sources.locate(span)).map_or(0, |at| at.start.line);
        format!("{line}: {}", error.message())
    });
    (result, asked.take())
}

/// Every way to look at an output.
const READERS: [&str; 9] = [
    "import tool",
    "builtins.readFile \"${tool}/bin/x\"",
    "builtins.readDir \"${tool}/bin\"",
    "builtins.pathExists \"${tool}/bin/y\"",
    "builtins.readFileType \"${tool.lib}/bin\"",
    "builtins.hashFile \"sha256\" \"${tool}/bin/x\"",
    "builtins.path { path = \"${tool}/bin\"; }",
    "builtins.filterSource (path: kind: true) \"${tool}/bin\"",
    "builtins.scopedImport { } tool",
];

#[test]
fn outputs_are_not_read_without_a_build() {
    let (path, _) = eval("builtins.unsafeDiscardStringContext tool.drvPath", false);
    let path = path.unwrap().trim_matches('"').to_string();
    for reader in READERS {
        let expected = format!("5: cannot read the output of '{path}' without building it (import from derivation)");
        assert_eq!(eval(reader, false).0, Err(expected), "{reader}");
    }
}

#[test]
fn a_realiser_makes_outputs_when_they_are_read() {
    let answers = [
        "{\"answer\":42}",
        "\"text\"",
        "{\"x\":\"regular\"}",
        "false",
        "\"directory\"",
        "\"982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1\"",
    ];
    for (reader, answer) in READERS.iter().zip(answers) {
        let output = if reader.contains("lib") { "lib" } else { "out" };
        assert_eq!(eval(reader, true), (Ok(answer.into()), vec![format!("tool!{output}")]), "{reader}");
    }
    // A copy of an output has the store path of its contents, which real Nix says for the same directory.
    for reader in &READERS[6..8] {
        let (copy, _) = eval(reader, true);
        assert_eq!(copy.as_deref(), Ok("\"/nix/store/xjjk7ng1w2r6snz4k97rr97ppj3vkhhq-bin\""), "{reader}");
    }
}

#[test]
fn an_output_is_made_once_and_only_when_it_is_read() {
    assert_eq!(eval("[ tool.name (builtins.stringLength \"${tool}\") ]", true), (Ok("[\"tool\",48]".into()), vec![]));
    let twice = "[ (import tool) (builtins.readFile \"${tool}/bin/x\") (builtins.pathExists \"${tool}/bin/y\") ]";
    let (answer, asked) = eval(twice, true);
    assert_eq!(answer.as_deref(), Ok("[{\"answer\":42},\"text\",false]"));
    assert_eq!(asked, ["tool!out"]);
}

#[test]
fn what_cannot_be_realised_is_an_error() {
    let (answer, asked) = eval("import broken", true);
    let message = answer.unwrap_err();
    assert!(message.starts_with("5: cannot build '/nix/store/"), "{message}");
    assert!(
        message.ends_with("-broken.drv', whose output 'out' is read: builder failed with exit code 1"),
        "{message}"
    );
    assert_eq!(asked, ["broken!out"]);
    // Only a build tells where these are.
    for fake in [true, false] {
        let (answer, asked) = eval("builtins.readFile \"${floating}/x\"", fake);
        let message = answer.unwrap_err();
        assert!(message.ends_with("-floating.drv' without building it (import from derivation)"), "{message}");
        assert_eq!(asked, Vec::<String>::new());
    }
}
