//! Attributes of which nobody knows whether they exist before a program asks for one of them, or for all names: finding it
//! out costs too much to do it in vain.

use crate::attrs::{copy, find, merge, update as update_settled};
use crate::symbol::Symbol;
use crate::value::{Attr, Attrs, Beyond, Mark};
use bumpalo::Bump;
use std::cell::OnceCell;

/// Says whether an attribute exists, by name.
pub type Exists<'e> = dyn Fn(Symbol) -> bool + 'e;

/// Attributes that may exist.
pub(crate) struct LateAttrs<'e> {
    /// All that may, sorted by symbol.
    candidates: &'e [Attr<'e>],
    exists: &'e Exists<'e>,
    arena: &'e Bump,
    /// Those that do.
    known: OnceCell<&'e [Attr<'e>]>,
}

impl<'e> LateAttrs<'e> {
    /// Those that exist, sorted by symbol.
    pub(crate) fn all(&self) -> &'e [Attr<'e>] {
        self.known.get_or_init(|| {
            let there = self.candidates.iter().filter(|attr| (self.exists)(attr.name)).map(copy);
            bumpalo::collections::Vec::from_iter_in(there, self.arena).into_bump_slice()
        })
    }

    /// One of them; the others need not be found out for a name that none of them has.
    pub(crate) fn get(&self, name: Symbol) -> Option<&'e Attr<'e>> {
        find(self.candidates, name)?;
        find(self.all(), name)
    }

    /// Whether one of them may hide an attribute of a set.
    fn may_hide(&self, set: &'e Attrs<'e>) -> bool {
        self.candidates.iter().any(|attr| set.get(attr.name).is_some())
    }
}

/// `left // right`, one of which has late attributes: so has the result, as long as no other attribute depends on them.
/// Sets with late attributes have no layers.
pub(crate) fn update<'e>(arena: &'e Bump, left: &'e Attrs<'e>, right: &'e Attrs<'e>) -> &'e Attrs<'e> {
    let late = match (left.late(), right.late()) {
        (Some(late), None) if right.beyond.is_none() => late,
        (None, Some(late)) if left.beyond.is_none() && !late.may_hide(left) => late,
        _ => return update_settled(arena, left.settled(arena), right.settled(arena)),
    };
    let plain = |set: &'e Attrs<'e>| if set.late().is_some() { set.entries } else { set.entries(arena) };
    let mark = if right.mark == Mark(0) { left.mark } else { right.mark };
    let entries = Attrs::from_sorted(merge(arena, plain(left), plain(right)));
    arena.alloc(Attrs { beyond: Some(Beyond::Late(late)), mark, ..entries })
}

impl<'e> Attrs<'e> {
    /// The same set with attributes that may exist, below those that it has. `exists` is asked when a program looks for
    /// one of them or wants all names.
    pub fn with_late(&'e self, arena: &'e Bump, candidates: &'e Attrs<'e>, exists: &'e Exists<'e>) -> &'e Attrs<'e> {
        let late = LateAttrs { candidates: candidates.entries(arena), exists, arena, known: OnceCell::new() };
        let entries = Attrs::from_sorted(self.entries(arena));
        arena.alloc(Attrs { beyond: Some(Beyond::Late(arena.alloc(late))), ..entries })
    }

    pub(crate) fn late(&self) -> Option<&'e LateAttrs<'e>> {
        match self.beyond {
            Some(Beyond::Late(late)) => Some(late),
            _ => None,
        }
    }

    /// The same set, with nothing left to be found out.
    pub(crate) fn settled(&'e self, arena: &'e Bump) -> &'e Attrs<'e> {
        match self.late() {
            Some(_) => arena.alloc(Attrs { mark: self.mark, ..Attrs::from_sorted(self.entries(arena)) }),
            None => self,
        }
    }
}
