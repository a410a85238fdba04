//! Values as `nix-instantiate --eval` prints them, and as messages show them.

mod brief;

use crate::eval::{Evaluator, Result};
use crate::json::too_deep;
use crate::value::{Slot, Value};
use rustc_hash::FxHashSet;
use std::cell::Cell;

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
    /// Addresses of sets and lists that were printed, and of the variables' cells through which short lists were reached.
    seen: FxHashSet<(usize, usize)>,
    out: String,
}

impl<'e> Printer<'_, 'e> {
    fn first_time<T>(&mut self, value: &T, cell: usize) -> bool {
        self.seen.insert((std::ptr::from_ref(value) as usize, cell))
    }

    fn print(&mut self, value: Value<'e>, depth: u32) -> Result<()> {
        if depth > self.ev.options.max_call_depth {
            return Err(too_deep());
        }
        let cell = match value {
            Value::Thunk(own) => last_cell(own.get()).map_or(0, |cell| std::ptr::from_ref(cell) as usize),
            _ => 0,
        };
        let value = if self.strict { self.ev.force(value)? } else { known(value) };
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(flag) => self.out.push_str(if flag { "true" } else { "false" }),
            Value::Int(number) => self.out.push_str(&number.to_string()),
            Value::Float(number) => self.out.push_str(&float_text(number)),
            Value::String(string) => push_quoted(&string.to_text(), &mut self.out),
            Value::Path(path) => self.out.push_str(&self.ev.world.path_to_string(path.text)?),
            Value::List(list) => {
                // Lists of one or two elements are repeated for Nix only when they are the same variable.
                let cell = if list.items.len() > 2 { 0 } else { cell };
                if !list.items.is_empty() && !self.first_time(list, cell) {
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
                if !entries.is_empty() && !self.first_time(attrs, 0) {
                    self.out.push_str("«repeated»");
                    return Ok(());
                }
                self.out.push_str("{ ");
                for (name, attr) in entries {
                    push_attribute_name(name, &mut self.out);
                    self.out.push_str(" = ");
                    let printed = self.deeper(Value::Thunk(&attr.value), depth);
                    printed.map_err(|error| error.at(attr.span()))?;
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
            Value::Thunk(_) | Value::Blackhole => self.out.push_str("«potential infinite recursion»"),
            Value::Delayed(..) | Value::Applied(_) | Value::Element(..) => self.out.push_str("<CODE>"),
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
    last_cell(value).map_or(value, Cell::get)
}

/// The cell at the end of a chain of references; `None` for what is not a reference.
fn last_cell<'e>(value: Value<'e>) -> Option<&'e Slot<'e>> {
    let Value::Thunk(mut cell) = value else { return None };
    // Variables that are each other (`rec { a = b; b = a; }`) refer in a circle: a second, slower walk meets the first there.
    let mut slow = cell;
    let mut steps = 0u32;
    while let Value::Thunk(next) = cell.get() {
        cell = next;
        steps += 1;
        if steps.is_multiple_of(2)
            && let Value::Thunk(next) = slow.get()
        {
            slow = next;
        }
        if std::ptr::eq(cell, slow) {
            break;
        }
    }
    Some(cell)
}
