//! What the shape of an expression tells about the order of its evaluation.

use crate::ir::{BinaryExpr, Expr, Needs, Op, Parameter};
use crate::value::Value;

/// Deeper arithmetic is never done at once.
const MAX_SIMPLE_DEPTH: u8 = 8;

/// See [`BinaryExpr::simple_depth`].
pub(super) fn simple_depth(op: Op, left: &Expr<'_>, right: &Expr<'_>) -> u8 {
    let is_arithmetic = match op {
        Op::Add | Op::Sub | Op::Mul | Op::Div => true,
        Op::Equal | Op::NotEqual | Op::Less | Op::LessOrEqual | Op::More | Op::MoreOrEqual => true,
        Op::Concat | Op::Update | Op::And | Op::Or | Op::Implies => false,
    };
    match (operand_depth(left), operand_depth(right)) {
        (Some(left), Some(right)) if is_arithmetic && left.max(right) < MAX_SIMPLE_DEPTH => left.max(right) + 1,
        _ => 0,
    }
}

/// How deep an operand of simple arithmetic is; `None` for what is not simple.
fn operand_depth(expr: &Expr<'_>) -> Option<u8> {
    match expr {
        Expr::Const(Value::Int(_)) | Expr::Local(_) | Expr::Var { .. } => Some(0),
        Expr::Select1(select) => matches!(select.subject, Expr::Local(_) | Expr::Var { .. }).then_some(0),
        Expr::Binary(BinaryExpr { op: Op::Add | Op::Sub | Op::Mul | Op::Div, simple_depth: depth @ 1.., .. }) => {
            Some(*depth)
        }
        _ => None,
    }
}

/// What a function needs first.
pub(super) fn needs(parameter: &Parameter<'_>, body: &Expr<'_>) -> Needs {
    let Parameter::Positional(count) = parameter else { return Needs::Nothing };
    if let (2, Expr::Binary(BinaryExpr { op, left: Expr::Local(0), right: Expr::Local(1), .. })) = (*count, body)
        && !matches!(op, Op::And | Op::Or | Op::Implies)
    {
        return Needs::Operands;
    }
    first(body).map_or(Needs::Nothing, Needs::Argument)
}

/// The argument that the evaluation of an expression starts with.
fn first(expr: &Expr<'_>) -> Option<u32> {
    let mut expr = expr;
    loop {
        expr = match expr {
            Expr::Local(slot) => return Some(*slot),
            Expr::Binary(binary) => binary.left,
            Expr::If(choice) => choice.condition,
            Expr::Assert(assert) => assert.condition,
            Expr::Select1(select) => select.subject,
            Expr::Select(select) => select.subject,
            Expr::HasAttr(has) => has.subject,
            Expr::Not(unary) | Expr::Negate(unary) => unary.operand,
            _ => return None,
        };
    }
}
