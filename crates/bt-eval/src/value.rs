//! Values: 16 bytes, `Copy`, in an arena that is dropped whole.
//!
//! An unevaluated value lives in the cell where it was made (an environment slot, an attribute, a list element) as
//! [`Value::Delayed`] or [`Value::Applied`]; elsewhere it is a [`Value::Thunk`], a reference to that cell. Forcing
//! overwrites the cell, so that every reference sees the result.

use crate::builtins::Builtin;
use crate::ir::{ExprId, Lambda};
pub use crate::string::NixString;
use crate::symbol::Symbol;
use std::cell::Cell;

/// A Nix value, or a reference to one that is not evaluated yet.
#[derive(Clone, Copy)]
pub enum Value<'e> {
    /// `null`
    Null,
    /// A Boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// A string with its context.
    String(&'e NixString<'e>),
    /// A path, absolute and canonical.
    Path(&'e PathValue<'e>),
    /// A list.
    List(&'e List<'e>),
    /// An attribute set.
    Attrs(&'e Attrs<'e>),
    /// A function written in Nix.
    Closure(&'e Closure<'e>),
    /// A builtin function without arguments yet.
    Builtin(&'static Builtin),
    /// A function that has got some of its arguments.
    Partial(&'e Partial<'e>),
    /// A reference to a cell that may not be evaluated yet.
    Thunk(&'e Cell<Value<'e>>),
    /// In a cell only: an expression to evaluate in an environment.
    Delayed(ExprId, &'e Env<'e>),
    /// In a cell only: a function to apply.
    Applied(&'e Application<'e>),
    /// In a cell only: an element of what `map`, `genList` or `mapAttrs` made.
    Element(u32, &'e Mapping<'e>),
    /// In a cell only: being evaluated.
    Blackhole,
}

const _: () = assert!(size_of::<Value<'static>>() == 16);
const _: () = assert!(size_of::<Result<Value<'static>, crate::Error>>() == 16);

/// A cell that may hold an unevaluated value.
pub type Slot<'e> = Cell<Value<'e>>;

/// String context, in Nix's own notation: `/nix/store/…` (a path), `!out!/nix/store/….drv` (an output of a derivation),
/// `=/nix/store/….drv` (a derivation with its closure). Sorted, without duplicates (Nix manual, "String context").
pub type Context<'e> = &'e [&'e str];

/// A path value.
pub struct PathValue<'e> {
    /// Absolute and canonical.
    pub text: &'e str,
}

/// A list and where its elements were written.
pub struct List<'e> {
    /// The elements.
    pub items: &'e [Slot<'e>],
    /// Where they come from.
    pub origin: Option<&'e ListOrigin<'e>>,
    /// Room after the elements, when the list grew by appending.
    pub(crate) room: Option<&'e Room<'e>>,
}

/// Cells of which lists that grew from each other share the first ones.
pub(crate) struct Room<'e> {
    /// All of them.
    pub cells: &'e [Slot<'e>],
    /// How many belong to a list.
    pub used: Cell<usize>,
}

/// Where the elements of a list come from.
pub enum ListOrigin<'e> {
    /// A literal: the spans of the elements.
    Literal(&'e [bt_diag::Span]),
    /// Lists one after the other, each with the number of elements up to its end.
    Concatenated(&'e [(usize, &'e List<'e>)]),
    /// Element i comes from element i of another list.
    Mapped(&'e List<'e>),
    /// Element i comes from element `indices[i]` of another list.
    Picked(&'e List<'e>, &'e [usize]),
}

impl<'e> List<'e> {
    /// Where element `index` was written, as far as that is known.
    pub fn element_span(&self, index: usize) -> Option<bt_diag::Span> {
        let (mut list, mut index) = (self, index);
        loop {
            match list.origin? {
                ListOrigin::Literal(spans) => return spans.get(index).copied(),
                ListOrigin::Mapped(from) => list = from,
                ListOrigin::Picked(from, indices) => (list, index) = (from, *indices.get(index)?),
                ListOrigin::Concatenated(parts) => {
                    let (end, part) = parts.get(parts.partition_point(|(end, _)| *end <= index))?;
                    (list, index) = (part, index - (end - part.items.len()));
                }
            }
        }
    }
}

/// Where an attribute was defined, and whether programs may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place(u32);

impl Place {
    /// No text is that long.
    const HIDDEN: u32 = 1 << 31;

    /// A position (0: nowhere).
    pub fn new(position: u32) -> Self {
        Place(position & !Place::HIDDEN)
    }

    /// The same for an attribute that was made from the one that was defined there: programs see no position, as in Nix.
    pub fn hidden(self) -> Self {
        Place(self.0 | Place::HIDDEN)
    }

    /// The position (0: nowhere).
    pub fn position(self) -> u32 {
        self.0 & !Place::HIDDEN
    }

    /// The position that programs see.
    pub fn visible(self) -> Option<u32> {
        (self.0 != 0 && self.0 & Place::HIDDEN == 0).then_some(self.0)
    }
}

/// An attribute: name, where it was defined, value.
pub struct Attr<'e> {
    /// The name.
    pub name: Symbol,
    /// Where the name stands.
    pub place: Place,
    /// The value.
    pub value: Slot<'e>,
}

impl Attr<'_> {
    /// Where the name stands, as a position (0: nowhere).
    pub fn position(&self) -> u32 {
        self.place.position()
    }

    /// Where the name stands, as the start of it.
    pub fn span(&self) -> bt_diag::Span {
        match self.position() {
            0 => bt_diag::Span::NONE,
            position => bt_diag::Span::new(position, position + 1),
        }
    }
}

