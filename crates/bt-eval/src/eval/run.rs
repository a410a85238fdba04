//! The loop over expressions.

use super::{Evaluator, Result};
use crate::error::{At, Error, ErrorKind};
use crate::ir::*;
use crate::value::{Closure, Env, List, Slot, Value, share};
use bt_diag::Span;
use std::cell::Cell;

/// The last call that was made in tail position, for the trace.
type LastCall<'e> = Option<(&'e Lambda<'e>, Span)>;

impl<'e> Evaluator<'e> {
    /// Evaluates an expression to weak head normal form.
    #[inline]
    pub(crate) fn eval(&self, expr: &'e Expr<'e>, env: &'e Env<'e>) -> Result<Value<'e>> {
        match expr {
            Expr::Const(value) => Ok(*value),
            Expr::Local(slot) => self.force_slot(env.slot(*slot)),
            Expr::Var { level, slot } => self.force_slot(variable(env, *level, *slot)),
            Expr::Lambda(lambda) => Ok(self.closure(lambda, env)),
            Expr::Binary(binary) => self.eval_binary(binary, env),
            expr => self.eval_nested(expr, env),
        }
    }

    #[inline]
    fn eval_binary(&self, binary: &'e BinaryExpr<'e>, env: &'e Env<'e>) -> Result<Value<'e>> {
        if binary.simple_depth != 0
            && let Some(value) = at_hand(binary, env)
        {
            return Ok(value);
        }
        self.guarded(|| self.binary(binary, env))
    }

    #[inline(never)]
    fn eval_nested(&self, expr: &'e Expr<'e>, env: &'e Env<'e>) -> Result<Value<'e>> {
        let calls = self.calls.get();
        let result = self.guarded(|| {
            let mut last_call = None;
            match self.run(expr, env, &mut last_call) {
                Ok(value) => Ok(value),
                Err(error) => Err(match last_call {
                    Some((lambda, span)) => self.call_frame(error, lambda, span),
                    None => error,
                }),
            }
        });
        self.calls.set(calls);
        result
    }

    #[inline]
    pub(crate) fn closure(&self, lambda: &'e Lambda<'e>, env: &'e Env<'e>) -> Value<'e> {
        Value::Closure(self.arena.alloc(Closure { lambda, env }))
    }

    /// An expression as the content of a fresh cell, not evaluated unless that is free.
    #[inline]
    pub(crate) fn delay(&self, code: Code<'e>, env: &'e Env<'e>) -> Value<'e> {
        match code.expr {
            Expr::Const(value) => *value,
            Expr::Local(slot) => share(env.slot(*slot)),
            Expr::Var { level, slot } => share(variable(env, *level, *slot)),
            Expr::Lambda(lambda) if !self.options.shows_thunks => self.closure(lambda, env),
            Expr::Binary(binary) if binary.simple_depth != 0 && !self.options.shows_thunks => {
                at_hand(binary, env).unwrap_or(Value::Delayed(code.id, env))
            }
            _ => Value::Delayed(code.id, env),
        }
    }

    /// The same for a scope whose cells are being filled. A variable whose cell is not filled yet gets a thunk of its own:
    /// variables that are each other would go round in a circle, and nobody would know where that is written.
    #[inline]
    pub(crate) fn delay_in_new_scope(&self, code: Code<'e>, env: &'e Env<'e>) -> Value<'e> {
        match self.delay(code, env) {
            Value::Thunk(slot) if matches!(slot.get(), Value::Blackhole) => Value::Delayed(code.id, env),
            value => value,
        }
    }

    /// An expression as a value that can be passed on, not evaluated unless that is free.
    #[inline]
    pub(crate) fn thunk(&self, code: Code<'e>, env: &'e Env<'e>) -> Value<'e> {
        match self.delay(code, env) {
            delayed @ Value::Delayed(..) => Value::Thunk(self.arena.alloc(Cell::new(delayed))),
            value => value,
        }
    }

    /// A scope of so many variables, which are not there yet.
    #[inline]
    pub(crate) fn env(&self, up: Option<&'e Env<'e>>, count: usize) -> &'e Env<'e> {
        let rest: &'e [Slot<'e>] = match count {
            0 | 1 => &[],
            count => self.arena.alloc_slice_fill_with(count - 1, |_| Cell::new(Value::Blackhole)),
        };
        self.arena.alloc(Env { up, first: Cell::new(Value::Blackhole), rest })
    }

    /// A scope of the values of a function.
    #[inline]
    pub(crate) fn env_with(
        &self,
        up: &'e Env<'e>,
        count: usize,
        mut value: impl FnMut(usize) -> Value<'e>,
    ) -> &'e Env<'e> {
        let first = Cell::new(value(0));
        let rest: &'e [Slot<'e>] = match count {
            0 | 1 => &[],
            count => self.arena.alloc_slice_fill_with(count - 1, |i| Cell::new(value(i + 1))),
        };
        self.arena.alloc(Env { up: Some(up), first, rest })
    }

    fn run(&self, mut expr: &'e Expr<'e>, mut env: &'e Env<'e>, last_call: &mut LastCall<'e>) -> Result<Value<'e>> {
        loop {
            match expr {
                Expr::Const(value) => return Ok(*value),
                Expr::Local(slot) => return self.force_slot(env.slot(*slot)),
                Expr::Var { level, slot } => return self.force_slot(variable(env, *level, *slot)),
                Expr::Lambda(lambda) => return Ok(self.closure(lambda, env)),
                Expr::Call(call) => match self.start_call(call, env, last_call)? {
                    Next::Value(value) => return Ok(value),
                    Next::Run(body, inner) => (expr, env) = (body, inner),
                },
                Expr::If(choice) => {
                    let condition = self.eval_bool(choice.condition, env, choice.span)?;
                    expr = if condition { choice.then } else { choice.otherwise };
                }
                Expr::Let(bindings) => {
                    env = self.let_env(bindings, env);
                    expr = bindings.body;
                }
                Expr::Select1(select) => return self.select1(select, env),
                Expr::Select(select) => match self.select_path(select, env)? {
                    Some(value) => return Ok(value),
                    None => match select.default {
                        Some(default) => expr = default,
                        None => return Ok(Value::Null),
                    },
                },
                Expr::Binary(binary) => {
                    if binary.simple_depth != 0
                        && let Some(value) = at_hand(binary, env)
                    {
                        return Ok(value);
                    }
                    return self.binary(binary, env);
                }
                Expr::Attrs(attrs) => return self.attrs(attrs, env),
                Expr::List(list) => {
                    let items = self
                        .arena
                        .alloc_slice_fill_with(list.items.len(), |i| Cell::new(self.delay(list.items[i], env)));
                    return Ok(Value::List(self.arena.alloc(List { items, origin: Some(&list.origin), room: None })));
                }
                Expr::Interpolation(interpolation) => return self.interpolate(interpolation, env),
                Expr::PathInterpolation(interpolation) => return self.interpolate_path(interpolation, env),
                Expr::HasAttr(has) => return self.has_attr(has, env),
                Expr::With(with) => {
                    env = self.env_with(env, 1, |_| self.delay(with.namespace, env));
                    expr = with.body;
                }
                Expr::WithVar(var) => return self.with_variable(var, env),
                Expr::Assert(assert) => {
                    self.assert(assert, env)?;
                    expr = assert.body;
                }
                Expr::Not(unary) => return Ok(Value::Bool(!self.eval_bool(unary.operand, env, unary.span)?)),
                Expr::Negate(unary) => {
                    let operand = self.eval(unary.operand, env)?;
                    return self.negate(operand).at(unary.span);
                }
                Expr::SearchPath(path) => return self.search_path(path),
                Expr::CurPos(position) => return Ok(self.position_value(*position)),
            }
        }
    }

    fn assert(&self, assert: &'e AssertExpr<'e>, env: &'e Env<'e>) -> Result<()> {
        // The sides of a `==` are kept, so that the message can say how they differ.
        if let Expr::Binary(BinaryExpr { op: Op::Equal, left, right, span, .. }) = assert.condition {
            let sides = (self.eval(left, env).at(*span)?, self.eval(right, env).at(*span)?);
            return match self.equal(sides.0, sides.1).at(*span)? {
                true => Ok(()),
                false => Err(self.assertion_failed(assert.text, assert.span, Some(sides))),
            };
        }
        match self.eval_bool(assert.condition, env, assert.span)? {
            true => Ok(()),
            false => Err(self.assertion_failed(assert.text, assert.span, None)),
        }
    }

    fn eval_bool(&self, expr: &'e Expr<'e>, env: &'e Env<'e>, span: Span) -> Result<bool> {
        match self.eval(expr, env).at(span)? {
            Value::Bool(b) => Ok(b),
            other => Err(self.expected("a Boolean", other).at(span)),
        }
    }

    fn let_env(&self, bindings: &'e LetExpr<'e>, env: &'e Env<'e>) -> &'e Env<'e> {
        let inner = self.env(Some(env), bindings.values.len());
        for (slot, value) in inner.cells().zip(bindings.values) {
            slot.set(self.delay_in_new_scope(*value, inner));
        }
        inner
    }

    fn binary(&self, binary: &'e BinaryExpr<'e>, env: &'e Env<'e>) -> Result<Value<'e>> {
        let span = binary.span;
        match binary.op {
            Op::And => {
                Ok(Value::Bool(self.eval_bool(binary.left, env, span)? && self.eval_bool(binary.right, env, span)?))
            }
            Op::Or => {
                Ok(Value::Bool(self.eval_bool(binary.left, env, span)? || self.eval_bool(binary.right, env, span)?))
            }
            Op::Implies => {
                Ok(Value::Bool(!self.eval_bool(binary.left, env, span)? || self.eval_bool(binary.right, env, span)?))
            }
            Op::Concat => self.concat_chain(binary, env),
            _ => {
                let left = self.eval(binary.left, env)?;
                let right = self.eval(binary.right, env)?;
                self.operate(binary, left, right)
            }
        }
    }

    /// An operator that needs both sides, on evaluated values.
    pub(super) fn operate(&self, binary: &'e BinaryExpr<'e>, left: Value<'e>, right: Value<'e>) -> Result<Value<'e>> {
        let span = binary.span;
        match (binary.op, left, right) {
            (Op::Update, Value::Attrs(l), Value::Attrs(r)) => {
                let result = crate::attrs::update(self.arena, l, r);
                self.check_memory().at(span)?;
                self.observations.remember_update(l, result, span);
                Ok(Value::Attrs(result))
            }
            (Op::Update, Value::Attrs(_), other) | (Op::Update, other, _) => {
                Err(self.expected("a set", other).at(span))
            }
            (Op::Concat, Value::List(l), Value::List(r)) => {
                self.reserve((l.items.len() + r.items.len()) * size_of::<Slot<'e>>()).at(span)?;
                Ok(self.concat(&[l, r]))
            }
            (Op::Concat, Value::List(_), other) | (Op::Concat, other, _) => {
                Err(self.expected("a list", other).at(span))
            }
            (op, left, right) => self.compute(op, left, right).at(span),
        }
    }

    /// `a ++ b ++ c`: one list is made of all.
    fn concat_chain(&self, binary: &'e BinaryExpr<'e>, env: &'e Env<'e>) -> Result<Value<'e>> {
        let left = self.eval(binary.left, env)?;
        if !matches!(binary.right, Expr::Binary(BinaryExpr { op: Op::Concat, .. })) {
            let right = self.eval(binary.right, env)?;
            return self.operate(binary, left, right);
        }
        let (mut values, mut rest) = (vec![(left, binary.span)], binary.right);
        while let Expr::Binary(inner) = rest
            && inner.op == Op::Concat
        {
            values.push((self.eval(inner.left, env)?, inner.span));
            rest = inner.right;
        }
        values.push((self.eval(rest, env)?, values[values.len() - 1].1));
        let list = |(value, span): &(Value<'e>, Span)| match value {
            Value::List(list) => Ok(*list),
            other => Err(self.expected("a list", *other).at(*span)),
        };
        let lists = values.iter().map(list).collect::<Result<Vec<&'e List<'e>>>>()?;
        self.reserve(lists.iter().map(|l| l.items.len()).sum::<usize>() * size_of::<Slot<'e>>()).at(binary.span)?;
        Ok(self.concat(&lists))
    }

    /// Arithmetic and comparison of evaluated values.
    fn compute(&self, op: Op, left: Value<'e>, right: Value<'e>) -> Result<Value<'e>> {
        match op {
            Op::Add => self.add(left, right),
            Op::Sub => self.subtract(left, right),
            Op::Mul => self.multiply(left, right),
            Op::Div => self.divide(left, right),
            Op::Equal => Ok(Value::Bool(self.equal(left, right)?)),
            Op::NotEqual => Ok(Value::Bool(!self.equal(left, right)?)),
            Op::Less => Ok(Value::Bool(self.less_than(left, right)?)),
            Op::More => Ok(Value::Bool(self.less_than(right, left)?)),
            Op::LessOrEqual => Ok(Value::Bool(!self.less_than(right, left)?)),
            Op::MoreOrEqual => Ok(Value::Bool(!self.less_than(left, right)?)),
            Op::Update | Op::Concat | Op::And | Op::Or | Op::Implies => {
                Err(Error::new(ErrorKind::Other, "operator is not arithmetic"))
            }
        }
    }
}

