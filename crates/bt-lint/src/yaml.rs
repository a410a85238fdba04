//! Writes YAML: block style for lists and maps, and quotes wherever a reader of YAML 1.1 or 1.2 could see something else
//! than a string.

pub mod read;

use crate::render::escape::is_hidden;
use serde_json::Value;

/// A document, ending in a line break.
pub fn to_text(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(entries) if !entries.is_empty() => write_value(&mut out, value, 0),
        Value::Array(items) if !items.is_empty() => write_value(&mut out, value, 0),
        _ => {
            write_scalar(&mut out, value);
            out.push('\n');
        }
    }
    out
}

/// A list or map that is not empty, at the start of a line whose indentation is written already.
fn write_value(out: &mut String, value: &Value, indent: usize) {
    match value {
        Value::Object(entries) => {
            for (index, (key, value)) in entries.iter().enumerate() {
                if index > 0 {
                    push_indent(out, indent);
                }
                write_string(out, key);
                out.push(':');
                if is_block(value) {
                    out.push('\n');
                    push_indent(out, indent + 2);
                    write_value(out, value, indent + 2);
                } else {
                    out.push(' ');
                    write_scalar(out, value);
                    out.push('\n');
                }
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    push_indent(out, indent);
                }
                out.push_str("- ");
                if is_block(item) {
                    write_value(out, item, indent + 2);
                } else {
                    write_scalar(out, item);
                    out.push('\n');
                }
            }
        }
        _ => {}
    }
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(entries) => !entries.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

fn push_indent(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

fn write_scalar(out: &mut String, value: &Value) {
    match value {
        Value::String(text) => write_string(out, text),
        // Empty lists and maps, numbers, Booleans and null are written as in JSON.
        _ => out.push_str(&value.to_string()),
    }
}

fn write_string(out: &mut String, text: &str) {
    if is_plain(text) {
        out.push_str(text);
        return;
    }
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_hidden(c) => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Whether a string can stand without quotes: it begins like a word or a path, has nothing that means something in YAML,
/// and is no word for something else.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '/');
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.' | '+' | '=' | '$');
    starts_well && text.chars().all(safe) && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::to_text;
    use serde_json::json;

    #[test]
    fn blocks() {
        let value = json!({
            "services": {
                "web": {
                    "command": ["/bin/web", "--port", "80"],
                    "environment": {},
                    "ports": ["8080:80"],
                    "healthcheck": { "retries": 3, "test": [["nested"], { "a": 1, "b": [] }] },
                },
            },
            "volumes": null,
        });
        insta::assert_snapshot!(to_text(&value), @r#"
        services:
          web:
            command:
              - /bin/web
              - "--port"
              - "80"
            environment: {}
            ports:
              - "8080:80"
            healthcheck:
              retries: 3
              test:
                - - nested
                - a: 1
                  b: []
        volumes: null
        "#);
    }

    #[test]
    fn strings_that_need_quotes() {
        let value = json!([
            "",
            "yes",
            "NULL",
            "1.5",
            "0x10",
            "12:30",
            "- a",
            "a: b",
            "a #b",
            " a",
            "~",
            "*a",
            "&a",
            "{a}",
            "a\nb",
            "\u{1b}[0m\u{9b}",
            "quote\"\\",
            "grün",
            "2024-01-01",
            "/nix/store/x",
            "plain-word",
            "${VAR}",
            "=",
        ]);
        insta::assert_snapshot!(to_text(&value), @r#"
        - ""
        - "yes"
        - "NULL"
        - "1.5"
        - "0x10"
        - "12:30"
        - "- a"
        - "a: b"
        - "a #b"
        - " a"
        - "~"
        - "*a"
        - "&a"
        - "{a}"
        - "a\nb"
        - "\u001b[0m\u009b"
        - "quote\"\\"
        - "grün"
        - "2024-01-01"
        - /nix/store/x
        - plain-word
        - "${VAR}"
        - "="
        "#);
    }

    #[test]
    fn documents_of_one_scalar() {
        assert_eq!(to_text(&json!({})), "{}\n");
        assert_eq!(to_text(&json!("a b")), "\"a b\"\n");
        assert_eq!(to_text(&json!(null)), "null\n");
    }
}
