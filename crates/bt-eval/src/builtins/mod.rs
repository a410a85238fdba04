//! Builtin functions, by topic. A builtin is one function with its doc comment and one line in its topic's table.

mod attrs;
mod closure;
mod context;
mod control;
mod convert;
mod files;
mod hash;
mod lists;
mod math;
mod patterns;
mod private;
mod regex;
mod strings;
mod types;
mod versions;

pub(crate) use regex::RegexCache;

pub use attrs::attrs as expect_attrs;
pub use files::below_prefix;
pub use lists::function as expect_function;
pub use versions::split_drv_name;

use crate::attrs::AttrsBuilder;
use crate::error::Error;
use crate::eval::{Evaluator, Options, Result};
use crate::value::Value;

/// A builtin's code. Arguments whose bit in [`Builtin::strict`] is set are evaluated to weak head normal form.
pub type BuiltinFn = for<'e> fn(&Evaluator<'e>, &[Value<'e>]) -> Result<Value<'e>>;

/// A builtin function.
pub struct Builtin {
    /// Its name in `builtins`.
    pub name: &'static str,
    /// How many arguments it takes.
    pub arity: u8,
    /// Which arguments are evaluated before the call: bit i for argument i.
    pub strict: u8,
    /// What the first arguments have to be, when a wrong one is an error before later ones are evaluated.
    pub kinds: &'static [Kind],
    /// Its code. The result need not be evaluated.
    pub run: BuiltinFn,
}

/// What an argument has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An integer.
    Int,
    /// A string.
    String,
    /// A string without context.
    Plain,
    /// A list.
    List,
    /// A set.
    Attrs,
    /// A function, or a set that stands for one.
    Function,
}

impl Kind {
    fn check<'e>(self, ev: &Evaluator<'e>, value: Value<'e>) -> Result<()> {
        match (self, value) {
            (Kind::Int, Value::Int(_)) | (Kind::String, Value::String(_)) => Ok(()),
            (Kind::Int, other) => Err(ev.expected("an integer", other)),
            (Kind::String, other) => Err(ev.expected("a string", other)),
            (Kind::Plain, value) => ev.force_plain(value).map(drop),
            (Kind::List, value) => lists::list(ev, value).map(drop),
            (Kind::Attrs, value) => expect_attrs(ev, value).map(drop),
            (Kind::Function, value) => lists::function(ev, value).map(drop),
        }
    }
}

impl Builtin {
    /// A table entry.
    pub const fn new(name: &'static str, arity: u8, strict: u8, run: BuiltinFn) -> Builtin {
        Builtin { name, arity, strict, kinds: &[], run }
    }

    /// The same with what its first arguments have to be.
    pub const fn expecting(self, kinds: &'static [Kind]) -> Builtin {
        Builtin { kinds, ..self }
    }
}

/// The version of Nix whose language this is (`builtins.nixVersion`).
const NIX_VERSION: &str = "2.34.0";

/// Builtins that are also variables without a prefix; all others are variables with the prefix `__`.
const GLOBAL: &[&str] = &[
    "abort",
    "baseNameOf",
    "break",
    "derivation",
    "derivationStrict",
    "dirOf",
    "fetchGit",
    "fetchMercurial",
    "fetchTarball",
    "fetchTree",
    "fromTOML",
    "import",
    "isNull",
    "map",
    "placeholder",
    "removeAttrs",
    "scopedImport",
    "throw",
    "toString",
];

/// Builtins that do not exist in pure evaluation.
pub(crate) const IMPURE: &[&str] = &["currentSystem", "currentTime"];

/// Whether the experimental feature that a builtin needs is on.
fn is_enabled(options: &Options, name: &str) -> bool {
    match name {
        "fetchClosure" => options.fetch_closure,
        "outputOf" => options.dynamic_derivations,
        _ => true,
    }
}

const TABLES: &[&[Builtin]] = &[
    attrs::TABLE,
    closure::TABLE,
    context::TABLE,
    control::TABLE,
    convert::TABLE,
    files::TABLE,
    hash::TABLE,
    lists::TABLE,
    math::TABLE,
    regex::TABLE,
    strings::TABLE,
    types::TABLE,
    versions::TABLE,
];

/// Defines `builtins` and the global variables.
pub(crate) fn install<'e>(ev: &Evaluator<'e>, extra: &[&'static [Builtin]]) {
    let mut set = AttrsBuilder::with_capacity(160);
    let mut define = |name: &str, value: Value<'e>, global: bool| {
        if global {
            ev.set_global(name, value);
        } else {
            ev.set_global(&format!("__{name}"), value);
        }
        set.push(ev.symbols.intern(name), value);
    };
    // Tables of higher layers come first: they replace.
    for table in extra.iter().chain(TABLES) {
        for builtin in *table {
            if ev.global(ev.symbols.intern(&format!("__{}", builtin.name)), false).is_some() {
                continue;
            }
            if ev.world.is_pure() && IMPURE.contains(&builtin.name) || !is_enabled(&ev.options, builtin.name) {
                continue;
            }
            let value = if builtin.arity == 0 { ev.delayed_constant(builtin) } else { Value::Builtin(builtin) };
            define(builtin.name, value, GLOBAL.contains(&builtin.name));
        }
    }
    define("true", Value::Bool(true), true);
    define("false", Value::Bool(false), true);
    define("null", Value::Null, true);
    define("langVersion", Value::Int(6), false);
    define("nixVersion", ev.string(NIX_VERSION), false);
    define("storeDir", ev.string("/nix/store"), false);
    // `builtins` contains itself.
    let itself = crate::attrs::slot(ev.arena, Value::Null);
    set.push(crate::symbol::sym::BUILTINS, Value::Thunk(itself));
    let builtins = Value::Attrs(set.finish(ev.arena));
    itself.set(builtins);
    ev.set_global("builtins", builtins);
    private::install(ev);
}

impl<'e> Evaluator<'e> {
    /// The error when an argument cannot be evaluated: that of the first argument that is wrong.
    #[cold]
    pub(crate) fn argument_error(&self, builtin: &Builtin, earlier: &[Value<'e>], error: Error) -> Error {
        let checks = builtin.kinds.iter().zip(earlier).map(|(kind, value)| kind.check(self, *value));
        checks.filter_map(Result::err).next().unwrap_or(error)
    }

    /// A builtin without arguments is a constant that is computed when someone asks for it.
    fn delayed_constant(&self, builtin: &'static Builtin) -> Value<'e> {
        Value::Thunk(crate::attrs::slot(self.arena, self.delayed_call(Value::Builtin(builtin), &[])))
    }
}
