//! Reads YAML as far as one can know what every reader makes of it.

use saphyr_parser::{Event, Parser, ScalarStyle, Tag};
use serde_json::{Map, Number, Value};
use std::collections::HashMap;

/// Lists and maps in each other: also what keeps the parser, which looks at all open ones, from taking quadratic time.
const MAX_DEPTH: usize = 64;
/// Values of a document, those behind aliases counted each time.
const MAX_VALUES: usize = 200_000;
/// The handle of `!!`.
const CORE: &str = "tag:yaml.org,2002:";

/// The only document of a text, by YAML 1.2 with its core schema, and with merge keys (`<<`), which the Compose
/// Specification has. `None` for what is no YAML, what has no counterpart in JSON, what readers of versions 1.1 and 1.2 take
/// for different things (`017`, `1_000`, a date), and what goes beyond the limits.
pub fn from_text(text: &str) -> Option<Value> {
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        reader.take(event.ok()?.0)?;
    }
    reader.document
}

#[derive(Default)]
struct Reader {
    document: Option<Value>,
    open: Vec<Open>,
    /// What anchors stand before, and of how many values it consists.
    anchors: HashMap<usize, (Value, usize)>,
    count: usize,
}

/// A list or a map that has not ended.
struct Open {
    kind: Kind,
    anchor: usize,
    /// How many values there were before it.
    before: usize,
}

enum Kind {
    List(Vec<Value>),
    Map { entries: Map<String, Value>, merged: Vec<Map<String, Value>>, key: Option<Key> },
}

