//! Attribute sets: look-up, layers, merging.

use crate::symbol::Symbol;
use crate::value::{Attr, Attrs, Beyond, Mark, OpenWorld, Place, Slot, Value, share};
use bumpalo::Bump;
use std::cell::Cell;

/// Up to this many entries are searched one after the other.
const LINEAR: usize = 8;
/// `//` makes a layer only over a set of at least this size.
const MIN_BELOW: usize = 16;
/// `//` makes a layer only when the set below is this many times larger than the right side.
const MIN_RATIO: usize = 4;

pub(crate) fn find<'a, 'e>(entries: &'a [Attr<'e>], name: Symbol) -> Option<&'a Attr<'e>> {
    if entries.len() <= LINEAR {
        entries.iter().find(|a| a.name == name)
    } else {
        entries.binary_search_by_key(&name, |a| a.name).ok().map(|i| &entries[i])
    }
}

impl<'e> Attrs<'e> {
    /// A set of entries that are sorted by symbol and have no duplicates.
    pub fn from_sorted(entries: &'e [Attr<'e>]) -> Self {
        debug_assert!(entries.windows(2).all(|w| w[0].name < w[1].name));
        Attrs { entries, below: None, flattened: Cell::new(None), mark: Mark(0), beyond: None }
    }

    /// The entry of a name. Open sets answer only for what they really hold.
    pub fn get(&'e self, name: Symbol) -> Option<&'e Attr<'e>> {
        if let Some(all) = self.flattened.get() {
            return find(all, name);
        }
        let mut layer = self;
        loop {
            if let Some(attr) = find(layer.entries, name) {
                return Some(attr);
            }
            match layer.below {
                Some(below) => layer = below,
                None => return self.late()?.get(name),
            }
        }
    }

    /// All entries, sorted by symbol.
    pub fn entries(&'e self, arena: &'e Bump) -> &'e [Attr<'e>] {
        let late = self.late();
        if self.below.is_none() && late.is_none() {
            return self.entries;
        }
        if let Some(all) = self.flattened.get() {
            return all;
        }
        let all = match self.below {
            Some(below) => merge(arena, below.entries(arena), self.entries),
            None => self.entries,
        };
        let all = late.map_or(all, |late| merge(arena, late.all(), all));
        self.flattened.set(Some(all));
        all
    }

    /// Number of entries.
    pub fn len(&'e self, arena: &'e Bump) -> usize {
        self.entries(arena).len()
    }

    /// The call that made the set, if it was observed.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// The open world behind the set, if there is one.
    pub fn open(&self) -> Option<&'e OpenWorld<'e>> {
        match self.beyond {
            Some(Beyond::Open(open)) => Some(open),
            _ => None,
        }
    }
}

/// `left // right`
pub fn update<'e>(arena: &'e Bump, left: &'e Attrs<'e>, right: &'e Attrs<'e>) -> &'e Attrs<'e> {
    if left.late().is_some() || right.late().is_some() {
        return crate::late::update(arena, left, right);
    }
    let beyond = right.beyond.or(left.beyond);
    let mark = if right.mark == Mark(0) { left.mark } else { right.mark };
    // Whether one side can stand for both, if it has all of the entries.
    let is_like = |side: &Attrs<'e>| side.beyond.is_some() == beyond.is_some() && side.mark == mark;
    if is_small_beside(left, right) {
        // What the right side does not have becomes a layer on top of it: the order of layers shows nowhere.
        let missing = left.entries.iter().filter(|attr| right.get(attr.name).is_none()).map(copy);
        let missing = bumpalo::collections::Vec::from_iter_in(missing, arena).into_bump_slice();
        if missing.is_empty() && is_like(right) {
            return right;
        }
        return layered(arena, right, missing, beyond, mark);
    }
    let right_entries = right.entries(arena);
    if right_entries.is_empty() && is_like(left) {
        return left;
    }
    if left.below.is_none() && left.entries.is_empty() && is_like(right) {
        return right;
    }
    layered(arena, left, right_entries, beyond, mark)
}

