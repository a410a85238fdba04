//! What is known of a package, from the derivation that makes it.

use crate::package::{Package, PackageFile, PackageFiles};
use crate::shapes::{Shape, shape_of, variable};
use bt_glue::{Glue, KnownDerivation};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Looks packages up and remembers them.
pub(crate) struct Packages<'g> {
    glue: &'g Glue,
    known: BTreeMap<(String, String), Rc<Package>>,
    /// Derivation and output by output path; made when it is needed.
    outputs: BTreeMap<String, (String, String)>,
    outputs_seen: usize,
}

impl<'g> Packages<'g> {
    pub fn new(glue: &'g Glue) -> Self {
        Packages { glue, known: BTreeMap::new(), outputs: BTreeMap::new(), outputs_seen: 0 }
    }

    /// The package of an output of a derivation.
    pub fn of_output(&mut self, derivation: &str, output: &str) -> Option<Rc<Package>> {
        let key = (derivation.to_string(), output.to_string());
        if let Some(package) = self.known.get(&key) {
            return Some(Rc::clone(package));
        }
        let known = self.glue.derivation(derivation)?;
        let out_path = known.derivation.outputs.get(output).and_then(|o| o.path.as_ref()).map(ToString::to_string);
        let (files, script) = self.files(&known, output);
        let pname =
            variable(&known, "pname").filter(|p| !p.is_empty()).unwrap_or_else(|| name_without_version(&known.name));
        let package = Rc::new(Package {
            pname,
            output: output.to_string(),
            derivation: Some(derivation.to_string()),
            out_path,
            files,
            script,
            additions: additions(|name| variable(&known, name)).filter(|_| output == "out"),
            realised: OnceCell::new(),
        });
        self.known.insert(key, Rc::clone(&package));
        Some(package)
    }

    /// The package of a store path.
    pub fn of_path(&mut self, path: &str) -> Option<Rc<Package>> {
        if self.outputs_seen != self.glue.derivation_count() {
            self.outputs = self.glue.output_index();
            self.outputs_seen = self.glue.derivation_count();
        }
        let (derivation, output) = self.outputs.get(path)?.clone();
        self.of_output(&derivation, &output)
    }

    /// A store path that is no output: a source.
    fn of_source(path: &str) -> Rc<Package> {
        let name = path.rsplit('/').next().and_then(|base| base.get(33..)).unwrap_or(path);
        Rc::new(Package::at(path, name.to_string(), "out"))
    }

    fn files(&mut self, known: &KnownDerivation, output: &str) -> (PackageFiles, Option<String>) {
        let get = |name: &str| variable(known, name);
        let build_command = get("buildCommand");
        // Whoever knows a second output knows only that it is another.
        if output != "out" {
            return (PackageFiles::Unknown, None);
        }
        let Some(kind) = get("btModel") else {
            return match shape_of(known) {
                Shape::Text { path } => (written_file(known, path), None),
                Shape::Union { paths, script } => {
                    (PackageFiles::Union(self.all(paths.iter().map(String::as_str))), script)
                }
                // Not `installPhase`: it is one of many commands that make the files.
                Shape::Other => (PackageFiles::Unknown, build_command),
            };
        };
        match kind.as_str() {
            "writeText" => {
                let destination = get("destination").unwrap_or_default();
                (written_file(known, destination.trim_matches('/').to_string()), None)
            }
            "format" => {
                let file = PackageFile { path: String::new(), executable: false, text: get("text") };
                (PackageFiles::PlainFile(file), None)
            }
            "symlinkJoin" | "buildEnv" => {
                let script = get("postBuild").filter(|s| !s.trim().is_empty());
                let prefixed = get("extraPrefix").is_some_and(|p| !p.is_empty())
                    || get("stripPrefix").is_some_and(|p| !p.is_empty());
                match get("paths") {
                    Some(paths) if !prefixed => (PackageFiles::Union(self.all(paths.split_ascii_whitespace())), script),
                    _ => (PackageFiles::Unknown, script),
                }
            }
            "linkFarm" => match get("links") {
                Some(links) => {
                    let words: Vec<&str> = links.split(' ').collect();
                    let pairs = words.chunks_exact(2).map(|pair| (pair[0].to_string(), self.of_path(pair[1])));
                    (PackageFiles::Links(pairs.collect()), None)
                }
                None => (PackageFiles::Unknown, None),
            },
            _ => (PackageFiles::Unknown, build_command),
        }
    }

    fn all<'p>(&mut self, paths: impl Iterator<Item = &'p str>) -> Vec<Rc<Package>> {
        paths.map(|path| self.of_path(path).unwrap_or_else(|| Self::of_source(path))).collect()
    }
}

/// The one file of `writeTextFile`: the output itself, or below it.
fn written_file(known: &KnownDerivation, path: String) -> PackageFiles {
    let file = PackageFile {
        path,
        executable: variable(known, "executable").is_some_and(|e| e == "1"),
        text: variable(known, "text"),
    };
    if file.path.is_empty() { PackageFiles::PlainFile(file) } else { PackageFiles::Tree(vec![file]) }
}

