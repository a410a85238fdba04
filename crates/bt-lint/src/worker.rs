//! The thread that does the work: evaluation nests deeply, and a bug in it must end in a clear message.

use crate::exit::Exit;
use crate::output;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::sync::{Mutex, PoisonError};

/// Enough for what recurses outside the evaluator, which grows its own stack; only what is touched becomes real memory.
const STACK_SIZE: usize = 256 << 20;

/// What the last panic said. Panics that someone catches (a rule's, for instance) leave it behind unread.
static LAST_PANIC: Mutex<Option<String>> = Mutex::new(None);

/// Runs a task on a thread with a large stack. A panic becomes an internal error on standard error.
pub fn run(task: impl FnOnce() -> Exit + Send + 'static) -> Exit {
    let usual_hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(remember_panic));
    let thread = std::thread::Builder::new().name("bt-lint".into()).stack_size(STACK_SIZE).spawn(task);
    let outcome = thread.map(std::thread::JoinHandle::join);
    std::panic::set_hook(usual_hook);
    let failure = match outcome {
        Ok(Ok(exit)) => return exit,
        Ok(Err(_)) => {
            let what = LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner).take();
            internal_error(&what.unwrap_or_else(|| "a panic without a message".into()))
        }
        Err(error) => format!("error: cannot start a thread with a stack of {} MiB: {error}", STACK_SIZE >> 20),
    };
    output::note(&failure);
    Exit::Failed
}

fn internal_error(what: &str) -> String {
    format!(
        "error: internal error in bt-lint {}: {what}\n\
         help: this is a bug in bt-lint, not in the flake; please report it with the command that was run and, if \
         possible, the flake: {}/issues",
        env!("CARGO_PKG_VERSION"),
        env!("CARGO_PKG_REPOSITORY"),
    )
}

fn remember_panic(info: &std::panic::PanicHookInfo<'_>) {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let mut text = text.unwrap_or("a panic without a message").to_string();
    if let Some(place) = info.location() {
        text.push_str(&format!(" ({}:{}:{})", place.file(), place.line(), place.column()));
    }
    // Taken only when RUST_BACKTRACE asks for it.
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        text.push_str(&format!("\n{backtrace}"));
    }
    *LAST_PANIC.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
}

#[cfg(test)]
mod tests {
    use super::run;
    use crate::exit::Exit;

    // One test, since the panic hook belongs to the whole process.
    #[test]
    fn a_panic_becomes_an_exit_code() {
        assert_eq!(run(|| panic!("on purpose")), Exit::Failed);
        assert_eq!(run(|| Exit::Findings), Exit::Findings);
        let deep = run(|| if nested(100_000) == 100_000 { Exit::Clean } else { Exit::Findings });
        assert_eq!(deep, Exit::Clean);
    }

    fn nested(depth: usize) -> usize {
        let frame = std::hint::black_box([depth; 64]);
        if depth == 0 { 0 } else { nested(frame[63] - 1) + 1 }
    }
}
