//! Builtins about the flow of evaluation.

use super::Builtin;
use crate::attrs::AttrsBuilder;
use crate::error::{Error, ErrorKind};
use crate::eval::{Coercion, Evaluator, Result};
use crate::symbol::sym;
use crate::value::{Attr, List, Slot, Value};

pub(super) const TABLE: &[Builtin] = &[
    Builtin::new("abort", 1, 1, abort),
    Builtin::new("throw", 1, 1, throw),
    Builtin::new("tryEval", 1, 0, try_eval),
    Builtin::new("seq", 2, 0b01, seq),
    Builtin::new("deepSeq", 2, 0, deep_seq),
    Builtin::new("trace", 2, 0b01, trace),
    Builtin::new("traceVerbose", 2, 0, trace_verbose),
    Builtin::new("warn", 2, 0b01, warn),
    Builtin::new("break", 1, 0, first),
    Builtin::new("addErrorContext", 2, 0, add_error_context),
    Builtin::new("currentSystem", 0, 0, current_system),
    Builtin::new("currentTime", 0, 0, current_time),
    Builtin::new("getEnv", 1, 1, get_env),
    Builtin::new("nixPath", 0, 0, nix_path),
];

fn message<'e>(ev: &Evaluator<'e>, value: Value<'e>) -> Result<String> {
    let text = ev.coerce_to_string(value, Coercion { more: false, copy_paths: false })?;
    Ok(ev.force_string(text)?.to_text().into_owned())
}

/// `abort message`: stops evaluation for good.
fn abort<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let text = message(ev, args[0])?;
    Err(Error::new(ErrorKind::Abort, format!("evaluation aborted with the following error message: '{text}'")))
}

/// `throw message`: an error that `tryEval` catches.
fn throw<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Err(Error::new(ErrorKind::Throw, message(ev, args[0])?))
}

/// `tryEval value`: `{ success = true; value = …; }`, or false when it throws or an assertion fails.
fn try_eval<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let (success, value) = match ev.force(args[0]) {
        Ok(value) => (true, value),
        Err(error) if error.is_catchable() => (false, Value::Bool(false)),
        Err(error) => return Err(error),
    };
    let mut builder = AttrsBuilder::with_capacity(2);
    builder.push(sym::SUCCESS, Value::Bool(success));
    builder.push(sym::VALUE, value);
    Ok(Value::Attrs(builder.finish(ev.arena)))
}

/// `seq a b`: `b`, once `a` is evaluated.
fn seq<'e>(_: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(args[1])
}

/// `deepSeq a b`: `b`, once `a` is evaluated all the way down.
fn deep_seq<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    ev.force_deep(args[0])?;
    Ok(args[1])
}

