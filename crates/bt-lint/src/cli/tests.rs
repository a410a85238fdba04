use super::{CheckArguments, Command, EvalArguments, Format, RuleFormat, parse};
use crate::request::{EvalFormat, EvalSource, Target};
use bt_eval::Lint;

fn words(line: &str) -> Result<Command, clap::Error> {
    parse(std::iter::once("bt-lint").chain(line.split_whitespace()).map(Into::into))
}

fn check(line: &str) -> CheckArguments {
    match words(line) {
        Ok(Command::Check(check)) => check,
        other => panic!("`{line}` is no check: {other:?}"),
    }
}

fn eval(line: &str) -> EvalArguments {
    match words(line) {
        Ok(Command::Eval(eval)) => eval,
        other => panic!("`{line}` is no eval: {other:?}"),
    }
}

fn error(line: &str) -> String {
    let error = words(line).expect_err(line);
    assert_eq!(error.exit_code(), 2, "{line}");
    error.to_string()
}

#[test]
fn arguments_are_well_defined() {
    <super::Arguments as clap::CommandFactory>::command().debug_assert();
}

#[test]
fn check_is_the_default() {
    assert_eq!(check("").targets, ["."]);
    assert_eq!(check("flake.nix").targets, ["flake.nix"]);
    assert_eq!(check("check flake.nix").targets, ["flake.nix"]);
    assert_eq!(check("./check").targets, ["./check"]);
    assert_eq!(check("a b#c").targets, ["a", "b#c"]);
    let check = check("flake.nix --format json");
    assert_eq!((check.targets, check.reports), (vec!["flake.nix".to_string()], vec![(Format::Json, None)]));
}

#[test]
fn options_may_come_before_the_command() {
    for line in [
        "--format json check flake.nix",
        "--format=json flake.nix",
        "-q --format json flake.nix",
        "--override-input nixpkgs check --format json check flake.nix",
        "-qo out --format json check flake.nix",
        "-oout --format json flake.nix",
    ] {
        let check = check(line);
        let output = line.contains("out").then(|| "out".to_string());
        let expected = (vec!["flake.nix".to_string()], vec![(Format::Json, output)]);
        assert_eq!((check.targets, check.reports), expected, "{line}");
    }
    assert_eq!(check("-- check").targets, ["check"]);
}

#[test]
fn help_and_version_are_results() {
    for line in ["--help", "-h", "--version", "help check", "flake.nix --help", "rule --help", "eval -h"] {
        let error = words(line).expect_err(line);
        assert!(!error.use_stderr(), "{line}");
    }
}

#[test]
fn rules_are_explained() {
    for line in ["rule root-user", "rule CFG001", "--explain root-user", "--explain=root-user", "-q --explain x"] {
        match words(line) {
            Ok(Command::Rule(rule)) => assert!(rule.name.is_some(), "{line}"),
            Err(error) => assert!(line.starts_with("-q"), "{line}: {error}"),
            other => panic!("{line}: {other:?}"),
        }
    }
    match words("--explain root-user --format json") {
        Ok(Command::Rule(rule)) => assert_eq!(rule.format, RuleFormat::Json),
        other => panic!("{other:?}"),
    }
    assert!(error("rule root-usr").contains("did you mean `root-user`?"));
}

#[test]
fn lists_of_rules() {
    let check = check("--select root-user,CMP003 --select BTL004 --ignore CFG001 .");
    assert_eq!(check.select, ["root-user", "CMP003", "BTL004"]);
    assert_eq!(check.ignore, ["CFG001"]);
    let message = error("--select root-usr .");
    assert!(message.contains("there is no rule `root-usr`; did you mean `root-user`?"), "{message}");
    assert!(message.contains("bt-lint check"), "{message}");
}

#[test]
fn values_are_checked() {
    assert!(error("--timeout 0 .").contains("0"));
    assert!(error("--max-memory x .").contains("max-memory"));
    assert!(error("--override-input a").contains("override-input"));
    assert!(error("--fix=all .").contains("--fix"));
    assert!(error("-q -v .").contains("cannot be used with"));
}

