//! Strings: bytes with context, and ropes, so that a string that grows in a loop is copied once.

use crate::value::Context;
use bumpalo::Bump;
use std::cell::Cell;

/// Longer strings may be kept as the two strings that they were made from.
pub(crate) const MIN_ROPE: usize = 256;

/// A string: bytes that are usually UTF-8, and the store paths that it refers to.
pub struct NixString<'e> {
    text: Cell<Text<'e>>,
    /// Sorted, without duplicates.
    pub context: Context<'e>,
}

/// The bytes of a string.
#[derive(Clone, Copy)]
enum Text<'e> {
    Flat(&'e [u8]),
    Rope(&'e Rope<'e>),
}

const _: () = assert!(size_of::<NixString<'static>>() == 32);

/// Two strings one after the other, which nobody has looked at yet.
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
        NixString { text: Cell::new(Text::Flat(bytes)), context }
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
            Text::Rope(budget.arena.alloc(Rope { left, right, length, budget }))
        };
        NixString { text: Cell::new(text), context }
    }

    /// The bytes.
    pub fn bytes(&self) -> &'e [u8] {
        match self.text.get() {
            Text::Flat(bytes) => bytes,
            Text::Rope(rope) => {
                let bytes = rope.flatten();
                self.text.set(Text::Flat(bytes));
                bytes
            }
        }
    }

    /// How many bytes there are.
    pub fn len(&self) -> usize {
        match self.text.get() {
            Text::Flat(bytes) => bytes.len(),
            Text::Rope(rope) => rope.length,
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
            match part.text.get() {
                Text::Flat(part) => {
                    let start = end - part.len();
                    bytes[start..end].copy_from_slice(part);
                    end = start;
                }
                Text::Rope(rope) => pending.extend([rope.left, rope.right]),
            }
        }
        bytes
    }
}
