//! From the text of a configuration file to a [`Configuration`]. All mistakes are told, each at its place.

use super::keys::{KEYS, Key, Kind, RULE_KEYS, SEVERITIES};
use super::{Configuration, Said};
use crate::selection;
use bt_diag::glob::Glob;
use bt_diag::suggest::nearest;
use bt_diag::{Diagnostic, Severity, SourceFile};
use serde_json::{Value as Json, json};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// More mistakes than these help nobody.
const MAX_ERRORS: usize = 10;

type Entry<'t, 'i> = (Name<'t, 'i>, &'t Spanned<DeValue<'i>>);

/// Reads the text of a file.
///
/// Errors: at least one, at most ten.
pub(super) fn read(file: &SourceFile) -> Result<Configuration, Vec<Diagnostic>> {
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    if !errors.is_empty() {
        let told = errors.iter().take(MAX_ERRORS).map(|error| {
            let diagnostic = Diagnostic::new(format!("this is not TOML: {}", error.message()));
            diagnostic.at(file.span(error.span().unwrap_or(0..0)))
        });
        return Err(told.collect());
    }
    let mut reader = Reader { file, errors: Vec::new(), configuration: Configuration::default() };
    for (name, value) in sorted(table.get_ref()) {
        reader.entry(KEYS, "", name, value);
    }
    reader.errors.truncate(MAX_ERRORS);
    if reader.errors.is_empty() { Ok(reader.configuration) } else { Err(reader.errors) }
}

/// The entries of a table as they are written.
fn sorted<'t, 'i>(table: &'t DeTable<'i>) -> Vec<Entry<'t, 'i>> {
    let mut entries: Vec<Entry<'t, 'i>> = table.iter().collect();
    entries.sort_by_key(|(name, _)| name.span().start);
    entries
}

struct Reader<'f> {
    file: &'f SourceFile,
    errors: Vec<Diagnostic>,
    configuration: Configuration,
}

