//! XML as `builtins.toXML` writes it.

use crate::eval::{Evaluator, Result, StringBuilder};
use crate::ir::Parameter;
use crate::json::too_deep;
use crate::print::{float_text, known};
use crate::symbol::{Symbol, sym};
use crate::value::{Attrs, Closure, Value};
use bt_diag::Span;
use bt_syntax::ast;
use rustc_hash::{FxHashMap, FxHashSet};

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct XmlOptions {
    /// All of the value is evaluated; otherwise what is not evaluated yet is shown as such.
    pub strict: bool,
    /// Attributes and functions say where they are defined.
    pub location: bool,
}

impl Default for XmlOptions {
    /// As `builtins.toXML` writes.
    fn default() -> Self {
        XmlOptions { strict: true, location: false }
    }
}

impl<'e> Evaluator<'e> {
    /// Appends a value as XML.
    ///
    /// Errors: evaluation fails.
    pub fn write_xml(&self, value: Value<'e>, options: XmlOptions, out: &mut StringBuilder<'e>) -> Result<()> {
        let XmlOptions { strict, location } = options;
        let (derivations, names) = (FxHashSet::default(), FxHashMap::default());
        let mut writer = XmlWriter { ev: self, strict, location, derivations, names, out };
        writer.line(0, "<?xml version='1.0' encoding='utf-8'?>");
        writer.open(0, "expr", &[]);
        writer.write(self.force(value)?, 1)?;
        writer.close(0, "expr");
        Ok(())
    }
}

struct XmlWriter<'a, 'e> {
    ev: &'a Evaluator<'e>,
    strict: bool,
    location: bool,
    /// The derivations whose attributes were shown, by `drvPath`.
    derivations: FxHashSet<&'e [u8]>,
    /// The names of functions' parameters by place and number of arguments given, because functions repeat.
    names: FxHashMap<(Span, usize), String>,
    out: &'a mut StringBuilder<'e>,
}

/// Deeper lines are not indented more, so that deep nesting does not take quadratic space.
const MAX_INDENT: u32 = 1000;

