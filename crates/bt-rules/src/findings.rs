//! From what a rule reports to findings: one cause, one finding.

use crate::context::Context;
use crate::ignores::Suppressed;
use crate::rule::{FixKind, Rule};
use bt_diag::{Confidence, Edit, Finding, Fix, FixSafety, Label, Severity, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Stands in a message for what is affected: "image `a`", or "images `a` and `b`" once reports have been merged.
pub(crate) const SUBJECTS: &str = "\u{fffc}";

/// Around the two forms of what agrees with `SUBJECTS`, and between them.
const FORMS: [char; 3] = ['\u{fff9}', '\u{fffa}', '\u{fffb}'];

/// A word of a message that depends on whether `SUBJECTS` are one or many: `verb("lacks", "lack")`.
pub(crate) fn verb(one: &str, many: &str) -> String {
    let [before, between, after] = FORMS;
    format!("{before}{one}{between}{many}{after}")
}

/// Names in a message before the rest moves to the help.
const NAMED_IN_MESSAGE: usize = 4;

/// Related places of one finding: more than these help nobody.
const MAX_RELATED: usize = 8;

/// What one rule has found so far.
pub struct Findings {
    rule: &'static Rule,
    reports: Vec<Report>,
}

/// What rules have found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// What is to be reported.
    pub findings: Vec<Finding>,
    /// What remarks in the user's files make ignored.
    pub suppressed: Vec<Suppressed>,
}

/// Reports, those with one cause merged.
#[derive(Default)]
struct Merged {
    reports: Vec<Report>,
    /// Reports by cause.
    causes: BTreeMap<(Option<Span>, String), usize>,
}

/// A flaw, before it is known what else has the same cause.
#[derive(Debug, Clone)]
#[must_use]
pub struct Report {
    message: String,
    /// What is affected: noun in the singular, and name.
    subjects: Vec<(&'static str, String)>,
    attr: String,
    primary: Option<Label>,
    related: Vec<Label>,
    help: Option<String>,
    fix: Option<(String, Vec<Edit>)>,
    confidence: Confidence,
    severity: Option<Severity>,
    is_together: bool,
}

impl Report {
    /// A report at an attribute path. The message is one sentence without a final full stop; where it holds `SUBJECTS`,
    /// all that is affected will be named.
    pub fn new(attr: impl Into<String>, message: impl Into<String>) -> Report {
        Report {
            message: message.into(),
            subjects: Vec::new(),
            attr: attr.into(),
            primary: None,
            related: Vec::new(),
            help: None,
            fix: None,
            confidence: Confidence::Certain,
            severity: None,
            is_together: false,
        }
    }

    /// What is affected: an image, a service. The noun is singular.
    pub fn of(mut self, noun: &'static str, name: impl Into<String>) -> Report {
        self.subjects.push((noun, name.into()));
        self
    }

    /// The place that caused it. Reports with one place and one message are one finding.
    pub fn at(mut self, span: Option<Span>, text: impl Into<String>) -> Report {
        self.primary = span.map(|span| Label { span, text: text.into() });
        self
    }

    /// Another place that matters.
    pub fn and_at(mut self, span: Option<Span>, text: impl Into<String>) -> Report {
        self.related.extend(span.map(|span| Label { span, text: text.into() }));
        self
    }

    /// What to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Report {
        self.help = Some(help.into());
        self
    }

    /// Edits that mend it, if any, and what they do as an imperative.
    pub fn fix(mut self, message: impl Into<String>, edit: Option<Edit>) -> Report {
        self.fix = edit.map(|edit| (message.into(), vec![edit]));
        self
    }

    /// Several edits that mend it together, if any.
    pub fn fixes(mut self, message: impl Into<String>, edits: Vec<Edit>) -> Report {
        self.fix = (!edits.is_empty()).then(|| (message.into(), edits));
        self
    }

    /// How sure it is; certain unless said.
    pub fn confidence(mut self, confidence: Confidence) -> Report {
        self.confidence = confidence;
        self
    }

    /// How bad it is, where that differs from the rule's severity.
    pub fn severity(mut self, severity: Severity) -> Report {
        self.severity = Some(severity);
        self
    }