enum Key {
    Name(String),
    Merge,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) -> Option<()> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Some(()),
            // A second one.
            Event::DocumentStart(_) => self.document.is_none().then_some(()),
            Event::Alias(anchor) => {
                let (value, count) = self.anchors.get(&anchor)?;
                self.count = self.count.checked_add(*count).filter(|count| *count <= MAX_VALUES)?;
                let value = value.clone();
                self.put(value)
            }
            Event::Scalar(text, style, anchor, tag) => {
                if self.is_at_key() && tag.is_none() && style == ScalarStyle::Plain && text == "<<" {
                    return self.put_key(Key::Merge);
                }
                let value = scalar(&text, style, tag.as_deref())?;
                self.finished(value, anchor, self.count)
            }
            Event::SequenceStart(anchor, tag) => self.open(Kind::List(Vec::new()), anchor, tag.as_deref(), "seq"),
            Event::MappingStart(anchor, tag) => {
                let kind = Kind::Map { entries: Map::new(), merged: Vec::new(), key: None };
                self.open(kind, anchor, tag.as_deref(), "map")
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Open { kind, anchor, before } = self.open.pop()?;
                let value = match kind {
                    Kind::List(items) => Value::Array(items),
                    Kind::Map { mut entries, merged, .. } => {
                        for (name, value) in merged.into_iter().flatten() {
                            entries.entry(name).or_insert(value);
                        }
                        Value::Object(entries)
                    }
                };
                self.finished(value, anchor, before)
            }
        }
    }

    fn open(&mut self, kind: Kind, anchor: usize, tag: Option<&Tag>, name: &str) -> Option<()> {
        if self.open.len() >= MAX_DEPTH || tag.is_some_and(|tag| tag.handle != CORE || tag.suffix != name) {
            return None;
        }
        self.open.push(Open { kind, anchor, before: self.count });
        Some(())
    }

    /// A value that is whole; there were `before` values before it began.
    fn finished(&mut self, value: Value, anchor: usize, before: usize) -> Option<()> {
        self.count += 1;
        if self.count > MAX_VALUES {
            return None;
        }
        if anchor != 0 {
            self.anchors.insert(anchor, (value.clone(), self.count - before));
        }
        self.put(value)
    }

    fn is_at_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { kind: Kind::Map { key: None, .. }, .. }))
    }

    fn put_key(&mut self, new: Key) -> Option<()> {
        let Some(Open { kind: Kind::Map { key, .. }, .. }) = self.open.last_mut() else { return None };
        *key = Some(new);
        Some(())
    }

    fn put(&mut self, value: Value) -> Option<()> {
        match self.open.last_mut().map(|open| &mut open.kind) {
            None => self.document = Some(value),
            Some(Kind::List(items)) => items.push(value),
            Some(Kind::Map { entries, merged, key }) => match (key.take(), value) {
                (None, Value::String(name)) => *key = Some(Key::Name(name)),
                (None, _) => return None,
                (Some(Key::Name(name)), value) => {
                    // Twice the same key is an error.
                    if entries.insert(name, value).is_some() {
                        return None;
                    }
                }
                (Some(Key::Merge), Value::Object(other)) => merged.push(other),
                (Some(Key::Merge), Value::Array(others)) => {
                    for other in others {
                        let Value::Object(other) = other else { return None };
                        merged.push(other);
                    }
                }
                (Some(Key::Merge), _) => return None,
            },
        }
        Some(())
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Option<Value> {
    match tag {
        None if style == ScalarStyle::Plain => plain(text),
        None => Some(Value::String(text.to_string())),
        Some(tag) if tag.handle == CORE && tag.suffix == "str" => Some(Value::String(text.to_string())),
        Some(_) => None,
    }
}

/// What a word without quotes is; `None` when readers differ.
fn plain(text: &str) -> Option<Value> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Some(Value::Null),
        "true" | "True" | "TRUE" => return Some(Value::Bool(true)),
        "false" | "False" | "FALSE" => return Some(Value::Bool(false)),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    match unsigned.to_ascii_lowercase().as_str() {
        // Compose takes these for text, and YAML 1.1 for a Boolean.
        "yes" | "no" | "on" | "off" | "y" | "n" if unsigned == text => return None,
        ".inf" | ".nan" => return None,
        _ => {}
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Some(Value::String(text.to_string()));
    }
    if digits(unsigned) {
        if unsigned.len() > 1 && unsigned.starts_with('0') {
            return None;
        }
        let number = text.strip_prefix('+').unwrap_or(text);
        let number = number.parse::<i64>().map(Number::from).or_else(|_| number.parse::<u64>().map(Number::from));
        return number.ok().map(Value::Number);
    }
    let is_other_base = unsigned.as_bytes()[0] == b'0'
        && unsigned.as_bytes().get(1).is_some_and(|letter| b"xXoObB".contains(letter))
        && unsigned.bytes().skip(2).all(|byte| byte.is_ascii_hexdigit() || byte == b'_');
    let is_date = unsigned.len() >= 8
        && unsigned.bytes().take(4).all(|byte| byte.is_ascii_digit())
        && unsigned.as_bytes()[4] == b'-';
    let is_grouped =
        unsigned.contains('_') && unsigned.bytes().all(|byte| byte.is_ascii_digit() || b"_.".contains(&byte));
    // In YAML 1.1, where each part but the first is less than 60.
    let is_sexagesimal = || {
        let mut parts = unsigned.split(':');
        parts.next().is_some_and(digits)
            && unsigned.contains(':')
            && parts.all(|part| digits(part) && part.len() <= 2 && part.parse::<u8>().is_ok_and(|part| part < 60))
    };
    if is_other_base || is_date || is_grouped || is_sexagesimal() {
        return None;
    }
    if unsigned.bytes().all(|byte| byte.is_ascii_digit() || b".eE+-".contains(&byte))
        && let Ok(number) = text.parse::<f64>()
    {
        return Number::from_f64(number).map(Value::Number);
    }
    Some(Value::String(text.to_string()))
}

#[cfg(test)]
mod tests {
    use super::from_text;
    use crate::yaml::to_text;
    use serde_json::{Value, json};

    #[test]
    fn all_that_compose_files_are_made_of() {
        let text = r#"# The stack.
---
x-common: &common
  restart: always
  environment: { A: "1", B: 'it''s' }
x-other: &other {restart: never, tty: true}
services:
  web:
    <<: [*common, *other]
    image: "web:1"
    command: [ "/bin/web", --port, '80' ]
    ports:
    - 8080:80
    - "22:22"
    healthcheck:
      retries: 3
      test: >-
        curl -f
        http://localhost/
  api:
    <<: *common
    restart: "no"
    image: !!str api
    entrypoint: |
      a
      b
volumes: { data: , more: ~ }
...
"#;
        let environment = json!({ "A": "1", "B": "it's" });
        assert_eq!(
            from_text(text),
            Some(json!({
                "x-common": { "restart": "always", "environment": environment },
                "x-other": { "restart": "never", "tty": true },
                "services": {
                    "web": {
                        "restart": "always", "environment": environment, "tty": true, "image": "web:1",
                        "command": ["/bin/web", "--port", "80"], "ports": ["8080:80", "22:22"],
                        "healthcheck": { "retries": 3, "test": "curl -f http://localhost/" },
                    },
                    "api": { "restart": "no", "environment": environment, "image": "api", "entrypoint": "a\nb\n" },
                },
                "volumes": { "data": null, "more": null },
            }))
        );
    }

