//! What a remark says: `bt-lint: ignore[root-user, CFG004] it listens on port 80`.

use super::MARK;
use crate::rule::Rule;
use bt_diag::suggest::nearest;
use std::ops::Range;

/// What a remark does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// `ignore`: the line, or what follows.
    Ignore,
    /// `file-ignore`
    File,
    /// `ignore-start`
    Start,
    /// `ignore-end`
    End,
}

const VERBS: &[(&str, Verb)] =
    &[("ignore", Verb::Ignore), ("file-ignore", Verb::File), ("ignore-start", Verb::Start), ("ignore-end", Verb::End)];

/// A remark that names at least one rule; ranges are byte ranges of the file.
#[derive(Debug, Clone)]
pub(super) struct Parsed {
    pub verb: Verb,
    /// From the mark to the end of the reason.
    pub range: Range<usize>,
    pub names: Vec<(Range<usize>, &'static Rule)>,
    /// Whether other names in it mean nothing.
    pub has_unknown: bool,
    pub reason: Range<usize>,
    /// What has to go when the remark goes; `None` when more than that would have to.
    pub removal: Option<Range<usize>>,
}

/// What is wrong with a remark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// Byte range of the file.
    pub range: Range<usize>,
    pub message: String,
    /// What is at the place.
    pub label: &'static str,
    pub help: String,
    /// What mends it, as an imperative, with what is to be replaced by what.
    pub fix: Option<(String, Range<usize>, String)>,
}

/// Names in messages are cut after this many characters.
const MAX_SHOWN: usize = 60;

fn shown(text: &str) -> String {
    let short: String = text.chars().take(MAX_SHOWN).collect();
    if short.len() < text.len() { format!("{short}…") } else { short }
}

/// The remarks in a comment of a text. The comment holds the mark. Takes linear time.
pub(super) fn parse(text: &str, comment: Range<usize>, found: &mut Vec<Parsed>, problems: &mut Vec<Problem>) {
    let whole = &text[comment.clone()];
    let is_block = whole.starts_with("/*");
    let comment = Comment { is_block, is_one_line: !whole.trim_end().contains('\n'), range: comment };
    let Range { start: comment_start, end } = comment.range;
    let content_end = if is_block { end - "*/".len().min(whole.len() - 2) } else { end };
    let mut start = comment_start;
    for line in text[start..content_end].split_inclusive(['\n', '\r']) {
        let range = start..start + line.trim_end().len();
        start += line.len();
        // For Nix, a comment behind `#` ends where rnix may still see it going on.
        if !is_block && range.start > comment_start {
            break;
        }
        parse_line(text, range, &comment, found, problems);
    }
}

/// The remarks on a line of a comment: each begins the line, or stands behind a `#`.
fn parse_line(text: &str, line: Range<usize>, comment: &Comment, found: &mut Vec<Parsed>, problems: &mut Vec<Problem>) {
    let mut marks: Vec<(usize, usize)> = Vec::new();
    for (at, _) in text[line.clone()].match_indices(MARK) {
        let before = text[line.start..line.start + at].trim_end_matches([' ', '\t']);
        if before.is_empty() || before.ends_with(['#', '*']) {
            marks.push((line.start + before.trim_end_matches('#').len(), line.start + at));
        }
    }
    for (number, (_, mark)) in marks.iter().enumerate() {
        let end = marks.get(number + 1).map_or(line.end, |(next, _)| *next);
        let end = mark + text[*mark..end].trim_end().len();
        let removal = removal(text, &marks, number, &line, comment);
        found.extend(parse_one(text, *mark..end, removal, problems));
    }
}

struct Comment {
    range: Range<usize>,
    is_block: bool,
    is_one_line: bool,
}

/// What has to go when the remark of a number goes. The marks of a line are where their `#` and where they begin.
fn removal(
    text: &str,
    marks: &[(usize, usize)],
    number: usize,
    line: &Range<usize>,
    comment: &Comment,
) -> Option<Range<usize>> {
    let (before, mark) = marks[number];
    let Range { start, end } = comment.range;
    let is_first = number == 0 && text[start..before].trim_matches(['/', '*', ' ', '\t']).is_empty();
    match marks.get(number + 1) {
        // The others stay, behind the `#` of this one.
        Some((_, next)) if is_first => Some(mark..*next),
        Some((next, _)) => Some(before..*next),
        None if is_first && comment.is_one_line => Some(start..start + text[start..end].trim_end().len()),
        None if !is_first && !comment.is_block => Some(start + text[start..before].trim_end().len()..line.end),
        // A line within a longer comment.
        None if line.start > start && line.end + "*/".len() < end => {
            let is_alone = text[line.start..before].trim_matches(['*', ' ', '\t']).is_empty();
            is_alone.then(|| line.clone())
        }
        None => None,
    }
}

