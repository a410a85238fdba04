//! What is known of a flake's containers, as lines of text that are the same for equal facts, whatever collection of
//! packages the flake is evaluated with.

use bt_container::{Compose, Content, Facts, Image, Node, NodeKind, Package, PackageFiles, Places, Wanted};
use bt_diag::{SourceMap, Span};
use bt_eval::{Evaluator, Options};
use bt_flake::{FlakeRef, NixpkgsMode, Override, Request, StandIn, StandIns};
use bt_glue::{Directory, Environment, Glue, OsFileSystem, SourceTree};
use bumpalo::Bump;
use std::path::Path;
use std::rc::Rc;

const SYSTEM: &str = "x86_64-linux";

struct Model;

impl StandIns for Model {
    fn find(&self, reference: &FlakeRef) -> Option<StandIn> {
        let by_url = || bt_model::tree_for_url(reference.get("url")?);
        let tree = bt_model::tree_for(reference.get("owner"), reference.repository()?).or_else(by_url)?;
        let files = Directory::new(tree.files.iter().map(|(path, text)| (path.to_string(), *text)));
        Some(StandIn { name: tree.name.into(), tree: SourceTree::embedded(tree.root(), Rc::new(files)) })
    }
}

/// The facts of a flake, one a line: evaluated with a collection of packages for its input `nixpkgs`, or with the model.
///
/// Store paths are shown by the name of the package, without hash and version. How many derivations were made comes
/// with them.
///
/// # Panics
/// When the flake cannot be evaluated at all.
pub fn facts(flake: &Path, nixpkgs: Option<&Path>) -> (Vec<String>, usize) {
    let text = |path: &Path| path.canonicalize().expect("it is there").to_str().expect("a plain path").to_string();
    let directory = text(flake);
    let nixpkgs_in = |path| Override { input: "nixpkgs".to_string(), directory: text(path), is_path: false };
    let arena = Bump::new();
    let sources = SourceMap::new();
    let glue = Glue::new(Box::new(OsFileSystem), Environment::pure(SYSTEM));
    let tables = bt_glue::builtins();
    let ev = Evaluator::new(&arena, &glue, &sources, Options::default(), &tables);
    ev.observations.observe(bt_container::OBSERVED);
    let request = Request {
        directory: directory.clone(),
        tree: directory.clone(),
        overrides: nixpkgs.map(nixpkgs_in).into_iter().collect(),
        nixpkgs: NixpkgsMode::Model,
        ..Request::default()
    };
    let loaded = bt_flake::load(&ev, &glue, &request, &Model).unwrap_or_else(|error| panic!("{directory}: {error}"));
    let facts = bt_container::discover(&ev, &glue, loaded.flake, SYSTEM, &directory, &[], Wanted::ALL)
        .unwrap_or_else(|error| panic!("{directory}: {error}"));
    let places = Places::new(&sources, &directory);
    let mut writer = Writer { sources: &sources, places: &places, root: &directory, lines: Vec::new() };
    writer.facts(&facts);
    (writer.lines, glue.derivation_count())
}

struct Writer<'w> {
    sources: &'w SourceMap,
    places: &'w Places<'w>,
    root: &'w str,
    lines: Vec<String>,
}

