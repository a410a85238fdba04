//! The pages about rules, as Markdown: `docs/rules/` in the repository, which tests compare with what is made here.

use bt_rules::{FixKind, Need, Rule};

/// Where the pages are: the one place that knows it.
const BASE: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/rules/");

/// Families of rules: the letters of their codes, a title, and what they are about.
const FAMILIES: &[(&str, &str, &str)] = &[
    ("CFG", "Configuration", "What an image's configuration says of commands, users, ports, environment and volumes."),
    ("CMP", "Compose", "Compose files, and whether they agree with the images of the flake."),
    ("CNT", "Contents", "What goes into an image, and what is missing in it."),
    ("FLK", "Flake", "Inputs, the lock file, and what makes an evaluation impure."),
    ("IMG", "Images", "How images are built, named and layered."),
    ("SUP", "Supply chain", "Whom the flake trusts."),
    ("BTL", "The check itself", "What could not be checked, and remarks that have no use."),
];

/// The address of the page about the rule with a code; `None` for what is no rule.
pub fn address(code: &str) -> Option<String> {
    bt_rules::find(code).map(|rule| format!("{BASE}{}", file_name(rule)))
}

/// The name of a rule's page.
pub fn file_name(rule: &Rule) -> String {
    format!("{}.md", rule.name)
}

/// The page about a rule.
pub fn page(rule: &Rule) -> String {
    let facts = format!("Severity: {}.\n\nNeeds: {}.", nature(rule), words(rule.needs));
    format!("# {} `{}`\n\n{}.\n\n{facts}\n\n{}", rule.code, rule.name, rule.summary, body(rule))
}

/// The table of all rules, by family.
pub fn index() -> String {
    let all = bt_rules::all();
    let mut out = format!(
        "# Rules\n\n{} rules, {} of them on by default; `--select` switches on others by code or name. `bt-lint rule NAME` \
         says the same as the pages.\n",
        all.len(),
        all.iter().filter(|rule| rule.is_on_by_default()).count(),
    );
    for (family, title, about) in FAMILIES {
        out.push_str(&format!("\n## {title} ({family})\n\n{about}\n\n"));
        out.push_str("| Code | Name | Severity | Fix | Summary |\n|---|---|---|---|---|\n");
        for rule in all.iter().filter(|rule| rule.code.starts_with(family)) {
            let severity = if rule.off { "off" } else { rule.severity.as_str() };
            out.push_str(&format!(
                "| [{}]({}) | `{}` | {severity} | {} | {} |\n",
                rule.code,
                file_name(rule),
                rule.name,
                fix(rule.fix).unwrap_or(""),
                rule.summary.replace('|', "\\|"),
            ));
        }
    }
    out
}

/// A rule's documentation without its title, with the references.
pub fn body(rule: &Rule) -> String {
    let mut text = rule.docs.trim().to_string();
    if !rule.references.is_empty() {
        text.push_str("\n\n## References\n\n");
        rule.references.iter().for_each(|reference| text.push_str(&format!("- {reference}\n")));
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Severity, whether a rule is on, and its fix, in words.
pub fn nature(rule: &Rule) -> String {
    let off = if rule.off { ", off unless selected" } else { "" };
    let fix = match rule.fix {
        FixKind::None => "",
        FixKind::Safe => ", with a safe fix",
        FixKind::Unsafe => ", with a fix to be reviewed",
    };
    format!("{}{off}{fix}", rule.severity.as_str())
}

/// The word for a kind of fix.
pub fn fix(fix: FixKind) -> Option<&'static str> {
    match fix {
        FixKind::None => None,
        FixKind::Safe => Some("safe"),
        FixKind::Unsafe => Some("unsafe"),
    }
}

fn words(needs: &[Need]) -> String {
    needs.iter().map(|need| need.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::{FAMILIES, address, index};

    #[test]
    fn every_rule_belongs_to_a_family() {
        for rule in bt_rules::all() {
            assert_eq!(
                FAMILIES.iter().filter(|(family, ..)| rule.code.starts_with(family)).count(),
                1,
                "{}",
                rule.code
            );
            assert!(index().contains(&format!("| [{}]({}.md) | `{}` |", rule.code, rule.name, rule.name)));
        }
        for (family, ..) in FAMILIES {
            assert!(bt_rules::all().iter().any(|rule| rule.code.starts_with(family)), "{family} has no rule");
        }
    }

    #[test]
    fn addresses() {
        let root_user = "https://github.com/betrace-hq/bt-lint/blob/main/docs/rules/root-user.md";
        assert_eq!(address("CFG001").as_deref(), Some(root_user));
        assert_eq!(address(bt_rules::INTERNAL_ERROR_CODE), None);
    }
}
