//! What is known of a package: its identity, and the files of those whose files follow from their definition.

use std::cell::OnceCell;
use std::rc::Rc;

/// A derivation as rules see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Package {
    /// `pname`, or the name without its version.
    pub pname: String,
    /// The output: `out`, `dev`, `lib`, …
    pub output: String,
    /// Absolute store path of the derivation.
    pub derivation: Option<String>,
    /// Absolute store path of the output.
    pub out_path: Option<String>,
    /// Its files.
    pub files: PackageFiles,
    /// The commands that make its files, when that is a script (`runCommand`): may be searched for names.
    pub script: Option<String>,
    /// For a program of a language whose builder installs only programs and libraries (Go, Rust): the commands of its own
    /// that may add other files.
    pub additions: Option<String>,
    /// Its files, at paths in the output, when the output is in the store and on this machine. They count more than what
    /// follows from the definition.
    pub realised: OnceCell<Built>,
}

/// The files of a package.
#[derive(Debug, Clone, PartialEq)]
pub enum PackageFiles {
    /// Nobody knows before it is built.
    Unknown,
    /// The output is one plain file, not a directory (`writeText`, `formats.json.generate`).
    PlainFile(PackageFile),
    /// All its files are known (`writeTextDir`, `writeShellScriptBin`).
    Tree(Vec<PackageFile>),
    /// The union of other packages (`symlinkJoin`, `buildEnv`).
    Union(Vec<Rc<Package>>),
    /// Some files are known, there may be others (`linkFarm` of packages: each `path` is a link to the package).
    Links(Vec<(String, Option<Rc<Package>>)>),
    /// All the files of an image that is built, at their absolute paths.
    Built(Built),
}

/// The files of an image or a package that is built.
#[derive(Debug, Clone)]
pub struct Built(pub Rc<dyn BuiltFiles>);

impl PartialEq for Built {
    fn eq(&self, other: &Built) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Looks files up that are built; paths have no slash at the start, and links are followed.
pub trait BuiltFiles: std::fmt::Debug {
    /// What is at a path; unknown only where a link of a package leads out of the store.
    fn presence(&self, path: &str) -> Presence;
    /// The text of a file, where it was kept.
    fn text(&self, path: &str) -> Option<&str>;
    /// All files and links, by path, where they can be listed.
    fn list(&self) -> Option<Vec<ListedFile>> {
        None
    }
    /// What tells two files apart that are there; `None` when that is not known.
    fn fingerprint(&self, _path: &str) -> Option<String> {
        None
    }
}

/// A file or link that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedFile {
    /// Its path, without a slash at the start.
    pub path: String,
    /// Permissions, with the setuid bit; those of a link say nothing.
    pub mode: u32,
    /// The number of the owner.
    pub uid: u32,
    /// Whether it is a link.
    pub is_link: bool,
}

/// A file whose existence is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageFile {
    /// Path in the output, without a leading slash: `bin/start`; empty for the output itself.
    pub path: String,
    /// Whether it can be executed.
    pub executable: bool,
    /// Its text, where known.
    pub text: Option<String>,
}

/// Whether something is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It is there and can be executed.
    Executable,
    /// It is there as a plain file.
    File,
    /// It is there as a directory.
    Directory,
    /// It is not there.
    Absent,
    /// Nobody knows before it is built.
    Unknown,
}

impl Package {
    /// What is at a path in the output, such as `bin/start`. The empty path is the output itself.
    pub fn presence(&self, path: &str) -> Presence {
        let path = path.trim_matches('/');
        if let Some(built) = self.realised.get() {
            return built.0.presence(path);
        }
        let found = self.listed(path);
        // A script that runs after the files were joined may add others.
        if found == Presence::Absent && self.script.is_some() { Presence::Unknown } else { found }
    }

    fn listed(&self, path: &str) -> Presence {
        match &self.files {
            PackageFiles::Unknown => Presence::Unknown,
            PackageFiles::PlainFile(file) if path.is_empty() => file_presence(file),
            PackageFiles::PlainFile(_) => Presence::Absent,
            PackageFiles::Tree(files) => tree_presence(files, path),
            PackageFiles::Union(parts) => strongest(parts.iter().map(|p| p.presence(path)), path),
            PackageFiles::Links(links) => links_presence(links, path),
            PackageFiles::Built(built) => built.0.presence(path),
        }
    }

    /// The package and all that it is a union of.
    pub fn parts(self: &Rc<Self>) -> Vec<Rc<Package>> {
        match &self.files {
            PackageFiles::Union(parts) => {
                std::iter::once(Rc::clone(self)).chain(parts.iter().flat_map(|p| p.parts())).collect()
            }
            _ => vec![Rc::clone(self)],
        }
    }

    /// The text of a known file.
    pub fn file_text(&self, path: &str) -> Option<&str> {
        let path = path.trim_matches('/');
        if let Some(text) = self.realised.get().and_then(|built| built.0.text(path)) {
            return Some(text);
        }
        match &self.files {
            PackageFiles::PlainFile(file) if path.is_empty() => file.text.as_deref(),
            PackageFiles::Tree(files) => files.iter().find(|f| f.path == path)?.text.as_deref(),
            PackageFiles::Union(parts) => parts.iter().find_map(|p| p.file_text(path)),
            PackageFiles::Built(built) => built.0.text(path),
            _ => None,
        }
    }
}

fn file_presence(file: &PackageFile) -> Presence {
    if file.executable { Presence::Executable } else { Presence::File }
}

fn is_parent(directory: &str, path: &str) -> bool {
    directory.is_empty() || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}

fn tree_presence(files: &[PackageFile], path: &str) -> Presence {
    if let Some(file) = files.iter().find(|f| f.path == path) {
        return file_presence(file);
    }
    if files.iter().any(|f| is_parent(path, &f.path)) { Presence::Directory } else { Presence::Absent }
}

fn links_presence(links: &[(String, Option<Rc<Package>>)], path: &str) -> Presence {
    for (link, target) in links {
        let link = link.trim_matches('/');
        if path == link || is_parent(link, path) {
            let rest = path[link.len()..].trim_start_matches('/');
            return target.as_ref().map_or(Presence::Unknown, |t| t.presence(rest));
        }
        if is_parent(path, link) {
            return Presence::Directory;
        }
    }
    Presence::Absent
}

fn strongest(parts: impl Iterator<Item = Presence>, path: &str) -> Presence {
    let mut found = if path.is_empty() { Presence::Directory } else { Presence::Absent };
    for part in parts {
        match part {
            Presence::Executable | Presence::File => return part,
            Presence::Directory => found = Presence::Directory,
            Presence::Unknown if found == Presence::Absent => found = Presence::Unknown,
            Presence::Unknown | Presence::Absent => {}
        }
    }
    found
}
