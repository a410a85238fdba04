//! `nixConfig` of a flake: settings of Nix that it asks for. They are read and never applied.

use bt_diag::Span;
use bt_eval::{Attrs, Evaluator, Value, share};

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its name, such as `extra-substituters`.
    pub name: String,
    /// The position of its name.
    pub position: u32,
    /// Its value: the elements of a list, the words of a string, or one word for a Boolean or a number.
    pub values: Vec<SettingValue>,
}

/// A word of a setting's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingValue {
    /// The word.
    pub text: String,
    /// Where it stands, when it is the element of a list.
    pub span: Option<Span>,
}

/// The settings in the order in which they are written. What cannot be evaluated, and what Nix would refuse, is left out.
pub(crate) fn settings<'e>(ev: &Evaluator<'e>, flake: &'e Attrs<'e>) -> Vec<Setting> {
    let config = ev.symbols.find("nixConfig").and_then(|name| flake.get(name));
    let Some(Ok(Value::Attrs(config))) = config.map(|attr| ev.force_slot(&attr.value)) else { return Vec::new() };
    let entries = ev.sorted_entries(config).into_iter();
    let settings = entries.filter_map(|(name, attr)| {
        let values = values(ev, share(&attr.value))?;
        Some(Setting { name: name.to_string(), position: attr.position(), values })
    });
    let mut settings: Vec<Setting> = settings.collect();
    settings.sort_by_key(|setting| setting.position);
    settings
}

fn values<'e>(ev: &Evaluator<'e>, value: Value<'e>) -> Option<Vec<SettingValue>> {
    let words = |text: &str, span: Option<Span>| -> Vec<SettingValue> {
        text.split_whitespace().map(|word| SettingValue { text: word.to_string(), span }).collect()
    };
    match ev.force(value).ok()? {
        Value::Bool(flag) => Some(words(&flag.to_string(), None)),
        Value::Int(number) => Some(words(&number.to_string(), None)),
        Value::List(list) => {
            let mut values = Vec::new();
            for (index, item) in list.items.iter().enumerate() {
                let item = ev.force(share(item)).ok()?;
                let span = list.element_span(index).and_then(Span::known);
                values.extend(words(ev.force_plain(item).ok()?, span));
            }
            Some(values)
        }
        text => Some(words(ev.force_plain(text).ok()?, None)),
    }
}
