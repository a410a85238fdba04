//! The evaluator: lazy evaluation of lowered programs to weak head normal form.

mod arithmetic;
mod call;
mod compare;
mod explain;
mod import;
mod parse;
mod run;
mod sets;
mod strings;

use crate::builtins::{self, Builtin};
use crate::error::{Error, ErrorKind};
use crate::ir::{Code, Expr, ExprId};
use crate::observe::Observations;
use crate::string::Budget;
use crate::symbol::{Symbol, Symbols, sym};
use crate::value::{Attrs, Env, List, NixString, PathValue, Slot, Value};
use crate::world::World;
use bt_diag::{SourceMap, Span};
use bumpalo::Bump;
use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};

pub use strings::{Coercion, StringBuilder};

/// The result of an evaluation step.
pub type Result<T> = std::result::Result<T, Error>;

/// Limits and switches of a run.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many calls may be nested, and how deep values may be that are compared, printed or turned into text.
    pub max_call_depth: u32,
    /// How many bytes values may take.
    pub max_memory: usize,
    /// When evaluation must stop.
    pub deadline: Option<std::time::Instant>,
    /// `|>` and `<|`.
    pub pipe_operators: bool,
    /// `builtins.fromTOML` reads dates and times.
    pub toml_timestamps: bool,
    /// The hash algorithm `blake3`.
    pub blake3_hashes: bool,
    /// `builtins.outputOf`.
    pub dynamic_derivations: bool,
    /// `builtins.fetchClosure`.
    pub fetch_closure: bool,
    /// `builtins.traceVerbose` logs its message.
    pub trace_verbose: bool,
    /// What to do about literals that are discouraged.
    pub literals: LiteralLints,
    /// Whether the result shows what was not evaluated; then what Nix leaves unevaluated (arithmetic, functions, empty sets)
    /// is left so even where evaluating it is free.
    pub shows_thunks: bool,
}

/// What to do about something that is allowed but discouraged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Lint {
    /// Nothing.
    #[default]
    Ignore,
    /// Log a warning.
    Warn,
    /// Raise an error.
    Fatal,
}

/// Nix's `--lint-url-literals`, `--lint-short-path-literals` and `--lint-absolute-path-literals`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LiteralLints {
    /// `https://example.org`
    pub url: Lint,
    /// `a/b`
    pub short_path: Lint,
    /// `/a/b` and `~/a`
    pub absolute_path: Lint,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            // As in Nix (`max-call-depth`).
            max_call_depth: 10_000,
            max_memory: 4 << 30,
            deadline: None,
            pipe_operators: false,
            toml_timestamps: false,
            blake3_hashes: false,
            dynamic_derivations: false,
            fetch_closure: false,
            trace_verbose: false,
            literals: LiteralLints::default(),
            shows_thunks: true,
        }
    }
}

/// How many bytes of the stack must be left for 32 steps of native recursion.
const STACK_LEFT: usize = 256 << 10;

/// How many bytes are added to the stack at a time.
const STACK_SEGMENT: usize = 8 << 20;

/// Evaluates programs; all values live in its arena.
pub struct Evaluator<'e> {
    /// Where values live.
    pub arena: &'e Bump,
    /// Interned names.
    pub symbols: Symbols<'e>,
    /// The outside.
    pub world: &'e dyn World,
    /// The texts that were evaluated.
    pub sources: &'e SourceMap,
    /// Limits and switches.
    pub options: Options,
    /// What was observed.
    pub observations: Observations<'e>,
    codes: RefCell<CodeTable<'e>>,
    code_table: Cell<&'e [Cell<&'e Expr<'e>>]>,
    globals: RefCell<FxHashMap<Symbol, Value<'e>>>,
    private: Cell<Option<Value<'e>>>,
    imports: RefCell<FxHashMap<String, &'e Slot<'e>>>,
    depth: Cell<u32>,
    /// How deep native recursion may go; each call takes a few steps.
    max_depth: u32,
    calls: Cell<u32>,
    ticks: Cell<u32>,
    /// For the tree of the file that is being parsed.
    tree_arena: RefCell<Bump>,
    /// Memory for strings.
    pub(crate) budget: &'e Budget<'e>,
    /// Compiled regular expressions.
    pub(crate) regexes: builtins::RegexCache,
    empty_env: &'e Env<'e>,
    empty_list: &'e List<'e>,
    empty_attrs: &'e Attrs<'e>,
}

