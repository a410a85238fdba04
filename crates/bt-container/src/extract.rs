//! From evaluated values to plain data. What cannot be evaluated becomes a failed node and an entry in
//! [`crate::Facts::incomplete`]; the rest goes on.

use crate::facts::{Cause, Incomplete};
use crate::node::{Node, NodeKind, Text};
use bt_diag::Span;
use bt_eval::{Coercion, ErrorKind, Evaluator, NixString, Result, Value, share};
use std::collections::BTreeSet;

/// Deeper configurations do not exist; a value that contains itself does.
const MAX_DEPTH: u32 = 40;
/// So many nodes at most.
const MAX_NODES: u32 = 2_000_000;

/// Turns values into nodes.
pub(crate) struct Extractor<'x, 'e> {
    pub ev: &'x Evaluator<'e>,
    pub incomplete: Vec<Incomplete>,
    /// Everything that extracted strings refer to, in Nix's notation for contexts.
    pub references: BTreeSet<&'e str>,
    /// The directory of the files that belong to the flake itself.
    user_root: &'x str,
    nodes: u32,
}

impl<'x, 'e> Extractor<'x, 'e> {
    pub fn new(ev: &'x Evaluator<'e>, user_root: &'x str) -> Self {
        Extractor { ev, incomplete: Vec::new(), references: BTreeSet::new(), user_root, nodes: 0 }
    }

    /// Notes an error under an attribute path.
    pub fn fail(&mut self, attr: &str, error: &bt_eval::Error) {
        let diagnostic = crate::own_diagnostic(error, self.ev.sources, self.user_root);
        // One cause, one entry: many attributes fail for the same reason.
        let known = self
            .incomplete
            .iter()
            .any(|i| i.diagnostic.span == diagnostic.span && i.diagnostic.message == diagnostic.message);
        if !known {
            let cause = match error.kind() {
                ErrorKind::ImportFromDerivation => Cause::Build,
                ErrorKind::Impure => Cause::Impure,
                // Programs can catch that one, so it is of another kind.
                _ if error.message().starts_with("cannot look up '<") => Cause::Impure,
                _ => Cause::Error,
            };
            self.incomplete.push(Incomplete { attr: attr.to_string(), diagnostic, cause });
        }
    }

    /// The node of a value; `attr` is its attribute path for messages.
    pub fn node(&mut self, value: Value<'e>, attr: &str) -> Node {
        self.placed(value, attr, 0, None, 0)
    }

    /// The node of a builder's argument. A derivation is not more than a name: to know its path, all that it is made of
    /// would have to be evaluated.
    pub fn argument(&mut self, value: Value<'e>, attr: &str) -> Node {
        let ev = self.ev;
        if let Ok(Value::Attrs(attrs)) = ev.force(value)
            && ev.is_derivation(attrs).unwrap_or(false)
        {
            let name = ev.symbols.find("name").and_then(|name| attrs.get(name));
            let name = name.and_then(|name| match ev.force_slot(&name.value) {
                Ok(Value::String(name)) => Some(name.to_text().into_owned()),
                _ => None,
            });
            return Node::new(NodeKind::Derivation(name.unwrap_or_default()));
        }
        self.node(value, attr)
    }

    fn placed(&mut self, value: Value<'e>, attr: &str, position: u32, element: Option<Span>, depth: u32) -> Node {
        let kind = match self.kind(value, attr, depth) {
            Ok(kind) => kind,
            Err(error) => {
                self.fail(attr, &error);
                NodeKind::Failed
            }
        };
        Node { kind, position, element }
    }

    fn kind(&mut self, value: Value<'e>, attr: &str, depth: u32) -> Result<NodeKind> {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            return Err(bt_eval::Error::new(bt_eval::ErrorKind::Limit, "the configuration is nested too deeply"));
        }
        Ok(match self.ev.force(value)? {
            Value::Null => NodeKind::Null,
            Value::Bool(b) => NodeKind::Bool(b),
            Value::Int(i) => NodeKind::Int(i),
            Value::Float(f) => NodeKind::Float(f),
            Value::String(s) => NodeKind::String(self.text(s, false)),
            path @ Value::Path(_) => self.coerced(path)?,
            Value::List(list) => {
                let items = list.items.iter().enumerate().map(|(i, item)| {
                    let element = list.element_span(i).and_then(|s| s.known());
                    self.placed(share(item), &format!("{attr}[{i}]"), 0, element, depth + 1)
                });
                NodeKind::List(items.collect())
            }
            Value::Attrs(attrs) => {
                let ev = self.ev;
                let has = |name| attrs.get(name).is_some();
                if has(bt_eval::sym::OUT_PATH) || has(bt_eval::sym::TO_STRING) {
                    return self.coerced(Value::Attrs(attrs));
                }
                let entries = ev.sorted_entries(attrs);
                let entries = entries.into_iter().map(|(name, entry)| {
                    let path = format!("{attr}.{}", attr_name(name));
                    (name.to_string(), self.placed(share(&entry.value), &path, entry.position(), None, depth + 1))
                });
                NodeKind::Map(entries.collect())
            }
            _ => NodeKind::Function,
        })
    }

    fn coerced(&mut self, value: Value<'e>) -> Result<NodeKind> {
        let string = self.ev.force_string(self.ev.coerce_to_string(value, Coercion::INTERPOLATION)?)?;
        Ok(NodeKind::String(self.text(string, true)))
    }

    fn text(&mut self, string: &NixString<'e>, coerced: bool) -> Text {
        self.references.extend(string.context().iter().copied());
        let references =
            string.context().iter().map(|c| match c.strip_prefix('!').and_then(|rest| rest.split_once('!')) {
                Some((_, derivation)) => derivation.to_string(),
                None => c.trim_start_matches('=').to_string(),
            });
        Text { references: references.collect(), text: string.to_text().into_owned(), coerced }
    }
}

/// An attribute's name in an attribute path: quoted, as Nix writes it, unless it is an identifier.
pub fn attr_name(name: &str) -> String {
    let identifier = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '\''));
    if identifier {
        name.to_string()
    } else {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "\\${"))
    }
}
