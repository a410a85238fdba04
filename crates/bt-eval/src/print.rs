//! Values as `nix-instantiate --eval` prints them.

use crate::eval::{Evaluator, Result};
use crate::json::too_deep;
use crate::value::Value;
use rustc_hash::FxHashSet;

pub use bt_syntax::text::{float_text, push_attribute_name, push_quoted};

/// A value as Nix prints it; `strict` evaluates all of it first, otherwise what is not evaluated yet is `<CODE>`.
///
/// Errors: evaluation fails.
pub fn print_value<'e>(ev: &Evaluator<'e>, value: Value<'e>, strict: bool) -> Result<String> {
    let mut printer = Printer { ev, strict, seen: FxHashSet::default(), out: String::new() };
    printer.print(ev.force(value)?, 0)?;
    Ok(printer.out)
}

struct Printer<'a, 'e> {
    ev: &'a Evaluator<'e>,
    strict: bool,
    /// Addresses of sets and lists that were printed.
    seen: FxHashSet<usize>,
    out: String,
}

impl<'e> Printer<'_, 'e> {
    fn first_time<T>(&mut self, value: &T) -> bool {
        self.seen.insert(std::ptr::from_ref(value) as usize)
    }

    fn print(&mut self, value: Value<'e>, depth: u32) -> Result<()> {
        if depth > self.ev.options.max_call_depth {
            return Err(too_deep());
        }
        let value = if self.strict { self.ev.force(value)? } else { known(value) };
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(flag) => self.out.push_str(if flag { "true" } else { "false" }),
            Value::Int(number) => self.out.push_str(&number.to_string()),
            Value::Float(number) => self.out.push_str(&float_text(number)),
            Value::String(string) => push_quoted(&string.to_text(), &mut self.out),
            Value::Path(path) => self.out.push_str(&self.ev.world.path_to_string(path.text)?),
            Value::List(list) => {
                if !list.items.is_empty() && !self.first_time(list) {
                    self.out.push_str("«repeated»");
                    return Ok(());
                }
                self.out.push_str("[ ");
                for item in list.items {
                    self.deeper(Value::Thunk(item), depth)?;
                    self.out.push(' ');
                }
                self.out.push(']');
            }
            Value::Attrs(attrs) => {
                let entries = self.ev.sorted_entries(attrs);
                if !entries.is_empty() && !self.first_time(attrs) {
                    self.out.push_str("«repeated»");
                    return Ok(());
                }
                self.out.push_str("{ ");
                for (name, attr) in entries {
                    push_attribute_name(name, &mut self.out);
                    self.out.push_str(" = ");
                    self.deeper(Value::Thunk(&attr.value), depth)?;
                    self.out.push_str("; ");
                }
                self.out.push('}');
            }
            Value::Closure(_) => self.out.push_str("<LAMBDA>"),
            Value::Builtin(_) => self.out.push_str("<PRIMOP>"),
            Value::Partial(partial) => match partial.function {
                Value::Builtin(_) => self.out.push_str("<PRIMOP-APP>"),
                _ => self.out.push_str("<LAMBDA>"),
            },
            Value::Blackhole => self.out.push_str("«potential infinite recursion»"),
            Value::Thunk(_) | Value::Delayed(..) | Value::Applied(_) => self.out.push_str("<CODE>"),
        }
        Ok(())
    }

    fn deeper(&mut self, value: Value<'e>, depth: u32) -> Result<()> {
        let ev = self.ev;
        ev.guarded(|| self.print(value, depth + 1))
    }
}

/// What is known of a value without evaluating it.
pub(crate) fn known<'e>(value: Value<'e>) -> Value<'e> {
    let mut value = value;
    while let Value::Thunk(slot) = value {
        value = slot.get();
    }
    value
}