impl Reader<'_> {
    fn error(&mut self, at: Range<usize>, message: String, help: Option<String>) {
        let diagnostic = Diagnostic { help, ..Diagnostic::new(message).at(self.file.span(at)) };
        self.errors.push(diagnostic);
    }

    /// Remembers what a key says, for `bt-lint config`.
    fn say(&mut self, key: String, value: Json, at: Range<usize>) {
        let line = self.file.position(at.start).line;
        self.configuration.said.push(Said { key, value, line });
    }

    /// One key of a table, at the top or of a rule.
    fn entry(&mut self, keys: &[Key], rule: &'static str, name: Name<'_, '_>, value: &Spanned<DeValue<'_>>) {
        let Some(key) = keys.iter().find(|key| key.name == name.get_ref().as_ref()) else {
            return self.unknown_key(keys, rule, name);
        };
        let path = match rule {
            "" => key.name.to_string(),
            _ => format!("rules.{rule}.{}", key.name),
        };
        let code = bt_rules::find(rule).map_or("", |rule| rule.code);
        let at = name.span();
        match &key.kind {
            Kind::Rules(selects, set) => {
                let Some(words) = self.texts(&path, value, "rules, such as [\"root-user\", \"CFG\"]") else { return };
                let codes = self.codes(&words, if *selects { selection::selected } else { selection::codes });
                set(&mut self.configuration, codes);
                self.say(path, json!(plain(&words)), at);
            }
            Kind::Choice(words, set) => {
                let Some(word) = self.text(&path, value) else { return };
                if !words.contains(&word.as_str()) {
                    let message = format!("`{path}` cannot be `{word}`{}", near_word(&word, words));
                    return self.error(value.span(), message, Some(format!("it is one of {}", words.join(", "))));
                }
                set(&mut self.configuration, &word);
                self.say(path, json!(word), at);
            }
            Kind::Text(set) | Kind::File(set) => {
                let Some(text) = self.text(&path, value) else { return };
                set(&mut self.configuration, text.clone());
                self.say(path, json!(text), at);
            }
            Kind::Texts(set) => {
                let Some(texts) = self.texts(&path, value, "strings") else { return };
                set(&mut self.configuration, code, plain(&texts));
                self.configured(code);
                self.say(path, json!(plain(&texts)), at);
            }
            Kind::Number(least, most, set) => {
                let Some(number) = self.number(&path, value, *least, *most) else { return };
                set(&mut self.configuration, number);
                self.configured(code);
                self.say(path, json!(number), at);
            }
            Kind::Globs(separator, set) => {
                let Some(texts) = self.texts(&path, value, "patterns") else { return };
                let globs = texts.iter().filter_map(|(text, at)| self.glob(text, at.clone(), *separator)).collect();
                set(&mut self.configuration, globs);
                self.configured(code);
                self.say(path, json!(plain(&texts)), at);
            }
            Kind::Severities => self.each(&path, value, Self::severity),
            Kind::RulesByFile => self.each(&path, value, |reader, path, name, value| {
                let words = reader.texts(path, value, "rules, such as [\"root-user\", \"CFG\"]");
                let Some(glob) = reader.checked(name.get_ref(), name.span(), Glob::for_files(name.get_ref())) else {
                    return;
                };
                let Some(words) = words else { return };
                let codes = reader.codes(&words, selection::codes);
                reader.configuration.per_file_ignores.push((glob, codes));
                reader.say(path.into(), json!(plain(&words)), name.span());
            }),
            Kind::TextsByImage(set) => {
                self.each(&path, value, |reader, path, name, value| {
                    let Some(texts) = reader.texts(path, value, "strings") else { return };
                    let Some(glob) = reader.glob(name.get_ref(), name.span(), '.') else { return };
                    set(&mut reader.configuration, code, glob, plain(&texts));
                    reader.configured(code);
                    reader.say(path.into(), json!(plain(&texts)), name.span());
                });
            }
            Kind::RuleOptions => self.each(&path, value, Self::rule_options),
        }
    }

    /// The entries of a table with names of its own.
    fn each(
        &mut self,
        path: &str,
        value: &Spanned<DeValue<'_>>,
        mut one: impl FnMut(&mut Self, &str, Name<'_, '_>, &Spanned<DeValue<'_>>),
    ) {
        let Some(table) = value.get_ref().as_table() else { return self.wrong_type(path, value, "a table") };
        for (name, value) in sorted(table) {
            one(self, &format!("{path}.{}", quoted(name.get_ref())), name, value);
        }
    }

    fn severity(&mut self, path: &str, name: Name<'_, '_>, value: &Spanned<DeValue<'_>>) {
        let codes = self.codes(&[(name.get_ref().to_string(), name.span())], selection::codes);
        let Some(word) = self.text(path, value) else { return };
        let Some(severity) = SEVERITIES.into_iter().find(|severity| severity.as_str() == word) else {
            let help = match word.as_str() {
                "off" | "ignore" | "allow" | "none" => "`ignore` switches rules off",
                _ => "it is one of error, warning, info",
            };
            let near = near_word(&word, &SEVERITIES.map(Severity::as_str));
            let message = format!("`{path}` cannot be `{word}`{near}");
            return self.error(value.span(), message, Some(help.into()));
        };
        // A rule that is named counts more than its family, wherever it stands.
        let is_one = bt_rules::find(name.get_ref()).is_some();
        let severities = &mut self.configuration.severity;
        let known = |code: &&&'static str| is_one && severities.iter().any(|(c, one, _)| c == *code && *one);
        if let Some(code) = codes.iter().find(known) {
            let message = format!("the severity of {code} is set twice, by its code and by its name");
            return self.error(name.span(), message, None);
        }
        severities.extend(codes.into_iter().map(|code| (code, is_one, severity)));
        self.say(path.into(), json!(word), name.span());
    }

    fn rule_options(&mut self, path: &str, name: Name<'_, '_>, value: &Spanned<DeValue<'_>>) {
        let Some(rule) = bt_rules::find(name.get_ref()) else {
            let message = selection::unknown(name.get_ref());
            return self.error(name.span(), message, None);
        };
        let Some(table) = value.get_ref().as_table() else { return self.wrong_type(path, value, "a table") };
        let Some(known) = RULE_KEYS.iter().find(|keys| keys.rule == rule.name) else {
            let with = RULE_KEYS.iter().map(|keys| keys.rule).collect::<Vec<_>>().join(", ");
            let help = format!("rules with options are {with}");
            return self.error(name.span(), format!("the rule `{}` has no options", rule.name), Some(help));
        };
        for (name, value) in sorted(table) {
            self.entry(known.keys, known.rule, name, value);
        }
    }

    fn configured(&mut self, code: &'static str) {
        if !code.is_empty() && !self.configuration.configured.contains(&code) {
            self.configuration.configured.push(code);
        }
    }

    fn unknown_key(&mut self, keys: &[Key], rule: &str, name: Name<'_, '_>) {
        let word = name.get_ref().as_ref();
        let near = nearest(word, keys.iter().map(|key| key.name));
        let (whose, place) = match rule {
            "" => (String::new(), String::new()),
            _ => (format!(" of the rule `{rule}`"), format!("[rules.{rule}] has ")),
        };
        let of_rule = RULE_KEYS.iter().find(|known| known.keys.iter().any(|key| key.name == word));
        let help = if let Some(near) = near {
            format!("did you mean `{near}`?")
        } else if let Some(known) = of_rule {
            format!("it is an option of a rule: write it below `[rules.{}]`", known.rule)
        } else if bt_rules::find(word).is_some() {
            format!("write severities below `[severity]`, options below `[rules.{word}]`")
        } else if KEYS.iter().any(|key| key.name == word) {
            "it belongs to the top of the file, before the first table".to_string()
        } else {
            format!("{place}{}", keys.iter().map(|key| key.name).collect::<Vec<_>>().join(", "))
        };
        self.error(name.span(), format!("there is no key `{word}`{whose}"), Some(help));
    }

    fn wrong_type(&mut self, path: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = match value.get_ref() {
            DeValue::String(_) => "a string",
            DeValue::Integer(_) => "an integer",
            DeValue::Float(_) => "a float",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.error(value.span(), format!("`{path}` must be {wanted}, not {found}"), None);
    }

    fn text(&mut self, path: &str, value: &Spanned<DeValue<'_>>) -> Option<String> {
        match value.get_ref().as_str() {
            Some("") => self.error(value.span(), format!("`{path}` is empty"), None),
            Some(text) => return Some(text.to_string()),
            None => self.wrong_type(path, value, "a string"),
        }
        None
    }

    /// A list of texts, and where they are.
    fn texts(&mut self, path: &str, value: &Spanned<DeValue<'_>>, of: &str) -> Option<Vec<(String, Range<usize>)>> {
        let Some(items) = value.get_ref().as_array() else {
            self.wrong_type(path, value, &format!("a list of {of}"));
            return None;
        };
        let before = self.errors.len();
        let texts =
            items.iter().filter_map(|item| self.text(path, item).map(|text| (text, item.span()))).collect::<Vec<_>>();
        (self.errors.len() == before).then_some(texts)
    }

    fn number(&mut self, path: &str, value: &Spanned<DeValue<'_>>, least: u32, most: u32) -> Option<u32> {
        let Some(number) = value.get_ref().as_integer() else {
            self.wrong_type(path, value, "an integer");
            return None;
        };
        let digits = number.as_str().replace('_', "");
        let number = u32::from_str_radix(digits.trim_start_matches('+'), number.radix()).ok();
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.error(value.span(), format!("`{path}` must be from {least} to {most}"), None);
        }
        number
    }

    fn glob(&mut self, text: &str, at: Range<usize>, separator: char) -> Option<Glob> {
        self.checked(text, at, Glob::parse(text, separator))
    }

    fn checked(&mut self, text: &str, at: Range<usize>, glob: Result<Glob, String>) -> Option<Glob> {
        match glob {
            Ok(glob) => Some(glob),
            Err(reason) => {
                self.error(at, format!("the pattern `{text}` {reason}"), None);
                None
            }
        }
    }

    fn codes(
        &mut self,
        words: &[(String, Range<usize>)],
        one: fn(&str) -> Result<Vec<&'static str>, String>,
    ) -> Vec<&'static str> {
        let mut codes = Vec::new();
        for (word, at) in words {
            match one(word) {
                Ok(of_word) => codes.extend(of_word),
                Err(message) => self.error(at.clone(), message, None),
            }
        }
        codes
    }
}

/// The name of an entry.
type Name<'t, 'i> = &'t Spanned<std::borrow::Cow<'i, str>>;

/// The end of a message that offers a word: one that is near, or that begins so.
fn near_word(word: &str, words: &[&str]) -> String {
    let longer = || words.iter().copied().find(|longer| word.len() > 2 && longer.starts_with(word));
    let near = nearest(word, words.iter().copied()).or_else(longer);
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

fn plain(texts: &[(String, Range<usize>)]) -> Vec<String> {
    texts.iter().map(|(text, _)| text.clone()).collect()
}

/// A name as a part of a TOML key.
fn quoted(name: &str) -> String {
    let is_bare = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    if is_bare { name.to_string() } else { Json::from(name).to_string() }
}

#[cfg(test)]
mod tests;
