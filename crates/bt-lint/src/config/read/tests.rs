use super::{Configuration, read};
use bt_diag::{Severity, SourceMap};

fn parse(text: &str) -> Result<Configuration, Vec<String>> {
    let sources = SourceMap::new();
    read(&sources.add("bt-lint.toml", text.into()).unwrap()).map_err(|errors| {
        let shown = errors.iter().map(|error| {
            let at = sources.locate(error.span.unwrap()).unwrap();
            let help = error.help.iter().map(|help| format!(" ({help})")).collect::<String>();
            format!("{}:{}: {}{help}", at.start.line, at.start.column, error.message)
        });
        shown.collect()
    })
}

#[track_caller]
fn error(text: &str) -> String {
    parse(text).unwrap_err().join("\n")
}

#[test]
fn everything_can_be_set() {
    let configuration = parse(
        r#"
select = ["CFG", "image-tag-latest"]
extend-select = ["IMG014"]
ignore = ["CFG00"]
fail-on = "warning"
format = "concise"
outputs = ["packages.*.app"]
exclude-outputs = ["checks"]
nixpkgs = "model"
system = "x86_64-linux"
baseline = "b.json"
[severity]
CFG = "info"
root-user = "error"
[per-file-ignores]
"nix/*.nix" = ["CNT"]
[rules.CNT001]
allowed = ["bash"]
allowed-in = { "debug-*" = ["zsh"] }
[rules.stale-nixpkgs]
max-age = 0x3c
[rules.untrusted-registry]
trusted-registries = ["docker.io"]
"#,
    )
    .unwrap();
    assert!(configuration.select.as_ref().is_some_and(|codes| codes.contains(&"CFG001") && codes.contains(&"IMG001")));
    assert_eq!(configuration.extend_select, ["IMG014"]);
    assert!(configuration.ignore.contains(&"CFG009") && !configuration.ignore.contains(&"CFG011"));
    assert!(configuration.severity.contains(&("CFG001", true, Severity::Error)));
    assert!(configuration.severity.contains(&("CFG002", false, Severity::Info)));
    assert!(configuration.per_file_ignores[0].0.matches("nix/a.nix"));
    assert_eq!(configuration.options.max_nixpkgs_age, 60);
    let allowed = &configuration.options.allowed_packages;
    assert_eq!((allowed[0].rule, allowed[0].image.is_none(), allowed[1].names[0].as_str()), ("CNT001", true, "zsh"));
    assert_eq!(configuration.configured, ["CNT001", "FLK005", "IMG009"]);
    assert_eq!((configuration.outputs.len(), configuration.exclude_outputs.len()), (1, 1));
    assert_eq!(
        (configuration.system.as_deref(), configuration.baseline.as_deref()),
        (Some("x86_64-linux"), Some("b.json"))
    );
    let keys: Vec<(&str, u32)> = configuration.said.iter().map(|said| (said.key.as_str(), said.line)).collect();
    assert_eq!(keys[..2], [("select", 2), ("extend-select", 3)]);
    assert!(keys.contains(&("per-file-ignores.\"nix/*.nix\"", 16)));
    assert!(keys.contains(&("rules.shell-in-image.allowed-in.\"debug-*\"", 19)), "{keys:?}");
}

#[test]
fn nothing_is_said_by_an_empty_file() {
    assert_eq!(parse("# nothing\n"), Ok(Configuration::default()));
}

#[test]
fn unknown_keys_have_near_names() {
    assert_eq!(error("ignor = []"), "1:1: there is no key `ignor` (did you mean `ignore`?)");
    assert_eq!(error("fail_on = 1"), "1:1: there is no key `fail_on` (did you mean `fail-on`?)");
    assert_eq!(
        error("[rules.FLK005]\nmax-agee = 1"),
        "2:1: there is no key `max-agee` of the rule `stale-nixpkgs` (did you mean `max-age`?)"
    );
    assert_eq!(
        error("max-age = 3"),
        "1:1: there is no key `max-age` (it is an option of a rule: write it below `[rules.stale-nixpkgs]`)"
    );
    assert!(error("root-user = 'off'").contains("below `[severity]`"));
    assert!(error("[rules.stale-nixpkgs]\nignore = []").contains("top of the file"));
    assert!(error("zzzzzzzz = 1").contains("(select, extend-select, ignore,"));
}

