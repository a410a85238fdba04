//! Values as error messages show them: short, without evaluating anything (as Nix's messages do since 2.20).

use super::{float_text, known, push_attribute_name, push_quoted};
use crate::eval::Evaluator;
use crate::ir::Lambda;
use crate::value::{Attr, Attrs, Value};
use bt_diag::Span;
use rustc_hash::FxHashSet;
use std::borrow::Cow;

/// Deeper sets and lists are `{ ... }` and `[ ... ]`.
const MAX_DEPTH: usize = 10;
/// How many attributes are shown, of all sets together.
const MAX_ATTRIBUTES: usize = 10;
/// How many elements are shown, of all lists together.
const MAX_ITEMS: usize = 10;
/// How many bytes of a string are shown.
const MAX_STRING: usize = 1024;

impl<'e> Evaluator<'e> {
    /// A value for a message. What is not evaluated is `«thunk»`; what is too large is cut.
    #[cold]
    pub fn show(&self, value: Value<'e>) -> String {
        let mut brief = Brief { ev: self, seen: FxHashSet::default(), attributes: 0, items: 0, out: String::new() };
        brief.value(value, 0);
        brief.out
    }

    /// The type of a value with an article, as messages name it.
    #[cold]
    pub fn type_of(&self, value: Value<'e>) -> Cow<'static, str> {
        let value = known(value);
        let name = |function| match function {
            Value::Builtin(builtin) => Some(builtin.name),
            _ => None,
        };
        match value {
            Value::Builtin(builtin) => format!("the built-in function '{}'", builtin.name).into(),
            Value::Partial(partial) => match name(partial.function) {
                Some(name) => format!("the partially applied built-in function '{name}'").into(),
                None => "a function".into(),
            },
            value => value.type_with_article().into(),
        }
    }

    /// The start of a span as messages name it: `file:line:column`. `None` when the place is unknown.
    pub(crate) fn show_place(&self, span: Span) -> Option<String> {
        let at = self.sources.locate(span)?;
        Some(format!("{}:{}:{}", self.world.path_for_message(&at.file.path), at.start.line, at.start.column))
    }
}

struct Brief<'a, 'e> {
    ev: &'a Evaluator<'e>,
    /// Addresses of the sets and lists that were shown.
    seen: FxHashSet<usize>,
    attributes: usize,
    items: usize,
    out: String,
}

impl<'e> Brief<'_, 'e> {
    fn value(&mut self, value: Value<'e>, depth: usize) {
        match known(value) {
            Value::Null => self.out.push_str("null"),
            Value::Bool(flag) => self.out.push_str(if flag { "true" } else { "false" }),
            Value::Int(number) => self.out.push_str(&number.to_string()),
            Value::Float(number) => self.out.push_str(&float_text(number)),
            Value::String(string) => self.string(string.bytes()),
            Value::Path(path) => self.out.push_str(&self.ev.world.path_for_message(path.text)),
            Value::List(list) => {
                if !list.items.is_empty() && !self.seen.insert(std::ptr::from_ref(list) as usize) {
                    return self.out.push_str("«repeated»");
                }
                if depth >= MAX_DEPTH {
                    return self.out.push_str("[ ... ]");
                }
                self.out.push_str("[ ");
                for (i, item) in list.items.iter().enumerate() {
                    if self.items >= MAX_ITEMS {
                        self.elided(list.items.len() - i, "item");
                        self.out.push(' ');
                        break;
                    }
                    self.value(Value::Thunk(item), depth + 1);
                    self.items += 1;
                    self.out.push(' ');
                }
                self.out.push(']');
            }
            Value::Attrs(attrs) => self.set(attrs, depth),
            Value::Closure(closure) => self.lambda(closure.lambda),
            Value::Builtin(builtin) => self.out.push_str(&format!("«primop {}»", builtin.name)),
            Value::Partial(partial) => match partial.function {
                Value::Builtin(builtin) => {
                    self.out.push_str(&format!("«partially applied primop {}»", builtin.name));
                }
                Value::Closure(closure) => self.lambda(closure.lambda),
                _ => self.out.push_str("«lambda»"),
            },
            Value::Delayed(..) | Value::Applied(_) | Value::Element(..) => self.out.push_str("«thunk»"),
            Value::Thunk(_) | Value::Blackhole => self.out.push_str("«potential infinite recursion»"),
        }
    }

    fn set(&mut self, attrs: &'e Attrs<'e>, depth: usize) {
        let entries = attrs.entries(self.ev.arena);
        if !entries.is_empty() && !self.seen.insert(std::ptr::from_ref(attrs) as usize) {
            return self.out.push_str("«repeated»");
        }
        if depth >= MAX_DEPTH {
            return self.out.push_str("{ ... }");
        }
        self.out.push_str("{ ");
        let count = entries.len();
        for (i, (_, name, attr)) in self.first_entries(entries).into_iter().enumerate() {
            if self.attributes >= MAX_ATTRIBUTES {
                self.elided(count - i, "attribute");
                self.out.push(' ');
                break;
            }
            push_attribute_name(name, &mut self.out);
            self.out.push_str(" = ");
            self.value(Value::Thunk(&attr.value), depth + 1);
            self.out.push_str("; ");
            self.attributes += 1;
        }
        self.out.push('}');
    }

    /// As many entries as can be shown and one more, by name; what tells the kind of a set comes first.
    fn first_entries(&self, entries: &'e [Attr<'e>]) -> Vec<(bool, &'e str, &'e Attr<'e>)> {
        let keyed = entries.iter().map(|attr| {
            let name = self.ev.symbols.name(attr.name);
            (!matches!(name, "type" | "_type"), name, attr)
        });
        let mut keyed: Vec<_> = keyed.collect();
        let order = |a: &(bool, &str, _), b: &(bool, &str, _)| (a.0, a.1).cmp(&(b.0, b.1));
        let shown = MAX_ATTRIBUTES - self.attributes.min(MAX_ATTRIBUTES) + 1;
        if shown < keyed.len() {
            keyed.select_nth_unstable_by(shown, order);
            keyed.truncate(shown);
        }
        keyed.sort_unstable_by(order);
        keyed
    }

    fn string(&mut self, bytes: &[u8]) {
        if bytes.len() <= MAX_STRING {
            return push_quoted(&String::from_utf8_lossy(bytes), &mut self.out);
        }
        // Not in the middle of a character.
        let is_start = |end: &usize| bytes[*end] & 0xc0 != 0x80;
        let end = (MAX_STRING - 3..=MAX_STRING).rev().find(is_start).unwrap_or(MAX_STRING);
        push_quoted(&String::from_utf8_lossy(&bytes[..end]), &mut self.out);
        self.out.push(' ');
        self.elided(bytes.len() - end, "byte");
    }

    fn elided(&mut self, count: usize, what: &str) {
        let plural = if count == 1 { "" } else { "s" };
        self.out.push_str(&format!("«{count} {what}{plural} elided»"));
    }

    fn lambda(&mut self, lambda: &Lambda<'e>) {
        self.out.push_str("«lambda");
        if let Some(name) = lambda.name {
            self.out.push(' ');
            self.out.push_str(self.ev.symbols.name(name));
        }
        if let Some(place) = self.ev.show_place(lambda.span) {
            self.out.push_str(" @ ");
            self.out.push_str(&place);
        }
        self.out.push('»');
    }
}
