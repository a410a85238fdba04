//! Builtins on lists.

use super::{Builtin, Kind};
use crate::attrs::AttrsBuilder;
use crate::error::{Error, ErrorKind};
use crate::eval::{Evaluator, Result};
use crate::symbol::{Symbol, sym};
use crate::value::{List, ListOrigin, MappingSource, Slot, Value, share};
use rustc_hash::FxHashMap;
use std::cell::Cell;
use std::cmp::Ordering;

pub(super) const TABLE: &[Builtin] = &[
    Builtin::new("all", 2, 0b11, all).expecting(&[Kind::Function]),
    Builtin::new("any", 2, 0b11, any).expecting(&[Kind::Function]),
    Builtin::new("concatLists", 1, 1, concat_lists),
    Builtin::new("concatMap", 2, 0b11, concat_map).expecting(&[Kind::Function]),
    Builtin::new("elem", 2, 0b10, elem),
    Builtin::new("elemAt", 2, 0b10, elem_at),
    Builtin::new("filter", 2, 0b10, filter),
    Builtin::new("foldl'", 3, 0b101, foldl).expecting(&[Kind::Function]),
    Builtin::new("genList", 2, 0b10, gen_list),
    Builtin::new("groupBy", 2, 0b11, group_by).expecting(&[Kind::Function]),
    Builtin::new("head", 1, 1, head),
    Builtin::new("length", 1, 1, length),
    Builtin::new("listToAttrs", 1, 1, list_to_attrs),
    Builtin::new("map", 2, 0b10, map),
    Builtin::new("partition", 2, 0b11, partition).expecting(&[Kind::Function]),
    Builtin::new("sort", 2, 0b10, sort),
    Builtin::new("tail", 1, 1, tail),
];

/// An argument that has to be a list.
pub(super) fn list<'e>(ev: &Evaluator<'e>, value: Value<'e>) -> Result<&'e List<'e>> {
    match value {
        Value::List(list) => Ok(list),
        other => Err(ev.expected("a list", other)),
    }
}

/// A value that has to be a function, or a set that stands for one.
///
/// Errors: it is neither.
pub fn function<'e>(ev: &Evaluator<'e>, value: Value<'e>) -> Result<Value<'e>> {
    match value {
        Value::Closure(_) | Value::Builtin(_) | Value::Partial(_) => Ok(value),
        Value::Attrs(attrs) if attrs.get(sym::FUNCTOR).is_some() => Ok(value),
        other => Err(ev.expected("a function", other)),
    }
}

/// What a predicate has to return.
fn bool<'e>(ev: &Evaluator<'e>, value: Value<'e>) -> Result<bool> {
    match value {
        Value::Bool(b) => Ok(b),
        other => Err(ev.expected("a Boolean", other)),
    }
}

/// `all predicate list`
fn all<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    function(ev, args[0])?;
    for item in list(ev, args[1])?.items {
        if !bool(ev, ev.call(args[0], &[share(item)])?)? {
            return Ok(Value::Bool(false));
        }
    }
    Ok(Value::Bool(true))
}

/// `any predicate list`
fn any<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    function(ev, args[0])?;
    for item in list(ev, args[1])?.items {
        if bool(ev, ev.call(args[0], &[share(item)])?)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

fn joined<'e>(ev: &Evaluator<'e>, lists: &[&'e List<'e>]) -> Result<Value<'e>> {
    ev.reserve(lists.iter().map(|l| l.items.len()).sum::<usize>() * size_of::<Slot<'e>>())?;
    Ok(ev.concat(lists))
}

/// `concatLists lists`
fn concat_lists<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let lists =
        list(ev, args[0])?.items.iter().map(|item| list(ev, ev.force_slot(item)?)).collect::<Result<Vec<_>>>()?;
    joined(ev, &lists)
}

/// `concatMap f list`
fn concat_map<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    function(ev, args[0])?;
    let items = list(ev, args[1])?.items;
    let lists = items.iter().map(|item| list(ev, ev.call(args[0], &[share(item)])?)).collect::<Result<Vec<_>>>()?;
    joined(ev, &lists)
}

/// `elem value list`
fn elem<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let items = list(ev, args[1])?.items;
    // Of an empty list nobody asks.
    if items.is_empty() {
        return Ok(Value::Bool(false));
    }
    let value = ev.force(args[0])?;
    for item in items {
        if ev.equal(value, ev.force_slot(item)?)? {
            return Ok(Value::Bool(true));
        }
    }
    Ok(Value::Bool(false))
}