    /// Makes all reports with this message one finding, wherever they are: for what everything lacks that nobody thought
    /// of, where each place would be one line of noise.
    pub fn together(mut self) -> Report {
        self.is_together = true;
        self
    }

    fn cause(&self) -> (Option<Span>, String) {
        match &self.primary {
            _ if self.is_together => {
                let noun = self.subjects.first().map_or("", |(noun, _)| noun);
                (None, format!("{noun}\n{}", self.message))
            }
            Some(label) => (Some(label.span), self.message.clone()),
            // Without a place nobody can tell whether two have the same cause.
            None => (None, format!("{}\n{}", self.attr, self.message)),
        }
    }

    fn merge(&mut self, other: Report) {
        for subject in other.subjects {
            if !self.subjects.contains(&subject) {
                self.subjects.push(subject);
            }
        }
        for label in other.primary.into_iter().chain(other.related) {
            self.relate(label);
        }
        if self.is_together {
            // Each place lacks it, so each has an edit of its own.
            let edits = self.fix.iter().chain(&other.fix).flat_map(|(_, edits)| edits.iter().cloned());
            let edits: BTreeSet<(Span, String)> = edits.map(|edit| (edit.span, edit.text)).collect();
            let message = self.fix.take().or(other.fix).map(|(message, _)| message);
            let edits = edits.into_iter().map(|(span, text)| Edit { span, text }).collect();
            self.fix = message.map(|message| (message, edits));
        }
        self.confidence = self.confidence.min(other.confidence);
        self.severity = self.severity.max(other.severity);
    }

    fn relate(&mut self, label: Label) {
        let is_known = self.primary.as_ref().is_some_and(|p| p.span == label.span)
            || self.related.iter().any(|known| known.span == label.span);
        if !is_known && self.related.len() < MAX_RELATED {
            self.related.push(label);
        }
    }
}

impl Merged {
    fn push(&mut self, mut report: Report) {
        for label in std::mem::take(&mut report.related) {
            report.relate(label);
        }
        match self.causes.get(&report.cause()).and_then(|at| self.reports.get_mut(*at)) {
            Some(known) => known.merge(report),
            None => {
                self.causes.insert(report.cause(), self.reports.len());
                self.reports.push(report);
            }
        }
    }

    fn findings(self, rule: &'static Rule) -> impl Iterator<Item = Finding> {
        self.reports.into_iter().map(move |report| finding(rule, report))
    }
}

impl Findings {
    pub(crate) fn new(rule: &'static Rule) -> Findings {
        Findings { rule, reports: Vec::new() }
    }

    /// Adds a report. It will be merged with those that have the same cause.
    pub fn push(&mut self, report: Report) {
        self.reports.push(report);
    }

    /// What has been found. Reports are ignored one by one, before they are merged: of a finding about several images,
    /// one can be ignored where it is made, and the others stay.
    pub(crate) fn finish(self, context: &Context<'_>) -> Found {
        let rule = self.rule;
        let mut kept = Merged::default();
        let mut ignored: BTreeMap<usize, Merged> = BTreeMap::new();
        let is_ignored_somewhere = context.ignores.names(rule);
        let mut ignored_causes = BTreeSet::new();
        for mut report in self.reports {
            // What another flake's function makes is at least made for an output of this one.
            if report.primary.is_none() {
                let place = context.output(&report.attr);
                report = report.at(place, "made for this output");
            }
            match is_ignored_somewhere.then(|| remark_for(context, rule, &report)).flatten() {
                Some(remark) => {
                    ignored_causes.insert(report.cause());
                    ignored.entry(remark).or_default().push(report);
                }
                None => kept.push(report),
            }
        }
        // A fix would also change what is as it is on purpose.
        for report in kept.reports.iter_mut().filter(|report| ignored_causes.contains(&report.cause())) {
            report.fix = None;
        }
        let suppressed = ignored.into_iter().flat_map(|(remark, merged)| {
            merged.findings(rule).filter_map(move |finding| context.ignores.suppressed(remark, finding))
        });
        Found { findings: kept.findings(rule).collect(), suppressed: suppressed.collect() }
    }
}

