//! Texts to programs: parsing, lints of literals, lowering.

use super::{Evaluator, Lint, Result};
use crate::error::{Error, ErrorKind};
use crate::ir::Expr;
use crate::lower::{LowerContext, lower};
use crate::observe::FunctionPlace;
use crate::symbol::Symbol;
use crate::world::canonical_path;
use bt_diag::SourceFile;
use bt_syntax::ast;
use bt_syntax::literals::{Literal, LiteralKind, literals};
use bumpalo::Bump;

impl<'e> Evaluator<'e> {
    /// What `nix-instantiate --parse` prints of a text whose relative paths start from `directory`.
    ///
    /// Errors: it is not Nix, or has a variable that nothing defines.
    pub fn parse_to_text(&self, file: &SourceFile, directory: String) -> Result<String> {
        let tree_arena = Bump::with_capacity(file.text.len() * 4);
        let tree = self.parse_tree(&tree_arena, file)?;
        self.lower_tree(tree, file, directory.clone(), None)?;
        let resolve = |literal: &str| match self.absolute_path(literal, &directory) {
            Ok(path) => canonical_path(&path),
            Err(_) => literal.to_string(),
        };
        Ok(bt_syntax::print(tree, &resolve))
    }

    /// Parses a text and the program made of it, without running it.
    pub(super) fn compile(
        &self,
        file: &SourceFile,
        directory: String,
        outer: Option<&[Symbol]>,
    ) -> Result<&'e Expr<'e>> {
        // One arena for the trees of all files: memory that was touched once costs nothing again.
        let mut tree_arena = self.tree_arena.take();
        let program = self.parse_tree(&tree_arena, file).and_then(|tree| self.lower_tree(tree, file, directory, outer));
        tree_arena.reset();
        self.tree_arena.replace(tree_arena);
        program
    }

    fn parse_tree<'s>(&self, arena: &'s Bump, file: &'s SourceFile) -> Result<&'s ast::Expr<'s>> {
        let tree = bt_syntax::parse(arena, &file.text, file.base).map_err(|error| self.syntax_error(error))?;
        if self.options.literals != super::LiteralLints::default() {
            self.check_literals(file)?;
        }
        Ok(tree)
    }

    fn lower_tree(
        &self,
        tree: &ast::Expr<'_>,
        file: &SourceFile,
        directory: String,
        outer: Option<&[Symbol]>,
    ) -> Result<&'e Expr<'e>> {
        let private_builtins = self.world.is_builtin_source(&file.path);
        let (mut observed, mut observed_by_formal) = (Vec::new(), Vec::new());
        for (function, number) in self.observations.functions_of(&file.path) {
            match function.place {
                FunctionPlace::Binding => observed.push((self.symbols.intern(function.name), number)),
                FunctionPlace::WithFormal(formal) => observed_by_formal.push((self.symbols.intern(formal), number)),
            }
        }
        lower(self, tree, LowerContext { file, directory, observed, observed_by_formal, private_builtins }, outer)
    }

    /// A path literal's first piece as an absolute path, not canonical yet.
    ///
    /// Errors: it is in the home directory, which pure evaluation does not have.
    pub(crate) fn absolute_path(&self, literal: &str, directory: &str) -> Result<String> {
        if let Some(home_relative) = literal.strip_prefix('~') {
            if self.world.is_pure() {
                let message = format!("the path '{literal}' can not be resolved in pure mode");
                return Err(Error::new(ErrorKind::Impure, message));
            }
            return Ok(format!("{}{home_relative}", self.world.environment("HOME").unwrap_or_default()));
        }
        if literal.starts_with('/') {
            return Ok(self.world.path_from_string(literal));
        }
        Ok(format!("{directory}/{literal}"))
    }

    #[cold]
    fn syntax_error(&self, error: bt_syntax::ParseError) -> Error {
        let mut message = error.message;
        if let Some(place) = error.defined_at.and_then(|span| self.show_place(span)) {
            message.push_str(&format!(" at {place}"));
        }
        let mut result = Error::new(ErrorKind::Syntax, message).at(error.span);
        if let Some((span, text)) = error.related {
            result = result.related(span, text);
        }
        match error.help {
            Some(help) => result.help(help),
            None => result,
        }
    }

    #[cold]
    fn check_literals(&self, file: &SourceFile) -> Result<()> {
        let lints = self.options.literals;
        for literal in literals(&file.text, file.base) {
            let lint = match literal.kind {
                LiteralKind::Url => lints.url,
                LiteralKind::ShortPath => lints.short_path,
                LiteralKind::AbsolutePath | LiteralKind::HomePath => lints.absolute_path,
            };
            let message = literal_message(&literal, lint == Lint::Fatal);
            match lint {
                Lint::Ignore => {}
                Lint::Warn => {
                    let start = literal.span.start as usize - file.base as usize;
                    self.world.log(&format!("warning: {message}\n{}", excerpt(file, start)));
                }
                Lint::Fatal => return Err(Error::new(ErrorKind::Syntax, message).at(literal.span)),
            }
        }
        Ok(())
    }
}

/// A place in a file, with the line before and after it, as Nix shows it below a warning.
fn excerpt(file: &SourceFile, start: usize) -> String {
    let (before, after) = file.text.split_at(start);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let number = before.matches('\n').count() + 1;
    let column = start - line_start + 1;
    let mut shown = format!("         at {}:{number}:{column}:", file.place());
    let mut line = |prefix: &str, text: &str| {
        let line = format!("{prefix:>15}| {text}");
        shown.push('\n');
        shown.push_str(line.trim_end());
    };
    if number > 1 {
        line(&(number - 1).to_string(), file.text[..line_start - 1].rsplit('\n').next().unwrap_or_default());
    }
    let line_end = after.find('\n').map_or(file.text.len(), |newline| start + newline);
    line(&number.to_string(), &file.text[line_start..line_end]);
    line("", &format!("{}^", " ".repeat(column - 1)));
    if let Some(next) = file.text.get(line_end + 1..) {
        line(&(number + 1).to_string(), next.split('\n').next().unwrap_or_default());
    }
    shown
}

fn literal_message(literal: &Literal<'_>, fatal: bool) -> String {
    let text = literal.text;
    let portable = |what: &str| {
        format!(
            "{what} path literals are not portable. Consider replacing path literal '{text}' by a string, relative path, \
             or parameter (lint-absolute-path-literals)"
        )
    };
    match literal.kind {
        LiteralKind::Url => {
            let what = if fatal { "disallowed" } else { "discouraged" };
            format!("URL literals are {what}. Consider using a string literal \"{text}\" instead (lint-url-literals)")
        }
        LiteralKind::ShortPath => format!(
            "relative path literal '{text}' should be prefixed with '.' for clarity: './{text}' (lint-short-path-literals)"
        ),
        LiteralKind::AbsolutePath => portable("absolute"),
        LiteralKind::HomePath => portable("home"),
    }
}
