//! Recursive descent over rnix's tokens, with Nix's precedences (Nix manual, "Operators"). Depth is bounded by memory
//! only: the native stack grows on demand.

mod bindings;
mod literals;

use crate::ast::*;
use crate::lexer::{Token, describe, tokens};
use bt_diag::Span;
use bumpalo::Bump;
use rnix::SyntaxKind::{self, *};

/// A text that is not Nix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// What is wrong, without a final full stop.
    pub message: String,
    /// Where.
    pub span: Span,
    /// Another place that matters, with a few words.
    pub related: Option<(Span, String)>,
}

type Parse<T> = Result<T, ParseError>;

/// How deeply expressions may nest.
const MAX_DEPTH: u32 = 250_000;

/// Parses `text`, which stands at `base` in the position space, into `arena`.
///
/// Errors: the first place where the text is not Nix.
pub fn parse<'s>(arena: &'s Bump, text: &'s str, base: u32) -> Result<&'s Expr<'s>, ParseError> {
    let tokens = tokens(text);
    let mut parser = Parser { arena, text, base, tokens, at: 0, depth: 0 };
    let expr = parser.expr()?;
    match parser.peek() {
        None => Ok(expr),
        Some(kind) => Err(parser.unexpected(kind, "end of file")),
    }
}

struct Parser<'s> {
    arena: &'s Bump,
    text: &'s str,
    base: u32,
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
}

/// Binding powers, loosest first.
mod power {
    pub const PIPE: u8 = 1;
    pub const IMPLIES: u8 = 2;
    pub const OR: u8 = 3;
    pub const AND: u8 = 4;
    pub const EQUAL: u8 = 5;
    pub const COMPARE: u8 = 6;
    pub const UPDATE: u8 = 7;
    pub const NOT: u8 = 8;
    pub const ADD: u8 = 9;
    pub const MUL: u8 = 10;
    pub const CONCAT: u8 = 11;
    pub const HAS_ATTR: u8 = 12;
    pub const NEGATE: u8 = 13;
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Associativity {
    Left,
    Right,
    None,
}

fn binary_operator(kind: SyntaxKind) -> Option<(BinaryOp, u8, Associativity)> {
    use Associativity::{Left, None as No, Right};
    Some(match kind {
        TOKEN_PIPE_RIGHT => (BinaryOp::PipeRight, power::PIPE, Left),
        TOKEN_PIPE_LEFT => (BinaryOp::PipeLeft, power::PIPE, Right),
        TOKEN_IMPLICATION => (BinaryOp::Implies, power::IMPLIES, Right),
        TOKEN_OR_OR => (BinaryOp::Or, power::OR, Left),
        TOKEN_AND_AND => (BinaryOp::And, power::AND, Left),
        TOKEN_EQUAL => (BinaryOp::Equal, power::EQUAL, No),
        TOKEN_NOT_EQUAL => (BinaryOp::NotEqual, power::EQUAL, No),
        TOKEN_LESS => (BinaryOp::Less, power::COMPARE, No),
        TOKEN_LESS_OR_EQ => (BinaryOp::LessOrEqual, power::COMPARE, No),
        TOKEN_MORE => (BinaryOp::More, power::COMPARE, No),
        TOKEN_MORE_OR_EQ => (BinaryOp::MoreOrEqual, power::COMPARE, No),
        TOKEN_UPDATE => (BinaryOp::Update, power::UPDATE, Right),
        TOKEN_ADD => (BinaryOp::Add, power::ADD, Left),
        TOKEN_SUB => (BinaryOp::Sub, power::ADD, Left),
        TOKEN_MUL => (BinaryOp::Mul, power::MUL, Left),
        TOKEN_DIV => (BinaryOp::Div, power::MUL, Left),
        TOKEN_CONCAT => (BinaryOp::Concat, power::CONCAT, Right),
        _ => return None,
    })
}

fn starts_simple(kind: SyntaxKind) -> bool {
    matches!(
        kind,
        TOKEN_IDENT
            | TOKEN_INTEGER
            | TOKEN_FLOAT
            | TOKEN_STRING_START
            | TOKEN_PATH_ABS
            | TOKEN_PATH_REL
            | TOKEN_PATH_HOME
            | TOKEN_PATH_SEARCH
            | TOKEN_URI
            | TOKEN_L_PAREN
            | TOKEN_L_BRACE
            | TOKEN_L_BRACK
            | TOKEN_REC
            | TOKEN_LET
    )
}

impl<'s> Parser<'s> {
    fn peek(&self) -> Option<SyntaxKind> {
        self.tokens.get(self.at).map(|t| t.kind)
    }

