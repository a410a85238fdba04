//! What a run remembers beyond values: calls of functions that someone wants to know of, and what a `toJSON` string was
//! made from.

use crate::attrs::slot;
use crate::error::Error;
use crate::value::{Attrs, Beyond, Mark, NixString, Value};
use bt_diag::Span;
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

/// A function to observe, in a file whose path ends with `file`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObservedFunction {
    /// End of the file's path.
    pub file: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// Which function of the file it is.
    pub place: FunctionPlace,
}

/// Which function of a file is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FunctionPlace {
    /// The first one with formals in the value of the binding of its name, so `name = makeOverridable ({ … }: …)` works.
    Binding,
    /// One that has this among its formals, for files that are called with `callPackage` and name no function.
    WithFormal(&'static str),
}

/// A call that was made.
#[derive(Clone, Copy)]
pub struct ObservedCall<'e> {
    /// Index into the list of observed functions.
    pub function: usize,
    /// The argument, evaluated to weak head normal form.
    pub argument: Value<'e>,
    /// Where the call stands; a call made by a builtin has no place.
    pub span: Option<Span>,
    /// The result, unless the call failed or goes on.
    pub result: Option<Value<'e>>,
    /// Whether it was made on behalf of another observed call.
    pub nested: bool,
}

/// Everything observed in a run.
#[derive(Default)]
pub struct Observations<'e> {
    functions: Cell<&'static [ObservedFunction]>,
    calls: RefCell<Vec<ObservedCall<'e>>>,
    depth: Cell<u32>,
    json: RefCell<FxHashMap<usize, Value<'e>>>,
    tracks_updates: Cell<bool>,
    updates: RefCell<FxHashMap<usize, (&'e Attrs<'e>, Span)>>,
    variables: RefCell<BTreeSet<&'e str>>,
    missing: RefCell<Vec<Error>>,
    tracks_packages: Cell<bool>,
    packages: RefCell<Vec<(&'e str, &'e Attrs<'e>)>>,
}

impl<'e> Observations<'e> {
    /// Names the functions to observe; files that are loaded from now on are looked through.
    pub fn observe(&self, functions: &'static [ObservedFunction]) {
        self.functions.set(functions);
    }

    /// The functions of a file to observe, with their numbers from 1.
    pub(crate) fn functions_of(&self, path: &str) -> impl Iterator<Item = (&'static ObservedFunction, u16)> {
        let functions = self.functions.get().iter().enumerate();
        functions.filter(move |(_, f)| path.ends_with(f.file)).map(|(i, f)| (f, i as u16 + 1))
    }

