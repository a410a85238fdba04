//! Pass after pass: fixes are tried in memory until nothing is left to do.

use super::candidates::{Candidate, Change, Key, Source, apply, candidates, compatible, key};
use super::write::real_path;
use super::{Changed, Fixed, Fixes, Look};
use crate::engine;
use crate::report::INCOMPLETE_CODE;
use crate::request::CheckRequest;
use bt_diag::{Confidence, Finding, Severity};
use bt_rules::{INTERNAL_ERROR_CODE, INTERNAL_ERROR_NAME};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Fixes that wait for others are applied in later passes; more than this would not end by itself.
const MAX_PASSES: usize = 20;
/// How often the flakes are evaluated to find out which of many fixes does not work.
const MAX_TRIALS: usize = 200;
/// Rules about what comes of good fixes: a lock that has to be made again, and a remark that has nothing left to ignore.
const IN_CONSEQUENCE: [&str; 2] = ["FLK001", "BTL001"];

/// Tries the fixes that are asked for. Nothing is written.
pub fn run(requests: &[CheckRequest], fixes: Fixes, look: &dyn Fn(&[CheckRequest]) -> Look) -> Fixed {
    let first = look(requests);
    let trees: Vec<String> = requests.iter().filter_map(engine::source_tree).collect();
    let mut passes = Passes {
        requests,
        look,
        trees,
        texts: BTreeMap::new(),
        files: BTreeMap::new(),
        failed: BTreeSet::new(),
        refused: BTreeMap::new(),
        mistakes: Vec::new(),
        left_out: BTreeSet::new(),
        trials: 0,
        mended: 0,
    };
    let mut last: Option<Look> = None;
    for _ in 0..MAX_PASSES {
        match passes.pass(last.as_ref().unwrap_or(&first), fixes) {
            Some(next) => last = Some(next),
            None => break,
        }
    }
    let Passes { files, refused, mistakes, left_out, mended, trials, .. } = passes;
    let mut notices: Vec<String> = refused.into_values().chain(left_out).collect();
    if trials >= MAX_TRIALS {
        notices.push("too many fixes do not work: the rest was not tried".into());
    }
    // What one pass has done another may have undone.
    let files = files.into_iter().filter(|(_, file)| file.before != file.after).collect();
    Fixed { first, last, files, mended, mistakes, notices }
}

struct Passes<'r> {
    requests: &'r [CheckRequest],
    look: &'r dyn Fn(&[CheckRequest]) -> Look,
    /// The source trees of the flakes: nothing outside of them is changed.
    trees: Vec<String>,
    /// Texts after the passes so far, by real path.
    texts: BTreeMap<String, String>,
    files: BTreeMap<String, Changed>,
    /// Findings whose fixes do not work.
    failed: BTreeSet<Key>,
    /// Why files are not changed, by their places.
    refused: BTreeMap<String, String>,
    mistakes: Vec<Finding>,
    /// Fixes that would do as much harm as good.
    left_out: BTreeSet<String>,
    trials: usize,
    mended: usize,
}

/// Why fixes are not applied.
enum Fault {
    /// The flake does not evaluate any more, or the finding is still there: a mistake of the rule.
    Breaks(String),
    /// Something else is then found.
    Causes(String),
}

/// Fixes that work, and what is found with them.
#[derive(Default)]
struct Accepted {
    candidates: Vec<Candidate>,
    look: Option<Look>,
}

