//! Objects by name, loose or packed (gitformat-pack(5), gitrepository-layout(5)).

use crate::files::{Files, read_if_there};
use crate::pack::Pack;
use crate::{GitError, ObjectId};
use miniz_oxide::inflate::decompress_to_vec_zlib_with_limit;
use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

/// Objects larger than this are none that this crate has to look at.
pub(crate) const MAX_OBJECT: usize = 256 << 20;
/// Repositories that borrow objects from one another, at most.
const MAX_ALTERNATES: usize = 64;

/// The objects of a repository and of those it borrows from.
pub(crate) struct Objects {
    files: Rc<dyn Files>,
    /// Directories of objects.
    directories: Vec<String>,
    packs: OnceCell<Vec<Pack>>,
    /// The pack that had the last object.
    last: RefCell<usize>,
}

impl Objects {
    pub(crate) fn open(files: &Rc<dyn Files>, common_dir: &str) -> Self {
        let mut directories = vec![format!("{common_dir}/objects")];
        let mut next = 0;
        while let Some(directory) = directories.get(next).cloned() {
            next += 1;
            let text = read_if_there(files.as_ref(), &format!("{directory}/info/alternates")).ok().flatten();
            let text = String::from_utf8_lossy(text.as_deref().unwrap_or_default()).into_owned();
            for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
                let other = if line.starts_with('/') { line.to_string() } else { format!("{directory}/{line}") };
                if !directories.contains(&other) && directories.len() < MAX_ALTERNATES {
                    directories.push(other);
                }
            }
        }
        Objects { files: Rc::clone(files), directories, packs: OnceCell::new(), last: RefCell::new(0) }
    }

    /// Type and contents of an object.
    ///
    /// Errors: it is not there, it cannot be read, or it is too large.
    pub(crate) fn read(&self, id: &ObjectId) -> Result<(String, Vec<u8>), GitError> {
        self.read_within(id, 0)
    }

    /// As [`Objects::read`], for the base of a chain of so many deltas.
    pub(crate) fn read_within(&self, id: &ObjectId, depth: usize) -> Result<(String, Vec<u8>), GitError> {
        let packs = self.packs.get_or_init(|| self.list_packs());
        let last = *self.last.borrow();
        let order = packs.get(last..).unwrap_or_default().iter().zip(last..);
        for (pack, number) in order.chain(packs.iter().take(last).zip(0..)) {
            if let Some(offset) = pack.find(self.files.as_ref(), id)? {
                *self.last.borrow_mut() = number;
                return pack.object(self, self.files.as_ref(), offset, depth);
            }
        }
        self.loose(id)
    }

    /// Whether an object is there.
    pub(crate) fn has(&self, id: &ObjectId) -> bool {
        let packs = self.packs.get_or_init(|| self.list_packs());
        let name = id.to_string();
        let (start, rest) = name.split_at(2);
        let is_loose = |directory: &String| {
            self.files.stat(&format!("{directory}/{start}/{rest}")).is_ok_and(|stat| stat.is_some())
        };
        packs.iter().any(|pack| matches!(pack.find(self.files.as_ref(), id), Ok(Some(_))))
            || self.directories.iter().any(is_loose)
    }

    fn loose(&self, id: &ObjectId) -> Result<(String, Vec<u8>), GitError> {
        let name = id.to_string();
        let (start, rest) = name.split_at(2);
        for directory in &self.directories {
            let found = read_if_there(self.files.as_ref(), &format!("{directory}/{start}/{rest}"));
            let found = found.map_err(|error| GitError::new(format!("cannot read the git object {name}: {error}")))?;
            let Some(bytes) = found else { continue };
            return loose_object(&bytes).ok_or_else(|| broken(id));
        }
        Err(GitError::new(format!("the git repository has no object {name}")).help("'git fsck' says more"))
    }

    fn list_packs(&self) -> Vec<Pack> {
        let mut packs = Vec::new();
        for directory in &self.directories {
            let directory = format!("{directory}/pack");
            let mut names = self.files.list(&directory).unwrap_or_default();
            names.sort();
            let names = names.iter().filter_map(|name| name.strip_suffix(".idx"));
            packs.extend(names.map(|name| Pack::new(format!("{directory}/{name}"))));
        }
        packs
    }
}

fn broken(id: &ObjectId) -> GitError {
    GitError::new(format!("the git object {id} is broken")).help("'git fsck' says more")
}

/// The header is the type, the size and a zero byte.
fn loose_object(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let mut object = decompress_to_vec_zlib_with_limit(bytes, MAX_OBJECT).ok()?;
    let end = object.iter().take(64).position(|byte| *byte == 0)?;
    let (kind, size) = std::str::from_utf8(&object[..end]).ok()?.split_once(' ')?;
    let (kind, size) = (kind.to_string(), size.parse::<usize>().ok()?);
    object.drain(..=end);
    (object.len() == size).then_some((kind, object))
}
