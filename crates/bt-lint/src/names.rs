//! How files are named in output: never by where this machine keeps them.

/// Where the files of a run are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Places {
    /// The flake's directory: an absolute path by which the evaluator knows it, or empty when there is none.
    pub root: String,
    /// Other directories whose files have names of their own.
    pub origins: Vec<Origin>,
}

/// A directory outside of the flake, such as the embedded stand-in for nixpkgs, or an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Its absolute path, as the evaluator knows it.
    pub path: String,
    /// What is shown instead, such as `<nixpkgs-model>`; the way from the flake's directory, such as `../..`, for
    /// directories above it.
    pub name: String,
}

impl Places {
    /// Adds the places of another flake; the root becomes the nearest directory that holds both.
    pub fn merge(&mut self, other: Places) {
        if self.root.is_empty() {
            self.root = other.root;
        } else if !other.root.is_empty() {
            self.root = common_directory(&self.root, &other.root);
        }
        for origin in other.origins {
            if !self.origins.contains(&origin) {
                self.origins.push(origin);
            }
        }
    }
}

/// Names files for one kind of reader.
#[derive(Debug, Clone)]
pub struct FileNames<'p> {
    places: &'p Places,
    /// The directory from which people look.
    seen_from: Option<&'p str>,
}

impl<'p> FileNames<'p> {
    /// For machines: relative to the flake's root.
    pub fn from_root(places: &'p Places) -> Self {
        FileNames { places, seen_from: None }
    }

    /// For people and editors: relative to the current directory, so that names can be opened.
    pub fn from_directory(places: &'p Places, directory: &'p str) -> Self {
        FileNames { places, seen_from: Some(directory) }
    }

    /// The name of a file that the evaluator knows by `path`. What is no absolute path (`«string»`) is its own name.
    pub fn name(&self, path: &str) -> String {
        if !path.starts_with('/') {
            return path.to_string();
        }
        let root = below(path, &self.places.root).map(|rest| (self.places.root.len(), None, rest));
        // People see a directory above the flake from where they are, not from the flake.
        let is_shown = |o: &&Origin| self.seen_from.is_none() || !o.name.starts_with("..");
        let origins = self.places.origins.iter().filter(is_shown);
        let origins = origins.filter_map(|o| below(path, &o.path).map(|rest| (o.path.len(), Some(&o.name), rest)));
        match root.into_iter().chain(origins).max_by_key(|(length, _, _)| *length) {
            Some((_, Some(origin), rest)) => format!("{origin}/{rest}"),
            Some((_, None, rest)) if self.seen_from.is_none() => rest.to_string(),
            None if self.seen_from.is_none() && !path.starts_with("/nix/store/") => {
                format!("<outside>/{}", path.rsplit('/').next().unwrap_or(path))
            }
            None if path.starts_with("/nix/store/") => path.to_string(),
            _ => self.seen_from.map_or_else(|| path.to_string(), |directory| relative(directory, path)),
        }
    }

    /// The name of the flake itself, for findings that have no place.
    pub fn flake(&self) -> String {
        if self.places.root.is_empty() {
            return "flake.nix".into();
        }
        self.name(&format!("{}/flake.nix", self.places.root.trim_end_matches('/')))
    }
}

/// What follows `directory/` in `path`.
fn below<'p>(path: &'p str, directory: &str) -> Option<&'p str> {
    if directory.is_empty() {
        return None;
    }
    path.strip_prefix(directory.trim_end_matches('/'))?.strip_prefix('/')
}

/// The way from one absolute path to another; both canonical.
fn relative(from: &str, to: &str) -> String {
    let common = common_directory(from, to);
    let depth = below(from, &common).map_or(0, |rest| rest.split('/').filter(|part| !part.is_empty()).count());
    // From far away the absolute path is easier to read.
    if common == "/" && depth > 0 {
        return to.to_string();
    }
    "../".repeat(depth) + below(to, &common).unwrap_or("")
}

/// The nearest directory that is both or holds both.
fn common_directory(a: &str, b: &str) -> String {
    let parts = |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_string).collect::<Vec<_>>();
    let (a, b) = (parts(a), parts(b));
    let shared = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    format!("/{}", a[..shared].join("/"))
}

#[cfg(test)]
mod tests {
    use super::{FileNames, Origin, Places, common_directory};

    fn places() -> Places {
        let origin = |path: &str, name: &str| Origin { path: path.into(), name: name.into() };
        Places {
            root: "/home/u/repo/docker".into(),
            origins: vec![origin("/built-in/nixpkgs", "<nixpkgs-model>"), origin("/home/u/repo", "..")],
        }
    }

    #[test]
    fn names_for_machines() {
        let places = places();
        let names = FileNames::from_root(&places);
        assert_eq!(names.name("/home/u/repo/docker/nix/a.nix"), "nix/a.nix");
        assert_eq!(names.name("/home/u/repo/b.nix"), "../b.nix");
        assert_eq!(names.name("/built-in/nixpkgs/lib/x.nix"), "<nixpkgs-model>/lib/x.nix");
        assert_eq!(names.name("/nix/store/abc-source/x.nix"), "/nix/store/abc-source/x.nix");
        assert_eq!(names.name("/home/u/secret/x.nix"), "<outside>/x.nix");
        assert_eq!(names.name("«string»"), "«string»");
        assert_eq!(names.flake(), "flake.nix");
    }

    #[test]
    fn names_for_people() {
        let places = places();
        let from = |directory: &str, path: &str| FileNames::from_directory(&places, directory).name(path);
        assert_eq!(from("/home/u/repo", "/home/u/repo/docker/a.nix"), "docker/a.nix");
        assert_eq!(from("/home/u/other", "/home/u/repo/docker/a.nix"), "../repo/docker/a.nix");
        assert_eq!(from("/tmp", "/home/u/repo/docker/a.nix"), "/home/u/repo/docker/a.nix");
        assert_eq!(from("/", "/home/u/repo/docker/a.nix"), "home/u/repo/docker/a.nix");
        assert_eq!(from("/home/u/repo/docker", "/home/u/repo/b.nix"), "../b.nix");
        assert_eq!(from("/home/u/repo", "/home/u/repo/b.nix"), "b.nix");
        assert_eq!(from("/tmp", "/built-in/nixpkgs/lib/x.nix"), "<nixpkgs-model>/lib/x.nix");
    }

    #[test]
    fn the_directory_that_holds_both() {
        assert_eq!(common_directory("/a/b/c", "/a/b"), "/a/b");
        assert_eq!(common_directory("/a/bc", "/a/b"), "/a");
        assert_eq!(common_directory("/a", "/b"), "/");
    }
}