/// What a package installs beside the programs of its Go or Rust module, when it is made of one by the builder of nixpkgs
/// (nixpkgs manual, Languages and frameworks).
fn additions(get: impl Fn(&str) -> Option<String>) -> Option<String> {
    if let Some(commands) = get("btInstall") {
        return Some(commands);
    }
    if get("btModel").is_some() || get("buildCommand").is_some() {
        return None;
    }
    // The phase that buildGoModule brings along copies `$GOPATH/bin`, and that of buildRustPackage is a hook.
    let is_go = get("GO111MODULE").is_some() || get("goModules").is_some();
    let install = get("installPhase");
    let is_its_own = install.as_ref().is_none_or(|phase| is_go && phase.contains("dir=\"$GOPATH/bin\""));
    if !is_go && (get("cargoDeps").is_none() || get("cargoBuildType").is_none()) {
        return None;
    }
    let phases = ["postBuild", "preInstall", "postInstall", "fixupPhase", "preFixup", "postFixup"];
    let own = install.filter(|_| !is_its_own).into_iter();
    Some(own.chain(phases.iter().filter_map(|phase| get(phase))).collect::<Vec<_>>().join("\n"))
}

/// Outputs beside `out` whose names are known from the ends of store paths.
const OUTPUTS: &[&str] = &[
    "bin", "data", "debug", "dev", "devdoc", "devman", "dist", "doc", "info", "lib", "libgcc", "locale", "man",
    "static", "terminfo",
];

impl Package {
    /// What the name of a store path says of the package that it is an output of: `…-gcc-13.2.0-lib` is the output `lib`
    /// of `gcc`. `None` for what is no store path.
    pub fn of_store_path(path: &str) -> Option<Package> {
        let name = path.strip_prefix("/nix/store/")?.get(33..)?;
        let (whole, output) = match name.rsplit_once('-') {
            Some((whole, output)) if OUTPUTS.contains(&output) => (whole, output),
            _ => (name, "out"),
        };
        Some(Package::at(path, name_without_version(whole), output))
    }

    /// What is at a store path, of which nothing more is known.
    fn at(path: &str, pname: String, output: &str) -> Package {
        Package {
            pname,
            output: output.to_string(),
            derivation: None,
            out_path: Some(path.to_string()),
            files: PackageFiles::Unknown,
            script: None,
            additions: None,
            realised: OnceCell::new(),
        }
    }
}

/// The name of a package without its version.
fn name_without_version(name: &str) -> String {
    String::from_utf8_lossy(bt_eval::builtins::split_drv_name(name.as_bytes()).0).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{Package, additions, name_without_version};

    fn found(variables: &[(&str, &str)]) -> Option<String> {
        additions(|name| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_string()))
    }

    #[test]
    fn modules_of_go_and_rust_install_programs() {
        let phase = "runHook preInstall\n\nmkdir -p $out\ndir=\"$GOPATH/bin\"\n[ -e \"$dir\" ] && cp -r $dir $out\n";
        let go = ("GO111MODULE", "on");
        assert_eq!(found(&[go, ("installPhase", phase)]).as_deref(), Some(""));
        assert_eq!(found(&[go, ("installPhase", "cp -r . $out")]).as_deref(), Some("cp -r . $out"));
        let rust = [("cargoDeps", "/x"), ("cargoBuildType", "release"), ("postInstall", "mkdir $out/app")];
        assert_eq!(found(&rust).as_deref(), Some("mkdir $out/app"));
        assert_eq!(found(&[("postInstall", "x")]), None);
        assert_eq!(found(&[("btModel", "package"), go]), None);
        assert_eq!(found(&[("btModel", "buildGoModule"), ("btInstall", "x")]).as_deref(), Some("x"));
    }

    #[test]
    fn paths_name_packages_and_outputs() {
        let named = |name: &str| {
            let package = Package::of_store_path(&format!("/nix/store/{}-{name}", "0".repeat(32))).unwrap();
            (package.pname, package.output)
        };
        assert_eq!(named("gcc-13.2.0-lib"), ("gcc".into(), "lib".into()));
        assert_eq!(named("bash-5.1-p16"), ("bash".into(), "out".into()));
        assert_eq!(named("openssl-3.0.13-dev"), ("openssl".into(), "dev".into()));
        assert_eq!(named("bash-interactive-5.2p26-man"), ("bash-interactive".into(), "man".into()));
        assert!(Package::of_store_path("/nix/store/x").is_none() && Package::of_store_path("/bin/sh").is_none());
    }

    #[test]
    fn names() {
        // From `nix-instantiate --eval -E '(builtins.parseDrvName "…").name'`.
        assert_eq!(name_without_version("bash-interactive-5.2"), "bash-interactive");
        assert_eq!(name_without_version("grafana-loki"), "grafana-loki");
    }
}
