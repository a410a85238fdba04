//! Walking a flake's outputs.

mod recognize;

use crate::builders::image_builder;
use crate::compose::Compose;
use crate::extract::{Extractor, attr_name};
use crate::facts::Facts;
use crate::is_below;
use crate::provide::Packages;
use crate::supply::{derivation_of, escapes, metas};
use bt_diag::Span;
use bt_eval::{Attrs, Error, Evaluator, Mark, Result, Value, share};
use bt_glue::Glue;
use std::collections::{BTreeMap, BTreeSet};

/// Where flake-parts shows its modules; see [`Walk::shows_modules`].
const MODULES: &[&str] = &["allSystems", "currentSystem", "debug"];

/// Outputs that hold no packages.
const NO_PACKAGES: &[&str] = &[
    "apps",
    "bundlers",
    "colmena",
    "colmenaHive",
    "darwinConfigurations",
    "darwinModules",
    "defaultApp",
    "defaultTemplate",
    "deploy",
    "devShell",
    "devShells",
    "effects",
    "formatter",
    "githubActions",
    "herculesCI",
    "homeConfigurations",
    "homeManagerModules",
    "homeModules",
    "lib",
    "nixOnDroidConfigurations",
    "nixosConfigurations",
    "nixosModule",
    "nixosModules",
    "overlay",
    "overlays",
    "schemas",
    "systemConfigs",
    "templates",
    "checks",
    "hydraJobs",
    "flakeModule",
    "flakeModules",
    "modules",
];

/// Sets of packages nest no deeper than this below their output.
const MAX_DEPTH: u32 = 4;

/// What is looked for. What is not wanted is not evaluated, and that it could not be is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted {
    /// Images with their arguments, configurations and contents.
    pub images: bool,
    /// Compose files.
    pub compose: bool,
    /// What the packages in images say of themselves in `meta`.
    pub meta: bool,
    /// The derivations that those of images are built from.
    pub graph: bool,
}

impl Wanted {
    /// All that there is.
    pub const ALL: Wanted = Wanted { images: true, compose: true, meta: true, graph: true };

    /// Whether no output is of interest.
    pub fn is_nothing(self) -> bool {
        !self.images && !self.compose
    }
}

/// The attribute path of a module that a stand-in of flake-parts or nixpkgs went on without.
pub const MISSING_MODULE: &str = "imports";

/// A compose file: its services, its attribute paths, and what it is.
struct Found<'e> {
    services: usize,
    attr: String,
    aliases: Vec<String>,
    in_store: bool,
    value: Value<'e>,
}

pub(crate) struct Walk<'w, 'e> {
    pub ev: &'w Evaluator<'e>,
    pub extractor: Extractor<'w, 'e>,
    pub packages: Packages<'w>,
    glue: &'w Glue,
    /// Packages in the contents of images, by derivation, when what they say of themselves is wanted.
    pub held: Vec<(String, &'e Attrs<'e>)>,
    system: &'w str,
    pub wanted: Wanted,
    /// The directory of the files that belong to the flake itself.
    user_root: &'w str,
    images: BTreeMap<Mark, (String, Vec<String>, &'e Attrs<'e>)>,
    compose: Vec<Found<'e>>,
    seen: Vec<*const Attrs<'e>>,
    hidden: Vec<(String, Span)>,
    /// Where the name of the attribute is that is looked at.
    position: u32,
    /// The same of the innermost attribute around it whose name the user wrote; 0 when there is none.
    own_position: u32,
    /// Own positions of images and compose files, by their paths.
    outputs: BTreeMap<String, u32>,
    /// Positions of attributes that are images, by their paths.
    positions: BTreeMap<String, u32>,
}