impl Passes<'_> {
    /// One pass; `None` when there was nothing to do.
    fn pass(&mut self, before: &Look, fixes: Fixes) -> Option<Look> {
        let (trees, refused) = (&self.trees, &mut self.refused);
        let mut known: BTreeMap<String, Result<String, ()>> = BTreeMap::new();
        let mut may_change = |place: &str| {
            let result = known.entry(place.to_string()).or_insert_with(|| {
                real_path(place, trees).map_err(|reason| {
                    refused.insert(place.to_string(), reason);
                })
            });
            result.clone()
        };
        let (mut found, sources) = candidates(&before.report.findings, &before.sources, fixes, &mut may_change);
        found.retain(|candidate| !self.failed.contains(&candidate.key));
        let chosen = compatible(found);
        if chosen.is_empty() {
            return None;
        }
        let mut accepted = Accepted::default();
        self.accept(before, &sources, chosen, &mut accepted);
        let look = accepted.look?;
        self.mended += accepted.candidates.len();
        let texts = changed(&sources, &accepted.candidates);
        for (path, text) in texts {
            if let Some(source) = sources.get(&path) {
                let file = self.files.entry(path.clone()).or_insert_with(|| Changed {
                    place: source.place.clone(),
                    before: source.text.clone(),
                    after: String::new(),
                });
                file.after.clone_from(&text);
            }
            self.texts.insert(path, text);
        }
        Some(look)
    }

    /// Adds a group of fixes to those that work; of a group that does not, each half, and so on to the ones to blame.
    fn accept(
        &mut self,
        before: &Look,
        sources: &BTreeMap<String, Source>,
        mut group: Vec<Candidate>,
        accepted: &mut Accepted,
    ) {
        if group.is_empty() || self.trials >= MAX_TRIALS {
            return;
        }
        self.trials += 1;
        let together: Vec<Candidate> = accepted.candidates.iter().chain(&group).cloned().collect();
        let mut texts = self.texts.clone();
        texts.extend(changed(sources, &together));
        let texts = Arc::new(texts);
        let mut requests = self.requests.to_vec();
        requests.iter_mut().for_each(|request| request.evaluation.texts = Arc::clone(&texts));
        let after = (self.look)(&requests);
        let fault = fault(before, &after, &together).map(Fault::Breaks);
        let fault = fault.or_else(|| caused(accepted.look.as_ref().unwrap_or(before), &after, &group));
        let Some(fault) = fault else {
            *accepted = Accepted { candidates: together, look: Some(after) };
            return;
        };
        if let [Candidate { key, finding, .. }] = group.as_slice() {
            self.failed.insert(key.clone());
            match fault {
                Fault::Breaks(what) => self.mistakes.push(mistake(finding, &what)),
                Fault::Causes(what) => {
                    let (code, name) = (finding.code, finding.name);
                    let at = if finding.attr.is_empty() { String::new() } else { format!(" at {}", finding.attr) };
                    self.left_out.insert(format!("the fix of {code} {name}{at} is left out: it causes {what}"));
                }
            }
            return;
        }
        let rest = group.split_off(group.len() / 2);
        self.accept(before, sources, group, accepted);
        self.accept(before, sources, rest, accepted);
    }
}

/// The texts that differ after some fixes, by real path.
fn changed(sources: &BTreeMap<String, Source>, candidates: &[Candidate]) -> BTreeMap<String, String> {
    let mut by_file: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
    for change in candidates.iter().flat_map(|candidate| &candidate.changes) {
        by_file.entry(&change.file).or_default().push(change);
    }
    let text =
        |(path, changes): (&str, Vec<&Change>)| Some((path.to_string(), apply(&sources.get(path)?.text, &changes)));
    by_file.into_iter().filter_map(text).collect()
}

