//! The lowered program: variables are (level, slot), names are symbols, constants are values.

use crate::symbol::Symbol;
use crate::value::{ListOrigin, Value};
use bt_diag::Span;

/// Index of an expression that may be delayed, in the evaluator's table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExprId(pub u32);

/// An expression.
pub enum Expr<'e> {
    /// A literal, a builtin, a path.
    Const(Value<'e>),
    /// A variable of the innermost scope.
    Local(u32),
    /// A variable `level` scopes out.
    Var {
        /// How many scopes out.
        level: u32,
        /// Which variable there.
        slot: u32,
    },
    /// A variable that only a `with` can have.
    WithVar(&'e WithVar<'e>),
    /// `e.a`
    Select1(&'e Select1<'e>),
    /// `e.a.b or d`
    Select(&'e Select<'e>),
    /// `e ? a.b`
    HasAttr(&'e HasAttr<'e>),
    /// `f a b`
    Call(&'e Call<'e>),
    /// `x: e`
    Lambda(&'e Lambda<'e>),
    /// `{ … }`
    Attrs(&'e AttrsExpr<'e>),
    /// `let … in e`
    Let(&'e LetExpr<'e>),
    /// `[ … ]`
    List(&'e ListExpr<'e>),
    /// `if c then t else e`
    If(&'e IfExpr<'e>),
    /// `assert c; e`
    Assert(&'e AssertExpr<'e>),
    /// `with n; e`
    With(&'e WithExpr<'e>),
    /// `a + b` and the like
    Binary(&'e BinaryExpr<'e>),
    /// `!a`
    Not(&'e UnaryExpr<'e>),
    /// `-a`
    Negate(&'e UnaryExpr<'e>),
    /// `"a${b}"`
    Interpolation(&'e InterpolationExpr<'e>),
    /// `./a/${b}`
    PathInterpolation(&'e InterpolationExpr<'e>),
    /// `<x>`
    SearchPath(&'e SearchPathExpr<'e>),
    /// `__curPos`
    CurPos(u32),
}

/// An expression that may be evaluated later, with its number.
#[derive(Clone, Copy)]
pub struct Code<'e> {
    /// The expression.
    pub expr: &'e Expr<'e>,
    /// Its number in the evaluator's table.
    pub id: ExprId,
}

/// See [`Expr::WithVar`].
pub struct WithVar<'e> {
    /// The name.
    pub name: Symbol,
    /// Levels of the enclosing `with`s, innermost first.
    pub levels: &'e [u32],
    /// Where.
    pub span: Span,
}

/// See [`Expr::Select1`].
pub struct Select1<'e> {
    /// The set.
    pub subject: &'e Expr<'e>,
    /// The attribute.
    pub name: Symbol,
    /// Where the whole expression stands.
    pub span: Span,
    /// Where the name stands.
    pub name_span: Span,
}

/// A component of an attribute path.
#[derive(Clone, Copy)]
pub enum Name<'e> {
    /// Known.
    Static(Symbol, Span),
    /// Computed.
    Dynamic(&'e Expr<'e>, Span),
}

/// See [`Expr::Select`].
pub struct Select<'e> {
    /// The set.
    pub subject: &'e Expr<'e>,
    /// The path.
    pub path: &'e [Name<'e>],
    /// The value when it is not there.
    pub default: Option<&'e Expr<'e>>,
    /// Where.
    pub span: Span,
}

/// See [`Expr::HasAttr`].
pub struct HasAttr<'e> {
    /// The set.
    pub subject: &'e Expr<'e>,
    /// The path.
    pub path: &'e [Name<'e>],
}

/// See [`Expr::Call`].
pub struct Call<'e> {
    /// The function.
    pub function: &'e Expr<'e>,
    /// The arguments.
    pub arguments: &'e [Code<'e>],
    /// Where.
    pub span: Span,
}

/// A function. Directly nested functions of plain names are one with several arguments.
pub struct Lambda<'e> {
    /// What it binds.
    pub parameter: Parameter<'e>,
    /// The body.
    pub body: &'e Expr<'e>,
    /// The name of the binding whose value it is.
    pub name: Option<Symbol>,
    /// Where.
    pub span: Span,
    /// Number of the observed function that this is (from 1), or 0.
    pub observed: u16,
    /// What the body needs at once, so that a caller may evaluate it before the call.
    pub needs: Needs,
}

/// What the body of a function needs before anything else.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Needs {
    /// Nothing that is known.
    Nothing,
    /// This argument.
    Argument(u32),
    /// The first argument, then the second one, and then the body is an operator on them: `a: b: a + b`.
    Operands,
}

