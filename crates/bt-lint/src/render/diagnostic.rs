//! Errors for people: what went wrong, the source around it, how it came to that, and what to do.

use super::excerpt::Excerpt;
use super::{escape, paint};
use crate::names::FileNames;
use crate::surroundings::Style;
use bt_diag::{Diagnostic, Label, Severity, SourceMap};
use bt_rules::Secrets;
use std::fmt;

/// How many steps of a trace are shown, unless all are asked for; those that say nothing new are not among them.
const MAX_TRACE: usize = 5;

/// An error, ending in a line break.
pub fn render(
    diagnostic: &Diagnostic,
    sources: &SourceMap,
    names: &FileNames<'_>,
    style: Style,
    show_trace: bool,
) -> String {
    let label = diagnostic.span.map(|span| Label { span, text: diagnostic.label.clone() });
    let shown = Shown {
        message: paint::words(&escape::lines(&diagnostic.message), style).into_owned(),
        excerpt: Excerpt::new((sources, &Secrets::default()), names, style.width, label.as_ref()),
    };
    let mut out = String::new();
    if shown.excerpt.is_empty() {
        out = format!("{} {}\n", paint::severity("error:", Severity::Error, style), shown.message);
    } else {
        // Writing to a string cannot fail, and every label is within the excerpt.
        let _ = paint::handler(style).render_report(&mut out, &shown);
        out = paint::marks(out, style);
    }
    let steps: Vec<&Label> = match show_trace {
        true => diagnostic.trace.iter().collect(),
        false => diagnostic.telling_steps().take(MAX_TRACE).collect(),
    };
    for label in &steps {
        out.push_str(&paint::field("from", &step(label, sources, names), style));
    }
    let hidden = diagnostic.trace.len() - steps.len();
    if hidden > 0 {
        let plural = if hidden == 1 { "step is" } else { "steps are" };
        out.push_str(&paint::field("more", &format!("{hidden} {plural} shown by --show-trace"), style));
    }
    if let Some(help) = &diagnostic.help {
        out.push_str(&paint::field("help", &escape::lines(help), style));
    }
    out
}

fn step(label: &Label, sources: &SourceMap, names: &FileNames<'_>) -> String {
    let text = escape::line(&label.text);
    match sources.locate(label.span) {
        None => text.into_owned(),
        Some(at) => {
            let place = format!("{}:{}:{}", escape::line(&names.name(at.file.place())), at.start.line, at.start.column);
            if text.is_empty() { place } else { format!("{text}, {place}") }
        }
    }
}

/// An error as miette wants it.
#[derive(Debug)]
struct Shown {
    message: String,
    excerpt: Excerpt,
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new("error"))
    }

    fn source_code(&self) -> Option<&dyn miette::SourceCode> {
        Some(&self.excerpt)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = miette::LabeledSpan> + '_>> {
        Some(Box::new(self.excerpt.labels()))
    }
}

#[cfg(test)]
mod evaluated;
#[cfg(test)]
mod tests;
