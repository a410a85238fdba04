//! What does not belong into an image, found by the names of packages.

use super::tools::is_program;
use crate::context::{Context, image_attr};
use crate::edit::remove_element;
use crate::findings::{Findings, Report, SUBJECTS};
use bt_container::{Builder, Content, Image, Package};
use bt_diag::Confidence;
use std::rc::Rc;

/// Reports each package of an image's contents that `recognise` gives a name, as being what `kind` says.
pub(crate) fn check_contents(
    context: &Context<'_>,
    findings: &mut Findings,
    kind: &str,
    help: &str,
    recognise: impl Fn(&Package) -> Option<String>,
) {
    for image in &context.facts.images {
        for content in image.contents.iter().flatten() {
            for part in content.package.iter().flat_map(Package::parts).filter(|part| is_program(part)) {
                if let Some(name) = recognise(&part) {
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

/// A report about a package in an image's contents.
pub(crate) fn content_report(
    context: &Context<'_>,
    image: &Image,
    content: &Content,
    part: &Rc<Package>,
    message: String,
    label: &str,
) -> Report {
    let argument = match image.builder {
        Builder::BuildImage | Builder::BuildImageWithNixDb => "copyToRoot",
        _ => "contents",
    };
    let whole = content.package.as_ref().filter(|whole| Rc::ptr_eq(whole, part));
    // Of a union, the part would have to be removed elsewhere.
    let edit = whole.and_then(|_| remove_element(context, content.span));
    Report::new(image_attr(image, argument), message)
        .of("image", image.display_name())
        .at(context.own(content.span).or_else(|| context.call(image)), label)
        .and_at(context.call(image), "image built here")
        .fix(format!("Remove it from `{argument}`"), edit)
}
