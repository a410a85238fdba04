//! What a flake knows of its source: `sourceInfo`, which is also part of `self` (Nix manual, "nix flake", "Flake format").

use bt_eval::attrs::{AttrsBuilder, slot};
use bt_eval::builtins::Builtin;
use bt_eval::{Attrs, Error, ErrorKind, Evaluator, Result, Symbol, Value, sym};
use bt_glue::{Glue, date};
use std::collections::BTreeMap;

static NAR_HASH: Builtin = Builtin::new("narHash", 1, 1, nar_hash);
static TIME: Builtin = Builtin::new("lastModified", 1, 1, time);
static DATE: Builtin = Builtin::new("lastModifiedDate", 1, 1, time_as_date);
static OF_COMMIT: Builtin = Builtin::new("rev", 2, 0b11, of_commit);

/// What may be known of the commit, and what is when something was changed since.
const OF_CLEAN: &[&str] = &["rev", "shortRev", "revCount"];
const OF_DIRTY: &[&str] = &["dirtyRev", "dirtyShortRev"];

/// The source info of an input whose version is known, from a lock file.
pub(crate) fn locked<'e>(ev: &Evaluator<'e>, known: &BTreeMap<String, String>, out_path: Value<'e>) -> &'e Attrs<'e> {
    let mut info = AttrsBuilder::with_capacity(7);
    let name = |text: &str| ev.symbols.intern(text);
    info.push(sym::OUT_PATH, out_path);
    for key in ["rev", "narHash"] {
        if let Some(text) = known.get(key) {
            info.push(name(key), ev.string(text));
        }
    }
    if let Some(rev) = known.get("rev") {
        info.push(name("shortRev"), ev.string(rev.get(..7).unwrap_or(rev)));
    }
    if let Some(count) = known.get("revCount").and_then(|text| text.parse().ok()) {
        info.push(name("revCount"), Value::Int(count));
    }
    if let Some(flag) = known.get("submodules") {
        info.push(name("submodules"), Value::Bool(flag == "true"));
    }
    // The hash of an archive says what it is, whenever it was made.
    if let Some(time) = known.get("lastModified").and_then(|text| text.parse().ok()) {
        info.push(name("lastModified"), Value::Int(time));
        info.push(name("lastModifiedDate"), ev.string(date(time)));
    }
    info.finish(ev.arena)
}

/// The source info of a directory that is evaluated as it is, given its root. Nothing is hashed, and nothing is asked of
/// git, before a program looks at it: not even which attributes there are. Where the lock file would have to be written
/// anew, the revision does not say what is evaluated, and there is none.
pub(crate) fn unlocked<'e>(
    ev: &Evaluator<'e>,
    glue: &Glue,
    root: &str,
    out_path: Value<'e>,
    has_lock: bool,
) -> &'e Attrs<'e> {
    let mut info = AttrsBuilder::with_capacity(5);
    let name = |text: &str| ev.symbols.intern(text);
    let path = ev.path(root);
    let later = |builtin: &'static Builtin, arguments: &[Value<'e>]| {
        Value::Thunk(slot(ev.arena, ev.delayed_call(Value::Builtin(builtin), arguments)))
    };
    info.push(sym::OUT_PATH, out_path);
    info.push(name("narHash"), later(&NAR_HASH, &[path]));
    info.push(name("lastModified"), later(&TIME, &[path]));
    info.push(name("lastModifiedDate"), later(&DATE, &[path]));
    let Some((_, git)) = glue.repository(root) else { return info.finish(ev.arena) };
    info.push(name("submodules"), Value::Bool(git.has_submodules()));
    let mut of_commit = AttrsBuilder::with_capacity(OF_CLEAN.len() + OF_DIRTY.len());
    for key in OF_CLEAN.iter().chain(OF_DIRTY) {
        of_commit.push(name(key), later(&OF_COMMIT, &[path, ev.string(key)]));
    }
    let world = ev.world;
    let symbols: Vec<(Symbol, &str)> = OF_CLEAN.iter().chain(OF_DIRTY).map(|key| (name(key), *key)).collect();
    let symbols = ev.arena.alloc_slice_copy(&symbols);
    let root = ev.arena.alloc_str(root);
    let exists = ev.arena.alloc(move |symbol: Symbol| {
        let key = symbols.iter().find(|(other, _)| *other == symbol).map_or("", |(_, key)| *key);
        let is_said = has_lock || !OF_CLEAN.contains(&key);
        is_said && world.as_any().downcast_ref::<Glue>().is_none_or(|glue| is_known(glue, root, key))
    });
    info.finish(ev.arena).with_late(ev.arena, of_commit.finish(ev.arena), exists)
}

/// Whether there is an attribute about the commit. When nobody can tell, whoever looks at its value sees why.
fn is_known(glue: &Glue, root: &str, key: &str) -> bool {
    let Some((_, git)) = glue.repository(root) else { return false };
    match glue.git_state(&git) {
        Ok(state) if state.is_dirty => OF_DIRTY.contains(&key) && state.head.is_some(),
        // In a shallow clone the count means nothing.
        Ok(_) => OF_CLEAN.contains(&key) && (key != "revCount" || !git.is_shallow_clone()),
        Err(_) => true,
    }
}

fn source<'g, 'e>(ev: &'g Evaluator<'e>, argument: Value<'e>) -> Result<(&'g Glue, &'e str)> {
    let Value::Path(path) = argument else { return Err(ev.expected("a path", argument)) };
    let glue = ev.world.as_any().downcast_ref::<Glue>();
    let glue = glue.ok_or_else(|| Error::new(ErrorKind::Other, "the source of a flake needs a file system"))?;
    Ok((glue, path.text))
}

fn nar_hash<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let (glue, root) = source(ev, args[0])?;
    Ok(ev.string(glue.nar_hash_of_tree(root)?))
}

fn seconds<'e>(ev: &Evaluator<'e>, argument: Value<'e>) -> Result<i64> {
    let (glue, root) = source(ev, argument)?;
    match glue.repository(root) {
        Some((_, git)) => glue.git_number(&git, "lastModified"),
        None => glue.last_change(root),
    }
}

fn time<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    seconds(ev, args[0]).map(Value::Int)
}

fn time_as_date<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    seconds(ev, args[0]).map(|time| ev.string(date(time)))
}

/// `rev path name`: something about the commit that is checked out.
fn of_commit<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let (glue, root) = source(ev, args[0])?;
    let key = ev.force_plain(args[1])?;
    let Some((_, git)) = glue.repository(root) else {
        return Err(Error::new(ErrorKind::Other, "the source of the flake is no git repository"));
    };
    let state = glue.git_state(&git)?;
    let head = state.head.unwrap_or(bt_glue::ObjectId::NULL);
    Ok(match key {
        "revCount" => Value::Int(glue.git_number(&git, key)?),
        "rev" => ev.string(head.to_string()),
        "shortRev" => ev.string(head.short()),
        "dirtyRev" => ev.string(format!("{head}-dirty")),
        _ => ev.string(format!("{}-dirty", head.short())),
    })
}
