//! The file system that an image starts with, as far as it is known before anything is built.

use crate::image::{DEFAULT_PATH, has_base, path_variable};
use crate::knowledge::layout::may_hold;
use crate::knowledge::script::may_create;
use bt_container::{Facts, Image, Node, Package, PackageFiles, Presence};
use bt_diag::Confidence;
use std::rc::Rc;

/// What a look-up tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// It is there: a directory, a file, or a file that can be executed.
    There(Presence),
    /// It is not there.
    Missing(Confidence),
    /// Nobody knows.
    Unknown,
}

/// The root of an image.
pub(crate) struct Root<'a> {
    facts: &'a Facts,
    image: &'a Image,
    /// Packages whose files are in it; `None` when some are unknown.
    packages: Option<Vec<Rc<Package>>>,
}

/// Files that runtimes put into every container.
const FROM_RUNTIME: &[&str] =
    &["dev", "proc", "sys", "etc/hosts", "etc/hostname", "etc/resolv.conf", "etc/mtab", ".dockerenv"];

impl<'a> Root<'a> {
    pub(crate) fn new(facts: &'a Facts, image: &'a Image) -> Root<'a> {
        let packages: Option<Vec<_>> = image.contents.as_ref().and_then(|contents| {
            let parts = contents.iter().map(|content| Some(content.package.as_ref()?.parts()));
            parts.collect::<Option<Vec<_>>>().map(|parts| parts.into_iter().flatten().collect())
        });
        Root { facts, image, packages }
    }

    /// The text of a file, from each package that has it; `None` when there may be another.
    pub(crate) fn texts(&self, path: &str) -> Option<Vec<&str>> {
        let path = path.trim_matches('/');
        let packages = self.packages.as_ref().filter(|_| !self.may_come_from_elsewhere(path))?;
        let mut texts = Vec::new();
        for package in packages {
            match package.presence(path) {
                // Its parts are looked at themselves; a script may add to them.
                _ if is_union(package) && !adds(package, path) => {}
                _ if is_union(package) => return None,
                Presence::Unknown if may_hold(package, path) => return None,
                Presence::Executable | Presence::File => texts.push(package.file_text(path)?),
                _ => {}
            }
        }
        Some(texts)
    }

    /// What is at an absolute path.
    pub(crate) fn find(&self, path: &str) -> Lookup {
        if path.starts_with("/nix/store/") && !self.is_built() {
            return self.find_in_store(path);
        }
        let path = path.trim_matches('/');
        let packages = self.packages.as_deref().unwrap_or_default();
        let known = packages.iter().map(|p| p.presence(path));
        if let Some(found) = known.clone().find(|p| !matches!(p, Presence::Absent | Presence::Unknown)) {
            return Lookup::There(found);
        }
        if self.packages.is_none() || self.may_come_from_elsewhere(path) {
            return Lookup::Unknown;
        }
        let mut confidence = Confidence::Certain;
        for package in packages {
            if is_union(package) {
                // Its parts are looked at themselves; a script may add to them.
                if adds(package, path) {
                    return Lookup::Unknown;
                }
            } else if package.presence(path) != Presence::Absent {
                if may_hold(package, path) {
                    return Lookup::Unknown;
                }
                confidence = Confidence::High;
            }
        }
        Lookup::Missing(confidence)
    }

    /// Whether the image is built, so that all its files are known.
    fn is_built(&self) -> bool {
        self.packages.iter().flatten().any(|package| matches!(package.files, PackageFiles::Built(_)))
    }

    /// What is at a path of the store, whose files are known one package at a time.
    fn find_in_store(&self, path: &str) -> Lookup {
        let name_end = path["/nix/store/".len()..].find('/').map_or(path.len(), |at| at + "/nix/store/".len());
        let (store_path, rest) = path.split_at(name_end);
        match self.facts.packages.get(store_path).map(|package| package.presence(rest)) {
            None | Some(Presence::Unknown) => Lookup::Unknown,
            Some(Presence::Absent) => Lookup::Missing(Confidence::Certain),
            Some(found) => Lookup::There(found),
        }
    }

    /// What a name without a slash leads to. `path` is the `PATH` that counts instead of the image's.
    pub(crate) fn find_program(&self, name: &str, path: Option<&str>) -> Lookup {
        let Ok(own) = path_variable(self.image) else {
            return Lookup::Unknown;
        };
        // A base image may set PATH as well.
        let Some(search) = path.or(own).or((!has_base(self.image)).then_some(DEFAULT_PATH)) else {
            return Lookup::Unknown;
        };
        let mut missing = Confidence::Certain;
        let mut is_unknown = false;
        for directory in search.split(':').filter(|directory| directory.starts_with('/')) {
            match self.find_in_directory(directory, name) {
                Lookup::There(Presence::Executable) => return Lookup::There(Presence::Executable),
                Lookup::There(_) => {}
                Lookup::Missing(confidence) => missing = missing.min(confidence),
                Lookup::Unknown => is_unknown = true,
            }
        }
        // With something to be filled in, the rest of PATH is unknown.
        if is_unknown || search.contains('$') { Lookup::Unknown } else { Lookup::Missing(missing) }
    }

    fn find_in_directory(&self, directory: &str, name: &str) -> Lookup {
        let path = format!("{}/{name}", directory.trim_end_matches('/'));
        let found = self.find(&path);
        let Some(rest) = path.strip_prefix("/nix/store/").filter(|_| found == Lookup::Unknown) else {
            return found;
        };
        // A directory of PATH in the store belongs to one package.
        let Some((store_name, file)) = rest.split_once('/') else {
            return found;
        };
        match self.facts.packages.get(&format!("/nix/store/{store_name}")) {
            Some(package) if !may_hold(package, file) => Lookup::Missing(Confidence::High),
            _ => found,
        }
    }

    /// Whether a path may come from anything but the contents: a base image, commands, the runtime.
    fn may_come_from_elsewhere(&self, path: &str) -> bool {
        let from_runtime =
            FROM_RUNTIME.iter().any(|p| path.strip_prefix(p).is_some_and(|r| r.is_empty() || r.starts_with('/')));
        let commands =
            ["extraCommands", "fakeRootCommands", "runAsRoot"].iter().filter_map(|key| self.image.argument(key));
        let is_created = |node: &Node| !node.is_null() && node.text().is_none_or(|script| may_create(script, path));
        has_base(self.image) || from_runtime || commands.into_iter().any(is_created)
    }
}

