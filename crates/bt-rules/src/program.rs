//! What the flake's own files say, as they are written. Only files that the evaluation read count, and a file is looked
//! through only when it holds a telling word.

use crate::context::Context;
use bt_diag::{SourceFile, Span};
use bt_syntax::ast::{AttrName, AttrSet, EntryValue, Expr, ExprKind, StrPart};
use bt_syntax::walk::{Visit, walk};
use std::rc::Rc;

/// Names that stand for builtins unless something binds them.
const BUILTINS: &[&str] = &["builtins", "fetchTarball", "fetchGit", "fetchTree", "fetchMercurial"];

/// Builtins that fetch.
const FETCHERS: &[&str] = &["fetchTarball", "fetchGit", "fetchTree", "fetchMercurial", "fetchurl"];

/// A call of a fetcher that says nothing about what it must get.
pub(crate) struct Fetch {
    /// The whole call.
    pub call: Span,
    /// The function, as it is written.
    pub function: Span,
    /// The name of the builtin.
    pub name: &'static str,
}

/// `name = lib.fakeHash;`
pub(crate) struct FakeHash {
    /// The name of the attribute.
    pub name: String,
    /// The value.
    pub value: Span,
}

/// A call of `builtins.getEnv` with a literal.
pub(crate) struct Variable {
    pub name: String,
    pub call: Span,
}

/// The flake's own programs that were read and contain one of these words.
fn own_files(context: &Context<'_>, words: &[&str]) -> Vec<Rc<SourceFile>> {
    let is_own = |file: &SourceFile| context.own(Some(file.span(0..file.text.len().min(1)))).is_some();
    let is_program =
        |file: &SourceFile| file.path.ends_with(".nix") && words.iter().any(|word| file.text.contains(word));
    let mut files = context.sources.files();
    files.retain(|file| is_own(file) && is_program(file));
    files
}

fn visit_all(context: &Context<'_>, words: &[&str], visit: &mut dyn FnMut(Visit<'_, '_>)) {
    for file in own_files(context, words) {
        walk(&file.text, file.base, BUILTINS, &mut |at| {
            // Whether a default is ever used, the text does not say.
            if !at.is_default {
                visit(at);
            }
        });
    }
}

/// The builtin that an expression names.
fn builtin<'s>(at: Visit<'_, 's>, expr: &Expr<'s>) -> Option<&'s str> {
    match &expr.kind {
        ExprKind::Ident(name) if at.is_builtin(name) => Some(name),
        ExprKind::Select {
            subject: Expr { kind: ExprKind::Ident("builtins"), .. },
            path: [AttrName::Static(name, _)],
            default: None,
        } if at.is_builtin("builtins") => Some(name),
        _ => None,
    }
}

/// The text of a literal without interpolation.
fn literal<'s>(expr: &Expr<'s>) -> Option<&'s str> {
    match &expr.kind {
        ExprKind::Str([]) => Some(""),
        ExprKind::Str([StrPart::Text(text)]) => Some(text),
        _ => None,
    }
}

/// Calls of `builtins.getEnv`.
pub(crate) fn variables(context: &Context<'_>) -> Vec<Variable> {
    let mut found = Vec::new();
    visit_all(context, &["getEnv"], &mut |at| {
        if let ExprKind::Call { function, arguments } = &at.expr.kind
            && builtin(at, function) == Some("getEnv")
            && let Some(name) = arguments.first().and_then(|argument| literal(argument))
        {
            found.push(Variable { name: name.to_string(), call: function.span.to(arguments[0].span) });
        }
    });
    found
}

/// Calls of fetchers without a hash or revision.
pub(crate) fn unhashed_fetches(context: &Context<'_>) -> Vec<Fetch> {
    let mut found = Vec::new();
    visit_all(context, FETCHERS, &mut |at| {
        let ExprKind::Call { function, arguments } = &at.expr.kind else { return };
        let name = builtin(at, function).and_then(|name| FETCHERS.iter().find(|known| **known == name));
        if let (Some(name), Some(argument)) = (name, arguments.first())
            && is_unhashed(name, argument)
        {
            found.push(Fetch { call: at.expr.span, function: function.span, name });
        }
    });
    found
}

/// Attributes that say what must be fetched; some belong to one fetcher only.
const PINS: &[&str] = &["sha256", "narHash", "hash", "rev"];

fn is_unhashed(function: &str, argument: &Expr<'_>) -> bool {
    match &argument.kind {
        ExprKind::Str(_) if matches!(function, "fetchTarball" | "fetchurl") => true,
        // A URL may have them as parameters.
        ExprKind::Str(_) => literal(argument).is_some_and(|url| {
            let is_revision = |part: &str| part.len() == 40 && part.bytes().all(|b| b.is_ascii_hexdigit());
            url.contains(':')
                && !url.contains("rev=")
                && !url.contains("narHash=")
                && !url.split(['/', '?']).any(is_revision)
        }),
        ExprKind::AttrSet(set) => {
            let set = set.bindings.borrow();
            let has = |name: &&str| set.entries.iter().any(|entry| entry.name == *name);
            let is_whole = set.dynamic.is_empty() && ["url", "type"].iter().any(has);
            is_whole && !PINS.iter().any(has)
        }
        _ => false,
    }
}

/// Hashes that stand for one that is not known yet.
pub(crate) fn fake_hashes(context: &Context<'_>) -> Vec<FakeHash> {
    let mut found = Vec::new();
    let words = ["fakeHash", "fakeSha256", "fakeSha512", "AAAAAAAAAAAAAAAAAAAA", "00000000000000000000"];
    visit_all(context, &words, &mut |at| {
        let set = match &at.expr.kind {
            ExprKind::AttrSet(set) | ExprKind::LegacyLet(set) | ExprKind::Let { bindings: set, .. } => set,
            _ => return,
        };
        add_fake_hashes(set, &mut found);
    });
    found
}