#[test]
fn unknown_rules_have_near_names() {
    assert_eq!(error("ignore = ['root-usr']"), "1:11: there is no rule `root-usr`; did you mean `root-user`?");
    assert!(error("[severity]\nCFG999 = 'info'").starts_with("2:1: there is no rule `CFG999`"));
    assert!(error("[rules.nonsense]\nx = 1").starts_with("1:8: there is no rule `nonsense`"));
    assert!(error("[rules.root-user]\nx = 1").starts_with("1:8: the rule `root-user` has no options"));
    assert!(error("[per-file-ignores]\n'a' = ['root-usr']").starts_with("2:8: there is no rule"));
}

#[test]
fn types_are_checked() {
    assert_eq!(
        error("ignore = 'CFG'"),
        "1:10: `ignore` must be a list of rules, such as [\"root-user\", \"CFG\"], not a string"
    );
    assert_eq!(error("ignore = ['CFG', 1]"), "1:18: `ignore` must be a string, not an integer");
    assert_eq!(error("fail-on = true"), "1:11: `fail-on` must be a string, not a boolean");
    assert_eq!(error("system = ''"), "1:10: `system` is empty");
    assert_eq!(error("severity = 1.5"), "1:12: `severity` must be a table, not a float");
    assert_eq!(error("rules = []"), "1:9: `rules` must be a table, not a list");
    assert_eq!(error("[rules]\nFLK005 = 1979-05-27"), "2:10: `rules.FLK005` must be a table, not a date");
    assert_eq!(
        error("[rules.FLK005]\nmax-age = '30'"),
        "2:11: `rules.stale-nixpkgs.max-age` must be an integer, not a string"
    );
}

#[test]
fn values_are_checked() {
    assert_eq!(
        error("fail-on = 'eror'"),
        "1:11: `fail-on` cannot be `eror`; did you mean `error`? (it is one of error, warning, info, never)"
    );
    assert_eq!(
        error("[severity]\nCFG001 = 'off'"),
        "2:10: `severity.CFG001` cannot be `off` (`ignore` switches rules off)"
    );
    assert!(error("[severity]\nCFG001 = 'warn'").contains("did you mean `warning`?"));
    assert!(error("nixpkgs = 'x'").starts_with("1:11: `nixpkgs` cannot be `x` ("));
    for value in ["0", "-1", "36501", "99999999999999999999"] {
        let text = format!("[rules.stale-nixpkgs]\nmax-age = {value}");
        assert!(error(&text).ends_with("must be from 1 to 36500"), "{}", error(&text));
    }
    assert_eq!(error("[per-file-ignores]\n'nix/[' = ['CFG']"), "2:1: the pattern `nix/[` has a `[` without its `]`");
    assert_eq!(error("outputs = ['a.{b']"), "1:12: the pattern `a.{b` has a `{` without its `}`");
}

#[test]
fn one_rule_has_one_severity() {
    assert!(
        error("[severity]\nCFG001 = 'info'\nroot-user = 'error'")
            .starts_with("3:1: the severity of CFG001 is set twice")
    );
    assert!(parse("[severity]\nCFG001 = 'info'\nCFG = 'error'").is_ok());
}

#[test]
fn all_mistakes_are_told_but_not_endlessly() {
    assert_eq!(error("ignor = 1\nselct = 2").lines().count(), 2);
    let many: String = (0..100).map(|i| format!("k{i} = 1\n")).collect();
    assert_eq!(error(&many).lines().count(), 10);
}

#[test]
fn what_is_no_toml_is_told_at_its_place() {
    assert!(error("ignore = [\n").contains("this is not TOML"));
    assert!(error("a = 1\na = 2").starts_with("2:1: this is not TOML: duplicate key"));
    assert!(error("= 1").starts_with("1:1: this is not TOML"));
    // Deep nesting is refused, not followed.
    assert!(error(&format!("a = {}{}", "[".repeat(50_000), "]".repeat(50_000))).contains("this is not TOML"));
}