/// `elemAt list index`; the index is looked at first.
fn elem_at<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let Value::Int(index) = args[1] else { return Err(ev.expected("an integer", args[1])) };
    let items = list(ev, ev.force(args[0])?)?.items;
    match usize::try_from(index).ok().and_then(|i| items.get(i)) {
        Some(item) => Ok(share(item)),
        None => Err(Error::new(
            ErrorKind::Other,
            format!("'builtins.elemAt' called with index {index} on a list of size {}", items.len()),
        )),
    }
}

/// `filter predicate list`
fn filter<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let from = list(ev, args[1])?;
    if from.items.is_empty() {
        return Ok(args[1]);
    }
    let predicate = function(ev, ev.force(args[0])?)?;
    let mut kept = Vec::new();
    for (i, item) in from.items.iter().enumerate() {
        if bool(ev, ev.call(predicate, &[share(item)])?)? {
            kept.push(i);
        }
    }
    if kept.len() == from.items.len() {
        return Ok(args[1]);
    }
    ev.reserve(kept.len() * (size_of::<Slot<'e>>() + size_of::<usize>()))?;
    let items = ev.arena.alloc_slice_fill_with(kept.len(), |i| Cell::new(share(&from.items[kept[i]])));
    // Where the elements that are left were written is looked up when someone asks: that can take long.
    let picked = || &*ev.arena.alloc(ListOrigin::Picked(from, ev.arena.alloc_slice_copy(&kept)));
    let origin = from.origin.is_some().then(picked);
    Ok(Value::List(ev.arena.alloc(List { items, origin, room: None })))
}

/// `foldl' f start list`: strict in the accumulator.
fn foldl<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    function(ev, args[0])?;
    let items = list(ev, args[2])?.items;
    let mut accumulator = args[1];
    for item in items {
        accumulator = ev.call(args[0], &[accumulator, share(item)])?;
    }
    ev.force(accumulator)
}

/// `genList f length`
fn gen_list<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let Value::Int(length) = args[1] else { return Err(ev.expected("an integer", args[1])) };
    let Ok(count) = usize::try_from(length) else {
        return Err(Error::new(ErrorKind::Other, format!("cannot create list of size {length}")));
    };
    if count > ev.options.max_memory / size_of::<Slot<'e>>() || u32::try_from(count).is_err() {
        return Err(Error::new(ErrorKind::Limit, format!("cannot create list of size {length}: too large")));
    }
    let function = function(ev, ev.force(args[0])?)?;
    let element = ev.mapping(function, MappingSource::Numbers);
    let items = ev.arena.alloc_slice_fill_with(count, |i| Cell::new(element(i)));
    Ok(Value::List(ev.arena.alloc(List { items, origin: None, room: None })))
}

/// `groupBy f list`: a set from `f element` to the elements.
fn group_by<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    function(ev, args[0])?;
    let mut groups: FxHashMap<Symbol, Vec<Value<'e>>> = FxHashMap::default();
    let mut order = Vec::new();
    for item in list(ev, args[1])?.items {
        let name = ev.force_plain(ev.call(args[0], &[share(item)])?)?;
        let name = ev.symbols.intern(name);
        groups
            .entry(name)
            .or_insert_with(|| {
                order.push(name);
                Vec::new()
            })
            .push(share(item));
    }
    let mut builder = AttrsBuilder::with_capacity(groups.len());
    for name in order {
        builder.push(name, ev.list(groups.remove(&name).unwrap_or_default()));
    }
    Ok(Value::Attrs(builder.finish(ev.arena)))
}

/// `head list`
fn head<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    match list(ev, args[0])?.items.first() {
        Some(item) => Ok(share(item)),
        None => Err(Error::new(ErrorKind::Other, "'builtins.head' called on an empty list")),
    }
}

/// `length list`
fn length<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Ok(Value::Int(list(ev, args[0])?.items.len() as i64))
}

/// `listToAttrs [ { name, value } … ]`: of equal names the first counts.
fn list_to_attrs<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let items = list(ev, args[0])?.items;
    let mut builder = AttrsBuilder::with_capacity(items.len());
    for item in items {
        let item = ev.force_slot(item)?;
        let Value::Attrs(pair) = item else { return Err(ev.expected("a set", item)) };
        let name = pair.get(sym::NAME).ok_or_else(|| ev.missing_attribute(pair, sym::NAME))?;
        let symbol = ev.symbols.intern(ev.force_plain(share(&name.value))?);
        let value = pair.get(sym::VALUE).ok_or_else(|| ev.missing_attribute(pair, sym::VALUE))?;
        builder.push_at(symbol, value.place, share(&value.value));
    }
    Ok(Value::Attrs(builder.finish(ev.arena)))
}