    #[test]
    fn words() {
        let of = |text: &str| from_text(&format!("[ {text} ]")).map(|list| list[0].clone());
        for (text, value) in [
            ("1", json!(1)),
            ("-1", json!(-1)),
            ("+1", json!(1)),
            ("0", json!(0)),
            ("18446744073709551615", json!(u64::MAX)),
            ("1.5", json!(1.5)),
            ("-1e3", json!(-1000.0)),
            (".5", json!(0.5)),
            ("1.2.3", json!("1.2.3")),
            ("1-2", json!("1-2")),
            ("10.0.0.0/8", json!("10.0.0.0/8")),
            ("8080:80", json!("8080:80")),
            ("127.0.0.1:80:80", json!("127.0.0.1:80:80")),
            ("30s", json!("30s")),
            ("512m", json!("512m")),
            ("0xyz", json!("0xyz")),
            ("infinity", json!("infinity")),
            ("~/x", json!("~/x")),
            ("True", json!(true)),
            ("tRUE", json!("tRUE")),
            ("\"yes\"", json!("yes")),
        ] {
            assert_eq!(of(text), Some(value), "{text}");
        }
        for text in [
            "yes",
            "Off",
            "y",
            "017",
            "00",
            "0x1F",
            "0o17",
            "0b1",
            "0x",
            "1_000",
            "1_0.5",
            "2024-01-02",
            "2024-01-02T00:00:00Z",
            ".inf",
            "-.Inf",
            ".NaN",
            "22:22",
            "1:30:00",
            "18446744073709551616",
            "!!int 3",
            "!x y",
            "1e999",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_not_one_document_with_names_for_keys() {
        for text in [
            "a: 1\n---\nb: 2\n",
            "a: [",
            "a: 1\na: 2\n",
            "1: a\n",
            "[a]: b\n",
            "a: *b\n",
            "<<: 1\n",
            "<<: [1]\n",
            "a: &a [*a]\n",
        ] {
            assert_eq!(from_text(text), None, "{text}");
        }
        assert_eq!(from_text(""), None);
        assert_eq!(from_text("{}"), Some(json!({})));
        assert_eq!(from_text("\"<<\": 1"), Some(json!({ "<<": 1 })));
    }

    #[test]
    fn hostile_texts_end_soon() {
        let laughs: String =
            (0..30).map(|n| format!("a{}: &a{} [{}]\n", n + 1, n + 1, format!("*a{n}, ").repeat(9))).collect();
        assert_eq!(from_text(&format!("a0: &a0 x\n{laughs}")), None);
        for part in ["[", "{", "- ", "? ", "a: {", "&a ", "!a ", "[a, ", "\"", "a: &b ", "- - "] {
            let _ = from_text(&part.repeat(200_000));
            let _ = from_text(&format!("{part}\n").repeat(200_000));
        }
        let deep = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(from_text(&deep(64)).is_some());
        assert_eq!(from_text(&deep(65)), None);
    }

    #[test]
    fn what_is_written_is_read() {
        let value: Value = json!({
            "services": { "web": {
                "command": ["", "yes", "1.5", "0x10", "12:30", "- a", "a: b", " a", "*a", "a\nb\t\"\\", "\u{1b}\u{9b}\u{2028}", "=", "~"],
                "empty": {}, "list": [], "null": null, "on": true, "1": 1, "<<": 2.5, "nested": [[["a"], { "b": -1 }]],
            } },
            "x": "grün 😀",
        });
        assert_eq!(from_text(&to_text(&value)), Some(value));
    }
}