fn parse_one(
    text: &str,
    range: Range<usize>,
    removal: Option<Range<usize>>,
    problems: &mut Vec<Problem>,
) -> Option<Parsed> {
    let problem = |range: Range<usize>, message: String, label, help: &str, fix| Problem {
        range,
        message,
        label,
        help: help.to_string(),
        fix,
    };
    let body = &text[range.start + MARK.len()..range.end];
    let verb_start = range.end - body.trim_start().len();
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let word = text[verb_start..range.end].split(|c| !is_word(c)).next().unwrap_or_default();
    let verb_range = verb_start..verb_start + word.len();
    let Some((_, verb)) = VERBS.iter().find(|(name, _)| *name == word) else {
        const HELP: &str =
            "it may say `ignore[RULES]`, `file-ignore[RULES]`, `ignore-start[RULES]` and `ignore-end[RULES]`";
        let near = nearest(word, VERBS.iter().map(|(name, _)| *name));
        let fix = near.map(|near| (format!("Write `{near}`"), verb_range.clone(), near.to_string()));
        let message = match word {
            "" => "a remark to bt-lint says nothing".to_string(),
            word => format!("bt-lint does not know `{}` in a remark", shown(word)),
        };
        let help = near.map_or_else(|| HELP.to_string(), |near| format!("did you mean `{near}`?"));
        let place = if word.is_empty() { range } else { verb_range };
        problems.push(problem(place, message, "unknown", &help, fix));
        return None;
    };
    let rest_start = range.end - text[verb_range.end..range.end].trim_start().len();
    let rest = &text[rest_start..range.end];
    let list = rest.strip_prefix('[');
    let Some(list_length) = list.and_then(|list| list.find(']')) else {
        let list_start = rest_start + usize::from(list.is_some());
        let names = leading_names(&text[list_start..range.end]);
        let fix = (names > 0).then(|| {
            let names = list_start..list_start + names;
            ("Put the names into brackets".to_string(), verb_range.end..names.end, format!("[{}]", &text[names]))
        });
        let what = if list.is_some() { "a bracket that nothing closes" } else { "no rules in brackets" };
        let message = format!("`{word}` has {what}");
        let help = format!("name the rules: `{MARK} {word}[root-user] and why`");
        problems.push(problem(range, message, "ignores nothing", &help, fix));
        return None;
    };
    let list_range = rest_start + 1..rest_start + 1 + list_length;
    let reason_start = list_range.end + 1;
    let reason = text[reason_start..range.end].trim_start_matches([' ', '\t', ':', '-', '–', '—', ',']);
    let mut parsed = Parsed {
        verb: *verb,
        range: range.clone(),
        names: Vec::new(),
        has_unknown: false,
        reason: range.end - reason.len()..range.end,
        removal,
    };
    for name in words(text, list_range.clone()) {
        match known(&text[name.clone()]) {
            Ok(rule) => parsed.names.push((name, rule)),
            Err((message, help, near)) => {
                parsed.has_unknown = true;
                let fix = near.map(|near| (format!("Write `{near}`"), name.clone(), near.to_string()));
                problems.push(Problem { range: name, message, label: "ignores nothing", help, fix });
            }
        }
    }
    match (parsed.names.is_empty(), parsed.has_unknown) {
        (false, _) => Some(parsed),
        // Said of each of its names.
        (true, true) => None,
        (true, false) => {
            let help = "name the rules, for instance `[root-user]`: a remark for all of them does not exist";
            problems.push(problem(range, format!("`{word}` names no rule"), "ignores nothing", help, None));
            None
        }
    }
}

/// Names in a list: what commas and spaces separate.
fn words(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let is_separator = |c: char| c == ',' || c.is_whitespace();
    let mut at = range.start;
    text[range].split_inclusive(is_separator).filter_map(move |part| {
        let name = at..at + part.trim_end_matches(is_separator).len();
        at += part.len();
        (!name.is_empty()).then_some(name)
    })
}

/// How many bytes of names of rules a text begins with.
fn leading_names(text: &str) -> usize {
    let mut end = 0;
    for name in words(text, 0..text.len()) {
        if known(&text[name.clone()]).is_err() {
            break;
        }
        end = name.end;
    }
    end
}

type Unknown = (String, String, Option<&'static str>);

/// The rule of a name; else a message, a help, and a near name.
fn known(name: &str) -> Result<&'static Rule, Unknown> {
    match crate::find(name) {
        Some(rule) if super::is_meta(rule) => {
            let message = format!("`{}` cannot be ignored by a remark", shown(name));
            Err((message, format!("`--ignore {}` switches it off", rule.name), None))
        }
        Some(rule) => Ok(rule),
        None => {
            let names = crate::all().iter().filter(|rule| !super::is_meta(rule));
            let near = nearest(name, names.clone().flat_map(|rule| [rule.name, rule.code]));
            let is_family = name.len() == 3 && names.clone().any(|rule| rule.code[..3].eq_ignore_ascii_case(name));
            let help = match near {
                _ if is_family => {
                    "a remark names rules one by one, so that it hides nothing that comes later".to_string()
                }
                Some(near) => format!("did you mean `{near}`?"),
                None => "`bt-lint rule --all` lists the rules".to_string(),
            };
            Err((format!("there is no rule `{}`", shown(name)), help, near.filter(|_| !is_family)))
        }
    }
}