    /// The name of the observed function with a number; 0 is none.
    pub(crate) fn name_of(&self, number: u16) -> Option<&'static str> {
        self.functions.get().get((number as usize).checked_sub(1)?).map(|function| function.name)
    }

    pub(crate) fn begin(&self, number: u16, argument: Value<'e>, span: Span) -> Mark {
        let mut calls = self.calls.borrow_mut();
        let nested = self.depth.get() > 0;
        calls.push(ObservedCall { function: number as usize - 1, argument, span: span.known(), result: None, nested });
        self.depth.set(self.depth.get() + 1);
        Mark(calls.len() as u32)
    }

    pub(crate) fn end(&self, mark: Mark, result: Option<Value<'e>>) {
        self.depth.set(self.depth.get() - 1);
        if let Some(call) = self.calls.borrow_mut().get_mut(mark.0 as usize - 1) {
            call.result = result;
        }
    }

    /// The call that a mark stands for.
    pub fn call(&self, mark: Mark) -> Option<ObservedCall<'e>> {
        self.calls.borrow().get((mark.0 as usize).checked_sub(1)?).copied()
    }

    /// All calls so far, in the order they were begun.
    pub fn calls(&self) -> Vec<ObservedCall<'e>> {
        self.calls.borrow().clone()
    }

    /// Runs something while `//` is watched.
    pub fn tracking_updates<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = self.tracks_updates.replace(true);
        let result = work();
        self.tracks_updates.set(before);
        result
    }

    pub(crate) fn remember_update(&self, left: &'e Attrs<'e>, result: &'e Attrs<'e>, span: Span) {
        if self.tracks_updates.get() && !std::ptr::eq(left, result) {
            self.updates.borrow_mut().insert(std::ptr::from_ref(result) as usize, (left, span));
        }
    }

    /// The left side of the `//` that made a set, and where the operator stands, when it was watched.
    pub fn updated_from(&self, result: &'e Attrs<'e>) -> Option<(&'e Attrs<'e>, Span)> {
        self.updates.borrow().get(&(std::ptr::from_ref(result) as usize)).copied()
    }

    /// Remembers that a program asked for a variable of the environment, which pure evaluation does not have.
    pub(crate) fn remember_variable(&self, name: &'e str) {
        self.variables.borrow_mut().insert(name);
    }

    /// The variables of the environment that a program asked for in pure evaluation, sorted.
    pub fn variables(&self) -> Vec<&'e str> {
        self.variables.borrow().iter().copied().collect()
    }

    pub(crate) fn remember_missing(&self, error: Error) {
        self.missing.borrow_mut().push(error);
    }

    /// Why values could not be had that the program's own files went on without; each is told once.
    pub fn take_missing(&self) -> Vec<Error> {
        self.missing.take()
    }

    /// Watches from now on which sets become store paths in strings.
    pub fn track_packages(&self) {
        self.tracks_packages.set(true);
    }

    /// Remembers that a set became a string by its `outPath`.
    pub(crate) fn remember_package(&self, set: &'e Attrs<'e>, out_path: Value<'e>) {
        if self.tracks_packages.get()
            && let Value::String(string) = out_path
            && let [reference] = string.context()
        {
            self.packages.borrow_mut().push((*reference, set));
        }
    }

    /// The sets that became store paths in strings while that was watched, in that order, each with what the string
    /// refers to, in Nix's notation for contexts.
    pub fn packages(&self) -> Vec<(&'e str, &'e Attrs<'e>)> {
        self.packages.borrow().clone()
    }

    pub(crate) fn remember_json(&self, string: &'e NixString<'e>, value: Value<'e>) {
        self.json.borrow_mut().insert(std::ptr::from_ref(string) as usize, value);
    }

    /// The value that a string was made from by `builtins.toJSON`.
    pub fn json_source(&self, string: &'e NixString<'e>) -> Option<Value<'e>> {
        self.json.borrow().get(&(std::ptr::from_ref(string) as usize)).copied()
    }
}

impl<'e> Attrs<'e> {
    /// The same set with a mark.
    pub(crate) fn marked(&'e self, mark: Mark) -> Attrs<'e> {
        Attrs { entries: self.entries, below: self.below, flattened: self.flattened.clone(), mark, beyond: self.beyond }
    }

    /// Other entries with the mark and the open world of this set.
    pub(crate) fn like(&'e self, arena: &'e bumpalo::Bump, entries: &'e Attrs<'e>) -> &'e Attrs<'e> {
        // What may exist was found out when the entries were.
        let beyond = self.open().map(Beyond::Open);
        if beyond.is_none() && self.mark == Mark(0) {
            return entries;
        }
        arena.alloc(Attrs { beyond, ..entries.marked(self.mark) })
    }

    /// The same set with an open world behind it.
    pub(crate) fn opened(&'e self, arena: &'e bumpalo::Bump, fallback: Value<'e>) -> &'e Attrs<'e> {
        let fallback = match fallback {
            value if value.is_evaluated() => value,
            value => Value::Thunk(slot(arena, value)),
        };
        let open = arena.alloc(crate::value::OpenWorld { fallback, made: RefCell::new(Vec::new()) });
        arena.alloc(Attrs {
            beyond: Some(Beyond::Open(open)),
            flattened: self.flattened.clone(),
            ..self.marked(self.mark)
        })
    }
}
