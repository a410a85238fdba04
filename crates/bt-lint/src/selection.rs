//! Which rules are on.

use bt_diag::suggest::nearest;

/// Codes that are on whatever is selected: without them, what could not be checked would look like what is fine.
const ALWAYS_SELECTED: [&str; 2] = [crate::report::INCOMPLETE_CODE, bt_rules::INTERNAL_ERROR_CODE];

/// Rules chosen by `--select` and `--ignore`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    select: Vec<&'static str>,
    ignore: Vec<&'static str>,
}

impl Selection {
    /// From the words given on the command line: codes (`CFG001`), names (`root-user`) or families (`CFG`). A family
    /// is those of its rules that are on by default: the others are selected by their own code or name.
    pub fn parse(select: &[String], ignore: &[String]) -> Result<Selection, String> {
        Ok(Selection { select: codes(select)?, ignore: codes(ignore)? })
    }

    /// Whether a rule is on.
    pub fn includes(&self, rule: &bt_rules::Rule) -> bool {
        self.allows(rule.code)
    }

    /// Whether a rule is on because someone wants it, and not only because no selection switches it off: its facts are
    /// worth an evaluation.
    pub fn asks_for(&self, rule: &bt_rules::Rule) -> bool {
        let is_chosen = self.select.is_empty() || self.select.contains(&rule.code);
        self.includes(rule) && (is_chosen || !ALWAYS_SELECTED.contains(&rule.code))
    }

    /// Whether findings with a code are reported.
    pub fn allows(&self, code: &str) -> bool {
        let by_default = || bt_rules::find(code).is_none_or(bt_rules::Rule::is_on_by_default);
        let selected = match self.select.is_empty() {
            true => by_default(),
            false => self.select.contains(&code) || ALWAYS_SELECTED.contains(&code),
        };
        selected && !self.ignore.contains(&code)
    }
}

fn codes(words: &[String]) -> Result<Vec<&'static str>, String> {
    let mut codes = Vec::new();
    for word in words {
        match bt_rules::find(word) {
            Some(rule) => codes.push(rule.code),
            None => {
                let upper = word.to_ascii_uppercase();
                let family =
                    bt_rules::all().iter().filter(|rule| family(rule.code) == upper && rule.is_on_by_default());
                let before = codes.len();
                codes.extend(family.map(|rule| rule.code));
                if codes.len() == before {
                    return Err(unknown(word));
                }
            }
        }
    }
    Ok(codes)
}

/// The letters that a code begins with.
fn family(code: &str) -> &str {
    code.trim_end_matches(|c: char| c.is_ascii_digit())
}

/// The message for a rule that does not exist.
pub fn unknown(word: &str) -> String {
    let names = bt_rules::all().iter().flat_map(|rule| [rule.name, rule.code]);
    match nearest(word, names) {
        Some(near) => format!("there is no rule `{word}`; did you mean `{near}`?"),
        None => format!("there is no rule `{word}`; `bt-lint rule --all` lists them"),
    }
}

#[cfg(test)]
mod tests {
    use super::Selection;

    fn parse(select: &[&str], ignore: &[&str]) -> Result<Selection, String> {
        let owned = |words: &[&str]| words.iter().map(|w| (*w).to_string()).collect::<Vec<_>>();
        Selection::parse(&owned(select), &owned(ignore))
    }

    #[test]
    fn everything_is_on_by_default() {
        assert!(parse(&[], &[]).unwrap().allows("CFG001"));
    }

    #[test]
    fn codes_names_and_families() {
        let selection = parse(&["root-user"], &[]).unwrap();
        assert!(selection.allows("CFG001") && selection.allows("BTL004") && !selection.allows("CMP003"));
        let selection = parse(&["cfg"], &["CFG001"]).unwrap();
        assert!(!selection.allows("CFG001") && !selection.allows("CMP003"));
        assert!(!parse(&[], &["incomplete-analysis"]).unwrap().allows("BTL004"));
    }

    #[test]
    fn unknown_rules() {
        assert_eq!(parse(&["root-usr"], &[]).unwrap_err(), "there is no rule `root-usr`; did you mean `root-user`?");
        assert_eq!(
            parse(&[], &["nothing-like-it"]).unwrap_err(),
            "there is no rule `nothing-like-it`; `bt-lint rule --all` lists them"
        );
    }
}
