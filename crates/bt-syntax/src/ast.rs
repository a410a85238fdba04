//! The syntax tree that evaluation is lowered from: names and texts borrow from the source or the arena, parentheses
//! are gone, attribute paths are merged into nested sets as Nix's parser does.

use bt_diag::Span;
use bumpalo::collections::Vec as ArenaVec;
use std::cell::{Cell, RefCell};

/// An expression with its place.
#[derive(Debug)]
pub struct Expr<'s> {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: ExprKind<'s>,
}

/// The forms of an expression.
#[derive(Debug)]
pub enum ExprKind<'s> {
    /// `1`
    Int(i64),
    /// `1.5`
    Float(f64),
    /// `"a${b}"`, `''…''` and URIs, escapes resolved and indentation removed.
    Str(&'s [StrPart<'s>]),
    /// `./a/${b}`, `/a`, `~/a`
    Path(&'s [StrPart<'s>]),
    /// `<nixpkgs/lib>` without the angle brackets.
    SearchPath(&'s str),
    /// `x`
    Ident(&'s str),
    /// `__curPos`
    CurPos,
    /// `e.a.b or d`
    Select {
        /// `e`
        subject: &'s Expr<'s>,
        /// `a.b`
        path: &'s [AttrName<'s>],
        /// `d`
        default: Option<&'s Expr<'s>>,
    },
    /// `e ? a.b`
    HasAttr {
        /// `e`
        subject: &'s Expr<'s>,
        /// `a.b`
        path: &'s [AttrName<'s>],
    },
    /// `f a b`
    Call {
        /// `f`, not itself a call
        function: &'s Expr<'s>,
        /// `a b`
        arguments: &'s [&'s Expr<'s>],
    },
    /// `x: e`, `{ a, b ? 1, ... }@x: e`
    Lambda(&'s Lambda<'s>),
    /// `{ … }`, `rec { … }`
    AttrSet(&'s AttrSet<'s>),
    /// `let … in e`
    Let {
        /// The bindings.
        bindings: &'s AttrSet<'s>,
        /// `e`
        body: &'s Expr<'s>,
    },
    /// `let { …; body = e; }`
    LegacyLet(&'s AttrSet<'s>),
    /// `[ a b ]`
    List(&'s [&'s Expr<'s>]),
    /// `if c then t else e`
    If(&'s Expr<'s>, &'s Expr<'s>, &'s Expr<'s>),
    /// `assert c; e`
    Assert(&'s Expr<'s>, &'s Expr<'s>),
    /// `with n; e`
    With(&'s Expr<'s>, &'s Expr<'s>),
    /// `a + b`
    Binary(BinaryOp, Span, &'s Expr<'s>, &'s Expr<'s>),
    /// `!a`
    Not(&'s Expr<'s>),
    /// `-a`
    Negate(&'s Expr<'s>),
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
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
    /// `|>`
    PipeRight,
    /// `<|`
    PipeLeft,
}

/// A part of a string or path.
#[derive(Debug, Clone, Copy)]
pub enum StrPart<'s> {
    /// Literal text.
    Text(&'s str),
    /// `${e}`
    Interpolation(&'s Expr<'s>),
}

/// A component of an attribute path.
#[derive(Debug, Clone, Copy)]
pub enum AttrName<'s> {
    /// `a`, `"a"` and `${"a"}`
    Static(&'s str, Span),
    /// `${e}`, `"a${b}"`
    Dynamic(&'s Expr<'s>, Span),
}

impl AttrName<'_> {
    /// Where the name stands.
    pub fn span(&self) -> Span {
        match self {
            AttrName::Static(_, span) | AttrName::Dynamic(_, span) => *span,
        }
    }
}

/// A function.
#[derive(Debug)]
pub struct Lambda<'s> {
    /// What it binds.
    pub parameter: Parameter<'s>,
    /// Its body.
    pub body: &'s Expr<'s>,
    /// The name of the binding whose value it is, for messages.
    pub name: Cell<Option<&'s str>>,
}

/// What a function binds.
#[derive(Debug)]
pub enum Parameter<'s> {
    /// `x:`
    Ident(&'s str, Span),
    /// `{ a, b ? 1, ... }@x:`
    Formals {
        /// The formals in the order they are written.
        formals: &'s [Formal<'s>],
        /// Whether `...` is there.
        ellipsis: bool,
        /// `x`
        binding: Option<(&'s str, Span)>,
    },
}

/// One formal argument.
#[derive(Debug)]
pub struct Formal<'s> {
    /// Its name.
    pub name: &'s str,
    /// Where the name stands.
    pub span: Span,
    /// The expression after `?`.
    pub default: Option<&'s Expr<'s>>,
}

/// The bindings of an attribute set or `let`.
#[derive(Debug)]
pub struct AttrSet<'s> {
    /// Whether it is `rec`.
    pub recursive: bool,
    /// The bindings; merged while parsing.
    pub bindings: RefCell<Bindings<'s>>,
    /// Whether the parser finds its names through a map.
    pub(crate) indexed: Cell<bool>,
}

/// Bindings by name, in the order they are first written.
#[derive(Debug)]
pub struct Bindings<'s> {
    /// Bindings whose name is known.
    pub entries: ArenaVec<'s, Entry<'s>>,
    /// Bindings whose name is computed.
    pub dynamic: ArenaVec<'s, DynamicEntry<'s>>,
    /// The expressions of `inherit (e) …`.
    pub inherit_from: ArenaVec<'s, &'s Expr<'s>>,
}

/// A binding whose name is known.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'s> {
    /// The name.
    pub name: &'s str,
    /// Where the name stands.
    pub span: Span,
    /// Where the attribute path that it is a part of stands, which is what Nix takes for the name's place.
    pub path: Span,
    /// What it is bound to.
    pub value: EntryValue<'s>,
}

/// What a name is bound to.
#[derive(Debug, Clone, Copy)]
pub enum EntryValue<'s> {
    /// `a = e;` or a set merged from paths.
    Expr(&'s Expr<'s>),
    /// `inherit a;`
    Inherit,
    /// `inherit (e) a;`, with the index of `e` in [`Bindings::inherit_from`].
    InheritFrom(u32),
}

/// A binding whose name is computed.
#[derive(Debug, Clone, Copy)]
pub struct DynamicEntry<'s> {
    /// The name.
    pub name: &'s Expr<'s>,
    /// Where the name stands.
    pub span: Span,
    /// Where the attribute path that it is a part of stands.
    pub path: Span,
    /// What it is bound to.
    pub value: &'s Expr<'s>,
}