/// What a function binds.
pub enum Parameter<'e> {
    /// `x: y:` so many arguments, slots 0, 1, …
    Positional(u32),
    /// `{ a, b ? 1, ... }@x:` slots in the order of `formals`, then `x`.
    Formals(FormalParameters<'e>),
}

/// The formals of a function.
pub struct FormalParameters<'e> {
    /// Sorted by symbol; slot i is formal i.
    pub formals: &'e [Formal<'e>],
    /// Whether other attributes are allowed.
    pub ellipsis: bool,
    /// Whether the whole set is bound, as the slot after the formals.
    pub binds_all: bool,
}

/// One formal.
pub struct Formal<'e> {
    /// Its name.
    pub name: Symbol,
    /// Where the name stands.
    pub position: u32,
    /// The default.
    pub default: Option<Code<'e>>,
}

/// See [`Expr::Attrs`].
pub struct AttrsExpr<'e> {
    /// Sorted by symbol.
    pub entries: &'e [Entry<'e>],
    /// Computed names, in the order they are written.
    pub dynamic: &'e [DynamicEntry<'e>],
    /// Whether entries see each other; slot i is entry i.
    pub recursive: bool,
    /// Whether it has `__overrides`.
    pub overrides: bool,
    /// Hidden slots after the entries' (or alone, when not recursive) for the sources of `inherit (e) …`.
    pub sources: &'e [Code<'e>],
    /// Where.
    pub span: Span,
}

/// An attribute whose name is known.
pub struct Entry<'e> {
    /// The name.
    pub name: Symbol,
    /// Where the name stands.
    pub position: u32,
    /// The value.
    pub value: Code<'e>,
}

/// An attribute whose name is computed.
pub struct DynamicEntry<'e> {
    /// The name.
    pub name: &'e Expr<'e>,
    /// Where the name stands.
    pub span: Span,
    /// The value.
    pub value: Code<'e>,
}

/// See [`Expr::Let`]: slots are the bindings, then the hidden sources.
pub struct LetExpr<'e> {
    /// Slot i is value i.
    pub values: &'e [Code<'e>],
    /// The body.
    pub body: &'e Expr<'e>,
}

/// See [`Expr::List`].
pub struct ListExpr<'e> {
    /// The elements.
    pub items: &'e [Code<'e>],
    /// Their spans, ready to be shared by every list made here.
    pub origin: ListOrigin<'e>,
}

/// See [`Expr::If`].
pub struct IfExpr<'e> {
    /// The condition.
    pub condition: &'e Expr<'e>,
    /// If it holds.
    pub then: &'e Expr<'e>,
    /// If not.
    pub otherwise: &'e Expr<'e>,
    /// Where the condition stands.
    pub span: Span,
}

/// See [`Expr::Assert`].
pub struct AssertExpr<'e> {
    /// What must hold.
    pub condition: &'e Expr<'e>,
    /// The value.
    pub body: &'e Expr<'e>,
    /// Where the condition stands.
    pub span: Span,
    /// The condition's text.
    pub text: &'e str,
}

/// See [`Expr::With`].
pub struct WithExpr<'e> {
    /// The set.
    pub namespace: Code<'e>,
    /// The value.
    pub body: &'e Expr<'e>,
}

/// Binary operators.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Op {
    /// `++`
    Concat,
    /// `//`
    Update,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `&&`
    And,
    /// `||`
    Or,
    /// `->`
    Implies,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    More,
    /// `>=`
    MoreOrEqual,
}

/// See [`Expr::Binary`].
pub struct BinaryExpr<'e> {
    /// The operator.
    pub op: Op,
    /// Left side.
    pub left: &'e Expr<'e>,
    /// Right side.
    pub right: &'e Expr<'e>,
    /// Where the operator stands.
    pub span: Span,
    /// For arithmetic and comparison of variables and numbers, which is done at once when they are at hand: how deep it is
    /// nested, from 1; 0 for anything else.
    pub simple_depth: u8,
}

/// See [`Expr::Not`].
pub struct UnaryExpr<'e> {
    /// The operand.
    pub operand: &'e Expr<'e>,
    /// Where.
    pub span: Span,
}

/// A part of a string or path.
pub enum Part<'e> {
    /// Text.
    Text(&'e str),
    /// `${e}`
    Expr(&'e Expr<'e>, Span),
}

/// See [`Expr::Interpolation`].
pub struct InterpolationExpr<'e> {
    /// The parts.
    pub parts: &'e [Part<'e>],
    /// Where.
    pub span: Span,
}

/// See [`Expr::SearchPath`].
pub struct SearchPathExpr<'e> {
    /// Without the angle brackets.
    pub text: &'e str,
    /// Where.
    pub span: Span,
}
