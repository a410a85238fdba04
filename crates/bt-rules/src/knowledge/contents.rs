//! What does not belong into an image, found by the names of packages.

use super::tools::is_program;
use super::words;
use crate::context::{Context, image_attr};
use crate::edit::remove_element;
use crate::findings::{Findings, Report, SUBJECTS};
use crate::image::strings;
use bt_container::{Builder, Content, Image, Package, PackageFiles};
use bt_diag::Confidence;
use std::collections::BTreeSet;
use std::rc::Rc;

/// Reports each package of an image's contents that `recognise` gives a name, as being what `kind` says; but not those that
/// are allowed for the rule of a code.
pub(crate) fn check_contents(
    context: &Context<'_>,
    findings: &mut Findings,
    rule: &str,
    kind: &str,
    help: &str,
    recognise: impl Fn(&Package) -> Option<String>,
) {
    for image in &context.facts.images {
        for content in image.contents.iter().flatten() {
            for part in content.package.iter().flat_map(Package::parts).filter(|part| is_program(part)) {
                let name = recognise(&part).filter(|name| !context.options.allows(rule, image, &part, name));
                if let Some(name) = name {
                    let message = format!("`{name}` in the contents of {SUBJECTS} is {kind}");
                    findings.push(
                        content_report(context, image, content, &part, message, &format!("brings `{name}`"))
                            .help(help)
                            .confidence(Confidence::High),
                    );
                }
            }
        }
    }
}

/// The argument that gives the contents of an image.
pub(crate) fn argument_of_contents(image: &Image) -> &'static str {
    match image.builder {
        Builder::BuildImage | Builder::BuildImageWithNixDb | Builder::BuildContainer => "copyToRoot",
        _ => "contents",
    }
}

/// A report about a package in an image's contents.
pub(crate) fn content_report(
    context: &Context<'_>,
    image: &Image,
    content: &Content,
    part: &Rc<Package>,
    message: String,
    label: &str,
) -> Report {
    let argument = argument_of_contents(image);
    let whole = content.package.as_ref().filter(|whole| Rc::ptr_eq(whole, part));
    // Of a union, the part would have to be removed elsewhere.
    let edit = whole.and_then(|_| remove_element(context, content.span));
    Report::new(image_attr(image, argument), message)
        .of("image", image.display_name())
        .at(context.own(content.span).or_else(|| context.call(image)), label)
        .and_at(context.call(image), "image built here")
        .fix(format!("Remove it from `{argument}`"), edit)
}

/// The packages that an image's configuration refers to.
fn referred<'a>(context: &Context<'a>, image: &Image) -> Vec<&'a Rc<Package>> {
    let texts = image.config.as_ref().map_or(Vec::new(), strings);
    let derivations: BTreeSet<&str> = texts.iter().flat_map(|(_, text)| &text.references).map(String::as_str).collect();
    let packages = context.facts.packages.values();
    packages.filter(|package| package.derivation.as_deref().is_some_and(|path| derivations.contains(path))).collect()
}

/// Whether an image holds or refers to a package one of whose names' words is in a list.
pub(crate) fn uses_package(context: &Context<'_>, image: &Image, names: &[&str]) -> bool {
    let is_one = |package: &Package| words(&package.pname).any(|word| names.contains(&word));
    let parts = image.contents.iter().flatten().flat_map(|content| &content.package).flat_map(Package::parts);
    parts.into_iter().any(|part| is_one(&part)) || referred(context, image).into_iter().any(|package| is_one(package))
}

/// The texts that are known of what an image holds and refers to: scripts among them.
pub(crate) fn known_texts(context: &Context<'_>, image: &Image) -> Vec<String> {
    let parts = image.contents.iter().flatten().flat_map(|content| &content.package).flat_map(Package::parts);
    let all = parts.chain(referred(context, image).into_iter().flat_map(Package::parts));
    let texts = all.flat_map(|package| match &package.files {
        PackageFiles::PlainFile(file) => file.text.iter().cloned().collect(),
        PackageFiles::Tree(files) => files.iter().filter_map(|file| file.text.clone()).collect(),
        _ => Vec::new(),
    });
    texts.collect()
}
