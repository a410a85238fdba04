//! What `bt-lint config` prints: every key, its value, and who says so.

use super::keys::{KEYS, Kind, RULE_KEYS};
use super::{Effective, shown};
use crate::cli::CheckArguments;
use crate::render::{escape, json::to_text};
use clap::ValueEnum;
use serde_json::{Value as Json, json};

/// A key and its value.
#[derive(Debug, PartialEq)]
struct Row {
    /// As TOML has it.
    key: String,
    value: Json,
    /// `default`, `FILE:LINE` or `command line`.
    from: Vec<String>,
}

const DEFAULT: &str = "default";
const COMMAND_LINE: &str = "command line";

/// For people: TOML, with what says so as comments.
pub fn text(effective: &Effective, arguments: &CheckArguments, current_directory: &str) -> String {
    let mut out = match &effective.configuration.path {
        Some(path) => format!("# configuration: {}\n", escape::line(&shown(path, current_directory))),
        None => "# configuration: none\n".to_string(),
    };
    for Row { key, value, from } in rows(effective, arguments, current_directory) {
        let from = from.join(", ");
        let line = match value {
            Json::Null => format!("# {key} is not set ({from})"),
            value => format!("{key} = {value}  # {from}"),
        };
        out.push_str(&escape::line(&line));
        out.push('\n');
    }
    let all = bt_rules::all();
    let on = all.iter().filter(|rule| effective.selection.includes(rule)).count();
    out.push_str(&format!("# {on} of {} rules are on; --json lists them\n", all.len()));
    out
}

/// For programs.
pub fn json(effective: &Effective, arguments: &CheckArguments, current_directory: &str) -> String {
    let path = effective.configuration.path.as_deref().map(|path| shown(path, current_directory));
    let settings = rows(effective, arguments, current_directory).into_iter();
    let settings = settings.map(|Row { key, value, from }| json!({ "key": key, "value": value, "from": from }));
    let rules = bt_rules::all().iter().map(|rule| {
        json!({
            "code": rule.code,
            "name": rule.name,
            "on": effective.selection.includes(rule),
            "severity": effective.severity(rule.code).unwrap_or(rule.severity).as_str(),
        })
    });
    to_text(&json!({
        "version": 1,
        "file": path,
        "settings": settings.collect::<Vec<_>>(),
        "rules": rules.collect::<Vec<_>>(),
    }))
}

fn rows(effective: &Effective, arguments: &CheckArguments, current_directory: &str) -> Vec<Row> {
    let configuration = &effective.configuration;
    let file = configuration.path.as_deref().map(|path| shown(path, current_directory)).unwrap_or_default();
    let row = |key: String, default: &str| match configuration.said.iter().find(|said| said.key == key) {
        Some(said) => Row { key, value: said.value.clone(), from: vec![format!("{file}:{}", said.line)] },
        None => Row { key, value: serde_json::from_str(default).unwrap_or_default(), from: vec![DEFAULT.to_string()] },
    };
    let tables = |key: &str| {
        let prefix = format!("{key}.");
        let said = configuration.said.iter().filter(move |said| said.key.starts_with(&prefix));
        let rows = said.map(|said| row(said.key.clone(), "null"));
        rows.collect::<Vec<_>>()
    };
    let mut rows = Vec::new();
    for key in KEYS {
        match key.kind {
            Kind::RuleOptions => {}
            Kind::Severities | Kind::RulesByFile => rows.extend(tables(key.name)),
            _ => rows.push(row(key.name.to_string(), key.default)),
        }
    }
    for rule in RULE_KEYS {
        for key in rule.keys {
            let name = format!("rules.{}.{}", rule.rule, key.name);
            match key.kind {
                Kind::TextsByImage(_) => rows.extend(tables(&name)),
                _ => rows.push(row(name, key.default)),
            }
        }
    }
    command_line(&mut rows, arguments, current_directory);
    rows
}

