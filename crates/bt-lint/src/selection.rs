//! Which rules are on.

use bt_diag::suggest::nearest;

/// Codes that are on whatever is selected: without them, what could not be checked would look like what is fine.
const ALWAYS_SELECTED: [&str; 2] = [crate::report::INCOMPLETE_CODE, bt_rules::INTERNAL_ERROR_CODE];

/// Rules chosen by the configuration and by `--select`, `--extend-select` and `--ignore`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    layers: Vec<Layer>,
}

/// What one place says about which rules are on; codes of rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layer {
    /// Only these, whatever was on before.
    pub select: Option<Vec<&'static str>>,
    /// These too.
    pub extend: Vec<&'static str>,
    /// Not these, even if they are selected in the same place.
    pub ignore: Vec<&'static str>,
}

impl Layer {
    /// From words: codes (`CFG001`), names (`root-user`), families (`CFG`), beginnings of codes (`CNT00`) or `ALL`.
    pub fn parse(select: &[String], extend: &[String], ignore: &[String]) -> Result<Layer, String> {
        type Codes = Result<Vec<&'static str>, String>;
        let all = |words: &[String], one: fn(&str) -> Codes| -> Codes {
            words.iter().map(|word| one(word)).collect::<Result<Vec<_>, _>>().map(|codes| codes.concat())
        };
        let select = if select.is_empty() { None } else { Some(all(select, selected)?) };
        Ok(Layer { select, extend: all(extend, selected)?, ignore: all(ignore, codes)? })
    }
}

impl Selection {
    /// From the words given on the command line: codes (`CFG001`), names (`root-user`) or families (`CFG`). A family
    /// is those of its rules that are on by default: the others are selected by their own code or name.
    pub fn parse(select: &[String], ignore: &[String]) -> Result<Selection, String> {
        Ok(Selection::layered(vec![Layer::parse(select, &[], ignore)?]))
    }

    /// From several places, the one that counts most last.
    pub fn layered(layers: Vec<Layer>) -> Selection {
        Selection { layers }
    }

    /// Whether a rule is on.
    pub fn includes(&self, rule: &bt_rules::Rule) -> bool {
        self.allows(rule.code)
    }

    /// Whether a rule is on because someone wants it, and not only because no selection switches it off: its facts are
    /// worth an evaluation.
    pub fn asks_for(&self, rule: &bt_rules::Rule) -> bool {
        let mut is_chosen = true;
        for Layer { select, extend, .. } in &self.layers {
            if let Some(select) = select {
                is_chosen = select.contains(&rule.code);
            }
            is_chosen |= extend.contains(&rule.code);
        }
        self.includes(rule) && (is_chosen || !ALWAYS_SELECTED.contains(&rule.code))
    }

    /// Whether findings with a code are reported.
    pub fn allows(&self, code: &str) -> bool {
        let mut is_on = bt_rules::find(code).is_none_or(bt_rules::Rule::is_on_by_default);
        for Layer { select, extend, ignore } in &self.layers {
            if let Some(select) = select {
                is_on = select.contains(&code) || ALWAYS_SELECTED.contains(&code);
            }
            is_on = (is_on || extend.contains(&code)) && !ignore.contains(&code);
        }
        is_on
    }
}

/// The codes of the rules that a word stands for: see [`Layer::parse`].
///
/// Errors: it stands for none.
pub fn codes(word: &str) -> Result<Vec<&'static str>, String> {
    if let Some(rule) = bt_rules::find(word) {
        return Ok(vec![rule.code]);
    }
    let upper = word.to_ascii_uppercase();
    let all = bt_rules::all().iter().map(|rule| rule.code);
    let codes: Vec<&'static str> = match upper.as_str() {
        // What could not be checked is no matter of taste.
        "ALL" => all.filter(|code| *code != crate::report::INCOMPLETE_CODE).collect(),
        _ if upper.len() < SHORTEST_BEGINNING => Vec::new(),
        _ => all.filter(|code| code.starts_with(&upper)).collect(),
    };
    if codes.is_empty() { Err(unknown(word)) } else { Ok(codes) }
}

/// The codes of the rules that a word selects. Of a family these are the rules that are on by default: the others are
/// selected by their own code or name, or with all.
///
/// Errors: it stands for none.
pub fn selected(word: &str) -> Result<Vec<&'static str>, String> {
    let codes = codes(word)?;
    if word.eq_ignore_ascii_case("ALL") || bt_rules::find(word).is_some() {
        return Ok(codes);
    }
    let is_on = |code: &&'static str| bt_rules::find(code).is_some_and(bt_rules::Rule::is_on_by_default);
    Ok(codes.into_iter().filter(is_on).collect())
}

/// Letters of a family, such as `CFG`.
const SHORTEST_BEGINNING: usize = 3;

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
    use super::{Layer, Selection, codes, selected};

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
    fn beginnings_and_all() {
        assert_eq!(codes("cnt00").unwrap().first(), Some(&"CNT001"));
        assert!(codes("CNT00").unwrap().iter().all(|code| code.starts_with("CNT00")));
        assert!(codes("C").is_err() && codes("").is_err() && codes("XYZ").is_err());
        assert!(codes("IMG").unwrap().contains(&"IMG014") && !selected("IMG").unwrap().contains(&"IMG014"));
        assert!(selected("IMG014").is_ok_and(|codes| codes == ["IMG014"]) && selected("all") == codes("ALL"));
        let all = codes("ALL").unwrap();
        assert!(all.contains(&"IMG014") && !all.contains(&"BTL004") && all.len() + 1 == bt_rules::all().len());
    }

    #[test]
    fn of_two_places_the_last_counts_and_ignoring_wins_in_one() {
        let layer = |select: &[&'static str], extend: &[&'static str], ignore: &[&'static str]| Layer {
            select: (!select.is_empty()).then(|| select.to_vec()),
            extend: extend.to_vec(),
            ignore: ignore.to_vec(),
        };
        let allows = |layers: &[Layer], code: &str| Selection::layered(layers.to_vec()).allows(code);
        let ignoring = layer(&[], &[], &["CFG001"]);
        assert!(!allows(&[layer(&["CFG001"], &["CFG001"], &["CFG001"])], "CFG001"));
        assert!(!allows(&[layer(&["CFG001"], &[], &[]), ignoring.clone()], "CFG001"));
        assert!(allows(&[ignoring.clone(), layer(&["CFG001"], &[], &[])], "CFG001"));
        assert!(allows(&[ignoring.clone(), layer(&[], &["CFG001"], &[])], "CFG001"));
        assert!(!allows(&[ignoring, layer(&[], &[], &[])], "CFG001"));
        assert!(allows(&[layer(&[], &["IMG014"], &[])], "IMG014") && !allows(&[], "IMG014"));
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
