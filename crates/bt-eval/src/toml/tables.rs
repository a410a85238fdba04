//! Which tables of a TOML document may be extended, and by what.

use crate::attrs::AttrsBuilder;
use crate::eval::Evaluator;
use crate::symbol::Symbol;
use crate::value::Value;
use rustc_hash::FxHashMap;

/// How a table came to be, which decides what may still be added.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// By its own header, or as the root.
    Header,
    /// By the header of a table inside.
    Implicit,
    /// By a dotted key.
    Dotted,
}

/// What a finished value is, as far as the rules ask.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A table in braces.
    Table,
    /// An array in brackets of such tables.
    Tables,
    Other,
}

#[derive(Clone, Copy)]
enum Entry<'e> {
    Value(Value<'e>, Shape),
    Table(usize),
    /// An array of tables with headers, by its number.
    Array(usize),
}

/// Up to this many names are searched one after the other.
const LINEAR: usize = 8;

struct Table<'e> {
    origin: Origin,
    entries: Vec<(Symbol, Entry<'e>)>,
}

/// A table and what is inside, as long as it may grow. Tables come before those inside them.
pub(super) struct Tables<'e> {
    tables: Vec<Table<'e>>,
    /// The tables of each array.
    arrays: Vec<Vec<usize>>,
    /// Where names are in tables with many of them.
    index: FxHashMap<(usize, Symbol), usize>,
}

/// The number of the outermost table.
pub(super) const ROOT: usize = 0;

/// What is wrong, in the words of the library that Nix uses.
type Inserted<T> = Result<T, &'static str>;

const EXISTS: &str = "toml::insert_value: failed to insert a value, value already exists";

impl<'e> Tables<'e> {
    pub fn new() -> Self {
        let root = Table { origin: Origin::Header, entries: Vec::new() };
        Tables { tables: vec![root], arrays: Vec::new(), index: FxHashMap::default() }
    }

    fn find(&self, table: usize, name: Symbol) -> Option<usize> {
        let entries = &self.tables[table].entries;
        if entries.len() <= LINEAR {
            entries.iter().position(|(n, _)| *n == name)
        } else {
            self.index.get(&(table, name)).copied()
        }
    }

    fn add(&mut self, table: usize, name: Symbol, entry: Entry<'e>) {
        let entries = &mut self.tables[table].entries;
        entries.push((name, entry));
        let count = entries.len();
        // The first time all of them, later the one that is new.
        let unknown = if count == LINEAR + 1 { 0 } else { count - 1 };
        if count > LINEAR {
            for (i, (name, _)) in entries.iter().enumerate().skip(unknown) {
                self.index.insert((table, *name), i);
            }
        }
    }

    fn add_table(&mut self, origin: Origin) -> usize {
        self.tables.push(Table { origin, entries: Vec::new() });
        self.tables.len() - 1
    }

    /// Goes to the table that holds the last of the names, through tables that are made when they are missing.
    fn descend(&mut self, mut table: usize, names: &[Symbol], origin: Origin) -> Inserted<usize> {
        for name in names {
            let Some(found) = self.find(table, *name) else {
                let inner = self.add_table(origin);
                self.add(table, *name, Entry::Table(inner));
                table = inner;
                continue;
            };
            table = match self.tables[table].entries[found].1 {
                Entry::Value(_, Shape::Table) => {
                    return Err("toml::insert_value: failed to insert a value: inline table is immutable");
                }
                Entry::Value(_, Shape::Tables) => {
                    return Err("toml::insert_value:inline array of tables are immutable");
                }
                Entry::Value(_, Shape::Other) => return Err(EXISTS),
                Entry::Table(inner) if origin == Origin::Dotted && self.tables[inner].origin != Origin::Dotted => {
                    return Err("toml::insert_value: reopening a table using dotted keys");
                }
                Entry::Table(inner) => inner,
                Entry::Array(_) if origin == Origin::Dotted => {
                    return Err("toml::insert_value:dotted key cannot reopen an array-of-tables");
                }
                // What comes after a header of an array's table belongs to the last one.
                Entry::Array(array) => match self.arrays[array].last() {
                    Some(last) => *last,
                    None => return Err(EXISTS),
                },
            };
        }
        Ok(table)
    }

    /// `a.b.c = value` in a table.
    pub fn insert(&mut self, table: usize, names: &[Symbol], value: (Value<'e>, Shape)) -> Inserted<()> {
        let Some((last, path)) = names.split_last() else { return Ok(()) };
        let table = self.descend(table, path, Origin::Dotted)?;
        if self.find(table, *last).is_some() {
            return Err(EXISTS);
        }
        self.add(table, *last, Entry::Value(value.0, value.1));
        Ok(())
    }

    /// `[a.b.c]`; returns the table.
    pub fn header(&mut self, names: &[Symbol]) -> Inserted<usize> {
        let Some((last, path)) = names.split_last() else { return Ok(ROOT) };
        let table = self.descend(ROOT, path, Origin::Implicit)?;
        match self.find(table, *last).map(|found| self.tables[table].entries[found].1) {
            None => {
                let inner = self.add_table(Origin::Header);
                self.add(table, *last, Entry::Table(inner));
                Ok(inner)
            }
            Some(Entry::Table(inner)) if self.tables[inner].origin == Origin::Implicit => {
                self.tables[inner].origin = Origin::Header;
                Ok(inner)
            }
            Some(_) => Err("toml::insert_value: failed to insert a table, table already defined"),
        }
    }

    /// `[[a.b.c]]`; returns the new table.
    pub fn array_header(&mut self, names: &[Symbol]) -> Inserted<usize> {
        let Some((last, path)) = names.split_last() else { return Ok(ROOT) };
        let table = self.descend(ROOT, path, Origin::Implicit)?;
        match self.find(table, *last).map(|found| self.tables[table].entries[found].1) {
            None => {
                let inner = self.add_table(Origin::Header);
                self.arrays.push(vec![inner]);
                self.add(table, *last, Entry::Array(self.arrays.len() - 1));
                Ok(inner)
            }
            Some(Entry::Array(array)) => {
                let inner = self.add_table(Origin::Header);
                self.arrays[array].push(inner);
                Ok(inner)
            }
            Some(Entry::Value(_, Shape::Tables)) => {
                Err("toml::insert_value: failed to insert a table, inline array of tables is immutable")
            }
            Some(_) => Err("toml::insert_value: failed to insert an array of tables, value already exists"),
        }
    }

    /// The outermost table as a value.
    pub fn finish(self, ev: &Evaluator<'e>) -> Value<'e> {
        // The inner ones first, without recursion: they have the higher numbers.
        let mut finished: Vec<Value<'e>> = vec![Value::Null; self.tables.len()];
        for (number, table) in self.tables.into_iter().enumerate().rev() {
            let mut set = AttrsBuilder::with_capacity(table.entries.len());
            for (name, entry) in table.entries {
                let value = match entry {
                    Entry::Value(value, _) => value,
                    Entry::Table(inner) => finished[inner],
                    Entry::Array(array) => ev.list(self.arrays[array].iter().map(|inner| finished[*inner]).collect()),
                };
                set.push(name, value);
            }
            finished[number] = Value::Attrs(set.finish(ev.arena));
        }
        finished.first().copied().unwrap_or(Value::Null)
    }
}