#[test]
fn overrides_and_limits() {
    let check = check("--override-input a b --override-input c/d e --max-memory 64 --timeout 5 .");
    let evaluation = check.evaluation.to_evaluation("/here");
    let overrides: Vec<(&str, &str)> =
        evaluation.overrides.iter().map(|o| (o.input.as_str(), o.reference.as_str())).collect();
    assert_eq!(overrides, [("a", "b"), ("c/d", "e")]);
    assert_eq!(evaluation.max_memory, Some(64 << 20));
    assert_eq!(evaluation.timeout.map(|t| t.as_secs()), Some(5));
}

#[test]
fn eval_takes_one_source_and_one_form() {
    let flake = eval("eval .#a.b --json");
    let target = Target { path: ".".into(), attr: Some("a.b".into()) };
    assert_eq!((flake.source(), flake.form()), (EvalSource::Flake(target), EvalFormat::Json));
    let file = eval("eval --strict --file x.nix -A a --arg n 1 --argstr s text");
    assert_eq!(file.source(), EvalSource::File("x.nix".into()));
    let arguments: Vec<(String, bool)> = file.arguments().into_iter().map(|a| (a.value, a.is_string)).collect();
    assert_eq!(arguments, [("1".to_string(), false), ("text".to_string(), true)]);
    assert_eq!(eval("eval --expr 1+1 --max-call-depth 7").evaluation.max_call_depth, Some(7));
    assert!(error("eval").contains("TARGET#ATTR"));
    assert!(error("eval --file a --expr b").contains("cannot be used with"));
    assert!(error("eval --json --xml --expr b").contains("cannot be used with"));
    assert!(error("eval --expr b --arg n 1 --argstr n 2").contains("is given with --arg and --argstr"));
}

#[test]
fn options_of_nix() {
    let line = "eval -f x -A a -A b.0 -I x=/y -I /z --xml --no-location --lint-url-literals fatal \
                --lint-short-path-literals warn --extra-experimental-features a --experimental-features b";
    let eval = eval(line);
    assert_eq!(eval.attr, ["a", "b.0"]);
    assert!(eval.no_location);
    let evaluation = eval.to_evaluation("/");
    assert_eq!(evaluation.search_path, ["x=/y", "/z"]);
    assert_eq!(evaluation.features, ["a", "b"]);
    let literals = evaluation.literals;
    assert_eq!((literals.url, literals.short_path, literals.absolute_path), (Lint::Fatal, Lint::Warn, Lint::Ignore));
    assert_eq!(
        check("--max-call-depth 5 --extra-experimental-features a .").evaluation.to_evaluation("/").features,
        ["a"]
    );
    assert!(error("eval -E 1 --lint-url-literals never").contains("ignore, warn, fatal"));
    assert!(error("eval -E 1 --no-location").contains("--xml"));
    assert!(error("eval -E 1 --max-call-depth 0").contains("max-call-depth"));
    assert!(error("eval -E 1 --arg x").contains("--arg"));
    assert!(error("eval -E 1 -I").contains("--include"));
    assert!(error("eval -E 1 -A").contains("--attr"));
}

#[test]
fn each_file_belongs_to_a_format() {
    let reports = |line: &str| match parse(std::iter::once("bt-lint").chain(line.split_whitespace()).map(Into::into)) {
        Ok(Command::Check(check)) => {
            let shown =
                |(format, file): &(Format, Option<String>)| format!("{format:?}:{}", file.as_deref().unwrap_or(""));
            check.reports.iter().map(shown).collect::<Vec<_>>().join(" ")
        }
        Ok(other) => panic!("{other:?}"),
        Err(error) => error.to_string().lines().next().unwrap_or_default().to_string(),
    };
    assert_eq!(reports(""), "Full:");
    assert_eq!(reports("-o a"), "Full:a");
    assert_eq!(reports("-o a --format json"), "Json:a");
    assert_eq!(reports("--format sarif -o a --format full"), "Sarif:a Full:");
    assert_eq!(reports("--format full x --format sarif -o a --format json -o b"), "Full: Sarif:a Json:b");
    assert_eq!(reports("--format sarif -o a -o b"), "error: '--output b' has no '--format' before it");
    assert_eq!(reports("-o a -o b"), "error: '--output b' has no '--format' before it");
    let both = "error: two formats cannot both go to standard output: name a file with '--output'";
    assert_eq!(reports("--format json --format full"), both);
    assert_eq!(reports("--format json -o - --format full"), both);
}
