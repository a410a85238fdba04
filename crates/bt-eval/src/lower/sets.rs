//! Attribute sets and `let`.

use super::scope::Scope;
use super::{Lowering, Result};
use crate::ir::*;
use crate::symbol::{Symbol, sym};
use crate::value::{Attrs, Value};
use bt_diag::Span;
use bt_syntax::ast::{self, EntryValue, ExprKind};

/// Where `inherit (e) a` takes `a` from.
enum Source<'s> {
    /// A variable or constant, evaluated anew for each attribute.
    Simple(&'s ast::Expr<'s>),
    /// A hidden slot of the innermost scope.
    Slot(u32),
}

impl<'e> Lowering<'_, 'e, '_> {
    /// Sorted entries, and the `inherit` sources with the slots that they get after `first_slot`.
    fn plan<'s>(
        &self,
        bindings: &ast::Bindings<'s>,
        first_slot: u32,
    ) -> (Vec<(Symbol, ast::Entry<'s>)>, Vec<Source<'s>>) {
        let mut entries: Vec<(Symbol, ast::Entry<'s>)> =
            bindings.entries.iter().map(|e| (self.symbol(e.name), *e)).collect();
        entries.sort_by_key(|(symbol, _)| *symbol);
        let mut next = first_slot;
        let sources = bindings.inherit_from.iter().map(|expr| match expr.kind {
            ExprKind::Ident(_) => Source::Simple(expr),
            _ => {
                next += 1;
                Source::Slot(next - 1)
            }
        });
        let sources = sources.collect();
        (entries, sources)
    }

    fn hidden(&mut self, bindings: &ast::Bindings<'_>, sources: &[Source<'_>]) -> Result<Vec<Code<'e>>> {
        let hidden = bindings.inherit_from.iter().zip(sources).filter(|(_, source)| matches!(source, Source::Slot(_)));
        hidden.map(|(expr, _)| self.code(expr)).collect()
    }

    fn entry_value(
        &mut self,
        symbol: Symbol,
        entry: &ast::Entry<'_>,
        sources: &[Source<'_>],
        skip: usize,
    ) -> Result<Code<'e>> {
        match entry.value {
            EntryValue::Expr(expr) => {
                let outer = self.pending_observed;
                if let Some((_, number)) = self.context.observed.iter().find(|(name, _)| *name == symbol) {
                    self.pending_observed = *number;
                }
                let code = self.code(expr);
                self.pending_observed = outer;
                code
            }
            EntryValue::Inherit => {
                let expr = self.variable(entry.name, entry.span, skip)?;
                Ok(self.ev.register(expr, entry.span))
            }
            EntryValue::InheritFrom(index) => {
                let subject = match &sources[index as usize] {
                    Source::Simple(expr) => self.expr(expr)?,
                    Source::Slot(slot) => self.alloc(Expr::Local(*slot)),
                };
                let select = Select1 { subject, name: symbol, span: entry.span, name_span: entry.span };
                let expr = self.alloc(Expr::Select1(self.alloc(select)));
                Ok(self.ev.register(expr, entry.span))
            }
        }
    }

    pub(super) fn attr_set(&mut self, set: &ast::AttrSet<'_>, span: Span) -> Result<Expr<'e>> {
        let bindings = set.bindings.borrow();
        if bindings.entries.is_empty() && bindings.dynamic.is_empty() && !self.ev.options.shows_thunks {
            return Ok(Expr::Const(Value::Attrs(self.alloc(Attrs::from_sorted(&[])))));
        }
        let first_slot = if set.recursive { bindings.entries.len() as u32 } else { 0 };
        let (entries, sources) = self.plan(&bindings, first_slot);
        let has_hidden = sources.iter().any(|s| matches!(s, Source::Slot(_)));
        // A set that is not recursive has a scope of its own only for hidden sources.
        let scoped = set.recursive || has_hidden;
        if scoped {
            let names = if set.recursive { entries.iter().map(|(symbol, _)| *symbol).collect() } else { Vec::new() };
            self.scopes.push(Scope::Sorted(names));
        }
        let result =
            self.attr_set_inner(&bindings, &entries, &sources, usize::from(set.recursive), set.recursive, span);
        if scoped {
            self.scopes.pop();
        }
        result
    }

    fn attr_set_inner(
        &mut self,
        bindings: &ast::Bindings<'_>,
        entries: &[(Symbol, ast::Entry<'_>)],
        sources: &[Source<'_>],
        skip: usize,
        recursive: bool,
        span: Span,
    ) -> Result<Expr<'e>> {
        let hidden = self.hidden(bindings, sources)?;
        let mut lowered = Vec::with_capacity(entries.len());
        for (symbol, entry) in entries {
            let value = self.entry_value(*symbol, entry, sources, skip)?;
            lowered.push(Entry { name: *symbol, position: entry.path.start, value });
        }
        let mut dynamic = Vec::with_capacity(bindings.dynamic.len());
        for entry in bindings.dynamic.iter() {
            dynamic.push(DynamicEntry {
                name: self.expr(entry.name)?,
                span: entry.span,
                value: self.code(entry.value)?,
            });
        }
        let overrides = recursive && entries.iter().any(|(symbol, _)| *symbol == sym::OVERRIDES);
        Ok(Expr::Attrs(self.alloc(AttrsExpr {
            entries: self.ev.arena.alloc_slice_fill_iter(lowered),
            dynamic: self.ev.arena.alloc_slice_fill_iter(dynamic),
            recursive,
            overrides,
            sources: self.ev.arena.alloc_slice_copy(&hidden),
            span,
        })))
    }

    pub(super) fn let_in(
        &mut self,
        set: &ast::AttrSet<'_>,
        body: impl FnOnce(&mut Self) -> Result<&'e Expr<'e>>,
    ) -> Result<Expr<'e>> {
        let bindings = set.bindings.borrow();
        let (entries, sources) = self.plan(&bindings, bindings.entries.len() as u32);
        self.scopes.push(Scope::Sorted(entries.iter().map(|(symbol, _)| *symbol).collect()));
        let result = self.let_inner(&bindings, &entries, &sources, body);
        self.scopes.pop();
        result
    }

    fn let_inner(
        &mut self,
        bindings: &ast::Bindings<'_>,
        entries: &[(Symbol, ast::Entry<'_>)],
        sources: &[Source<'_>],
        body: impl FnOnce(&mut Self) -> Result<&'e Expr<'e>>,
    ) -> Result<Expr<'e>> {
        let hidden = self.hidden(bindings, sources)?;
        let mut values = Vec::with_capacity(entries.len() + hidden.len());
        for (symbol, entry) in entries {
            values.push(self.entry_value(*symbol, entry, sources, 1)?);
        }
        values.extend(hidden);
        let body = body(self)?;
        Ok(Expr::Let(self.alloc(LetExpr { values: self.ev.arena.alloc_slice_copy(&values), body })))
    }
}
