//! Programs with what they print or why they fail.

use super::{MemoryWorld, printed};

/// Names that every program has: a store path, a derivation, a string that refers to the path.
pub const PRELUDE: &str = r#"let
  p = "/nix/store/lfngsssysp6h1v4ccqg23c52s9sjl779-x";
  d = "/nix/store/5wq5jx7219pmi3xklyhl77fjbqvy6qaj-x.drv";
  s = builtins.appendContext "a/b" { ${p}.path = true; };
in "#;

pub fn world() -> MemoryWorld {
    MemoryWorld::new(&[("/src/abc", "abc"), ("/src/dir/x.txt", "hello")])
}

pub fn evaluate(text: &str, strict: bool) -> Result<String, String> {
    printed(&world(), &format!("{PRELUDE}{text}"), strict)
}

#[track_caller]
pub fn works(cases: &[(&str, &str)]) {
    for (text, value) in cases {
        assert_eq!(evaluate(text, true).as_deref(), Ok(*value), "{text}");
    }
}

#[track_caller]
pub fn works_lazily(cases: &[(&str, &str)]) {
    for (text, value) in cases {
        assert_eq!(evaluate(text, false).as_deref(), Ok(*value), "{text}");
    }
}

#[track_caller]
pub fn fails(cases: &[(&str, &str)]) {
    for (text, message) in cases {
        assert_eq!(evaluate(text, true), Err(message.to_string()), "{text}");
    }
}
