//! Scopes while lowering; one environment each at run time.

use crate::symbol::Symbol;

/// One scope.
pub(super) enum Scope {
    /// Sorted names: slot i is name i. Slots after them have no name.
    Sorted(Vec<Symbol>),
    /// Arguments in order; of equal names the last counts.
    Positional(Vec<Symbol>),
    /// Sorted formals, then the name of the whole set.
    Formals(Vec<Symbol>, Option<Symbol>),
    /// A `with`.
    With,
}

/// Where a variable is.
pub(super) enum Found {
    Variable {
        level: u32,
        slot: u32,
    },
    /// In no scope; the levels of the `with`s around, innermost first.
    Nowhere {
        withs: Vec<u32>,
    },
}

/// All scopes, outermost first.
#[derive(Default)]
pub(super) struct Scopes(Vec<Scope>);

impl Scopes {
    pub fn push(&mut self, scope: Scope) {
        self.0.push(scope);
    }

    pub fn pop(&mut self) -> Scope {
        self.0.pop().unwrap_or(Scope::With)
    }

    /// Finds a name; the innermost `skip` scopes are counted but not searched.
    pub fn find(&self, name: Symbol, skip: usize) -> Found {
        let mut withs = Vec::new();
        for (level, scope) in self.0.iter().rev().enumerate().skip(skip) {
            let slot = match scope {
                Scope::Sorted(names) => names.binary_search(&name).ok(),
                Scope::Positional(names) => names.iter().rposition(|n| *n == name),
                Scope::Formals(names, all) => {
                    names.binary_search(&name).ok().or((*all == Some(name)).then_some(names.len()))
                }
                Scope::With => {
                    withs.push(level as u32);
                    None
                }
            };
            if let Some(slot) = slot {
                return Found::Variable { level: level as u32, slot: slot as u32 };
            }
        }
        Found::Nowhere { withs }
    }

    /// Every name in scope.
    pub fn names(&self) -> impl Iterator<Item = Symbol> + '_ {
        self.0
            .iter()
            .flat_map(|scope| match scope {
                Scope::Sorted(names) | Scope::Positional(names) => [names.as_slice(), &[]],
                Scope::Formals(names, all) => [names.as_slice(), all.as_slice()],
                Scope::With => [[].as_slice(), &[]],
            })
            .flatten()
            .copied()
    }
}
