//! Syntax tree to program: variables become (level, slot), constants values, names symbols.

mod scope;
mod sets;
mod shape;

use crate::error::{At, Error, ErrorKind};
use crate::eval::Evaluator;
use crate::ir::*;
use crate::symbol::Symbol;
use crate::value::{ListOrigin, NixString, PathValue, Value};
use crate::world::canonical_path;
use bt_diag::{SourceFile, Span, suggest};
use bt_syntax::ast::{self, AttrName, BinaryOp, ExprKind, StrPart};
use scope::{Found, Scope, Scopes};

type Result<T> = std::result::Result<T, Error>;

/// What lowering needs to know beside the tree.
pub struct LowerContext<'f> {
    /// The text, for assertions' messages.
    pub file: &'f SourceFile,
    /// The directory that relative paths start from.
    pub directory: String,
    /// Functions of this file to observe: binding name and number.
    pub observed: Vec<(Symbol, u16)>,
    /// Functions of this file to observe that no binding names: one of their formals, and number.
    pub observed_by_formal: Vec<(Symbol, u16)>,
    /// Whether the private builtins may be used.
    pub private_builtins: bool,
}

/// Lowers one file. `outer` is the scope of `scopedImport`, whose names are the attributes of the given set.
pub fn lower<'e>(
    ev: &Evaluator<'e>,
    tree: &ast::Expr<'_>,
    context: LowerContext<'_>,
    outer: Option<&[Symbol]>,
) -> Result<&'e Expr<'e>> {
    let mut lowering = Lowering { ev, context, scopes: Scopes::default(), pending_observed: 0, depth: 0 };
    if let Some(names) = outer {
        lowering.scopes.push(Scope::Sorted(names.to_vec()));
    }
    lowering.expr(tree)
}

struct Lowering<'l, 'e, 'f> {
    ev: &'l Evaluator<'e>,
    context: LowerContext<'f>,
    scopes: Scopes,
    /// Number of the observed function whose binding is being lowered; the first function in it takes it.
    pending_observed: u16,
    depth: u32,
}

