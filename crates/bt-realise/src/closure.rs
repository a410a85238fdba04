//! The closure of derivations that were evaluated: what is registered before they are built.

use bt_daemon::{Closure, Object};
use bt_eval::Error;
use bt_glue::{Glue, Made};
use bt_store::StorePath;

/// Derivations, texts and sources of a run that paths refer to, and the paths themselves. What the run only knows the names
/// of (`builtins.storePath`) is not part of it: that a store has. Sources are read when they are sent.
///
/// # Errors
/// A source cannot be read.
pub fn closure<'g>(glue: &'g Glue, paths: impl IntoIterator<Item = StorePath>) -> Result<Closure<'g>, Error> {
    let mut failure = None;
    let closure = Closure::collect(paths, &mut |path| match glue.made(path) {
        Ok(made) => Some(object(glue, path, made?)),
        Err(error) => {
            failure.get_or_insert(error);
            None
        }
    });
    failure.map_or(Ok(closure), Err)
}

fn object<'g>(glue: &'g Glue, path: &StorePath, made: Made) -> Object<'g> {
    match made {
        Made::Derivation(known) => Object::derivation(&known.derivation),
        Made::Text { contents, references } => Object::text(contents.to_vec(), references.into_iter().collect()),
        Made::File(bytes) => Object::flat(bytes),
        Made::Tree => {
            let path = path.clone();
            let archive = move |sink: &mut dyn FnMut(&[u8])| glue.archive(&path, sink).map_err(|e| e.to_string());
            Object::tree(archive)
        }
    }
}