impl<'e> Evaluator<'e> {
    /// Evaluates a value all the way down.
    ///
    /// Errors: whatever evaluation raises.
    pub fn force_deep(&self, value: Value<'e>) -> Result<Value<'e>> {
        let value = self.force(value)?;
        let mut seen = rustc_hash::FxHashSet::default();
        // No recursion: values can nest deeply. The levels are the way from the value to the part that is evaluated.
        let mut levels: Vec<Level<'e>> = Vec::new();
        let mut next = Some(value);
        loop {
            let inner = match next {
                Some(Value::List(list)) if seen.insert(std::ptr::from_ref(list) as usize) => {
                    Some(Level::List { list, done: 0 })
                }
                Some(Value::Attrs(attrs)) if seen.insert(std::ptr::from_ref(attrs) as usize) => {
                    Some(Level::Set { entries: self.sorted_entries(attrs), done: 0 })
                }
                _ => None,
            };
            if let Some(inner) = inner {
                if levels.len() >= self.options.max_call_depth as usize {
                    return Err(crate::json::too_deep());
                }
                levels.push(inner);
            }
            let Some(level) = levels.last_mut() else { return Ok(value) };
            next = match level.next() {
                None => {
                    levels.pop();
                    None
                }
                Some(slot) => match self.force_slot(slot) {
                    Ok(value) => Some(value),
                    Err(error) => return Err(levels.iter().rev().fold(error, |error, level| level.frame(error))),
                },
            };
        }
    }
}

/// A value whose parts are being evaluated.
enum Level<'e> {
    List { list: &'e List<'e>, done: usize },
    Set { entries: Vec<(&'e str, &'e Attr<'e>)>, done: usize },
}

impl<'e> Level<'e> {
    /// The next part.
    fn next(&mut self) -> Option<&'e Slot<'e>> {
        let (slot, done) = match self {
            Level::List { list, done } => (list.items.get(*done), done),
            Level::Set { entries, done } => (entries.get(*done).map(|(_, attr)| &attr.value), done),
        };
        *done += 1;
        slot
    }

    /// An error on its way out of the part that came last.
    #[cold]
    fn frame(&self, error: Error) -> Error {
        match self {
            Level::List { list, done } => {
                let index = done - 1;
                let span = list.element_span(index).unwrap_or(bt_diag::Span::NONE);
                error.frame(span, || format!("while evaluating list element at index {index}"))
            }
            Level::Set { entries, done } => match entries.get(done - 1) {
                Some((name, attr)) => error.frame(attr.span(), || format!("while evaluating the attribute '{name}'")),
                None => error,
            },
        }
    }
}

/// `trace message value`: logs the message.
fn trace<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let text = match args[0] {
        Value::String(s) => s.to_text().into_owned(),
        other => crate::print::print_value(ev, other, false)?,
    };
    ev.world.log(&format!("trace: {text}"));
    Ok(args[1])
}

/// `warn message value`: logs the message as a warning.
fn warn<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let text = ev.force_string(args[0])?.to_text();
    // Further lines stand below the first, unless that is empty.
    let text = match text.strip_prefix('\n') {
        Some(_) => text.into_owned(),
        None => format!(" {}", text.replace('\n', &format!("\n{}", " ".repeat("evaluation warning: ".len())))),
    };
    ev.world.log(&format!("evaluation warning:{text}"));
    Ok(args[1])
}

/// `break value`: the value; there is no debugger.
fn first<'e>(_: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(args[0])
}

/// `traceVerbose message value`: as `trace` with `--trace-verbose`, otherwise the value, and the message is not looked at.
fn trace_verbose<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    if !ev.options.trace_verbose {
        return Ok(args[1]);
    }
    trace(ev, &[ev.force(args[0])?, args[1]])
}

/// `addErrorContext message value`: errors on the way to the value mention the message.
fn add_error_context<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    match ev.force(args[1]) {
        Ok(value) => Ok(value),
        Err(error) => {
            let text = message(ev, args[0])?;
            // The call's place is added by the call.
            Err(error.frame(bt_diag::Span::NONE, || text))
        }
    }
}

/// `currentSystem`: does not exist when pure.
fn current_system<'e>(ev: &Evaluator<'e>, _: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(ev.string(ev.world.current_system()))
}

/// `currentTime`: does not exist when pure.
fn current_time<'e>(ev: &Evaluator<'e>, _: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Int(ev.world.current_time()))
}

/// `getEnv name`: empty when pure.
fn get_env<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let name = ev.force_plain(args[0])?;
    if ev.world.is_pure() {
        ev.observations.remember_variable(name);
        return Ok(ev.string(""));
    }
    Ok(ev.string(ev.world.environment(name).unwrap_or_default()))
}

/// `nixPath`: the search path as `{ path, prefix }`; `NIX_PATH` is no part of it when pure.
fn nix_path<'e>(ev: &Evaluator<'e>, _: &[Value<'e>]) -> Result<Value<'e>> {
    let entries = ev.world.search_path().into_iter().map(|(prefix, path)| {
        let mut entry = AttrsBuilder::with_capacity(2);
        entry.push(sym::PATH, ev.string(path));
        entry.push(sym::PREFIX, ev.string(prefix));
        Value::Attrs(entry.finish(ev.arena))
    });
    Ok(ev.list(entries.collect()))
}