/// Puts in what the command line says, by the same rules as [`Effective::of`].
fn command_line(rows: &mut [Row], arguments: &CheckArguments, current_directory: &str) {
    let mut set = |key: &str, value: Json, is_anew: bool| {
        let Some(row) = rows.iter_mut().find(|row| row.key == key) else { return };
        match (&mut row.value, value) {
            (Json::Array(old), Json::Array(new)) if !is_anew && !old.is_empty() => {
                old.extend(new);
                row.from.push(COMMAND_LINE.into());
            }
            (old, new) => {
                *old = new;
                row.from = vec![COMMAND_LINE.into()];
            }
        }
    };
    let word = |value: Option<clap::builder::PossibleValue>| value.map(|value| json!(value.get_name()));
    // Rules that are selected on the command line are all that are on.
    let is_anew = !arguments.select.is_empty();
    if is_anew {
        set("select", json!(arguments.select), true);
    }
    for (key, words) in [("extend-select", &arguments.extend_select), ("ignore", &arguments.ignore)] {
        if is_anew || !words.is_empty() {
            set(key, json!(words), is_anew);
        }
    }
    if let Some(value) = word(arguments.fail_on.and_then(|value| value.to_possible_value())) {
        set("fail-on", value, true);
    }
    if let Some(value) = word(arguments.format.first().and_then(ValueEnum::to_possible_value)) {
        set("format", value, true);
    }
    if let Some(value) = word(arguments.evaluation.nixpkgs.and_then(|value| value.to_possible_value())) {
        set("nixpkgs", value, true);
    }
    if let Some(value) = word(arguments.closures.and_then(|value| value.to_possible_value())) {
        set("closures", value, true);
    }
    if let Some(system) = &arguments.evaluation.system {
        set("system", json!(system), true);
    }
    let given = &arguments.configuration;
    if let Some(file) = &given.baseline {
        let path = std::path::Path::new(current_directory).join(file);
        set("baseline", json!(shown(&path, current_directory)), true);
    } else if given.no_baseline {
        set("baseline", Json::Null, true);
    }
}

#[cfg(test)]
mod tests {
    use super::rows;
    use crate::cli::CheckArguments;
    use crate::config::{Configuration, Effective, Said};
    use crate::selection::Selection;
    use clap::Parser;
    use serde_json::json;

    fn shown(line: &str, key: &str) -> (serde_json::Value, String) {
        let arguments =
            CheckArguments::try_parse_from(std::iter::once("bt-lint").chain(line.split_whitespace())).unwrap();
        let said = vec![Said { key: "ignore".into(), value: json!(["CFG"]), line: 3 }];
        let configuration = Configuration { path: Some("/x/bt-lint.toml".into()), said, ..Configuration::default() };
        let effective =
            Effective { configuration, selection: Selection::default(), fail_on: Default::default(), baseline: None };
        let row = rows(&effective, &arguments, "/x").into_iter().find(|row| row.key == key).unwrap();
        (row.value, row.from.join(", "))
    }

    #[test]
    fn who_says_so() {
        assert_eq!(shown("", "ignore"), (json!(["CFG"]), "bt-lint.toml:3".into()));
        assert_eq!(shown("--ignore CMP", "ignore"), (json!(["CFG", "CMP"]), "bt-lint.toml:3, command line".into()));
        assert_eq!(shown("--select CMP", "ignore"), (json!([]), "command line".into()));
        assert_eq!(shown("--select CMP", "select"), (json!(["CMP"]), "command line".into()));
        assert_eq!(shown("", "fail-on"), (json!("error"), "default".into()));
        assert_eq!(shown("--fail-on info", "fail-on"), (json!("info"), "command line".into()));
        assert_eq!(shown("--baseline b.json", "baseline"), (json!("b.json"), "command line".into()));
        assert_eq!(shown("--no-baseline", "baseline"), (json!(null), "command line".into()));
        assert_eq!(shown("", "rules.stale-nixpkgs.max-age"), (json!(30), "default".into()));
    }
}
