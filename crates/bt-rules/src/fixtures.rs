//! Facts for tests, as short as they can be written.

use crate::context::Context;
use crate::findings::Findings;
use crate::ignores::{Ignores, Ignoring};
use crate::options::Options;
use crate::rule::Rule;
use bt_container::{
    Builder, Built, BuiltFiles, Closures, Compose, Content, Facts, Image, ListedFile, Node, NodeKind, Package,
    PackageFile, PackageFiles, Places, Presence, StoreObject, Text,
};
use bt_diag::{Finding, SourceMap, Span};
use bt_flake::{Attribute, FlakeRef, InputFact, LockFacts, NodeFact, Reading};
use std::rc::Rc;

pub(crate) fn text(text: &str) -> Node {
    Node::new(NodeKind::String(Text { text: text.into(), ..Text::default() }))
}

pub(crate) fn list<const N: usize>(items: [Node; N]) -> Node {
    Node::new(NodeKind::List(items.into()))
}

pub(crate) fn map<const N: usize>(entries: [(&str, Node); N]) -> Node {
    Node::new(NodeKind::Map(entries.into_iter().map(|(name, node)| (name.into(), node)).collect()))
}

/// The node as a list element that stands at a place.
pub(crate) fn at(span: Span, node: Node) -> Node {
    Node { element: Some(span), ..node }
}

/// An opaque package, as every ordinary one.
pub(crate) fn package(pname: &str) -> Rc<Package> {
    files(pname, PackageFiles::Unknown)
}

pub(crate) fn files(pname: &str, files: PackageFiles) -> Rc<Package> {
    Rc::new(Package {
        pname: pname.into(),
        output: "out".into(),
        derivation: Some(format!("/nix/store/00000000000000000000000000000000-{pname}.drv")),
        out_path: Some(format!("/nix/store/00000000000000000000000000000000-{pname}")),
        files,
        script: None,
        additions: None,
        realised: std::cell::OnceCell::new(),
    })
}

pub(crate) fn script(pname: &str, commands: &str) -> Rc<Package> {
    Rc::new(Package { script: Some(commands.into()), ..(*package(pname)).clone() })
}

pub(crate) fn file(path: &str, executable: bool, text: &str) -> PackageFile {
    PackageFile { path: path.into(), executable, text: Some(text.into()) }
}

/// A path of the flake, copied to the store.
pub(crate) fn source(name: &str) -> Rc<Package> {
    Rc::new(Package { derivation: None, ..(*package(name)).clone() })
}

pub(crate) fn boolean(value: bool) -> Node {
    Node::new(NodeKind::Bool(value))
}

/// The store path of something with a name; names differ in their first 32 characters.
pub(crate) fn store_path(name: &str) -> String {
    let digits: String =
        name.chars().chain("0".repeat(32).chars()).take(32).map(|c| if c == '.' { '-' } else { c }).collect();
    format!("/nix/store/{digits}-{name}")
}

/// A string that refers to a store path of a name.
pub(crate) fn referring(value: &str, name: &str) -> Node {
    let references = vec![format!("{}.drv", store_path(name))];
    Node::new(NodeKind::String(Text { text: value.into(), references, coerced: false }))
}

/// A package whose closure may be known.
pub(crate) fn closure(name: &str) -> Rc<Package> {
    Rc::new(Package { out_path: Some(store_path(name)), ..(*package(name)).clone() })
}

/// What is known of store paths: names, sizes, and what they refer to.
pub(crate) fn closures(known: &[(&str, u64, &[&str])]) -> Closures {
    let mut closures = Closures::default();
    for (name, size, references) in known {
        let references = references.iter().map(|name| store_path(name)).collect();
        closures.insert(store_path(name), StoreObject { size: *size, references });
    }
    closures
}

/// Files that are there: paths and texts; those whose texts begin with `!` are setuid.
#[derive(Debug)]
struct There(Vec<(String, String)>);

impl BuiltFiles for There {
    fn presence(&self, path: &str) -> Presence {
        if self.0.iter().any(|(known, _)| known == path) { Presence::Executable } else { Presence::Absent }
    }

    fn text(&self, _: &str) -> Option<&str> {
        None
    }

    fn list(&self) -> Option<Vec<ListedFile>> {
        let mode = |text: &str| if text.starts_with('!') { 0o4555 } else { 0o555 };
        let file = |(path, text): &(String, String)| ListedFile {
            path: path.clone(),
            mode: mode(text),
            uid: 0,
            is_link: false,
        };
        Some(self.0.iter().map(file).collect())
    }

    fn fingerprint(&self, path: &str) -> Option<String> {
        self.0.iter().find(|(known, _)| known == path).map(|(_, text)| text.clone())
    }
}

/// A package that is in the store.
pub(crate) fn realised(name: &str, files: &[(&str, &str)]) -> Rc<Package> {
    let package = closure(name);
    let files = files.iter().map(|(path, text)| ((*path).to_string(), (*text).to_string())).collect();
    let _ = package.realised.set(Built(Rc::new(There(files))));
    package
}

pub(crate) struct ImageFixture(Image);

pub(crate) fn image(name: &str) -> ImageFixture {
    ImageFixture(Image {
        attr: format!("packages.x86_64-linux.{name}"),
        aliases: Vec::new(),
        builder: Builder::BuildLayeredImage,
        name: Some(name.into()),
        tag: Some("0".into()),
        arguments: map([("name", text(name))]),
        config: None,
        contents: Some(Vec::new()),
        contents_arguments: Vec::new(),
        base: None,
        call: Some(Span::new(1, 2)),
    })
}

impl ImageFixture {
    pub(crate) fn tag(mut self, tag: &str) -> Self {
        self.0.tag = Some(tag.into());
        self.argument("tag", text(tag))
    }

