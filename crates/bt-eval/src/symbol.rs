//! Interned names: attribute names and variables are compared as numbers.

use rustc_hash::FxHashMap;
use std::cell::{Cell, RefCell};

/// An interned name. The order of symbols is the order of interning, not of the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(pub u32);

macro_rules! well_known {
    ($($constant:ident = $text:literal),* $(,)?) => {
        well_known!(@count 0u32; $($constant = $text,)*);
        const WELL_KNOWN: &[&str] = &[$($text),*];
    };
    (@count $n:expr; $constant:ident = $text:literal, $($rest:tt)*) => {
        #[doc = concat!("`", $text, "`")]
        pub const $constant: Symbol = Symbol($n);
        well_known!(@count $n + 1u32; $($rest)*);
    };
    (@count $n:expr;) => {};
}

/// Symbols that the evaluator itself uses.
pub mod sym {
    use super::Symbol;
    well_known! {
        EMPTY = "",
        NAME = "name",
        VALUE = "value",
        TYPE = "type",
        OUT_PATH = "outPath",
        DRV_PATH = "drvPath",
        OUTPUT_NAME = "outputName",
        OUTPUTS = "outputs",
        SYSTEM = "system",
        BUILDER = "builder",
        ARGS = "args",
        FUNCTOR = "__functor",
        TO_STRING = "__toString",
        OVERRIDES = "__overrides",
        FILE = "file",
        LINE = "line",
        COLUMN = "column",
        SUCCESS = "success",
        START_SET = "startSet",
        OPERATOR = "operator",
        KEY = "key",
        RIGHT = "right",
        WRONG = "wrong",
        PREFIX = "prefix",
        PATH = "path",
        VERSION = "version",
        ALL_OUTPUTS = "allOutputs",
        DRV_ATTRS = "drvAttrs",
        ALL = "all",
        BODY = "body",
        OR = "or",
        BUILTINS = "builtins",
    }
    pub(super) fn all() -> &'static [&'static str] {
        WELL_KNOWN
    }
}

/// The table of interned names; the texts live in the arena.
pub struct Symbols<'e> {
    arena: &'e bumpalo::Bump,
    by_name: RefCell<FxHashMap<&'e str, Symbol>>,
    names: RefCell<Vec<&'e str>>,
    count: Cell<u32>,
}

impl<'e> Symbols<'e> {
    /// A table that holds the well-known symbols.
    pub fn new(arena: &'e bumpalo::Bump) -> Self {
        let symbols = Symbols {
            arena,
            by_name: RefCell::new(FxHashMap::with_capacity_and_hasher(4096, Default::default())),
            names: RefCell::new(Vec::with_capacity(4096)),
            count: Cell::new(0),
        };
        for name in sym::all() {
            symbols.intern(name);
        }
        symbols
    }

    /// The symbol of a name.
    pub fn intern(&self, name: &str) -> Symbol {
        if let Some(symbol) = self.by_name.borrow().get(name) {
            return *symbol;
        }
        let text: &'e str = self.arena.alloc_str(name);
        let symbol = Symbol(self.count.get());
        self.count.set(symbol.0 + 1);
        self.names.borrow_mut().push(text);
        self.by_name.borrow_mut().insert(text, symbol);
        symbol
    }

    /// The symbol of a name, if some value or variable has it.
    pub fn find(&self, name: &str) -> Option<Symbol> {
        self.by_name.borrow().get(name).copied()
    }

    /// The name of a symbol.
    pub fn name(&self, symbol: Symbol) -> &'e str {
        self.names.borrow().get(symbol.0 as usize).copied().unwrap_or("")
    }
}