    fn peek_at(&self, ahead: usize) -> Option<SyntaxKind> {
        self.tokens.get(self.at + ahead).map(|t| t.kind)
    }

    fn here(&self) -> Span {
        match self.tokens.get(self.at) {
            Some(t) => Span::new(self.base + t.start, self.base + t.end),
            None => {
                let end = self.base + self.text.len() as u32;
                Span::new(end, end)
            }
        }
    }

    fn previous_end(&self) -> u32 {
        self.at.checked_sub(1).and_then(|i| self.tokens.get(i)).map_or(self.base, |t| self.base + t.end)
    }

    fn token_text(&self, token: Token) -> &'s str {
        &self.text[token.start as usize..token.end as usize]
    }

    fn bump(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).copied();
        self.at += 1;
        token
    }

    fn eat(&mut self, kind: SyntaxKind) -> bool {
        let found = self.peek() == Some(kind);
        if found {
            self.at += 1;
        }
        found
    }

    fn error(&self, span: Span, message: impl Into<String>) -> ParseError {
        ParseError { message: message.into(), span, related: None }
    }

    fn unexpected(&self, kind: SyntaxKind, wanted: &str) -> ParseError {
        if kind == TOKEN_ERROR {
            return self.invalid_token();
        }
        let found = match kind {
            TOKEN_IDENT => self.tokens.get(self.at).map_or(String::new(), |t| format!("'{}'", self.token_text(*t))),
            kind => describe(kind).into(),
        };
        self.error(self.here(), format!("syntax error, unexpected {found}, expected {wanted}"))
    }

    fn invalid_token(&self) -> ParseError {
        let text = self.tokens.get(self.at).map_or("", |t| self.token_text(*t));
        let message = if text.starts_with("/*") {
            "unterminated comment".into()
        } else if text.contains("//") || (text.contains('/') && text.ends_with('/')) {
            format!("path '{text}' has a trailing or doubled slash")
        } else if self.at > 0 && self.tokens[..self.at].iter().rev().take(3).any(|t| t.kind == TOKEN_STRING_START) {
            "unterminated string".into()
        } else if text.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            "expression is too long a chain of names and operators without a space".into()
        } else {
            let shown: String = text.chars().take(20).flat_map(char::escape_debug).collect();
            format!("syntax error, invalid token '{shown}'")
        };
        self.error(self.here(), message)
    }

    fn expected(&self, wanted: &str) -> ParseError {
        match self.peek() {
            Some(kind) => self.unexpected(kind, wanted),
            None => self.error(self.here(), format!("syntax error, unexpected end of file, expected {wanted}")),
        }
    }

    fn expect(&mut self, kind: SyntaxKind) -> Parse<Token> {
        match self.tokens.get(self.at) {
            Some(t) if t.kind == kind => {
                self.at += 1;
                Ok(*t)
            }
            _ => Err(self.expected(describe(kind))),
        }
    }

    fn alloc(&self, span: Span, kind: ExprKind<'s>) -> &'s Expr<'s> {
        self.arena.alloc(Expr { span, kind })
    }

    fn since(&self, start: u32) -> Span {
        Span::new(start, self.previous_end())
    }

    /// Runs a nested parse with room on the stack.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error(self.here(), "expression is nested too deeply"));
        }
        let result = if self.depth.is_multiple_of(16) {
            stacker::maybe_grow(128 << 10, 4 << 20, || parse(self))
        } else {
            parse(self)
        };
        self.depth -= 1;
        result
    }

    fn expr(&mut self) -> Parse<&'s Expr<'s>> {
        self.nested(Self::expr_inner)
    }

    fn expr_inner(&mut self) -> Parse<&'s Expr<'s>> {
        let start = self.here().start;
        match self.peek() {
            Some(TOKEN_IDENT) => match self.peek_at(1) {
                Some(TOKEN_COLON) => {
                    let (name, span) = self.ident()?;
                    self.at += 1;
                    let body = self.expr()?;
                    Ok(self.lambda(start, Parameter::Ident(name, span), body))
                }
                Some(TOKEN_AT) => {
                    let binding = self.ident()?;
                    self.at += 1;
                    self.expect(TOKEN_L_BRACE)?;
                    let (formals, ellipsis) = self.formals()?;
                    self.formals_lambda(start, formals, ellipsis, Some(binding))
                }
                _ => self.operators(0),
            },
            Some(TOKEN_L_BRACE) if self.is_formals() => {
                self.at += 1;
                let (formals, ellipsis) = self.formals()?;
                let binding = if self.eat(TOKEN_AT) { Some(self.ident()?) } else { None };
                self.formals_lambda(start, formals, ellipsis, binding)
            }
            Some(TOKEN_ASSERT) => {
                self.at += 1;
                let condition = self.expr()?;
                self.expect(TOKEN_SEMICOLON)?;
                let body = self.expr()?;
                Ok(self.alloc(self.since(start), ExprKind::Assert(condition, body)))
            }
            Some(TOKEN_WITH) => {
                self.at += 1;
                let namespace = self.expr()?;
                self.expect(TOKEN_SEMICOLON)?;
                let body = self.expr()?;
                Ok(self.alloc(self.since(start), ExprKind::With(namespace, body)))
            }
            Some(TOKEN_LET) if self.peek_at(1) != Some(TOKEN_L_BRACE) => {
                self.at += 1;
                let bindings = self.bindings(TOKEN_IN, true)?;
                if let Some(dynamic) = bindings.bindings.borrow().dynamic.first() {
                    return Err(self.error(dynamic.span, "dynamic attributes not allowed in let"));
                }
                let body = self.expr()?;
                Ok(self.alloc(self.since(start), ExprKind::Let { bindings, body }))
            }
            Some(TOKEN_IF) => {
                self.at += 1;
                let condition = self.expr()?;
                self.expect(TOKEN_THEN)?;
                let then = self.expr()?;
                self.expect(TOKEN_ELSE)?;
                let otherwise = self.expr()?;
                Ok(self.alloc(self.since(start), ExprKind::If(condition, then, otherwise)))
            }
            _ => self.operators(0),
        }
    }

    fn lambda(&self, start: u32, parameter: Parameter<'s>, body: &'s Expr<'s>) -> &'s Expr<'s> {
        let lambda = self.arena.alloc(Lambda { parameter, body, name: std::cell::Cell::new(None) });
        self.alloc(self.since(start), ExprKind::Lambda(lambda))
    }

    fn formals_lambda(
        &mut self,
        start: u32,
        formals: Vec<Formal<'s>>,
        ellipsis: bool,
        binding: Option<(&'s str, Span)>,
    ) -> Parse<&'s Expr<'s>> {
        let mut names: Vec<(&str, Span)> = formals.iter().map(|f| (f.name, f.span)).collect();
        names.extend(binding);
        names.sort();
        if let Some(pair) = names.windows(2).find(|w| w[0].0 == w[1].0) {
            return Err(ParseError {
                message: format!("duplicate formal function argument '{}'", pair[0].0),
                span: pair[1].1,
                related: Some((pair[0].1, "first definition".into())),
            });
        }
        self.expect(TOKEN_COLON)?;
        let body = self.expr()?;
        let formals = self.arena.alloc_slice_fill_iter(formals);
        Ok(self.lambda(start, Parameter::Formals { formals, ellipsis, binding }, body))
    }

    /// Whether the brace here opens formals rather than a set.
    fn is_formals(&self) -> bool {
        matches!(
            (self.peek_at(1), self.peek_at(2)),
            (Some(TOKEN_R_BRACE), Some(TOKEN_COLON | TOKEN_AT))
                | (Some(TOKEN_ELLIPSIS), _)
                | (Some(TOKEN_IDENT), Some(TOKEN_COMMA | TOKEN_QUESTION | TOKEN_R_BRACE))
        )
    }

    fn ident(&mut self) -> Parse<(&'s str, Span)> {
        let span = self.here();
        let token = self.expect(TOKEN_IDENT)?;
        Ok((self.token_text(token), span))
    }

    /// After the opening brace, up to and with the closing one.
    fn formals(&mut self) -> Parse<(Vec<Formal<'s>>, bool)> {
        let mut formals = Vec::new();
        loop {
            if self.eat(TOKEN_R_BRACE) {
                return Ok((formals, false));
            }
            if self.eat(TOKEN_ELLIPSIS) {
                self.expect(TOKEN_R_BRACE)?;
                return Ok((formals, true));
            }
            let (name, span) = self.ident()?;
            let default = if self.eat(TOKEN_QUESTION) { Some(self.expr()?) } else { None };
            formals.push(Formal { name, span, default });
            if !self.eat(TOKEN_COMMA) {
                self.expect(TOKEN_R_BRACE)?;
                return Ok((formals, false));
            }
        }
    }

    fn operators(&mut self, minimum: u8) -> Parse<&'s Expr<'s>> {
        let start = self.here().start;
        let mut left = match self.peek() {
            Some(TOKEN_INVERT) => {
                self.at += 1;
                let operand = self.nested(|p| p.operators(power::NOT))?;
                self.alloc(self.since(start), ExprKind::Not(operand))
            }
            Some(TOKEN_SUB) => {
                self.at += 1;
                let operand = self.nested(|p| p.operators(power::NEGATE))?;
                self.alloc(self.since(start), ExprKind::Negate(operand))
            }
            _ => self.application()?,
        };
        let mut last_non_associative = 0;
        while let Some(kind) = self.peek() {
            if kind == TOKEN_QUESTION {
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
                return Err(
                    self.unexpected(kind, "end of expression: this operator is not associative, use parentheses")
                );
            }
            let op_span = self.here();
            self.at += 1;
            let next = if associativity == Associativity::Right { strength } else { strength + 1 };
            let right =
                if op == BinaryOp::PipeLeft || op == BinaryOp::PipeRight || associativity == Associativity::Right {
                    self.nested(|p| p.operators(next))?
                } else {
                    self.operators(next)?
                };
            left = self.alloc(self.since(start), ExprKind::Binary(op, op_span, left, right));
            last_non_associative = if associativity == Associativity::None { strength } else { 0 };
        }
        Ok(left)
    }

    fn application(&mut self) -> Parse<&'s Expr<'s>> {
        let start = self.here().start;
        let function = self.select()?;
        if !self.peek().is_some_and(starts_simple) {
            return Ok(function);
        }
        let mut arguments = Vec::with_capacity(2);
        while self.peek().is_some_and(starts_simple) {
            arguments.push(self.select()?);
        }
        let arguments = self.arena.alloc_slice_copy(&arguments);
        Ok(self.alloc(self.since(start), ExprKind::Call { function, arguments }))
    }

    fn select(&mut self) -> Parse<&'s Expr<'s>> {
        let start = self.here().start;
        let subject = self.simple()?;
        if self.eat(TOKEN_DOT) {
            let path = self.attr_path()?;
            let default = if self.eat(TOKEN_OR) { Some(self.nested(Self::select)?) } else { None };
            return Ok(self.alloc(self.since(start), ExprKind::Select { subject, path, default }));
        }
        if self.peek() == Some(TOKEN_OR) {
            // Historical: `f or` applies `f` to a variable named `or`.
            let span = self.here();
            self.at += 1;
            let argument = self.alloc(span, ExprKind::Ident("or"));
            let arguments = self.arena.alloc_slice_copy(&[argument]);
            return Ok(self.alloc(self.since(start), ExprKind::Call { function: subject, arguments }));
        }
        Ok(subject)
    }

    fn simple(&mut self) -> Parse<&'s Expr<'s>> {
        let span = self.here();
        let Some(token) = self.tokens.get(self.at).copied() else { return Err(self.expected("an expression")) };
        let text = self.token_text(token);
        let kind = match token.kind {
            TOKEN_IDENT => {
                self.at += 1;
                if text == "__curPos" { ExprKind::CurPos } else { ExprKind::Ident(text) }
            }
            TOKEN_INTEGER => {
                self.at += 1;
                let value = text.parse().map_err(|_| self.error(span, format!("invalid integer '{text}'")))?;
                ExprKind::Int(value)
            }
            TOKEN_FLOAT => {
                self.at += 1;
                let value = text.parse().map_err(|_| self.error(span, format!("invalid float '{text}'")))?;
                ExprKind::Float(value)
            }
            TOKEN_URI => {
                self.at += 1;
                ExprKind::Str(self.arena.alloc_slice_copy(&[StrPart::Text(text)]))
            }
            TOKEN_PATH_SEARCH => {
                self.at += 1;
                ExprKind::SearchPath(text.trim_start_matches('<').trim_end_matches('>'))
            }
            TOKEN_PATH_ABS | TOKEN_PATH_REL | TOKEN_PATH_HOME => return self.path(),
            TOKEN_STRING_START => {
                let parts = self.string()?;
                ExprKind::Str(parts)
            }
            TOKEN_L_PAREN => {
                self.at += 1;
                let inner = self.expr()?;
                if self.peek() != Some(TOKEN_R_PAREN) {
                    return Err(self.unclosed(span, "')'"));
                }
                self.at += 1;
                return Ok(inner);
            }
            TOKEN_L_BRACE => {
                self.at += 1;
                let set = self.nested(|p| p.bindings(TOKEN_R_BRACE, false))?;
                ExprKind::AttrSet(set)
            }
            TOKEN_REC => {
                self.at += 1;
                self.expect(TOKEN_L_BRACE)?;
                let set = self.nested(|p| p.bindings(TOKEN_R_BRACE, true))?;
                ExprKind::AttrSet(set)
            }
            TOKEN_LET if self.peek_at(1) == Some(TOKEN_L_BRACE) => {
                self.at += 2;
                let set = self.nested(|p| p.bindings(TOKEN_R_BRACE, true))?;
                ExprKind::LegacyLet(set)
            }
            TOKEN_L_BRACK => {
                self.at += 1;
                let items = self.nested(|p| p.list_items(span))?;
                ExprKind::List(items)
            }
            _ => return Err(self.expected("an expression")),
        };
        Ok(self.alloc(self.since(span.start), kind))
    }

    fn unclosed(&self, open: Span, wanted: &str) -> ParseError {
        ParseError { related: Some((open, "unclosed since here".into())), ..self.expected(wanted) }
    }

    fn list_items(&mut self, open: Span) -> Parse<&'s [&'s Expr<'s>]> {
        let mut items = Vec::new();
        while !self.eat(TOKEN_R_BRACK) {
            match self.peek() {
                Some(kind) if starts_simple(kind) => items.push(self.select()?),
                _ => return Err(self.unclosed(open, "']' or a list element")),
            }
        }
        Ok(self.arena.alloc_slice_copy(&items))
    }
}
