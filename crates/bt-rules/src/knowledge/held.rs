//! The derivations that images hold, and where each comes from.

use crate::context::{Context, image_attr};
use crate::findings::Report;
use crate::image::strings;
use bt_container::{Image, Package};
use bt_diag::Span;
use std::collections::BTreeSet;

/// A derivation that an image holds or refers to.
pub(crate) struct Held {
    /// Its absolute store path.
    pub(crate) derivation: String,
    /// The attribute path of what brings it.
    attr: String,
    place: Option<Span>,
}

impl Held {
    /// A report about it; the message names the image where it holds `SUBJECTS`.
    pub(crate) fn report(&self, context: &Context<'_>, image: &Image, message: String, label: &str) -> Report {
        Report::new(self.attr.clone(), message)
            .of("image", image.display_name())
            .at(self.place(context, image), label)
            .and_at(context.call(image), "image built here")
    }

    /// Where it comes into the image.
    pub(crate) fn place(&self, context: &Context<'_>, image: &Image) -> Option<Span> {
        self.place.or_else(|| context.call(image))
    }
}

/// What an image holds: first what is in its contents, then what its configuration refers to, each derivation once.
pub(crate) fn held(context: &Context<'_>, image: &Image) -> Vec<Held> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let argument = image.contents_arguments.first().map_or("contents", |(name, _)| name);
    for content in image.contents.iter().flatten() {
        for part in content.package.iter().flat_map(Package::parts) {
            if let Some(derivation) = part.derivation.clone().filter(|derivation| seen.insert(derivation.clone())) {
                let place = context.own(content.span);
                found.push(Held { derivation, attr: image_attr(image, argument), place });
            }
        }
    }
    for (key, setting) in image.config.iter().flat_map(|config| config.entries()) {
        for (node, text) in strings(setting) {
            for derivation in text.references.iter().filter(|derivation| seen.insert((*derivation).clone())) {
                let place = context.setting(image, node);
                let attr = image_attr(image, &format!("config.{}", crate::context::attr_name(key)));
                found.push(Held { derivation: derivation.clone(), attr, place });
            }
        }
    }
    found
}