    pub(crate) fn argument(mut self, name: &str, value: Node) -> Self {
        if let NodeKind::Map(entries) = &mut self.0.arguments.kind {
            entries.push((name.into(), value));
        }
        self
    }

    pub(crate) fn config<const N: usize>(mut self, entries: [(&str, Node); N]) -> Self {
        self.0.config = Some(map(entries));
        self
    }

    pub(crate) fn contents<const N: usize>(mut self, packages: [Rc<Package>; N]) -> Self {
        let places = (100..).step_by(10).map(|start| Span::new(start, start + 5));
        let contents = packages.into_iter().zip(places);
        self.0.contents = Some(contents.map(|(p, span)| Content { package: Some(p), span: Some(span) }).collect());
        self
    }

    pub(crate) fn builder(mut self, builder: Builder) -> Self {
        self.0.builder = builder;
        self
    }

    pub(crate) fn done(self) -> Image {
        self.0
    }
}

pub(crate) fn compose<const N: usize>(entries: [(&str, Node); N]) -> Compose {
    Compose::new("packages.x86_64-linux.docker-compose".into(), map(entries))
}

/// 2026-10-01
pub(crate) const NOW: i64 = 1_790_812_800;

/// All that a rule sees.
pub(crate) struct World {
    facts: Facts,
    pub(crate) lock: LockFacts,
    pub(crate) untracked: Vec<(String, String)>,
    /// Paths of the store that are not there.
    pub(crate) missing: Vec<String>,
    pub(crate) now: i64,
    pub(crate) options: Options,
    sources: SourceMap,
    base: u32,
}

impl World {
    pub(crate) fn new(facts: Facts) -> World {
        // Enough text for the spans of tests that look at no text.
        World::with_source(facts, &" ".repeat(1000))
    }

    pub(crate) fn with_source(facts: Facts, source: &str) -> World {
        let sources = SourceMap::new();
        let base = sources.add("flake.nix", source.into()).unwrap().base;
        World {
            facts,
            lock: LockFacts::default(),
            untracked: Vec::new(),
            missing: Vec::new(),
            now: NOW,
            options: Options::default(),
            sources,
            base,
        }
    }

    /// Where the source text begins.
    pub(crate) fn base(&self) -> u32 {
        self.base
    }

    pub(crate) fn look<T>(&self, with: impl FnOnce(&Context<'_>) -> T) -> T {
        let places = Places::new(&self.sources, "");
        let ignores = Ignores::read(&self.sources.files(), "", Ignoring::Whole);
        with(&Context {
            ignores: &ignores,
            facts: &self.facts,
            places: &places,
            lock: &self.lock,
            untracked: &self.untracked,
            source_exists: &|path| self.missing.iter().any(|missing| missing == path).then_some(false),
            sources: &self.sources,
            is_own: &|_| true,
            is_on: &|_| true,
            now: self.now,
            options: &self.options,
        })
    }

    pub(crate) fn check(&self, rule: &'static Rule) -> Vec<Finding> {
        let mut findings = Findings::new(rule);
        self.look(|context| {
            (rule.check)(context, &mut findings);
            findings.finish(context).findings
        })
    }
}

/// The messages that a rule gives about facts.
pub(crate) fn messages(rule: &'static Rule, facts: Facts) -> Vec<String> {
    World::new(facts).check(rule).into_iter().map(|f| f.message).collect()
}

/// The messages that a rule gives about one image.
pub(crate) fn of_image(rule: &'static Rule, image: ImageFixture) -> Vec<String> {
    messages(rule, Facts { images: vec![image.done()], ..Facts::default() })
}

/// The messages that a rule gives about a compose file.
pub(crate) fn of_compose<const N: usize>(rule: &'static Rule, entries: [(&str, Node); N]) -> Vec<String> {
    messages(rule, Facts { compose: vec![compose(entries)], ..Facts::default() })
}

/// Facts about inputs, each of a name, what flake.nix says, and what the lock has for it, both as URLs.
pub(crate) fn locked_inputs(inputs: &[(&str, &str, &str)]) -> LockFacts {
    let mut lock = LockFacts { has_lock: true, ..LockFacts::default() };
    for (name, url, locked) in inputs {
        let parse = |text: &str| FlakeRef::parse(text, Reading::input(true)).unwrap();
        let (reference, locked) = (parse(url), reference_with_time(locked));
        let node = NodeFact {
            path: vec![(*name).into()],
            original: reference.clone(),
            locked,
            is_flake: true,
            ..NodeFact::default()
        };
        lock.nodes.push(node);
        lock.inputs.push(InputFact {
            name: (*name).into(),
            locked: true,
            reference: Some(reference),
            node: Some(lock.nodes.len() - 1),
            ..InputFact::default()
        });
    }
    lock
}

/// A reference whose `lastModified` is given as a parameter, as only lock files have it.
fn reference_with_time(text: &str) -> FlakeRef {
    let parse = |url: &str| FlakeRef::parse(url, Reading::input(true)).unwrap();
    let Some((url, time)) = text.split_once("?lastModified=") else { return parse(text) };
    let mut attributes = parse(url).attributes();
    attributes.insert("lastModified", Attribute::Integer(time.parse().unwrap()));
    FlakeRef::from_attributes(attributes).unwrap()
}

/// The messages that a rule gives about inputs of a name and a URL that are locked to what they say.
pub(crate) fn of_inputs(rule: &'static Rule, inputs: &[(&str, &str)]) -> Vec<String> {
    let mut world = World::new(Facts::default());
    world.lock = locked_inputs(&inputs.iter().map(|(name, url)| (*name, *url, *url)).collect::<Vec<_>>());
    world.check(rule).into_iter().map(|f| f.message).collect()
}