/// The remark because of which a report is ignored.
fn remark_for(context: &Context<'_>, rule: &Rule, report: &Report) -> Option<usize> {
    let is_program = |span: Span| context.sources.file_at(span.start).is_some_and(|file| file.path.ends_with(".nix"));
    let primary = report.primary.as_ref().map(|label| (label.span, is_program(label.span)));
    let mut others: Vec<Span> = report.related.iter().map(|label| label.span).collect();
    others.extend(context.definitions(&report.attr));
    context.ignores.find(rule, primary, &others)
}

fn finding(rule: &Rule, report: Report) -> Finding {
    let safety = if rule.fix == FixKind::Safe { FixSafety::Safe } else { FixSafety::Unsafe };
    let all_named = report.subjects.len() <= NAMED_IN_MESSAGE;
    let help = match (report.help, all_named) {
        (help, true) => help,
        (help, false) => {
            let names = match by_noun(&report.subjects).as_slice() {
                [(_, names)] => format!("affected: {}", listed(names, usize::MAX)),
                _ => format!("affected: {}", subjects(&report.subjects, usize::MAX)),
            };
            Some(help.map_or(names.clone(), |help| format!("{help}\n{names}")))
        }
    };
    Finding {
        code: rule.code,
        name: rule.name,
        severity: report.severity.unwrap_or(rule.severity),
        confidence: report.confidence,
        message: agreeing(&report.message, report.subjects.len() > 1)
            .replace(SUBJECTS, &subjects(&report.subjects, NAMED_IN_MESSAGE)),
        attr: report.attr,
        primary: report.primary,
        related: report.related,
        help,
        fix: report.fix.map(|(message, edits)| Fix { message, safety, edits }),
    }
}

/// The message with one form of each `verb`.
fn agreeing(message: &str, are_many: bool) -> String {
    let [before, between, after] = FORMS;
    let mut out = String::with_capacity(message.len());
    let mut rest = message;
    while let Some((text, forms)) = rest.split_once(before) {
        out.push_str(text);
        rest = forms;
        if let Some((forms, next)) = forms.split_once(after)
            && let Some((one, many)) = forms.split_once(between)
        {
            out.push_str(if are_many { many } else { one });
            rest = next;
        }
    }
    out + rest
}