/// Finds images and compose files in a flake's outputs for one system. `only` limits the search to the attribute paths
/// that start with one of its elements; that these exist is found out even when nothing is wanted.
///
/// Errors: the outputs themselves cannot be evaluated; what fails below becomes [`Facts::incomplete`].
pub fn discover<'e>(
    ev: &Evaluator<'e>,
    glue: &Glue,
    flake: &'e Attrs<'e>,
    system: &str,
    user_root: &str,
    only: &[Vec<String>],
    wanted: Wanted,
) -> Result<Facts> {
    let mut walk = Walk {
        ev,
        extractor: Extractor::new(ev, user_root),
        packages: Packages::new(glue),
        glue,
        held: Vec::new(),
        system,
        wanted,
        user_root,
        images: BTreeMap::new(),
        compose: Vec::new(),
        seen: Vec::new(),
        hidden: Vec::new(),
        position: 0,
        own_position: 0,
        outputs: BTreeMap::new(),
        positions: BTreeMap::new(),
    };
    if wanted.images && wanted.meta {
        ev.observations.track_packages();
    }
    if only.is_empty() {
        if !wanted.is_nothing() {
            walk.outputs(flake)?;
        }
    } else {
        for path in only {
            walk.target(flake, path)?;
        }
    }
    Ok(walk.finish())
}