/// Whether a set has few entries for the size of another. That one is not counted, which would make one layer of all, but
/// estimated from its layers, of which there are few.
fn is_small_beside<'e>(left: &'e Attrs<'e>, right: &'e Attrs<'e>) -> bool {
    let layers = std::iter::successors(Some(right), |layer| layer.below);
    let at_least = layers.map(|layer| layer.entries.len()).max().unwrap_or(0);
    left.below.is_none() && at_least >= MIN_BELOW && left.entries.len() * MIN_RATIO <= at_least
}

/// The entries of `top` over those of `base`. Layers of like size become one, so that there are few of them and a loop
/// over `//` copies little.
fn layered<'e>(
    arena: &'e Bump,
    base: &'e Attrs<'e>,
    top: &'e [Attr<'e>],
    beyond: Option<Beyond<'e>>,
    mark: Mark,
) -> &'e Attrs<'e> {
    let (mut base, mut top) = (base, top);
    if let (Some(all), Some(_)) = (base.flattened.get(), base.below) {
        base = arena.alloc(Attrs::from_sorted(all));
    }
    while let Some(below) = base.below
        && base.entries.len() <= top.len() * MIN_RATIO
    {
        top = merge(arena, base.entries, top);
        base = below;
    }
    let is_large =
        base.below.is_some() || (base.entries.len() >= MIN_BELOW && top.len() * MIN_RATIO <= base.entries.len());
    let (entries, below) = if is_large { (top, Some(base)) } else { (merge(arena, base.entries, top), None) };
    arena.alloc(Attrs { entries, below, flattened: Cell::new(None), mark, beyond })
}

pub(crate) fn copy<'e>(attr: &'e Attr<'e>) -> Attr<'e> {
    Attr { name: attr.name, place: attr.place, value: Cell::new(share(&attr.value)) }
}

/// Both sets' entries in order; the right side's win.
pub(crate) fn merge<'e>(arena: &'e Bump, left: &'e [Attr<'e>], right: &'e [Attr<'e>]) -> &'e [Attr<'e>] {
    let mut merged = bumpalo::collections::Vec::with_capacity_in(left.len() + right.len(), arena);
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        match left[i].name.cmp(&right[j].name) {
            std::cmp::Ordering::Less => {
                merged.push(copy(&left[i]));
                i += 1;
            }
            std::cmp::Ordering::Equal => {
                merged.push(copy(&right[j]));
                i += 1;
                j += 1;
            }
            std::cmp::Ordering::Greater => {
                merged.push(copy(&right[j]));
                j += 1;
            }
        }
    }
    merged.extend(left[i..].iter().map(copy));
    merged.extend(right[j..].iter().map(copy));
    merged.into_bump_slice()
}

/// Collects entries in any order; of entries with one name the first added wins.
pub struct AttrsBuilder<'e> {
    entries: Vec<Attr<'e>>,
}

impl<'e> AttrsBuilder<'e> {
    /// An empty builder with room.
    pub fn with_capacity(capacity: usize) -> Self {
        AttrsBuilder { entries: Vec::with_capacity(capacity) }
    }

    /// Adds an entry that was defined nowhere in particular.
    pub fn push(&mut self, name: Symbol, value: Value<'e>) {
        self.push_at(name, Place::new(0), value);
    }

    /// Adds an entry with the place of its definition.
    pub fn push_at(&mut self, name: Symbol, place: Place, value: Value<'e>) {
        self.entries.push(Attr { name, place, value: Cell::new(value) });
    }

    /// Adds a copy of an entry.
    pub fn push_copy(&mut self, attr: &'e Attr<'e>) {
        self.entries.push(copy(attr));
    }

    /// The finished set.
    pub fn finish(mut self, arena: &'e Bump) -> &'e Attrs<'e> {
        // Stable, so that of equal names the first stays.
        self.entries.sort_by_key(|a| a.name);
        self.entries.dedup_by_key(|a| a.name);
        let entries = arena.alloc_slice_fill_iter(self.entries);
        arena.alloc(Attrs::from_sorted(entries))
    }
}

/// A fresh cell in the arena.
pub fn slot<'e>(arena: &'e Bump, value: Value<'e>) -> &'e Slot<'e> {
    arena.alloc(Cell::new(value))
}
