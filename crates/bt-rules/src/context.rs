//! What a rule sees.

use crate::ignores::Ignores;
use crate::options::Options;
use crate::rule::Rule;
pub(crate) use bt_container::attr_name;
use bt_container::{Compose, Facts, Image, Node, Places, Service};
use bt_diag::{SourceMap, Span};
use bt_flake::LockFacts;

/// What a rule sees. Nothing in it is changed by a rule.
pub struct Context<'a> {
    /// Images, compose files, and what could not be evaluated.
    pub facts: &'a Facts,
    /// From positions to spans.
    pub places: &'a Places<'a>,
    /// Inputs and lock.
    pub lock: &'a LockFacts,
    /// Paths in the repository that evaluation asked for, that are there, and that git does not track: as files call
    /// themselves in `sources`, and below the root of the repository.
    pub untracked: &'a [(String, String)],
    /// Whether a path of the store that is a copy of a source, of the flake's own for instance, is there. `None` for what
    /// is no such copy. In a git repository, what git does not track is not there.
    pub source_exists: &'a dyn Fn(&str) -> Option<bool>,
    /// The texts, for fixes.
    pub sources: &'a SourceMap,
    /// Whether a span is in the user's own files: a finding is never placed in nixpkgs or in another input.
    pub is_own: &'a dyn Fn(Span) -> bool,
    /// Whether a rule is on.
    pub is_on: &'a dyn Fn(&Rule) -> bool,
    /// What the user has said to ignore, in comments.
    pub ignores: &'a Ignores,
    /// Seconds since 1970: what counts as today.
    pub now: i64,
    /// What can be set.
    pub options: &'a Options,
}

impl<'a> Context<'a> {
    /// A span, if it is in the user's own files.
    pub(crate) fn own(&self, span: Option<Span>) -> Option<Span> {
        span.filter(|span| !span.is_none() && (self.is_own)(*span))
    }

    /// The value of an attribute, or the list element.
    pub(crate) fn value(&self, node: &Node) -> Option<Span> {
        self.places.value(node)
    }

    /// The name of an attribute, or the list element.
    pub(crate) fn name(&self, node: &Node) -> Option<Span> {
        self.places.name(node)
    }

    /// The name of an attribute that stands at a position.
    pub(crate) fn name_at(&self, position: u32) -> Option<Span> {
        self.places.name_at(position)
    }

    /// The set where a missing attribute belongs.
    pub(crate) fn set(&self, node: &Node) -> Option<Span> {
        self.places.set(node)
    }

    /// The function that makes an image, where it is called: as short a span as there is.
    pub(crate) fn call(&self, image: &Image) -> Option<Span> {
        let name = image.argument("name").and_then(|name| self.places.call_around(name.position));
        match (self.own(image.call), name) {
            (Some(call), Some(function)) if call.start <= function.start && function.end <= call.end => Some(function),
            (call, function) => call.or(function),
        }
    }

    /// A setting of an image's configuration, or else what is nearest to it.
    pub(crate) fn setting(&self, image: &Image, node: &Node) -> Option<Span> {
        self.value(node).or_else(|| self.name(node)).or_else(|| self.call(image))
    }

    /// Where a setting that an image lacks belongs.
    pub(crate) fn missing_setting(&self, image: &Image) -> Option<Span> {
        let config = image.config.as_ref();
        let place = config.and_then(|config| self.set_as_path(config).or_else(|| self.set(config)));
        place.or_else(|| self.call(image))
    }

    /// The first name of a set that is written as paths, `config.Cmd = …;`: the literal around it is another set.
    fn set_as_path(&self, set: &Node) -> Option<Span> {
        let names = set.entries().iter().filter_map(|(_, node)| self.name_at(node.position));
        let first = names.min()?;
        self.text(first)?.contains('.').then_some(first)
    }

    /// The name of the user's own attribute by which there is the image or compose file that an attribute path leads into.
    pub(crate) fn output(&self, attr: &str) -> Option<Span> {
        let ends = attr.match_indices('.').map(|(at, _)| at).chain([attr.len()]);
        let positions = ends.filter_map(|end| self.facts.outputs.get(&attr[..end]));
        positions.filter_map(|position| self.name_at(*position)).last()
    }