fn add_fake_hashes(set: &AttrSet<'_>, found: &mut Vec<FakeHash>) {
    for entry in &set.bindings.borrow().entries {
        if let EntryValue::Expr(value) = entry.value
            && is_hash_name(entry.name)
            && is_fake(value)
        {
            found.push(FakeHash { name: entry.name.to_string(), value: value.span });
        }
    }
}

fn is_hash_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["hash", "sha256", "sha512", "sha1", "md5"].iter().any(|end| name.ends_with(end))
}

fn is_fake(value: &Expr<'_>) -> bool {
    const FAKES: &[&str] = &["fakeHash", "fakeSha256", "fakeSha512"];
    match &value.kind {
        ExprKind::Ident(name) => FAKES.contains(name),
        ExprKind::Select { path, default: None, .. } => {
            matches!(path.last(), Some(AttrName::Static(name, _)) if FAKES.contains(name))
        }
        _ => literal(value).is_some_and(is_fake_text),
    }
}

/// A hash of nothing but zeros, in any base.
fn is_fake_text(text: &str) -> bool {
    let algorithms = ["sha256", "sha512", "sha1", "md5"];
    let digits = algorithms.iter().find_map(|name| text.strip_prefix(name)?.strip_prefix(['-', ':'])).unwrap_or(text);
    let digits = digits.trim_end_matches('=');
    digits.len() >= 22 && (digits.bytes().all(|b| b == b'A') || digits.bytes().all(|b| b == b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::World;
    use bt_container::Facts;

    fn fetches(source: &str) -> usize {
        World::with_source(Facts::default(), source).look(|context| unhashed_fetches(context).len())
    }

    #[test]
    fn fetches_without_a_hash() {
        for source in [
            "fetchTarball \"https://example.org/x.tar.gz\"",
            "builtins.fetchTarball \"https://example.org/${v}.tar.gz\"",
            "builtins.fetchurl { url = \"https://example.org/x\"; }",
            "fetchGit { url = \"https://example.org/x\"; ref = \"main\"; }",
            "builtins.fetchTree { type = \"github\"; owner = \"o\"; repo = \"r\"; }",
            "builtins.fetchTree \"github:o/r\"",
            "with pkgs; fetchTarball \"https://example.org/x.tar.gz\"",
        ] {
            assert_eq!(fetches(source), 1, "{source}");
        }
    }

    #[test]
    fn fetches_that_say_what_they_must_get_or_are_something_else() {
        for source in [
            "fetchTarball { url = \"https://example.org/x.tar.gz\"; sha256 = \"x\"; }",
            "fetchTarball { inherit url sha256; }",
            "fetchGit { url = \"https://example.org/x\"; rev = \"x\"; }",
            "fetchGit ./.",
            "builtins.fetchTree \"github:o/r/5e2305d577ca00acbba631b05cb1094d172b29f3\"",
            "builtins.fetchTree \"git+https://example.org/r?rev=5e2305d577ca00acbba631b05cb1094d172b29f3\"",
            "fetchTarball source",
            "fetchTarball (source // { url = \"x\"; })",
            "{ fetchTarball }: fetchTarball \"https://example.org/x.tar.gz\"",
            "let builtins = mine; in builtins.fetchTarball \"https://example.org/x.tar.gz\"",
            "pkgs.fetchurl { url = \"https://example.org/x\"; }",
            "fetchurl { url = \"https://example.org/x\"; }",
            "{ pkgs ? import (fetchTarball \"https://example.org/x.tar.gz\") { } }: pkgs",
            "# fetchTarball \"https://example.org/x.tar.gz\"\n1",
        ] {
            assert_eq!(fetches(source), 0, "{source}");
        }
    }

    #[test]
    fn hashes_that_stand_for_others() {
        let count =
            |source: &str| World::with_source(Facts::default(), source).look(|context| fake_hashes(context).len());
        for source in [
            "pkgs.fetchurl { hash = lib.fakeHash; }",
            "with lib; { vendorHash = fakeHash; }",
            "{ sha256 = pkgs.lib.fakeSha256; }",
            "{ cargoHash = \"sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"; }",
            "{ sha256 = \"0000000000000000000000000000000000000000000000000000\"; }",
            "let outputHash = lib.fakeHash; in outputHash",
        ] {
            assert_eq!(count(source), 1, "{source}");
        }
        for source in [
            "{ hash = if hash == lib.fakeHash then a else b; }",
            "{ hash = \"sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=\"; }",
            "{ text = \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"; }",
            "{ hash ? lib.fakeHash }: hash",
            "{ vendorHash = null; x = lib.fakeHash; }",
        ] {
            assert_eq!(count(source), 0, "{source}");
        }
    }

    #[test]
    fn variables_of_the_environment() {
        let names = |source: &str| {
            let world = World::with_source(Facts::default(), source);
            world.look(|context| variables(context).into_iter().map(|v| v.name).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(names("{ a = builtins.getEnv \"A\"; }"), "A");
        assert_eq!(names("{ a = mine.getEnv \"A\"; b = getEnv \"B\"; c = builtins.getEnv name; }"), "");
        assert_eq!(names("builtins: builtins.getEnv \"A\""), "");
        assert_eq!(names("{ a ? builtins.getEnv \"A\" }: a"), "");
    }
}