impl<'e> XmlWriter<'_, 'e> {
    fn indent(&mut self, depth: u32) {
        const SPACES: &[u8] = &[b' '; 64];
        let mut missing = depth.min(MAX_INDENT) as usize * 2;
        while missing > 0 {
            let now = missing.min(SPACES.len());
            self.out.push(&SPACES[..now]);
            missing -= now;
        }
    }

    fn line(&mut self, depth: u32, text: &str) {
        self.indent(depth);
        self.out.push(text.as_bytes());
        self.out.push(b"\n");
    }

    fn tag(&mut self, depth: u32, name: &str, attributes: &[(&str, &[u8])], end: &str) {
        self.indent(depth);
        self.out.push(b"<");
        self.out.push(name.as_bytes());
        for (name, value) in attributes {
            self.out.push(b" ");
            self.out.push(name.as_bytes());
            self.out.push(b"=\"");
            for byte in *value {
                match byte {
                    b'"' => self.out.push(b"&quot;"),
                    b'<' => self.out.push(b"&lt;"),
                    b'>' => self.out.push(b"&gt;"),
                    b'&' => self.out.push(b"&amp;"),
                    // A parser would make a space of it.
                    b'\n' => self.out.push(b"&#xA;"),
                    byte => self.out.push(&[*byte]),
                }
            }
            self.out.push(b"\"");
        }
        self.out.push(end.as_bytes());
    }

    fn open(&mut self, depth: u32, name: &str, attributes: &[(&str, &[u8])]) {
        self.tag(depth, name, attributes, ">\n");
    }

    fn empty(&mut self, depth: u32, name: &str, attributes: &[(&str, &[u8])]) {
        self.tag(depth, name, attributes, " />\n");
    }

    fn close(&mut self, depth: u32, name: &str) {
        self.line(depth, &format!("</{name}>"));
    }

    fn scalar(&mut self, depth: u32, name: &str, value: &[u8]) {
        self.empty(depth, name, &[("value", value)]);
    }

    fn look(&self, value: Value<'e>) -> Result<Value<'e>> {
        if self.strict { self.ev.force(value) } else { Ok(known(value)) }
    }

    fn write(&mut self, value: Value<'e>, depth: u32) -> Result<()> {
        if depth > self.ev.options.max_call_depth {
            return Err(too_deep());
        }
        match self.look(value)? {
            Value::Null => self.empty(depth, "null", &[]),
            Value::Bool(flag) => self.scalar(depth, "bool", if flag { b"true" } else { b"false" }),
            Value::Int(number) => self.scalar(depth, "int", number.to_string().as_bytes()),
            Value::Float(number) => self.scalar(depth, "float", float_text(number).as_bytes()),
            Value::String(string) => {
                self.out.push_context(string.context());
                self.scalar(depth, "string", string.bytes());
            }
            Value::Path(path) => {
                let text = self.ev.world.path_to_string(path.text)?;
                self.scalar(depth, "path", text.as_bytes());
            }
            Value::List(list) => {
                self.open(depth, "list", &[]);
                for item in list.items {
                    self.deeper(Value::Thunk(item), depth)?;
                }
                self.close(depth, "list");
            }
            Value::Attrs(attrs) if self.ev.is_derivation(attrs)? => self.derivation(attrs, depth)?,
            Value::Attrs(attrs) => {
                self.open(depth, "attrs", &[]);
                self.attributes(attrs, depth)?;
                self.close(depth, "attrs");
            }
            Value::Closure(closure) => self.function(closure, 0, depth),
            Value::Partial(partial) => match partial.function {
                Value::Closure(closure) => self.function(closure, partial.arguments.len(), depth),
                _ => self.empty(depth, "unevaluated", &[]),
            },
            _ => self.empty(depth, "unevaluated", &[]),
        }
        Ok(())
    }

    fn deeper(&mut self, value: Value<'e>, depth: u32) -> Result<()> {
        let ev = self.ev;
        ev.guarded(|| self.write(value, depth + 1))
    }

    fn attributes(&mut self, attrs: &'e Attrs<'e>, depth: u32) -> Result<()> {
        for (name, attr) in self.ev.sorted_entries(attrs) {
            let place = self.place(attr.span());
            let mut attributes: Vec<(&str, &[u8])> = vec![("name", name.as_bytes())];
            attributes.extend(place.iter().map(|(name, text)| (*name, text.as_bytes())));
            attributes.sort_unstable();
            self.open(depth + 1, "attr", &attributes);
            self.deeper(Value::Thunk(&attr.value), depth + 1)?;
            self.close(depth + 1, "attr");
        }
        Ok(())
    }

    /// Where something is defined, as attributes in the order of their names; empty when nobody wants to know. What is in
    /// no file has no path.
    fn place(&self, span: Span) -> Vec<(&'static str, String)> {
        let at = if self.location { span.known().and_then(|span| self.ev.sources.locate(span)) } else { None };
        let Some(at) = at else { return Vec::new() };
        let line_start = at.file.text[..at.range.start].rfind('\n').map_or(0, |i| i + 1);
        let mut place =
            vec![("column", (at.range.start - line_start + 1).to_string()), ("line", at.start.line.to_string())];
        if at.file.path.starts_with('/') {
            let path = &at.file.path;
            place.push((
                "path",
                self.ev.world.path_to_string(path).unwrap_or_else(|_| self.ev.world.path_for_message(path)),
            ));
        }
        place
    }

    /// The attributes of a derivation are shown once.
    fn derivation(&mut self, attrs: &'e Attrs<'e>, depth: u32) -> Result<()> {
        let mut shown: Vec<(&str, &[u8])> = Vec::with_capacity(2);
        let mut path: &[u8] = b"";
        for (name, symbol) in [("drvPath", sym::DRV_PATH), ("outPath", sym::OUT_PATH)] {
            let Some(attr) = attrs.get(symbol) else { continue };
            if let Value::String(string) = self.look(Value::Thunk(&attr.value))? {
                shown.push((name, string.bytes()));
                if symbol == sym::DRV_PATH {
                    path = string.bytes();
                }
            }
        }
        self.open(depth, "derivation", &shown);
        if !path.is_empty() && self.derivations.insert(path) {
            self.attributes(attrs, depth)?;
        } else {
            self.empty(depth + 1, "repeated", &[]);
        }
        self.close(depth, "derivation");
        Ok(())
    }

    /// A function that has got `given` of its arguments.
    fn function(&mut self, closure: &'e Closure<'e>, given: usize, depth: u32) {
        let key = (closure.lambda.span, given);
        if !self.names.contains_key(&key) {
            self.names.insert(key, self.parameter_name(closure, given).unwrap_or_default());
        }
        let name = self.names[&key].clone();
        let place = self.place(closure.lambda.span);
        let place: Vec<(&str, &[u8])> = place.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        self.open(depth, "function", &place);
        match &closure.lambda.parameter {
            Parameter::Positional(_) => self.empty(depth + 1, "varpat", &[("name", name.as_bytes())]),
            Parameter::Formals(formals) => {
                let mut attributes: Vec<(&str, &[u8])> = Vec::with_capacity(2);
                if formals.ellipsis {
                    attributes.push(("ellipsis", b"1"));
                }
                if formals.binds_all {
                    attributes.push(("name", name.as_bytes()));
                }
                self.open(depth + 1, "attrspat", &attributes);
                let text = |name: Symbol| self.ev.symbols.name(name);
                let mut names: Vec<&str> = formals.formals.iter().map(|f| text(f.name)).collect();
                names.sort_unstable();
                for name in names {
                    self.empty(depth + 2, "attr", &[("name", name.as_bytes())]);
                }
                self.close(depth + 1, "attrspat");
            }
        }
        self.close(depth, "function");
    }

    /// The name of a function's parameter, which evaluation does not need: it is in the source.
    fn parameter_name(&self, closure: &'e Closure<'e>, given: usize) -> Option<String> {
        let file = self.ev.sources.file_at(closure.lambda.span.start)?;
        let range = file.range(closure.lambda.span);
        let arena = bumpalo::Bump::new();
        let mut expr = bt_syntax::parse(&arena, file.text.get(range.clone())?, file.base + range.start as u32).ok()?;
        for _ in 0..given {
            match &expr.kind {
                ast::ExprKind::Lambda(lambda) => expr = lambda.body,
                _ => return None,
            }
        }
        match &expr.kind {
            ast::ExprKind::Lambda(ast::Lambda { parameter: ast::Parameter::Ident(name, _), .. }) => {
                Some(name.to_string())
            }
            ast::ExprKind::Lambda(ast::Lambda { parameter: ast::Parameter::Formals { binding, .. }, .. }) => {
                binding.map(|(name, _)| name.to_string())
            }
            _ => None,
        }
    }
}