    /// Where what is at an attribute path was defined: the bindings of the outputs that the image is, or of the service.
    pub(crate) fn definitions(&self, attr: &str) -> Vec<Span> {
        let mut found = Vec::new();
        let ends = attr.match_indices('.').map(|(at, _)| at).chain([attr.len()]);
        for above in ends.map(|end| &attr[..end]) {
            found.extend(self.facts.definitions.get(above).into_iter().flatten().copied());
        }
        for (number, compose) in self.facts.compose.iter().enumerate() {
            let Some(path) = attr.strip_prefix(&compose.attr).and_then(|rest| rest.strip_prefix(".services.")) else {
                continue;
            };
            let mut names = path.match_indices('.').map(|(at, _)| at).chain([path.len()]).map(|end| &path[..end]);
            let service = names.find_map(|name| self.facts.service_at(number, name));
            found.extend(service.map(|service| service.node.position));
        }
        found.into_iter().filter_map(|position| self.places.binding_at(position)).collect()
    }

    /// Parts that a rule would report as one, in groups of which each is a report: those that are ignored where they are
    /// written are reported by themselves, so that they can be ignored, and the others are not.
    pub(crate) fn grouped<T>(&self, rule: &Rule, parts: Vec<T>, place: impl Fn(&T) -> Option<Span>) -> Vec<Vec<T>> {
        let is_ignored = |part: &T| place(part).is_some_and(|place| self.ignores.covers(rule, place));
        let (alone, together): (Vec<T>, Vec<T>) = parts.into_iter().partition(is_ignored);
        let together = Some(together).filter(|parts| !parts.is_empty());
        together.into_iter().chain(alone.into_iter().map(|part| vec![part])).collect()
    }

    /// The text of a span.
    pub(crate) fn text(&self, span: Span) -> Option<String> {
        let file = self.sources.file_at(span.start)?;
        file.text.get(file.range(span)).map(str::to_string)
    }

    /// The compose files, without those that say the same as another: one file is often written in two formats.
    pub(crate) fn compose_files(&self) -> impl Iterator<Item = &'a Compose> {
        let files = &self.facts.compose;
        files.iter().enumerate().filter(|(i, file)| !files[..*i].iter().any(|f| f.root == file.root)).map(|(_, f)| f)
    }

    /// The services of all compose files.
    pub(crate) fn services(&self) -> impl Iterator<Item = (&'a Compose, &'a Service)> {
        self.compose_files().flat_map(|compose| compose.services.iter().map(move |service| (compose, service)))
    }
}

/// The attribute path of a part of an image, such as `packages.x86_64-linux.app.config.User`.
pub(crate) fn image_attr(image: &Image, part: &str) -> String {
    format!("{}.{part}", image.attr)
}

/// The attribute path of a part of a service.
pub(crate) fn service_attr(compose: &Compose, service: &Service, part: &str) -> String {
    format!("{}.services.{}.{part}", compose.attr, attr_name(&service.name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{World, image, text};
    use bt_container::NodeKind;

    #[test]
    fn names_are_quoted_where_they_must_be() {
        assert_eq!(attr_name("my-db_1"), "my-db_1");
        assert_eq!(attr_name("8080/tcp"), "\"8080/tcp\"");
        assert_eq!(attr_name(""), "\"\"");
    }

    #[test]
    fn a_missing_setting_belongs_to_the_set_or_the_path() {
        let place = |source: &str, first: &str| {
            let world = World::with_source(Facts::default(), source);
            let position = world.base() + source.find(first).unwrap() as u32;
            let mut image = image("app").done();
            image.config = Some(Node::new(NodeKind::Map(vec![("Cmd".into(), Node { position, ..text("x") })])));
            world.look(|context| context.missing_setting(&image).and_then(|span| context.text(span)))
        };
        assert_eq!(place("f { config = { Cmd = 1; }; }", "Cmd").as_deref(), Some("{ Cmd = 1; }"));
        assert_eq!(place("f { config.Cmd = 1; }", "config").as_deref(), Some("config.Cmd"));
    }
}