fn is_union(package: &Package) -> bool {
    matches!(package.files, PackageFiles::Union(_))
}

/// Whether the script that runs after packages were joined may add a path.
fn adds(union: &Package, path: &str) -> bool {
    union.realised.get().is_none() && union.script.as_ref().is_some_and(|script| may_create(script, path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{ImageFixture, file, files, image, list, package, script, text};

    fn find(image: ImageFixture, path: &str) -> Lookup {
        let (facts, image) = (Facts::default(), image.done());
        Root::new(&facts, &image).find(path)
    }

    fn program(image: ImageFixture, name: &str) -> Lookup {
        let (facts, image) = (Facts::default(), image.done());
        Root::new(&facts, &image).find_program(name, None)
    }

    fn tree(path: &str) -> Rc<Package> {
        files("tree", PackageFiles::Tree(vec![file(path, true, "x")]))
    }

    #[test]
    fn known_files_are_found_or_missing() {
        assert_eq!(find(image("a").contents([tree("bin/app")]), "/bin/app"), Lookup::There(Presence::Executable));
        assert_eq!(find(image("a").contents([tree("bin/app")]), "/bin"), Lookup::There(Presence::Directory));
        assert_eq!(find(image("a").contents([tree("bin/app")]), "/bin/x"), Lookup::Missing(Confidence::Certain));
        assert_eq!(find(image("a"), "/bin/x"), Lookup::Missing(Confidence::Certain));
    }

    #[test]
    fn unknown_files_stay_unknown() {
        assert_eq!(find(image("a").contents([package("app")]), "/bin/app"), Lookup::Unknown);
        assert_eq!(find(image("a").contents([package("app")]), "/bin/curl"), Lookup::Missing(Confidence::High));
        assert_eq!(find(image("a").contents([script("x", "ln -s /y $out/bin/app")]), "/bin/app"), Lookup::Unknown);
        assert_eq!(find(image("a").argument("fromImage", text("/nix/store/x")), "/bin/app"), Lookup::Unknown);
        assert_eq!(find(image("a").argument("extraCommands", text("tar xf x")), "/bin/app"), Lookup::Unknown);
        assert_eq!(
            find(image("a").argument("extraCommands", text("mkdir tmp")), "/x"),
            Lookup::Missing(Confidence::Certain)
        );
        assert_eq!(find(image("a"), "/dev/stdout"), Lookup::Unknown);
    }

    #[test]
    fn programs_are_searched_along_path() {
        let path = |path: &str| image("a").config([("Env", list([text(path)]))]);
        assert_eq!(program(image("a").contents([tree("bin/app")]), "app"), Lookup::There(Presence::Executable));
        assert_eq!(
            program(path("PATH=/opt/bin").contents([tree("bin/app")]), "app"),
            Lookup::Missing(Confidence::Certain)
        );
        assert_eq!(program(path("PATH=/nix/store/x/bin"), "app"), Lookup::Unknown);
        assert_eq!(program(image("a").contents([package("caddy")]), "curl"), Lookup::Missing(Confidence::High));
        assert_eq!(program(image("a").contents([package("caddy")]), "caddy"), Lookup::Unknown);
    }
}
