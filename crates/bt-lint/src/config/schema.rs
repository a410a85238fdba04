//! The JSON schema of configuration files, from the table of keys; editors complete and check with it.

use super::keys::{KEYS, Key, Kind, RULE_KEYS, SEVERITIES};
use crate::render::json::to_text;
use bt_diag::Severity;
use serde_json::{Map, Value as Json, json};

/// Draft 7, which editors of TOML know.
const DIALECT: &str = "http://json-schema.org/draft-07/schema#";

/// The schema, ending in a line break.
pub fn text() -> String {
    let mut schema = json!({
        "$schema": DIALECT,
        "title": "Configuration of bt-lint",
        "description": "bt-lint.toml or .bt-lint.toml",
        "definitions": { "rules": {
            "description": "A rule's code or name, a family, the beginning of a code, or ALL.",
            "type": "string",
            "anyOf": [{ "enum": words() }, { "pattern": "^[A-Z]{3}[0-9]{1,2}$" }],
        } },
    });
    merge(&mut schema, object(KEYS));
    to_text(&schema)
}

/// Codes, names, families.
fn words() -> Vec<&'static str> {
    let mut families: Vec<&str> = bt_rules::all().iter().map(|rule| rule.code.get(..3).unwrap_or_default()).collect();
    families.dedup();
    let rules = bt_rules::all().iter();
    std::iter::once("ALL").chain(families).chain(rules.clone().map(|r| r.code)).chain(rules.map(|r| r.name)).collect()
}

/// A table of some keys and no others.
fn object(keys: &[Key]) -> Json {
    let properties = keys.iter().map(|key| (key.name.to_string(), property(key)));
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties.collect::<Map<String, Json>>(),
    })
}

fn property(key: &Key) -> Json {
    let rules = || json!({ "type": "array", "items": { "$ref": "#/definitions/rules" } });
    let texts = || json!({ "type": "array", "items": { "type": "string", "minLength": 1 } });
    let table = |of: Json| json!({ "type": "object", "additionalProperties": of });
    let kind = match key.kind {
        Kind::Rules(..) => rules(),
        Kind::Choice(words, _) => json!({ "enum": words }),
        Kind::Text(_) | Kind::File(_) => json!({ "type": "string", "minLength": 1 }),
        Kind::Texts(_) | Kind::Globs(..) => texts(),
        Kind::Number(least, most, _) => json!({ "type": "integer", "minimum": least, "maximum": most }),
        Kind::Severities => json!({
            "type": "object",
            "propertyNames": { "$ref": "#/definitions/rules" },
            "additionalProperties": { "enum": SEVERITIES.map(Severity::as_str) },
        }),
        Kind::RulesByFile => table(rules()),
        Kind::TextsByImage(_) => table(texts()),
        Kind::RuleOptions => {
            let by_name = RULE_KEYS.iter().map(|rule| (rule.rule.to_string(), object(rule.keys)));
            let by_code = RULE_KEYS.iter().filter_map(|rule| {
                let code = bt_rules::find(rule.rule)?.code;
                Some((code.to_string(), json!({ "$ref": format!("#/properties/rules/properties/{}", rule.rule) })))
            });
            json!({
                "type": "object",
                "additionalProperties": false,
                "properties": by_name.chain(by_code).collect::<Map<String, Json>>(),
            })
        }
    };
    let mut property = json!({ "description": key.doc });
    if let Ok(default) = serde_json::from_str::<Json>(key.default)
        && !default.is_null()
    {
        property["default"] = default;
    }
    merge(&mut property, kind);
    property
}

/// Adds the members of one object to another.
fn merge(to: &mut Json, from: Json) {
    if let (Json::Object(to), Json::Object(from)) = (to, from) {
        to.extend(from);
    }
}

#[cfg(test)]
mod tests {
    use super::{KEYS, RULE_KEYS, text};
    use serde_json::Value as Json;

    #[test]
    fn it_has_every_key() {
        let schema: Json = serde_json::from_str(&text()).unwrap();
        for key in KEYS {
            assert_eq!(schema["properties"][key.name]["description"], key.doc);
        }
        for rule in RULE_KEYS {
            let rules = &schema["properties"]["rules"]["properties"];
            assert_eq!(rules[rule.rule]["properties"].as_object().map(serde_json::Map::len), Some(rule.keys.len()));
        }
        let rules = schema["definitions"]["rules"]["anyOf"][0]["enum"].as_array().unwrap();
        assert!(["ALL", "CFG", "CFG001", "root-user"].iter().all(|word| rules.contains(&Json::from(*word))));
        assert!(!rules.contains(&"".into()) && schema["additionalProperties"] == false);
    }
}