/// An attribute set: entries sorted by symbol, perhaps on top of another set whose entries they hide.
pub struct Attrs<'e> {
    /// The entries of this layer, sorted by symbol.
    pub(crate) entries: &'e [Attr<'e>],
    /// The set below, when this is the result of a `//` with a small right side.
    pub(crate) below: Option<&'e Attrs<'e>>,
    /// All entries, made when someone asks for them.
    pub(crate) flattened: Cell<Option<&'e [Attr<'e>]>>,
    /// What the set remembers of the call that made it; invisible to programs.
    pub(crate) mark: Mark,
    /// Names beyond the entries: for the embedded stand-in of nixpkgs, and what is known of a flake's source.
    pub(crate) beyond: Option<Beyond<'e>>,
}

/// Identity of an observed call: index into [`crate::observe::Observations`], from 1; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Mark(pub u32);

/// What an attribute set has beyond its entries.
#[derive(Clone, Copy)]
pub(crate) enum Beyond<'e> {
    /// All names.
    Open(&'e OpenWorld<'e>),
    /// Attributes that are there or not; entries hide them.
    Late(&'e crate::late::LateAttrs<'e>),
}

/// What an open attribute set has beyond its entries.
pub struct OpenWorld<'e> {
    /// Called with the name of an attribute that is not there.
    pub fallback: Value<'e>,
    /// Attributes made so far.
    pub made: std::cell::RefCell<Vec<(Symbol, &'e Slot<'e>)>>,
}

/// A function written in Nix with its environment.
pub struct Closure<'e> {
    /// The code.
    pub lambda: &'e Lambda<'e>,
    /// The variables.
    pub env: &'e Env<'e>,
}

/// A function with fewer arguments than it takes.
pub struct Partial<'e> {
    /// A closure or builtin.
    pub function: Value<'e>,
    /// The arguments so far.
    pub arguments: &'e [Value<'e>],
}

/// A delayed application.
pub struct Application<'e> {
    /// The function.
    pub function: Value<'e>,
    /// The arguments, one or two.
    pub arguments: [Value<'e>; 2],
    /// How many arguments.
    pub count: u8,
}

/// A function that is applied to one element after the other, each when someone needs it.
pub struct Mapping<'e> {
    /// The function.
    pub function: Value<'e>,
    /// What it is applied to.
    pub source: MappingSource<'e>,
}

/// What element i of a [`Mapping`] is made from.
pub enum MappingSource<'e> {
    /// The number i.
    Numbers,
    /// Element i of a list.
    List(&'e List<'e>),
    /// Name and value of attribute i.
    Attrs(&'e [Attr<'e>]),
}

/// Variables of one scope, and the scope around it.
pub struct Env<'e> {
    /// The scope around.
    pub up: Option<&'e Env<'e>>,
    /// The first variable, if there is one.
    pub first: Slot<'e>,
    /// The others.
    pub rest: &'e [Slot<'e>],
}

impl<'e> Env<'e> {
    /// The cell of a variable.
    #[inline]
    pub fn slot(&self, index: u32) -> &Slot<'e> {
        if index == 0 { &self.first } else { &self.rest[index as usize - 1] }
    }

    /// All cells in order; there is always a first one, used or not.
    pub fn cells(&self) -> impl Iterator<Item = &Slot<'e>> {
        std::iter::once(&self.first).chain(self.rest)
    }
}

impl<'e> Value<'e> {
    /// Whether the value is evaluated to weak head normal form.
    pub fn is_evaluated(self) -> bool {
        !matches!(
            self,
            Value::Thunk(_) | Value::Delayed(..) | Value::Applied(_) | Value::Element(..) | Value::Blackhole
        )
    }

    /// The type with an article, as Nix's messages say it.
    pub fn type_with_article(self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a Boolean",
            Value::Int(_) => "an integer",
            Value::Float(_) => "a float",
            Value::String(s) if !s.context().is_empty() => "a string with context",
            Value::String(_) => "a string",
            Value::Path(_) => "a path",
            Value::List(_) => "a list",
            Value::Attrs(_) => "a set",
            Value::Closure(_) => "a function",
            Value::Builtin(_) => "a built-in function",
            Value::Partial(p) => match p.function {
                Value::Builtin(_) => "a partially applied built-in function",
                _ => "a function",
            },
            Value::Thunk(_) | Value::Delayed(..) | Value::Applied(_) | Value::Element(..) | Value::Blackhole => {
                "a thunk"
            }
        }
    }

    /// What `builtins.typeOf` says.
    pub fn type_name(self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Int(_) => "int",
            Value::Float(_) => "float",
            Value::String(_) => "string",
            Value::Path(_) => "path",
            Value::List(_) => "list",
            Value::Attrs(_) => "set",
            Value::Closure(_) | Value::Builtin(_) | Value::Partial(_) => "lambda",
            Value::Thunk(_) | Value::Delayed(..) | Value::Applied(_) | Value::Element(..) | Value::Blackhole => "thunk",
        }
    }
}

/// The value of a cell as others may hold it: evaluated, or a reference to the cell.
pub fn share<'e>(slot: &'e Slot<'e>) -> Value<'e> {
    match slot.get() {
        Value::Delayed(..) | Value::Applied(_) | Value::Element(..) | Value::Blackhole => Value::Thunk(slot),
        value => value,
    }
}