/// The texts among the parts as one: each escape of a `''…''` literal is a part of its own.
fn joined(parts: &[StrPart<'_>]) -> String {
    let texts = parts.iter().map(|part| match part {
        StrPart::Text(text) => *text,
        StrPart::Interpolation(_) => "",
    });
    texts.collect()
}

impl<'e> Lowering<'_, 'e, '_> {
    fn alloc<T>(&self, value: T) -> &'e T {
        self.ev.arena.alloc(value)
    }

    fn symbol(&self, name: &str) -> Symbol {
        self.ev.symbols.intern(name)
    }

    fn code(&mut self, tree: &ast::Expr<'_>) -> Result<Code<'e>> {
        let expr = self.expr(tree)?;
        Ok(self.ev.register(expr, tree.span))
    }

    fn codes(&mut self, trees: &[&ast::Expr<'_>]) -> Result<&'e [Code<'e>]> {
        let codes = trees.iter().map(|t| self.code(t)).collect::<Result<Vec<_>>>()?;
        Ok(self.ev.arena.alloc_slice_copy(&codes))
    }

    fn expr(&mut self, tree: &ast::Expr<'_>) -> Result<&'e Expr<'e>> {
        self.depth += 1;
        let result = if self.depth.is_multiple_of(16) {
            stacker::maybe_grow(128 << 10, 4 << 20, || self.expr_inner(tree))
        } else {
            self.expr_inner(tree)
        };
        self.depth -= 1;
        result
    }

    fn expr_inner(&mut self, tree: &ast::Expr<'_>) -> Result<&'e Expr<'e>> {
        let span = tree.span;
        let expr = match &tree.kind {
            ExprKind::Int(i) => Expr::Const(Value::Int(*i)),
            ExprKind::Float(f) => Expr::Const(Value::Float(*f)),
            ExprKind::Ident(name) => return self.variable(name, span, 0),
            ExprKind::CurPos => Expr::CurPos(span.start),
            ExprKind::Str(parts) => self.string(parts, span)?,
            ExprKind::Path(parts) => self.path(parts, span)?,
            ExprKind::SearchPath(text) => self.search_path(text, span)?,
            ExprKind::Select { subject, path: [AttrName::Static(name, name_span)], default: None } => {
                let subject = self.expr(subject)?;
                Expr::Select1(self.alloc(Select1 { subject, name: self.symbol(name), span, name_span: *name_span }))
            }
            ExprKind::Select { subject, path, default } => {
                let subject = self.expr(subject)?;
                let path = self.names(path)?;
                let default = default.map(|d| self.expr(d)).transpose()?;
                Expr::Select(self.alloc(Select { subject, path, default, span }))
            }
            ExprKind::HasAttr { subject, path } => {
                let subject = self.expr(subject)?;
                let path = self.names(path)?;
                Expr::HasAttr(self.alloc(HasAttr { subject, path }))
            }
            ExprKind::Call { function, arguments } => {
                let function = self.expr(function)?;
                let arguments = self.codes(arguments)?;
                Expr::Call(self.alloc(Call { function, arguments, span }))
            }
            ExprKind::Lambda(lambda) => self.lambda(lambda, span)?,
            ExprKind::AttrSet(set) => self.attr_set(set, span)?,
            ExprKind::Let { bindings, body } => self.let_in(bindings, |this| this.expr(body))?,
            ExprKind::LegacyLet(set) => {
                let body = self.symbol("body");
                let subject = self.attr_set(set, span)?;
                let subject = self.alloc(subject);
                Expr::Select1(self.alloc(Select1 { subject, name: body, span, name_span: span }))
            }
            ExprKind::List([]) => Expr::Const(Value::List(self.ev.empty_list())),
            ExprKind::List(items) => {
                let spans: Vec<Span> = items.iter().map(|i| i.span).collect();
                let origin = ListOrigin::Literal(self.ev.arena.alloc_slice_copy(&spans));
                let items = self.codes(items)?;
                Expr::List(self.alloc(ListExpr { items, origin }))
            }
            ExprKind::If(condition, then, otherwise) => {
                let span = condition.span;
                let condition = self.expr(condition)?;
                let then = self.expr(then)?;
                let otherwise = self.expr(otherwise)?;
                Expr::If(self.alloc(IfExpr { condition, then, otherwise, span }))
            }
            ExprKind::Assert(condition, body) => {
                let span = condition.span;
                let text = self.context.file.text.get(self.context.file.range(span)).unwrap_or("");
                let text = self.ev.arena.alloc_str(text);
                let condition = self.expr(condition)?;
                let body = self.expr(body)?;
                Expr::Assert(self.alloc(AssertExpr { condition, body, span, text }))
            }
            ExprKind::With(namespace, body) => {
                let namespace = self.code(namespace)?;
                self.scopes.push(Scope::With);
                let body = self.expr(body);
                self.scopes.pop();
                Expr::With(self.alloc(WithExpr { namespace, body: body? }))
            }
            ExprKind::Binary(op, op_span, left, right) => return self.binary(*op, *op_span, left, right, span),
            ExprKind::Not(operand) => {
                let operand = self.expr(operand)?;
                Expr::Not(self.alloc(UnaryExpr { operand, span }))
            }
            ExprKind::Negate(operand) => match self.expr(operand)? {
                operand if self.ev.options.shows_thunks => Expr::Negate(self.alloc(UnaryExpr { operand, span })),
                Expr::Const(Value::Int(i)) => Expr::Const(Value::Int(i.wrapping_neg())),
                // Nix computes `0 - f`, which is not -0.0 for 0.0.
                Expr::Const(Value::Float(f)) => Expr::Const(Value::Float(0.0 - f)),
                operand => Expr::Negate(self.alloc(UnaryExpr { operand, span })),
            },
        };
        Ok(self.alloc(expr))
    }

    /// A variable; the innermost `skip` scopes are counted but not searched.
    fn variable(&mut self, name: &str, span: Span, skip: usize) -> Result<&'e Expr<'e>> {
        let symbol = self.symbol(name);
        let expr = match self.scopes.find(symbol, skip) {
            Found::Variable { level: 0, slot } => Expr::Local(slot),
            Found::Variable { level, slot } => Expr::Var { level, slot },
            Found::Nowhere { withs } => {
                if let Some(value) = self.ev.global(symbol, self.context.private_builtins) {
                    self.global(name, value, span)
                } else if withs.is_empty() {
                    return Err(self.undefined(name, span));
                } else {
                    let levels = self.ev.arena.alloc_slice_copy(&withs);
                    Expr::WithVar(self.alloc(WithVar { name: symbol, levels, span }))
                }
            }
        };
        Ok(self.alloc(expr))
    }

    /// A variable that the language defines. Those that are computed on demand are read from `builtins`.
    fn global(&self, name: &str, value: Value<'e>, span: Span) -> Expr<'e> {
        match (value, self.ev.builtins()) {
            (Value::Thunk(_), Some(builtins)) => {
                let subject = self.alloc(Expr::Const(Value::Attrs(builtins)));
                let name = self.symbol(name.strip_prefix("__").unwrap_or(name));
                Expr::Select1(self.alloc(Select1 { subject, name, span, name_span: span }))
            }
            _ => Expr::Const(value),
        }
    }

    /// `<x>` is `__findFile __nixPath "x"`, and a program may define either name.
    fn search_path(&mut self, text: &str, span: Span) -> Result<Expr<'e>> {
        let defines = |name| matches!(self.scopes.find(self.symbol(name), 0), Found::Variable { .. });
        if !defines("__findFile") && !defines("__nixPath") {
            let text = self.ev.arena.alloc_str(text);
            return Ok(Expr::SearchPath(self.alloc(SearchPathExpr { text, span })));
        }
        let function = self.variable("__findFile", span, 0)?;
        let path = self.variable("__nixPath", span, 0)?;
        let name = self.alloc(Expr::Const(self.text_value(text)));
        let arguments = [self.ev.register(path, span), self.ev.register(name, span)];
        let arguments = self.ev.arena.alloc_slice_copy(&arguments);
        Ok(Expr::Call(self.alloc(Call { function, arguments, span })))
    }

    fn undefined(&self, name: &str, span: Span) -> Error {
        let mut candidates: Vec<&str> = self.scopes.names().map(|s| self.ev.symbols.name(s)).collect();
        candidates.extend(self.ev.global_names());
        let error = Error::new(ErrorKind::UndefinedVariable, format!("undefined variable '{name}'")).at(span);
        match suggest::nearest(name, candidates) {
            Some(near) => error.help(format!("did you mean '{near}'?")),
            None => error,
        }
    }

    fn names(&mut self, path: &[AttrName<'_>]) -> Result<&'e [Name<'e>]> {
        let mut names = Vec::with_capacity(path.len());
        for name in path {
            names.push(match name {
                AttrName::Static(name, span) => Name::Static(self.symbol(name), *span),
                AttrName::Dynamic(expr, span) => Name::Dynamic(self.expr(expr)?, *span),
            });
        }
        Ok(self.ev.arena.alloc_slice_copy(&names))
    }

    fn string(&mut self, parts: &[StrPart<'_>], span: Span) -> Result<Expr<'e>> {
        match parts {
            [] => Ok(Expr::Const(self.text_value(""))),
            [StrPart::Text(text)] => Ok(Expr::Const(self.text_value(text))),
            parts if parts.iter().all(|part| matches!(part, StrPart::Text(_))) => {
                Ok(Expr::Const(self.text_value(&joined(parts))))
            }
            parts => {
                let parts = self.parts(parts)?;
                Ok(Expr::Interpolation(self.alloc(InterpolationExpr { parts, span })))
            }
        }
    }

    fn text_value(&self, text: &str) -> Value<'e> {
        let bytes = self.ev.arena.alloc_str(text).as_bytes();
        Value::String(self.alloc(NixString::new(bytes, &[])))
    }

    fn parts(&mut self, parts: &[StrPart<'_>]) -> Result<&'e [Part<'e>]> {
        let mut lowered = Vec::with_capacity(parts.len());
        let is_text = |part: &StrPart<'_>| matches!(part, StrPart::Text(_));
        for group in parts.chunk_by(|a, b| is_text(a) && is_text(b)) {
            lowered.push(match group {
                [StrPart::Interpolation(expr)] => Part::Expr(self.expr(expr)?, expr.span),
                [StrPart::Text(text)] => Part::Text(self.ev.arena.alloc_str(text)),
                texts => Part::Text(self.ev.arena.alloc_str(&joined(texts))),
            });
        }
        Ok(self.ev.arena.alloc_slice_fill_iter(lowered))
    }

    fn path(&mut self, parts: &[StrPart<'_>], span: Span) -> Result<Expr<'e>> {
        let Some((StrPart::Text(first), rest)) = parts.split_first() else {
            return Err(Error::new(ErrorKind::Syntax, "path without text").at(span));
        };
        let absolute = self.ev.absolute_path(first, &self.context.directory).at(span)?;
        if rest.is_empty() {
            let text = self.ev.arena.alloc_str(&canonical_path(&absolute));
            return Ok(Expr::Const(Value::Path(self.alloc(PathValue { text }))));
        }
        // A text that ends with a slash keeps it, so that what follows is a component of its own.
        let mut start = canonical_path(&absolute);
        if absolute.ends_with('/') && !start.ends_with('/') {
            start.push('/');
        }
        let mut lowered = vec![Part::Text(self.ev.arena.alloc_str(&start))];
        for part in rest {
            lowered.push(match part {
                StrPart::Text(text) => Part::Text(self.ev.arena.alloc_str(text)),
                StrPart::Interpolation(expr) => Part::Expr(self.expr(expr)?, expr.span),
            });
        }
        let parts = self.ev.arena.alloc_slice_fill_iter(lowered);
        Ok(Expr::PathInterpolation(self.alloc(InterpolationExpr { parts, span })))
    }

    fn binary<'s>(
        &mut self,
        op: BinaryOp,
        op_span: Span,
        left: &ast::Expr<'s>,
        right: &ast::Expr<'s>,
        span: Span,
    ) -> Result<&'e Expr<'e>> {
        let op = match op {
            BinaryOp::PipeRight | BinaryOp::PipeLeft => {
                if !self.ev.options.pipe_operators {
                    let message = "experimental Nix feature 'pipe-operators' is disabled; add \
                                   '--extra-experimental-features pipe-operators' to enable it";
                    return Err(Error::new(ErrorKind::Syntax, message).at(op_span));
                }
                let (function, argument) = if op == BinaryOp::PipeRight { (right, left) } else { (left, right) };
                let function = self.expr(function)?;
                let arguments = self.codes(&[argument])?;
                return Ok(self.alloc(Expr::Call(self.alloc(Call { function, arguments, span }))));
            }
            BinaryOp::Concat => Op::Concat,
            BinaryOp::Update => Op::Update,
            BinaryOp::Add => Op::Add,
            BinaryOp::Sub => Op::Sub,
            BinaryOp::Mul => Op::Mul,
            BinaryOp::Div => Op::Div,
            BinaryOp::And => Op::And,
            BinaryOp::Or => Op::Or,
            BinaryOp::Implies => Op::Implies,
            BinaryOp::Equal => Op::Equal,
            BinaryOp::NotEqual => Op::NotEqual,
            BinaryOp::Less => Op::Less,
            BinaryOp::LessOrEqual => Op::LessOrEqual,
            BinaryOp::More => Op::More,
            BinaryOp::MoreOrEqual => Op::MoreOrEqual,
        };
        let left = self.expr(left)?;
        let right = self.expr(right)?;
        let simple_depth = shape::simple_depth(op, left, right);
        Ok(self.alloc(Expr::Binary(self.alloc(BinaryExpr { op, left, right, span: op_span, simple_depth }))))
    }

    fn lambda(&mut self, lambda: &ast::Lambda<'_>, span: Span) -> Result<Expr<'e>> {
        let name = lambda.name.get().map(|n| self.symbol(n));
        let mut body = lambda.body;
        let (parameter, scope, observed) = match &lambda.parameter {
            ast::Parameter::Ident(first, _) => {
                let mut names = vec![self.symbol(first)];
                while let ExprKind::Lambda(ast::Lambda {
                    parameter: ast::Parameter::Ident(next, _), body: inner, ..
                }) = &body.kind
                {
                    names.push(self.symbol(next));
                    body = inner;
                }
                (Parameter::Positional(names.len() as u32), Scope::Positional(names), 0)
            }
            ast::Parameter::Formals { formals, ellipsis, binding } => {
                let mut observed = std::mem::take(&mut self.pending_observed);
                let mut sorted: Vec<(Symbol, &ast::Formal<'_>)> =
                    formals.iter().map(|f| (self.symbol(f.name), f)).collect();
                sorted.sort_by_key(|(symbol, _)| *symbol);
                let names: Vec<Symbol> = sorted.iter().map(|(symbol, _)| *symbol).collect();
                if let Some((_, number)) = self.context.observed_by_formal.iter().find(|(f, _)| names.contains(f)) {
                    observed = *number;
                }
                let all = binding.map(|(name, _)| self.symbol(name));
                self.scopes.push(Scope::Formals(names, all));
                let lowered = sorted.iter().map(|(name, formal)| {
                    let default = formal.default.map(|d| self.code(d)).transpose()?;
                    Ok(Formal { name: *name, position: formal.span.start, default })
                });
                let lowered = lowered.collect::<Result<Vec<_>>>();
                let scope = self.scopes.pop();
                let formals = self.ev.arena.alloc_slice_fill_iter(lowered?);
                let parameters = FormalParameters { formals, ellipsis: *ellipsis, binds_all: all.is_some() };
                (Parameter::Formals(parameters), scope, observed)
            }
        };
        self.scopes.push(scope);
        let body = self.expr(body);
        self.scopes.pop();
        let body = body?;
        let needs = shape::needs(&parameter, body);
        Ok(Expr::Lambda(self.alloc(Lambda { parameter, body, name, span, observed, needs })))
    }
}