impl<'e> Walk<'_, 'e> {
    fn outputs(&mut self, flake: &'e Attrs<'e>) -> Result<()> {
        let Some(attr) = self.ev.symbols.find("outputs").and_then(|name| flake.get(name)) else { return Ok(()) };
        let outputs = match self.ev.force_slot(&attr.value)? {
            Value::Attrs(outputs) => outputs,
            other => return Err(self.ev.expected("a set as the flake's outputs", other)),
        };
        for (name, attr) in self.ev.sorted_entries(outputs) {
            if !NO_PACKAGES.contains(&name) && !self.shows_modules(name, share(&attr.value)) {
                self.own_position = 0;
                self.enter(attr.position());
                self.output(&attr_name(name), share(&attr.value), 0);
            }
        }
        self.hidden_outputs(outputs);
        Ok(())
    }

    /// Whether an output is what flake-parts adds with `debug = true`, or users by hand: evaluated modules, in which the
    /// packages are once more, among much that cannot be evaluated by itself.
    fn shows_modules(&self, name: &str, value: Value<'e>) -> bool {
        let Some(config) = self.ev.symbols.find("config").filter(|_| MODULES.contains(&name)) else { return false };
        let Ok(Value::Attrs(attrs)) = self.ev.force(value) else { return false };
        let own = self.ev.symbols.find(self.system).and_then(|system| attrs.get(system));
        let below = own.and_then(|system| match self.ev.force_slot(&system.value) {
            Ok(Value::Attrs(attrs)) => Some(attrs),
            _ => None,
        });
        attrs.get(config).is_some() || below.is_some_and(|attrs| attrs.get(config).is_some())
    }

    /// `eachSystem … // { packages.x86_64-darwin.default = …; }` replaces all of `packages`: what is hidden was meant to
    /// be there, so it is looked at too.
    fn hidden_outputs(&mut self, outputs: &'e Attrs<'e>) {
        let mut set = outputs;
        while let Some((left, span)) = self.ev.observations.updated_from(set) {
            if !self.is_users(span.start) {
                return;
            }
            for (name, attr) in self.ev.sorted_entries(left) {
                let shown = outputs.get(attr.name);
                if NO_PACKAGES.contains(&name) || shown.is_none_or(|s| same(share(&s.value), share(&attr.value))) {
                    continue;
                }
                let known = self.images.len() + self.compose.len();
                let failures = self.extractor.incomplete.len();
                self.own_position = 0;
                self.enter(attr.position());
                self.output(&attr_name(name), share(&attr.value), 0);
                // What fails here is no output of the flake.
                self.extractor.incomplete.truncate(failures);
                if self.images.len() + self.compose.len() > known {
                    self.hidden.push((name.to_string(), span));
                }
            }
            set = left;
        }
    }

    /// One attribute path, tried as Nix tries it: as it is, in `packages`, in `legacyPackages`.
    fn target(&mut self, flake: &'e Attrs<'e>, path: &[String]) -> Result<()> {
        let system = self.system.to_string();
        let prefixes: [Vec<String>; 3] =
            [vec![], vec!["packages".into(), system.clone()], vec!["legacyPackages".into(), system]];
        for prefix in prefixes.iter().rev().skip(1).chain(prefixes.last()) {
            let full: Vec<String> = prefix.iter().chain(path).cloned().collect();
            if let Some(value) = self.select(flake, &full)? {
                let attr = full.iter().map(|n| attr_name(n)).collect::<Vec<_>>().join(".");
                if !self.wanted.is_nothing() {
                    self.output(&attr, value, 0);
                }
                return Ok(());
            }
        }
        let shown = path.join(".");
        Err(Error::new(bt_eval::ErrorKind::MissingAttribute, format!("flake does not provide attribute '{shown}'"))
            .help(format!(
                "looked for '{shown}', 'packages.{0}.{shown}' and 'legacyPackages.{0}.{shown}'",
                self.system
            )))
    }

    fn select(&mut self, flake: &'e Attrs<'e>, path: &[String]) -> Result<Option<Value<'e>>> {
        let mut value = Value::Attrs(flake);
        for name in path {
            let Value::Attrs(attrs) = self.ev.force(value)? else { return Ok(None) };
            match attrs.get(self.ev.symbols.intern(name)) {
                Some(attr) => {
                    value = share(&attr.value);
                    self.enter(attr.position());
                }
                None => return Ok(None),
            }
        }
        Ok(Some(value))
    }

    fn output(&mut self, attr: &str, value: Value<'e>, depth: u32) {
        let attrs = match self.ev.force(value) {
            Ok(Value::Attrs(attrs)) => attrs,
            Ok(Value::String(_)) if self.wanted.compose => {
                self.compose_text(attr, value, false);
                return;
            }
            Ok(_) => return,
            Err(error) => {
                self.extractor.fail(attr, &error);
                return;
            }
        };
        match self.ev.is_derivation(attrs) {
            Ok(true) => self.derivation(attr, attrs),
            Ok(false) => self.set(attr, attrs, depth),
            Err(error) => self.extractor.fail(attr, &error),
        }
    }

    fn set(&mut self, attr: &str, attrs: &'e Attrs<'e>, depth: u32) {
        if depth >= MAX_DEPTH
            || self.seen.contains(&std::ptr::from_ref(attrs))
            || self.compose_value(attr, attrs, false)
        {
            return;
        }
        self.seen.push(std::ptr::from_ref(attrs));
        let mut entries = self.ev.sorted_entries(attrs);
        // A set by systems: only the one that is linted.
        if let Some(own) = entries.iter().find(|(name, _)| *name == self.system).copied() {
            entries = vec![own];
        } else if depth == 0 && !entries.is_empty() && entries.iter().all(|(name, _)| is_system(name)) {
            return;
        }
        // All of nixpkgs, passed on: what the flake adds to it is written in the flake.
        let is_collection = attrs.open().is_some() || entries.len() > 1000;
        // A flake passed on: what it provides, not what it is made of.
        let is_flake = self.ev.symbols.find("_type").and_then(|name| attrs.get(name)).is_some_and(
            |attr| matches!(self.ev.force_slot(&attr.value), Ok(Value::String(s)) if s.bytes() == b"flake"),
        );
        let around = self.own_position;
        for (name, entry) in entries {
            if is_collection && !self.is_users(entry.position()) {
                continue;
            }
            if is_flake && (NO_PACKAGES.contains(&name) || matches!(name, "inputs" | "outputs" | "sourceInfo")) {
                continue;
            }
            self.own_position = around;
            self.enter(entry.position());
            self.output(&format!("{attr}.{}", attr_name(name)), share(&entry.value), depth + 1);
        }
    }

    /// Looks at the attribute whose name stands at a position from now on.
    fn enter(&mut self, position: u32) {
        self.position = position;
        if self.is_users(position) {
            self.own_position = position;
        }
    }

    /// Whether the flake's own files have a position.
    pub fn is_users(&self, position: u32) -> bool {
        self.ev.sources.file_at(position).is_some_and(|file| is_below(file.place(), self.user_root))
    }

    fn finish(mut self) -> Facts {
        let mut facts = Facts { outputs: std::mem::take(&mut self.outputs), ..Facts::default() };
        let Wanted { images, compose, meta, graph } = self.wanted;
        if !images {
            self.images.clear();
        }
        if !compose {
            self.compose.clear();
        }
        // Without a compose file nobody asks for the hash that is the tag of an image without one.
        let wants_hash = !self.compose.is_empty();
        for (mark, (attr, aliases, attrs)) in std::mem::take(&mut self.images) {
            if let Some(call) = self.ev.observations.call(mark)
                && let Some(builder) = image_builder(call.function)
            {
                let paths = std::iter::once(&attr).chain(&aliases);
                let positions = paths.filter_map(|path| self.positions.get(path).copied()).filter(|at| *at != 0);
                facts.definitions.insert(attr.clone(), positions.collect());
                let image = self.image_facts(builder, attr, attrs, call, wants_hash);
                facts.images.push(crate::Image { aliases, ..image });
            }
        }
        for Found { attr, aliases, in_store, value, .. } in std::mem::take(&mut self.compose) {
            let root = self.extractor.node(value, &attr);
            facts.compose.push(Compose { aliases, in_store, ..Compose::new(attr, root) });
        }
        facts.images.sort_by(|a, b| a.attr.cmp(&b.attr));
        facts.compose.sort_by(|a, b| a.attr.cmp(&b.attr));
        let held = if meta || graph { self.held(&facts.images) } else { BTreeSet::new() };
        if meta {
            facts.metas = metas(self.ev, &held, &self.held);
        }
        if graph {
            facts.escapes = escapes(self.glue, &held);
        }
        for reference in std::mem::take(&mut self.extractor.references) {
            if let Some((output, derivation)) = reference.strip_prefix('!').and_then(|r| r.split_once('!'))
                && let Some(package) = self.packages.of_output(derivation, output)
                && let Some(path) = &package.out_path
            {
                facts.packages.insert(path.clone(), package);
            }
        }
        for error in self.ev.observations.take_missing() {
            self.extractor.fail(MISSING_MODULE, &error);
        }
        facts.incomplete = self.extractor.incomplete;
        facts.hidden_outputs = self.hidden;
        facts.variables = self.ev.observations.variables().into_iter().map(str::to_string).collect();
        facts
    }
}

impl Walk<'_, '_> {
    /// The derivations that images hold or refer to, as absolute store paths.
    fn held(&self, images: &[crate::Image]) -> BTreeSet<String> {
        let contents = images.iter().flat_map(|image| image.contents.iter().flatten());
        let parts = contents.flat_map(|content| &content.package).flat_map(crate::Package::parts);
        let referred = self.extractor.references.iter().filter_map(|reference| derivation_of(reference));
        parts.filter_map(|part| part.derivation.clone()).chain(referred.map(str::to_string)).collect()
    }
}

fn same<'e>(left: Value<'e>, right: Value<'e>) -> bool {
    match (left, right) {
        (Value::Thunk(a), Value::Thunk(b)) => std::ptr::eq(a, b),
        (Value::Attrs(a), Value::Attrs(b)) => std::ptr::eq(a, b),
        _ => false,
    }
}

fn is_system(name: &str) -> bool {
    let systems = ["-linux", "-darwin", "-windows", "-freebsd", "-netbsd", "-openbsd"];
    systems.iter().any(|suffix| name.ends_with(suffix))
}
