//! Strings: bytes with context; ropes, so that a string that grows in a loop is copied once; and store paths of sources,
//! so that a source is hashed only when someone looks at the path.

use crate::error::Error;
use crate::value::Context;
use crate::world::World;
use bt_diag::Span;
use bumpalo::Bump;
use std::cell::{Cell, RefCell};

/// Longer strings may be kept as the two strings that they were made from.
pub(crate) const MIN_ROPE: usize = 256;

/// A string: bytes that are usually UTF-8, and the store paths that it refers to.
pub struct NixString<'e> {
    text: Cell<Text<'e>>,
    context: Cell<Context<'e>>,
}

/// The bytes of a string.
#[derive(Clone, Copy)]
enum Text<'e> {
    Flat(&'e [u8]),
    Unread(&'e Unread<'e>),
}

/// Bytes that nobody has looked at yet.
enum Unread<'e> {
    Rope(Rope<'e>),
    Copy(Copy<'e>),
}

const _: () = assert!(size_of::<NixString<'static>>() == 32);

/// The store path that a source gets when it is copied to the store, and text after it.
pub(crate) struct Copy<'e> {
    /// The path by which the world knows the copy.
    pub root: &'e str,
    /// Empty, or starting with a slash.
    pub rest: &'e [u8],
    /// Where the copy was asked for.
    pub span: Span,
    /// Whether the string refers to the store path, or only says it.
    pub refers: bool,
    pub world: &'e dyn World,
    pub budget: &'e Budget<'e>,
}

/// Two strings one after the other.
struct Rope<'e> {
    left: &'e NixString<'e>,
    right: &'e NixString<'e>,
    length: usize,
    budget: &'e Budget<'e>,
}

/// Where strings are put together, and how much memory may be used.
pub(crate) struct Budget<'e> {
    /// The arena of all values.
    pub arena: &'e Bump,
    /// How many bytes it and the stack may take.
    pub limit: usize,
    /// How many bytes were added to the stack, because evaluation is deep.
    pub stack: Cell<usize>,
    /// Whether a string did not fit; evaluation ends with an error soon after.
    pub exhausted: Cell<bool>,
    /// Why the store path of a source is not known; evaluation ends with this error soon after.
    pub failure: RefCell<Option<Error>>,
}

impl Budget<'_> {
    /// Whether so many bytes more would be too much.
    pub fn is_exceeded_by(&self, bytes: usize) -> bool {
        self.arena.allocated_bytes().saturating_add(self.stack.get()).saturating_add(bytes) > self.limit
    }
}

impl<'e> NixString<'e> {
    /// A string whose bytes are in the arena.
    pub fn new(bytes: &'e [u8], context: Context<'e>) -> Self {
        NixString { text: Cell::new(Text::Flat(bytes)), context: Cell::new(context) }
    }

    /// The store path of a copy of a source, by the path that [`World::copy_for_later`] gave, with text after it, which is
    /// empty or starts with a slash.
    pub(crate) fn copy(copy: Copy<'e>) -> Self {
        let arena = copy.budget.arena;
        NixString { text: Cell::new(Text::Unread(arena.alloc(Unread::Copy(copy)))), context: Cell::new(&[]) }
    }

    /// For a store path of a copy that nobody has looked at.
    pub(crate) fn unread_copy(&self) -> Option<&'e Copy<'e>> {
        match self.text.get() {
            Text::Unread(Unread::Copy(copy)) => Some(copy),
            _ => None,
        }
    }

    /// The store paths that it refers to: sorted, without duplicates.
    pub fn context(&self) -> Context<'e> {
        if let Text::Unread(Unread::Copy(_)) = self.text.get() {
            self.bytes();
        }
        self.context.get()
    }

    /// Two strings one after the other. The caller has checked that the memory for the result is there.
    pub(crate) fn joined(budget: &'e Budget<'e>, left: &'e Self, right: &'e Self, context: Context<'e>) -> Self {
        let length = left.len() + right.len();
        let text = if right.is_empty() {
            left.text.get()
        } else if left.is_empty() {
            right.text.get()
        } else if length < MIN_ROPE {
            let bytes = budget.arena.alloc_slice_fill_copy(length, 0);
            let (first, second) = bytes.split_at_mut(left.len());
            first.copy_from_slice(left.bytes());
            second.copy_from_slice(right.bytes());
            Text::Flat(bytes)
        } else {
            Text::Unread(budget.arena.alloc(Unread::Rope(Rope { left, right, length, budget })))
        };
        NixString { text: Cell::new(text), context: Cell::new(context) }
    }

    /// The bytes.
    pub fn bytes(&self) -> &'e [u8] {
        match self.text.get() {
            Text::Flat(bytes) => bytes,
            Text::Unread(unread) => {
                let bytes = match unread {
                    Unread::Rope(rope) => rope.flatten(),
                    Unread::Copy(copy) => {
                        let (bytes, context) = copy.resolve();
                        self.context.set(context);
                        bytes
                    }
                };
                self.text.set(Text::Flat(bytes));
                bytes
            }
        }
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        match self.text.get() {
            Text::Flat(bytes) => bytes.len(),
            // The path by which the world knows a copy is as long as its store path.
            Text::Unread(Unread::Copy(copy)) => copy.root.len() + copy.rest.len(),
            Text::Unread(Unread::Rope(rope)) => rope.length,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The text, with invalid UTF-8 replaced.
    pub fn to_text(&self) -> std::borrow::Cow<'e, str> {
        String::from_utf8_lossy(self.bytes())
    }

    /// The text, when it is UTF-8.
    pub fn as_str(&self) -> Option<&'e str> {
        std::str::from_utf8(self.bytes()).ok()
    }
}

impl<'e> Copy<'e> {
    fn resolve(&self) -> (&'e [u8], Context<'e>) {
        match self.world.path_to_string(self.root) {
            Ok(path) => {
                let arena = self.budget.arena;
                let path: &'e str = arena.alloc_str(&path);
                let context: Context<'e> = if self.refers { std::slice::from_ref(arena.alloc(path)) } else { &[] };
                if self.rest.is_empty() {
                    return (path.as_bytes(), context);
                }
                let bytes = arena.alloc_slice_fill_copy(path.len() + self.rest.len(), 0);
                let (start, rest) = bytes.split_at_mut(path.len());
                start.copy_from_slice(path.as_bytes());
                rest.copy_from_slice(self.rest);
                (bytes, context)
            }
            Err(error) => {
                self.budget.failure.borrow_mut().get_or_insert(error.at(self.span));
                (&[], &[])
            }
        }
    }
}

impl<'e> Rope<'e> {
    /// All bytes in one piece, filled from the end: what grew by appending is deep on the left.
    fn flatten(&self) -> &'e [u8] {
        if self.budget.is_exceeded_by(self.length) {
            self.budget.exhausted.set(true);
            return &[];
        }
        let bytes = self.budget.arena.alloc_slice_fill_copy(self.length, 0);
        let mut end = self.length;
        let mut pending = vec![self.left, self.right];
        while let Some(part) = pending.pop() {
            if let Text::Unread(Unread::Rope(rope)) = part.text.get() {
                pending.extend([rope.left, rope.right]);
                continue;
            }
            // A part whose store path is not known has become empty.
            let part = part.bytes();
            let Some(start) = end.checked_sub(part.len()) else { return &[] };
            bytes[start..end].copy_from_slice(part);
            end = start;
        }
        bytes
    }
}