/// `map f list`
fn map<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let from = list(ev, args[1])?;
    if from.items.is_empty() {
        return Ok(args[1]);
    }
    let function = function(ev, ev.force(args[0])?)?;
    ev.reserve(size_of_val(from.items))?;
    let element = ev.mapping(function, MappingSource::List(from));
    let items = ev.arena.alloc_slice_fill_with(from.items.len(), |i| Cell::new(element(i)));
    let origin = from.origin.map(|_| &*ev.arena.alloc(ListOrigin::Mapped(from)));
    Ok(Value::List(ev.arena.alloc(List { items, origin, room: None })))
}

/// `partition predicate list`: `{ right = …; wrong = …; }`
fn partition<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    function(ev, args[0])?;
    let (mut right, mut wrong) = (Vec::new(), Vec::new());
    for item in list(ev, args[1])?.items {
        // Evaluated even when the predicate does not look at it.
        ev.force_slot(item)?;
        let holds = bool(ev, ev.call(args[0], &[share(item)])?)?;
        if holds { &mut right } else { &mut wrong }.push(share(item));
    }
    let mut builder = AttrsBuilder::with_capacity(2);
    builder.push(sym::RIGHT, ev.list(right));
    builder.push(sym::WRONG, ev.list(wrong));
    Ok(Value::Attrs(builder.finish(ev.arena)))
}

/// `sort lessThan list`: stable.
fn sort<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let items = list(ev, args[1])?.items;
    if items.is_empty() {
        return Ok(args[1]);
    }
    let comparison = function(ev, ev.force(args[0])?)?;
    let mut values = items.iter().map(|item| ev.force_slot(item)).collect::<Result<Vec<_>>>()?;
    // The usual comparison needs no call.
    let is_less_than = matches!(comparison, Value::Builtin(builtin) if builtin.name == "lessThan");
    let less = |a: Value<'e>, b: Value<'e>| {
        if is_less_than { ev.less_than(a, b) } else { bool(ev, ev.call(comparison, &[a, b])?) }
    };
    // The comparison can fail, and need not be an order: a merge sort of our own.
    let mut failure = None;
    merge_sort(&mut values, &mut |a, b| {
        if failure.is_some() {
            return Ordering::Equal;
        }
        match less(*b, *a) {
            Ok(true) => Ordering::Greater,
            Ok(false) => Ordering::Less,
            Err(error) => {
                failure = Some(error);
                Ordering::Equal
            }
        }
    });
    match failure {
        Some(error) => Err(error),
        None => Ok(ev.list(values)),
    }
}

/// Bottom-up stable merge sort, which works (terminates, loses nothing) with any comparison. `compare(a, b)` is
/// `Greater` when `b` has to come before `a`, which stands before it.
fn merge_sort<T: Copy>(values: &mut Vec<T>, compare: &mut impl FnMut(&T, &T) -> Ordering) {
    const RUN: usize = 8;
    for run in values.chunks_mut(RUN) {
        for i in 1..run.len() {
            let mut j = i;
            while j > 0 && compare(&run[j - 1], &run[j]) == Ordering::Greater {
                run.swap(j - 1, j);
                j -= 1;
            }
        }
    }
    let mut width = RUN;
    let mut merged = Vec::with_capacity(values.len());
    while width < values.len() {
        merged.clear();
        for pair in values.chunks(width * 2) {
            let (left, right) = pair.split_at(width.min(pair.len()));
            // Runs that are in order already need no merging.
            if right.is_empty() || compare(&left[left.len() - 1], &right[0]) != Ordering::Greater {
                merged.extend_from_slice(pair);
                continue;
            }
            let (mut i, mut j) = (0, 0);
            while i < left.len() && j < right.len() {
                if compare(&left[i], &right[j]) == Ordering::Greater {
                    merged.push(right[j]);
                    j += 1;
                } else {
                    merged.push(left[i]);
                    i += 1;
                }
            }
            merged.extend_from_slice(&left[i..]);
            merged.extend_from_slice(&right[j..]);
        }
        std::mem::swap(values, &mut merged);
        width *= 2;
    }
}

/// `tail list`
fn tail<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let from = list(ev, args[0])?;
    let Some((_, rest)) = from.items.split_first() else {
        return Err(Error::new(ErrorKind::Other, "'builtins.tail' called on an empty list"));
    };
    if rest.is_empty() {
        return Ok(Value::List(ev.empty_list()));
    }
    // The rest is shared, not copied: a loop over `tail` is linear.
    let origin = match from.origin {
        Some(ListOrigin::Literal(spans)) => Some(&*ev.arena.alloc(ListOrigin::Literal(&spans[1..]))),
        _ => None,
    };
    Ok(Value::List(ev.arena.alloc(List { items: rest, origin, room: None })))
}