impl Writer<'_> {
    fn facts(&mut self, facts: &Facts) {
        facts.images.iter().for_each(|image| self.image(image));
        facts.compose.iter().for_each(|compose| self.compose(compose));
        for failed in &facts.incomplete {
            let place = self.place(failed.diagnostic.span);
            self.lines.push(format!("incomplete {}: {}{place}", failed.attr, masked(&failed.diagnostic.message)));
        }
    }

    fn image(&mut self, image: &Image) {
        let attr = image.attr.strip_prefix("packages.x86_64-linux.").unwrap_or(&image.attr);
        let shown = |text: &Option<String>| text.as_deref().map_or("?".into(), masked);
        let line = format!(
            "{attr}: {} {}:{}{} {}",
            image.builder.as_str(),
            shown(&image.name),
            shown(&image.tag),
            self.place(self.call(image)),
            image.aliases.join(" ")
        );
        self.lines.push(line.trim_end().to_string());
        self.node(&format!("{attr}: "), &image.arguments);
        match &image.config {
            Some(config) => self.node(&format!("{attr}: config"), config),
            None => self.lines.push(format!("{attr}: no config")),
        }
        match &image.contents {
            Some(contents) => contents.iter().for_each(|content| self.content(attr, content)),
            None => self.lines.push(format!("{attr}: contents unknown")),
        }
    }

    /// Where an image is made: the function in front of its arguments. The call itself is known only where no other
    /// function stands between.
    fn call(&self, image: &Image) -> Option<Span> {
        let arguments = image.arguments.entries().iter();
        arguments.rev().find_map(|(_, node)| self.places.call_around(node.position))
    }

    fn content(&mut self, attr: &str, content: &Content) {
        let place = self.place(content.span);
        match &content.package {
            Some(package) => self.lines.push(format!("{attr}: holds {}{place}", described(package))),
            None => self.lines.push(format!("{attr}: holds something{place}")),
        }
    }

    fn compose(&mut self, compose: &Compose) {
        let attr = compose.attr.strip_prefix("packages.x86_64-linux.").unwrap_or(&compose.attr);
        self.lines.push(format!("{attr}: compose {}", compose.aliases.join(" ")).trim_end().to_string());
        self.node(attr, &compose.root);
    }

    fn node(&mut self, path: &str, node: &Node) {
        let place = self.place(self.places.value(node));
        let text = match &node.kind {
            NodeKind::Map(entries) if !entries.is_empty() => {
                for (name, entry) in entries {
                    let separator = if path.ends_with(' ') { "" } else { "." };
                    self.node(&format!("{path}{separator}{name}"), entry);
                }
                return;
            }
            NodeKind::List(items) if !items.is_empty() => {
                for (i, item) in items.iter().enumerate() {
                    self.node(&format!("{path}[{i}]"), item);
                }
                return;
            }
            NodeKind::String(text) => format!("{:?}", masked(&text.text)),
            // Old collections call theirs differently.
            NodeKind::Derivation(_) => "a derivation".into(),
            NodeKind::Bool(value) => value.to_string(),
            NodeKind::Int(value) => value.to_string(),
            other => format!("{other:?}"),
        };
        self.lines.push(format!("{path} = {text}{place}"));
    }

    /// ` at FILE:LINE`, for places in the flake.
    fn place(&self, span: impl Into<Option<Span>>) -> String {
        let Some(location) = span.into().and_then(|span| self.places.own(span)).and_then(|s| self.sources.locate(s))
        else {
            return String::new();
        };
        let file = location.file.path.strip_prefix(self.root).unwrap_or(&location.file.path).trim_start_matches('/');
        format!(" at {file}:{}", location.start.line)
    }
}

/// A package as rules see it.
fn described(package: &Package) -> String {
    let files = match &package.files {
        PackageFiles::Unknown => "unknown files".to_string(),
        PackageFiles::Built(_) => "the files of a built image".to_string(),
        PackageFiles::PlainFile(file) => format!("one file {:?}", file.text.as_deref().map(masked)),
        PackageFiles::Tree(files) => {
            let shown = files.iter().map(|file| {
                let mode = if file.executable { " (executable)" } else { "" };
                format!("{}{mode} {:?}", file.path, file.text.as_deref().map(masked))
            });
            shown.collect::<Vec<_>>().join(", ")
        }
        PackageFiles::Union(parts) => {
            let mut parts: Vec<String> = parts.iter().map(|part| described(part)).collect();
            // An environment has all outputs of a package that are installed; only the names are compared.
            parts.dedup();
            format!("the union of [{}]", parts.join("; "))
        }
        PackageFiles::Links(links) => links
            .iter()
            .map(|(path, target)| format!("{path} -> {}", target.as_ref().map_or("?", |t| &t.pname)))
            .collect(),
    };
    let script = if package.script.is_some() { " and a script" } else { "" };
    format!("{}: {files}{script}", unversioned(&package.pname))
}

/// The name of a derivation without its version: up to a hyphen before a digit.
fn unversioned(name: &str) -> &str {
    let bytes = name.as_bytes();
    let end = (1..bytes.len()).find(|&i| bytes[i - 1] == b'-' && bytes[i].is_ascii_digit());
    end.map_or(name, |end| &name[..end - 1])
}

/// A text whose store paths are names of packages, and whose hashes are gone.
fn masked(text: &str) -> String {
    const STORE: &str = "/nix/store/";
    const HASH: usize = 32;
    let is_hash = |text: &str| {
        text.len() >= HASH && text.as_bytes()[..HASH].iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    if text.len() == HASH && is_hash(text) {
        return "<hash>".into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(STORE) {
        out.push_str(&rest[..at]);
        rest = &rest[at + STORE.len()..];
        if is_hash(rest) {
            let name_end = rest.find(['/', ':', ' ', '\n', '\'', '"']).unwrap_or(rest.len());
            out.push_str(&format!("<{}>", unversioned(rest.get(HASH + 1..name_end).unwrap_or_default())));
            rest = &rest[name_end..];
        }
    }
    out.push_str(rest);
    // A tag of an image without one.
    match out.rsplit_once(':') {
        Some((name, tag)) if tag.len() == HASH && is_hash(tag) => format!("{name}:<hash>"),
        _ => out,
    }
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn store_paths_are_names() {
        let path = "/nix/store/a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3-bash-interactive-5.2p26/bin/bash";
        assert_eq!(
            masked(&format!("exec {path} {path}")),
            "exec <bash-interactive>/bin/bash <bash-interactive>/bin/bash"
        );
        assert_eq!(masked("app:a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3"), "app:<hash>");
        assert_eq!(masked("/nix/store/x and text"), "x and text");
    }
}