/// What some fixes have broken, if anything.
fn fault(before: &Look, after: &Look, applied: &[Candidate]) -> Option<String> {
    if let Some(failure) = after.failures.get(before.failures.len()) {
        return Some(failure.diagnostic.message.clone());
    }
    let breaks = |f: &&Finding| f.code == INCOMPLETE_CODE || f.code == INTERNAL_ERROR_CODE;
    let known = counts(before.report.findings.iter().filter(breaks));
    let now = counts(after.report.findings.iter().filter(breaks));
    if let Some((key, _)) = now.iter().find(|(key, count)| known.get(*key).is_none_or(|known| known < count)) {
        return Some(key.2.clone());
    }
    if after.report.incomplete.len() > before.report.incomplete.len() {
        return after.report.incomplete.first().map(|incomplete| incomplete.diagnostic.message.clone());
    }
    let images: BTreeSet<&str> = after.report.images.iter().map(|image| image.attr.as_str()).collect();
    let files: BTreeSet<&str> = after.report.compose.iter().map(|compose| compose.attr.as_str()).collect();
    let image = before.report.images.iter().map(|image| image.attr.as_str()).find(|attr| !images.contains(attr));
    let compose = before.report.compose.iter().map(|compose| compose.attr.as_str()).find(|attr| !files.contains(attr));
    if let Some(attr) = image.or(compose) {
        return Some(format!("`{attr}` is gone"));
    }
    // A fix that does not mend would be applied over and over.
    let (was, is) = (counts(before.report.findings.iter()), counts(after.report.findings.iter()));
    let fixed = counts(applied.iter().map(|candidate| &candidate.finding));
    let stays = fixed.iter().find(|(key, count)| {
        let rest = was.get(*key).copied().unwrap_or(0).saturating_sub(**count);
        is.get(*key).copied().unwrap_or(0) > rest
    });
    stays.map(|(key, _)| format!("it is still found: {}", key.2))
}

/// What is found since a group of fixes was added: a warning, an error, or what is as bad as what they mend. That the lock
/// has to be made again is what comes of changing inputs.
fn caused(before: &Look, after: &Look, group: &[Candidate]) -> Option<Fault> {
    let least = group.iter().map(|candidate| candidate.finding.severity).min()?.min(Severity::Warning);
    let counts = |look: &Look| {
        let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
        let findings = look.report.findings.iter().filter(|f| f.severity >= least && !IN_CONSEQUENCE.contains(&f.code));
        findings.for_each(|f| *counts.entry(f.code).or_insert(0) += 1);
        counts
    };
    let (was, is) = (counts(before), counts(after));
    let code = is.iter().find(|(code, count)| was.get(*code).is_none_or(|was| was < *count))?.0;
    let known: BTreeSet<Key> = before.report.findings.iter().map(key).collect();
    let mut all = after.report.findings.iter().filter(|f| f.code == *code && f.severity >= least);
    let new = all.clone().find(|f| !known.contains(&key(f))).or_else(|| all.next())?;
    Some(Fault::Causes(format!("{} ({})", new.code, new.message)))
}

fn counts<'f>(findings: impl Iterator<Item = &'f Finding>) -> BTreeMap<Key, usize> {
    let mut counts = BTreeMap::new();
    findings.for_each(|finding| *counts.entry(key(finding)).or_insert(0) += 1);
    counts
}

/// A fix that does not work is a flaw of the rule.
fn mistake(finding: &Finding, fault: &str) -> Finding {
    Finding {
        code: INTERNAL_ERROR_CODE,
        name: INTERNAL_ERROR_NAME,
        severity: Severity::Error,
        confidence: Confidence::Certain,
        message: format!(
            "the fix of rule {} {} does not work, so it was not applied: {fault}",
            finding.code, finding.name
        ),
        attr: finding.attr.clone(),
        primary: finding.primary.clone(),
        related: Vec::new(),
        help: Some("this is a bug of bt-lint, please report it; everything else was fixed".into()),
        fix: None,
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "these tests are about real files")]
mod tests {
    use super::*;
    use crate::fix::Fixed;
    use crate::report::Report;
    use crate::request::Evaluation;
    use bt_diag::{Edit, Fix, FixSafety, Label, SourceMap};
    use std::path::PathBuf;

