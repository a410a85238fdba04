//! What the fuzz targets share: an evaluator over a world without files, made and freed for each run, and what must
//! hold of every input.
//!
//! [`parse_lower`], [`evaluate`], [`from_json`], [`from_toml`], [`regex_match`], [`image`], [`narinfo`] and [`daemon`] take any bytes. They panic when something
//! does not hold; an evaluation that fails is no reason to. The programs in `targets/` only hand libFuzzer's bytes on.

mod formats;
mod language;
mod outside;
mod regex;

pub use formats::{from_json, from_toml};
pub use language::{evaluate, parse_lower};
pub use outside::{daemon, image, narinfo};
pub use regex::regex_match;

use bt_diag::SourceMap;
use bt_eval::{Error, Evaluator, Options, Result, Value};
use bt_glue::{Directory, Environment, Glue};
use bumpalo::Bump;
use std::time::{Duration, Instant};

/// How long one evaluation may take before it must have stopped by itself.
const DEADLINE: Duration = Duration::from_secs(1);

/// How many bytes values may take.
const MAX_MEMORY: usize = 256 << 20;

/// Enough to be deep, and few enough for thousands of runs each second.
const MAX_CALL_DEPTH: u32 = 5_000;

/// Gives an evaluator to `work` and frees all that it made. Everything that can be switched on is.
fn with_evaluator<T>(work: impl FnOnce(&Evaluator<'_>) -> T) -> T {
    let arena = Bump::new();
    let sources = SourceMap::new();
    let environment = Environment { pure: false, ..Environment::pure("x86_64-linux") };
    let world = Glue::new(Box::new(Directory::default()), environment);
    let options = Options {
        max_call_depth: MAX_CALL_DEPTH,
        max_memory: MAX_MEMORY,
        deadline: Some(Instant::now() + DEADLINE),
        pipe_operators: true,
        toml_timestamps: true,
        blake3_hashes: true,
        dynamic_derivations: true,
        fetch_closure: true,
        trace_verbose: true,
        ..Options::default()
    };
    let tables = bt_glue::builtins();
    let ev = Evaluator::new(&arena, &world, &sources, options, &tables);
    work(&ev)
}

/// Calls a builtin with evaluated arguments.
fn call<'e>(ev: &Evaluator<'e>, name: &str, arguments: &[Value<'e>]) -> Result<Value<'e>> {
    let builtins = ev.builtins().expect("every evaluator has builtins");
    let attr = builtins.get(ev.symbols.intern(name)).unwrap_or_else(|| panic!("there is no builtin {name}"));
    ev.call(ev.force_slot(&attr.value)?, arguments)
}

/// An error can be shown: it has a message, and its places are places in texts.
fn check_error(ev: &Evaluator<'_>, error: &Error) {
    let diagnostic = error.to_diagnostic();
    assert!(!diagnostic.message.is_empty(), "an error without a message");
    for span in diagnostic.span.into_iter().chain(diagnostic.trace.iter().map(|label| label.span)) {
        if let Some(at) = ev.sources.locate(span) {
            assert!(at.file.text.get(at.range.clone()).is_some(), "a span between two characters: {:?}", at.range);
        }
    }
}

/// The value, unless there is an error that can be shown.
fn checked<T>(ev: &Evaluator<'_>, result: Result<T>) -> Option<T> {
    result.inspect_err(|error| check_error(ev, error)).ok()
}