/// How evaluation goes on.
pub(super) enum Next<'e> {
    /// It is done.
    Value(Value<'e>),
    /// With another expression.
    Run(&'e Expr<'e>, &'e Env<'e>),
}

/// The value of arithmetic on integers that are evaluated already; `None` when they are not, or when it would fail.
fn at_hand<'e>(binary: &'e BinaryExpr<'e>, env: &'e Env<'e>) -> Option<Value<'e>> {
    let left = integer_at_hand(binary.left, env)?;
    let right = integer_at_hand(binary.right, env)?;
    Some(match binary.op {
        Op::Add => Value::Int(left.checked_add(right)?),
        Op::Sub => Value::Int(left.checked_sub(right)?),
        Op::Mul => Value::Int(left.checked_mul(right)?),
        Op::Div => Value::Int(left.checked_div(right)?),
        Op::Equal => Value::Bool(left == right),
        Op::NotEqual => Value::Bool(left != right),
        Op::Less => Value::Bool(left < right),
        Op::LessOrEqual => Value::Bool(left <= right),
        Op::More => Value::Bool(left > right),
        Op::MoreOrEqual => Value::Bool(left >= right),
        Op::Concat | Op::Update | Op::And | Op::Or | Op::Implies => return None,
    })
}

#[inline]
fn integer_at_hand<'e>(expr: &'e Expr<'e>, env: &'e Env<'e>) -> Option<i64> {
    let value = match expr {
        Expr::Const(value) => *value,
        Expr::Local(slot) => env.slot(*slot).get(),
        Expr::Var { level, slot } => variable(env, *level, *slot).get(),
        Expr::Binary(binary) => at_hand(binary, env)?,
        Expr::Select1(select) => {
            let subject = match select.subject {
                Expr::Local(slot) => env.slot(*slot).get(),
                Expr::Var { level, slot } => variable(env, *level, *slot).get(),
                _ => return None,
            };
            let Value::Attrs(attrs) = evaluated(subject) else { return None };
            attrs.get(select.name)?.value.get()
        }
        _ => return None,
    };
    match evaluated(value) {
        Value::Int(number) => Some(number),
        _ => None,
    }
}

/// What a reference leads to, one step.
#[inline]
fn evaluated(value: Value<'_>) -> Value<'_> {
    if let Value::Thunk(cell) = value { cell.get() } else { value }
}

/// The cell of a variable.
#[inline]
pub(super) fn variable<'e>(env: &'e Env<'e>, level: u32, slot: u32) -> &'e Slot<'e> {
    scope(env, level).slot(slot)
}

/// The scope so many levels out.
#[inline]
pub(super) fn scope<'e>(mut env: &'e Env<'e>, level: u32) -> &'e Env<'e> {
    for _ in 0..level {
        if let Some(up) = env.up {
            env = up;
        }
    }
    env
}
