//! Operators, calls and pipes.

use super::{Parse, Parser};
use crate::ast::*;
use crate::lexer::Kind;

/// Binding powers, loosest first.
mod power {
    pub const IMPLIES: u8 = 1;
    pub const OR: u8 = 2;
    pub const AND: u8 = 3;
    pub const EQUAL: u8 = 4;
    pub const COMPARE: u8 = 5;
    pub const UPDATE: u8 = 6;
    pub const NOT: u8 = 7;
    pub const ADD: u8 = 8;
    pub const MUL: u8 = 9;
    pub const CONCAT: u8 = 10;
    pub const HAS_ATTR: u8 = 11;
    pub const NEGATE: u8 = 12;
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Associativity {
    Left,
    Right,
    None,
}

#[inline(always)]
fn binary_operator(kind: Kind) -> Option<(BinaryOp, u8, Associativity)> {
    use Associativity::{Left, None as No, Right};
    Some(match kind {
        Kind::Implies => (BinaryOp::Implies, power::IMPLIES, Right),
        Kind::Or => (BinaryOp::Or, power::OR, Left),
        Kind::And => (BinaryOp::And, power::AND, Left),
        Kind::Equal => (BinaryOp::Equal, power::EQUAL, No),
        Kind::NotEqual => (BinaryOp::NotEqual, power::EQUAL, No),
        Kind::Less => (BinaryOp::Less, power::COMPARE, No),
        Kind::LessOrEqual => (BinaryOp::LessOrEqual, power::COMPARE, No),
        Kind::More => (BinaryOp::More, power::COMPARE, No),
        Kind::MoreOrEqual => (BinaryOp::MoreOrEqual, power::COMPARE, No),
        Kind::Update => (BinaryOp::Update, power::UPDATE, Right),
        Kind::Plus => (BinaryOp::Add, power::ADD, Left),
        Kind::Minus => (BinaryOp::Sub, power::ADD, Left),
        Kind::Star => (BinaryOp::Mul, power::MUL, Left),
        Kind::Slash => (BinaryOp::Div, power::MUL, Left),
        Kind::Concat => (BinaryOp::Concat, power::CONCAT, Right),
        _ => return None,
    })
}

impl<'s> Parser<'s> {
    /// `a |> f |> g` or `g <| f <| a`; the two do not mix.
    #[inline(always)]
    pub(super) fn pipes(&mut self) -> Parse<&'s Expr<'s>> {
        let left = self.operators(0)?;
        match self.peek() {
            Kind::PipeRight => self.pipes_right(left),
            Kind::PipeLeft => self.pipes_left(left),
            _ => Ok(left),
        }
    }

    fn pipes_right(&mut self, mut left: &'s Expr<'s>) -> Parse<&'s Expr<'s>> {
        let mut chain = 0;
        while self.peek() == Kind::PipeRight {
            let operator = self.here();
            self.at += 1;
            let right = self.operators(0)?;
            let kind = ExprKind::Binary(BinaryOp::PipeRight, operator, left, right);
            left = self.alloc(left.span.to(right.span), kind);
            chain += 1;
        }
        self.longest = self.longest.max(chain);
        Ok(left)
    }

    fn pipes_left(&mut self, left: &'s Expr<'s>) -> Parse<&'s Expr<'s>> {
        let mut operands = vec![(left, left.span)];
        while self.peek() == Kind::PipeLeft {
            let operator = self.here();
            self.at += 1;
            operands.push((self.operators(0)?, operator));
        }
        self.longest = self.longest.max(operands.len() as u32);
        let mut result = None;
        while let Some((operand, operator)) = operands.pop() {
            result = Some(match result {
                None => (operand, operator),
                Some((right, between)) => {
                    let kind = ExprKind::Binary(BinaryOp::PipeLeft, between, operand, right);
                    (self.alloc(operand.span.to(right.span), kind), operator)
                }
            });
        }
        Ok(result.map_or(left, |(expr, _)| expr))
    }

    fn operators(&mut self, minimum: u8) -> Parse<&'s Expr<'s>> {
        let start = self.here().start;
        let mut left = match self.peek() {
            Kind::Not => {
                self.at += 1;
                let operand = self.nested(|p| p.operators(power::NOT))?;
                self.alloc(self.since(start), ExprKind::Not(operand))
            }
            Kind::Minus => {
                self.at += 1;
                let operand = self.nested(|p| p.operators(power::NEGATE))?;
                self.alloc(self.since(start), ExprKind::Negate(operand))
            }
            _ => self.application()?,
        };
        let mut last_non_associative = 0;
        let mut operands = 0;
        loop {
            let kind = self.peek();
            operands += 1;
            if kind == Kind::Question {
                if power::HAS_ATTR < minimum {
                    break;
                }
                self.at += 1;
                let path = self.attr_path()?;
                left = self.alloc(self.since(start), ExprKind::HasAttr { subject: left, path });
                continue;
            }
            let Some((op, strength, associativity)) = binary_operator(kind) else { break };
            if strength < minimum {
                break;
            }
            if strength == last_non_associative {
                let help = "comparisons do not chain: put one of them in parentheses";
                return Err(self.unexpected(&[]).help(help));
            }
            let operator = self.here();
            self.at += 1;
            let right = match associativity {
                Associativity::Right => self.nested(|p| p.operators(strength))?,
                _ => self.operators(strength + 1)?,
            };
            left = self.alloc(self.since(start), ExprKind::Binary(op, operator, left, right));
            last_non_associative = if associativity == Associativity::None { strength } else { 0 };
        }
        self.longest = self.longest.max(operands);
        Ok(left)
    }

    fn application(&mut self) -> Parse<&'s Expr<'s>> {
        let start = self.here().start;
        let function = self.select()?;
        if !self.peek().starts_operand() {
            return Ok(function);
        }
        let first = self.exprs.len();
        while self.peek().starts_operand() {
            let argument = self.select()?;
            self.exprs.push(argument);
        }
        self.longest = self.longest.max((self.exprs.len() - first) as u32);
        let arguments = self.finish_exprs(first);
        Ok(self.alloc(self.since(start), ExprKind::Call { function, arguments }))
    }
}