    /// A check that knows words: `bad` is to be `good`, `trap` is to be `BROKEN`, which does not evaluate, `stuck` is to
    /// be `stuck `, which is found again, and `swap` is to be `worse`, which is found by another rule.
    fn look(path: &str, requests: &[CheckRequest]) -> Look {
        let texts = &requests[0].evaluation.texts;
        let text = texts.get(path).cloned().unwrap_or_else(|| std::fs::read_to_string(path).unwrap());
        let sources = SourceMap::new();
        let file = sources.add(path, text.clone()).unwrap();
        let mut report = Report::default();
        let words = [
            ("bad", "good"),
            ("trap", "BROKEN"),
            ("stuck", "stuck "),
            ("swap", "worse"),
            ("BROKEN", ""),
            ("worse", ""),
        ];
        for (word, new) in words {
            for (at, _) in text.match_indices(word) {
                let span = file.span(at..at + word.len());
                let edits = vec![Edit { span, text: new.into() }];
                let fix = Fix { message: "mend".into(), safety: FixSafety::Safe, edits };
                report.findings.push(Finding {
                    code: if word == "BROKEN" {
                        INCOMPLETE_CODE
                    } else if word == "worse" {
                        "CFG007"
                    } else {
                        "CFG001"
                    },
                    name: "root-user",
                    severity: Severity::Error,
                    confidence: Confidence::Certain,
                    message: format!("{word} is here"),
                    attr: String::new(),
                    primary: Some(Label { span, text: String::new() }),
                    related: Vec::new(),
                    help: None,
                    fix: (!new.is_empty()).then_some(fix),
                });
            }
        }
        Look { sources, report, failures: Vec::new() }
    }

    fn fix(text: &str) -> (tempfile::TempDir, PathBuf, Fixed) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().canonicalize().unwrap().join("flake.nix");
        std::fs::write(&path, text).unwrap();
        let request = CheckRequest {
            flake: directory.path().to_str().unwrap().into(),
            attrs: Vec::new(),
            outputs: crate::request::Outputs::default(),
            selection: crate::selection::Selection::default(),
            options: bt_rules::Options::default(),
            ignoring: bt_rules::Ignoring::Whole,
            now: 0,
            evaluation: Evaluation { current_directory: "/".into(), ..Evaluation::default() },
        };
        let name = path.to_str().unwrap().to_string();
        let fixed = run(&[request], Fixes::Safe, &|requests| look(&name, requests));
        (directory, path, fixed)
    }

    #[test]
    fn what_breaks_something_is_left_out_and_named() {
        let (_directory, path, fixed) = fix("bad bad trap bad stuck bad swap bad");
        assert_eq!(fixed.mended, 5);
        let messages: Vec<&str> = fixed.mistakes.iter().map(|mistake| mistake.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "the fix of rule CFG001 root-user does not work, so it was not applied: BROKEN is here",
                "the fix of rule CFG001 root-user does not work, so it was not applied: it is still found: stuck is here"
            ]
        );
        assert_eq!(fixed.notices, ["the fix of CFG001 root-user is left out: it causes CFG007 (worse is here)"]);
        assert_eq!(
            fixed.summary(Fixes::Safe, true),
            "Fixed 5 findings in 1 file, 3 remain",
            "what cannot be fixed remains"
        );
        fixed.write().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "good good trap good stuck good swap good");
        assert_eq!(fixed.into_look(true).report.findings.iter().filter(|f| f.code == INTERNAL_ERROR_CODE).count(), 2);
    }

    #[test]
    fn a_file_that_was_changed_meanwhile_is_not_written() {
        let (_directory, path, fixed) = fix("bad");
        std::fs::write(&path, "bad and new").unwrap();
        let error = fixed.write().unwrap_err();
        assert!(error.message.contains("was changed while it was checked"), "{}", error.message);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "bad and new");
        std::fs::remove_file(&path).unwrap();
        assert!(fixed.write().unwrap_err().message.starts_with("cannot write"));
        assert!(!path.exists());
    }

    #[test]
    fn a_text_that_is_fine_stays() {
        let (_directory, _, fixed) = fix("good");
        assert_eq!((fixed.mended, fixed.files.len(), fixed.last.is_none()), (0, 0, true));
        assert_eq!(fixed.summary(Fixes::Safe, true), "Nothing to fix, 0 remain");
    }
}