/// The expressions that may be delayed, by number. The slice is regrown as files are loaded.
struct CodeTable<'e> {
    count: u32,
    spans: Vec<Span>,
    filler: &'e Expr<'e>,
}

impl<'e> Evaluator<'e> {
    /// An evaluator with Nix's builtins and those of `extra` tables.
    pub fn new(
        arena: &'e Bump,
        world: &'e dyn World,
        sources: &'e SourceMap,
        options: Options,
        extra: &[&'static [Builtin]],
    ) -> Self {
        let filler = arena.alloc(Expr::Const(Value::Null));
        let max_depth = options.max_call_depth.saturating_mul(4).max(1_000_000);
        let budget = arena.alloc(Budget {
            arena,
            limit: options.max_memory,
            stack: Cell::new(0),
            exhausted: Cell::new(false),
            failure: RefCell::default(),
        });
        let ev = Evaluator {
            arena,
            symbols: Symbols::new(arena),
            world,
            sources,
            options,
            observations: Observations::default(),
            codes: RefCell::new(CodeTable { count: 0, spans: Vec::new(), filler }),
            code_table: Cell::new(&[]),
            globals: RefCell::new(FxHashMap::default()),
            private: Cell::new(None),
            imports: RefCell::new(FxHashMap::default()),
            depth: Cell::new(0),
            max_depth,
            calls: Cell::new(0),
            ticks: Cell::new(0),
            tree_arena: RefCell::default(),
            budget,
            regexes: builtins::RegexCache::default(),
            empty_env: arena.alloc(Env { up: None, first: Cell::new(Value::Null), rest: &[] }),
            empty_list: arena.alloc(List { items: &[], origin: None, room: None }),
            empty_attrs: arena.alloc(Attrs::from_sorted(&[])),
        };
        builtins::install(&ev, extra);
        ev
    }

    /// Gives an expression that may be delayed its number.
    pub(crate) fn register(&self, expr: &'e Expr<'e>, span: Span) -> Code<'e> {
        let mut codes = self.codes.borrow_mut();
        let id = codes.count;
        let table = self.code_table.get();
        if id as usize == table.len() {
            let size = (table.len() * 2).max(4096);
            let filler = codes.filler;
            let grown: &'e [Cell<&'e Expr<'e>>] =
                self.arena.alloc_slice_fill_with(size, |i| Cell::new(table.get(i).map_or(filler, Cell::get)));
            self.code_table.set(grown);
        }
        self.code_table.get()[id as usize].set(expr);
        codes.spans.push(span);
        codes.count = id + 1;
        Code { expr, id: ExprId(id) }
    }

    pub(crate) fn code_expr(&self, id: ExprId) -> &'e Expr<'e> {
        self.code_table.get()[id.0 as usize].get()
    }

    pub(crate) fn code_span(&self, id: ExprId) -> Span {
        self.codes.borrow().spans.get(id.0 as usize).copied().unwrap_or(Span::NONE)
    }