/// "images `a` and `b`", or "image `a` and service `b`"; each noun with so many names at most.
fn subjects(subjects: &[(&'static str, String)], limit: usize) -> String {
    let groups = by_noun(subjects);
    let limit = if groups.len() > 1 { limit.div_ceil(groups.len()) } else { limit };
    let groups = groups.iter().map(|(noun, names)| {
        let plural = if names.len() == 1 { "" } else { "s" };
        format!("{noun}{plural} {}", listed(names, limit))
    });
    groups.collect::<Vec<_>>().join(" and ")
}

/// The names of each noun, in the order in which they were first used.
fn by_noun<'s>(subjects: &'s [(&'static str, String)]) -> Vec<(&'static str, Vec<&'s str>)> {
    let mut groups: Vec<(&'static str, Vec<&str>)> = Vec::new();
    for (noun, name) in subjects {
        match groups.iter_mut().find(|(known, _)| known == noun) {
            Some((_, names)) => names.push(name),
            None => groups.push((noun, vec![name])),
        }
    }
    groups
}

/// "`a`, `b` and `c`"; beyond `limit` names "`a`, `b`, `c` and 3 more".
pub(crate) fn listed<S: AsRef<str>>(names: &[S], limit: usize) -> String {
    let shown = if names.len() > limit { limit.saturating_sub(1).max(1) } else { names.len() };
    let mut parts: Vec<String> = names.iter().take(shown).map(|name| format!("`{}`", name.as_ref())).collect();
    if names.len() > shown {
        parts.push(format!("{} more", names.len() - shown));
    }
    match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::World;
    use crate::rules::ROOT_USER;
    use bt_container::Facts;

    fn report(name: &str, span: Option<Span>) -> Report {
        let related = Some(Span::new(name.len() as u32, 90));
        Report::new(format!("packages.{name}"), format!("no `User` in {SUBJECTS}"))
            .of("image", name)
            .at(span, "here")
            .and_at(related, "image built here")
    }

    fn finish(reports: impl IntoIterator<Item = Report>) -> Vec<Finding> {
        let mut findings = Findings::new(&ROOT_USER);
        reports.into_iter().for_each(|report| findings.push(report));
        World::new(Facts::default()).look(|context| findings.finish(context)).findings
    }

    #[test]
    fn what_is_lacking_everywhere_is_one_finding() {
        let at = |from| Some(Span::new(from, 20));
        let found = finish([report("a", at(3)).together(), report("bb", at(4)).together(), report("c", at(5))]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].message, "no `User` in images `a` and `bb`");
        let places = found[0].related.iter().map(|label| label.span.start);
        assert_eq!((found[0].primary.as_ref().map(|l| l.span), places.collect::<Vec<_>>()), (at(3), vec![1, 4, 2]));
    }

    #[test]
    fn one_cause_is_one_finding() {
        let cause = Some(Span::new(3, 9));
        let found =
            finish([report("a", cause), report("bb", cause), report("a", cause), report("c", Some(Span::new(4, 9)))]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].message, "no `User` in images `a` and `bb`");
        assert_eq!(found[0].attr, "packages.a");
        assert_eq!(found[0].related.len(), 2);
        assert_eq!(found[1].message, "no `User` in image `c`");
    }

    #[test]
    fn verbs_agree_with_what_is_affected() {
        let cause = Some(Span::new(3, 9));
        let report = |noun, name: &str| {
            let message = format!("{SUBJECTS} {} what {} not", verb("lacks", "lack"), verb("it does", "they do"));
            Report::new("x", message).of(noun, name).at(cause, "here")
        };
        assert_eq!(finish([report("image", "a")])[0].message, "image `a` lacks what it does not");
        let twice = finish([report("image", "a"), report("image", "a")]);
        assert_eq!(twice[0].message, "image `a` lacks what it does not");
        let both = finish([report("image", "a"), report("service", "a")]);
        assert_eq!(both[0].message, "image `a` and service `a` lack what they do not");
        let many = finish(["a", "b", "c", "d", "e"].map(|name| report("image", name)));
        assert_eq!(many[0].message, "images `a`, `b`, `c` and 2 more lack what they do not");
        // What is no pair of forms stays.
        assert_eq!(agreeing("a\u{fff9}b\u{fffb}c\u{fffa}", true), "ab\u{fffb}c\u{fffa}");
    }

    #[test]
    fn without_a_place_each_stands_alone() {
        assert_eq!(finish([report("a", None), report("b", None), report("a", None)]).len(), 2);
    }

    #[test]
    fn images_and_services_are_told_apart() {
        let cause = Some(Span::new(3, 9));
        let service =
            |name: &str| Report::new("x", format!("no `User` in {SUBJECTS}")).of("service", name).at(cause, "here");
        let found = finish([report("a", cause), service("a"), report("b", cause)]);
        assert_eq!(found[0].message, "no `User` in images `a` and `b` and service `a`");
        let found = finish([service("a"), report("b", cause), report("c", cause), report("d", cause), service("e")]);
        assert_eq!(found[0].message, "no `User` in services `a` and `e` and images `b` and 2 more");
        assert_eq!(found[0].help.as_deref(), Some("affected: services `a` and `e` and images `b`, `c` and `d`"));
    }

    #[test]
    fn many_names_move_to_the_help() {
        let cause = Some(Span::new(3, 9));
        let found = finish(["a", "b", "c", "d", "e"].map(|name| report(name, cause)));
        assert_eq!(found[0].message, "no `User` in images `a`, `b`, `c` and 2 more");
        assert_eq!(found[0].help.as_deref(), Some("affected: `a`, `b`, `c`, `d` and `e`"));
    }

    #[test]
    fn the_worst_severity_and_the_least_confidence_win() {
        let cause = Some(Span::new(3, 9));
        let warning = report("a", cause).severity(Severity::Warning).confidence(Confidence::High);
        let found = finish([warning, report("b", cause).severity(Severity::Error)]);
        assert_eq!((found[0].severity, found[0].confidence), (Severity::Error, Confidence::High));
    }
}
