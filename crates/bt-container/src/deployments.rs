//! Which service runs which image: found out once for all rules that ask.

use crate::compose::Service;
use crate::extract::attr_name;
use crate::facts::{Builder, Facts, Image};
use crate::node::Node;
use std::collections::{BTreeMap, BTreeSet};

/// What is looked up about images and services together. Made by the first question, see [`Facts::image_of`].
#[derive(Debug, Default)]
pub struct Deployments {
    /// Images by their reference, as places in [`Facts::images`]; `None` for several with the same.
    by_reference: BTreeMap<String, Option<usize>>,
    /// Images by name.
    by_name: BTreeMap<String, Vec<usize>>,
    has_unnamed: bool,
    /// File and service, by the attribute path of the image that they run.
    runs: BTreeMap<String, Vec<(usize, usize)>>,
    /// What images are built on: builder, name and tag.
    bases: BTreeSet<BaseKey>,
    /// The services of each file, by name as a part of an attribute path.
    services: Vec<BTreeMap<String, usize>>,
}

type BaseKey = (Builder, Option<String>, Option<String>);

/// The reference without the registry that runtimes put before a short name, and with the tag that they assume.
pub fn normal_reference(reference: &str) -> String {
    let name = ["localhost/", "docker.io/library/", "docker.io/"].iter().find_map(|r| reference.strip_prefix(r));
    let name = name.unwrap_or(reference);
    let last = name.rsplit('/').next().unwrap_or(name);
    if last.contains([':', '@']) { name.to_string() } else { format!("{name}:latest") }
}

fn text(node: Option<&Node>) -> Option<String> {
    node.and_then(Node::text).map(str::to_string)
}

impl Deployments {
    fn new(facts: &Facts) -> Deployments {
        let mut found = Deployments::default();
        for (number, image) in facts.images.iter().enumerate() {
            match &image.name {
                Some(name) => found.by_name.entry(name.clone()).or_default().push(number),
                None => found.has_unnamed = true,
            }
            if let Some(reference) = image.reference() {
                let known = found.by_reference.entry(normal_reference(&reference));
                known.and_modify(|known| *known = None).or_insert(Some(number));
            }
            if let Some(base) = &image.base {
                let part = |key| text(base.arguments.get(key));
                found.bases.insert((base.builder, part("name"), part("tag")));
            }
        }
        for (file, compose) in facts.compose.iter().enumerate() {
            let mut names = BTreeMap::new();
            for (number, service) in compose.services.iter().enumerate() {
                names.entry(attr_name(&service.name)).or_insert(number);
                if let Some(image) = found.image_of(facts, service) {
                    found.runs.entry(image.attr.clone()).or_default().push((file, number));
                }
            }
            found.services.push(names);
        }
        found
    }

    fn image_of<'f>(&self, facts: &'f Facts, service: &Service) -> Option<&'f Image> {
        if service.node.get("build").is_some_and(|build| !build.is_null()) {
            return None;
        }
        let number = self.by_reference.get(&normal_reference(&service.image.as_ref()?.0)).copied().flatten()?;
        facts.images.get(number)
    }
}

/// What is asked about images and services together. The first question has the answers to all looked up, so images and
/// services must not change after it.
impl Facts {
    fn deployments(&self) -> &Deployments {
        self.deployments.get_or_init(|| Deployments::new(self))
    }

    /// The image that a service runs, if it is one of the flake's own and no doubt about it.
    pub fn image_of(&self, service: &Service) -> Option<&Image> {
        self.deployments().image_of(self, service)
    }

    /// The services that run an image.
    pub fn runs(&self, image: &Image) -> impl Iterator<Item = &Service> {
        let runs = self.deployments().runs.get(&image.attr).map_or(&[][..], Vec::as_slice);
        runs.iter().filter_map(|(file, service)| self.compose.get(*file)?.services.get(*service))
    }

    /// The images with a name.
    pub fn images_named(&self, name: &str) -> impl Iterator<Item = &Image> {
        let numbers = self.deployments().by_name.get(name).map_or(&[][..], Vec::as_slice);
        numbers.iter().filter_map(|number| self.images.get(*number))
    }

    /// Whether there is an image whose name is not known: it may be any.
    pub fn has_unnamed_image(&self) -> bool {
        self.deployments().has_unnamed
    }

    /// Whether others are built on an image.
    pub fn is_base(&self, image: &Image) -> bool {
        let part = |key| text(image.argument(key));
        self.deployments().bases.contains(&(image.builder, part("name"), part("tag")))
    }

    /// The service in the compose file with a number, by its name as a part of an attribute path.
    pub fn service_at(&self, file: usize, name: &str) -> Option<&Service> {
        let number = self.deployments().services.get(file)?.get(name)?;
        self.compose.get(file)?.services.get(*number)
    }
}