    pub(crate) fn global(&self, name: Symbol, private: bool) -> Option<Value<'e>> {
        if private && self.symbols.name(name) == "__bt" {
            return self.private.get();
        }
        self.globals.borrow().get(&name).copied()
    }

    pub(crate) fn global_names(&self) -> Vec<&'e str> {
        let mut names: Vec<&str> = self.globals.borrow().keys().map(|s| self.symbols.name(*s)).collect();
        names.sort_unstable();
        names.retain(|n| !n.starts_with("__"));
        names
    }

    pub(crate) fn set_global(&self, name: &str, value: Value<'e>) {
        self.globals.borrow_mut().insert(self.symbols.intern(name), value);
    }

    pub(crate) fn set_private(&self, value: Value<'e>) {
        self.private.set(Some(value));
    }

    /// The `builtins` set.
    pub fn builtins(&self) -> Option<&'e Attrs<'e>> {
        match self.global(sym::BUILTINS, false) {
            Some(Value::Attrs(attrs)) => Some(attrs),
            _ => None,
        }
    }

    pub(crate) fn empty_env(&self) -> &'e Env<'e> {
        self.empty_env
    }

    /// The empty list.
    pub fn empty_list(&self) -> &'e List<'e> {
        self.empty_list
    }

    /// The empty set.
    pub fn empty_attrs(&self) -> &'e Attrs<'e> {
        self.empty_attrs
    }

    /// A string without context.
    pub fn string(&self, bytes: impl AsRef<[u8]>) -> Value<'e> {
        let bytes = self.arena.alloc_slice_copy(bytes.as_ref());
        Value::String(self.arena.alloc(NixString::new(bytes, &[])))
    }

    /// A string that borrows from the arena.
    pub fn string_in(&self, bytes: &'e [u8], context: &'e [&'e str]) -> Value<'e> {
        Value::String(self.arena.alloc(NixString::new(bytes, context)))
    }

    /// A string that refers to one store path.
    pub fn string_with_context(&self, text: &str, context: &str) -> Value<'e> {
        let context: &'e str = self.arena.alloc_str(context);
        let context = self.arena.alloc_slice_copy(&[context]);
        self.string_in(self.arena.alloc_str(text).as_bytes(), context)
    }

    /// A path value; `path` must be canonical.
    pub fn path(&self, path: &str) -> Value<'e> {
        Value::Path(self.arena.alloc(PathValue { text: self.arena.alloc_str(path) }))
    }

    /// A list of values.
    pub fn list(&self, items: Vec<Value<'e>>) -> Value<'e> {
        self.list_from(items.len(), items.into_iter())
    }

    /// A list of so many values.
    pub fn list_from(&self, count: usize, mut items: impl Iterator<Item = Value<'e>>) -> Value<'e> {
        if count == 0 {
            return Value::List(self.empty_list);
        }
        let items = self.arena.alloc_slice_fill_with(count, |_| Cell::new(items.next().unwrap_or(Value::Null)));
        Value::List(self.arena.alloc(List { items, origin: None, room: None }))
    }

    /// Evaluates a value to weak head normal form.
    ///
    /// Errors: whatever evaluation raises.
    #[inline]
    pub fn force(&self, value: Value<'e>) -> Result<Value<'e>> {
        match value {
            Value::Thunk(slot) => self.force_slot(slot),
            value => Ok(value),
        }
    }

    /// Evaluates the value of a cell and keeps it there.
    #[inline]
    pub fn force_slot(&self, slot: &'e Slot<'e>) -> Result<Value<'e>> {
        match slot.get() {
            Value::Thunk(_) | Value::Delayed(..) | Value::Applied(_) | Value::Element(..) | Value::Blackhole => {
                self.force_slow(slot)
            }
            value => Ok(value),
        }
    }

    #[inline(never)]
    fn force_slow(&self, slot: &'e Slot<'e>) -> Result<Value<'e>> {
        let state = slot.get();
        slot.set(Value::Blackhole);
        let result = match state {
            Value::Delayed(id, env) => match self.eval(self.code_expr(id), env) {
                Ok(value) => Ok(value),
                Err(error) => Err(error.at(self.code_span(id))),
            },
            Value::Thunk(inner) => self.guarded(|| self.force_slot(inner)),
            Value::Applied(application) => match (application.function, application.count) {
                (Value::Builtin(constant), 0) => (constant.run)(self, &[]).and_then(|value| self.force(value)),
                (function, count) => self.call(function, &application.arguments[..count as usize]),
            },
            Value::Element(index, mapping) => self.element(index, mapping),
            Value::Blackhole => return Err(Error::recursion(std::ptr::from_ref(slot) as usize)),
            value => Ok(value),
        };
        match result {
            Ok(value) => {
                slot.set(value);
                Ok(value)
            }
            Err(error) => {
                slot.set(state);
                Err(self.leave_cell(error, slot, state))
            }
        }
    }

    /// Runs something that recurses natively, with room on the stack and within the limits.
    #[inline]
    pub fn guarded<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let depth = self.depth.get() + 1;
        if depth > self.max_depth {
            return Err(crate::json::too_deep());
        }
        self.depth.set(depth);
        let result = if depth.is_multiple_of(32) { self.on_enough_stack(work) } else { work() };
        self.depth.set(depth - 1);
        result
    }

    /// Runs something with room on the stack. What is added to it counts as memory.
    fn on_enough_stack<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        if stacker::remaining_stack().is_some_and(|bytes| bytes >= STACK_LEFT) {
            return work();
        }
        let before = self.budget.stack.get();
        self.budget.stack.set(before + STACK_SEGMENT);
        let result = stacker::grow(STACK_SEGMENT, work);
        self.budget.stack.set(before);
        result
    }

    /// The same for what Nix counts as a call: going down into a value.
    pub fn nested<T>(&self, work: impl FnOnce() -> Result<T>) -> Result<T> {
        let calls = self.calls.get();
        self.enter_call()?;
        let result = self.guarded(work);
        self.calls.set(calls);
        result
    }

    /// Counts a call; checks memory and time now and then.
    #[inline]
    pub(crate) fn enter_call(&self) -> Result<()> {
        let calls = self.calls.get() + 1;
        self.calls.set(calls);
        if calls > self.options.max_call_depth {
            return Err(Error::new(ErrorKind::Limit, "stack overflow; max-call-depth exceeded"));
        }
        let ticks = self.ticks.get().wrapping_add(1);
        self.ticks.set(ticks);
        // Often, because one call of a builtin can copy a large set.
        if ticks & 0x3f == 0 { self.check_limits() } else { Ok(()) }
    }

    /// Checks the limit on memory before a large value is made.
    pub(crate) fn reserve(&self, bytes: usize) -> Result<()> {
        if bytes >= 1 << 12 && self.budget.is_exceeded_by(bytes) {
            return Err(self.out_of_memory());
        }
        Ok(())
    }

    #[cold]
    fn out_of_memory(&self) -> Error {
        let mib = self.options.max_memory >> 20;
        Error::new(ErrorKind::Limit, format!("evaluation needs more than {mib} MiB of memory"))
            .help("raise the limit with --max-memory if the program really needs that much")
    }

    /// Whether all strings fitted into the memory that evaluation may use, and all store paths that were read are known.
    /// A result counts only when this says so too: a string that does not fit is cut short, one whose store path cannot
    /// be known is empty, and only this remembers it.
    pub fn check_strings(&self) -> Result<()> {
        self.check_store_paths()?;
        if self.budget.exhausted.get() { Err(self.out_of_memory()) } else { Ok(()) }
    }

    /// Whether all store paths of sources that were read are known.
    pub fn check_store_paths(&self) -> Result<()> {
        self.budget.failure.borrow_mut().take().map_or(Ok(()), Err)
    }

    /// Checks the limit on memory after something large may have been made.
    #[inline]
    pub(crate) fn check_memory(&self) -> Result<()> {
        if self.budget.is_exceeded_by(0) { Err(self.out_of_memory()) } else { Ok(()) }
    }

    #[inline(never)]
    fn check_limits(&self) -> Result<()> {
        self.check_strings()?;
        self.check_memory()?;
        if self.options.deadline.is_some_and(|d| std::time::Instant::now() >= d) {
            return Err(Error::new(ErrorKind::Limit, "evaluation took longer than --timeout allows"));
        }
        Ok(())
    }
}
