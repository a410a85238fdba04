//! Programs that bt-lint is known to get wrong, so that a gap is written down, and noticed when it closes.
//!
//! Each is a `.nix` that starts with a comment that gives the reason, beside an `.exp` or an `.err` as in the other
//! folders of language cases: what would be right.

use crate::lang::{difference, files};
use std::path::Path;

/// What is wrong with a folder of gaps: gaps that are none any more, and gaps without a reason.
pub fn problems(folder: &Path) -> Vec<String> {
    files(folder).iter().filter_map(|file| problem(file)).collect()
}

fn problem(file: &Path) -> Option<String> {
    let text = std::fs::read(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let text = String::from_utf8_lossy(&text);
    let reason = text.lines().next().and_then(|line| line.strip_prefix('#')).unwrap_or_default();
    if reason.split_whitespace().count() < 3 {
        return Some(format!("{}: its first line must be a comment that says why it is a gap", file.display()));
    }
    let belongs = if file.with_extension("exp").is_file() { "eval/" } else { "fail/" };
    let closed = || format!("{}: works now: move it, and what is beside it, to {belongs}", file.display());
    difference(file).is_none().then(closed)
}

#[cfg(test)]
mod tests {
    use super::problems;
    use crate::project::Project;

    fn problem(files: &[(&str, &str)]) -> String {
        let project = files.iter().fold(Project::new(), |project, (name, text)| project.with(name, text));
        problems(project.root()).join("\n")
    }

    #[test]
    fn an_open_gap_is_no_problem() {
        assert_eq!(problem(&[("a.nix", "# why it does not work\n1"), ("a.exp", "2\n")]), "");
        assert_eq!(problem(&[("a.nix", "# why it is not refused\n1"), ("a.err", "1:1\nsomething\n")]), "");
        assert_eq!(problem(&[("a.nix", "# why the place is another\nthrow \"a\""), ("a.err", "9:9\na\n")]), "");
    }

    #[test]
    fn a_closed_gap_is_a_problem() {
        let value = problem(&[("a.nix", "# why it does not work\n1"), ("a.exp", "1\n")]);
        assert!(value.contains("a.nix: works now") && value.ends_with("to eval/"), "{value}");
        let error = problem(&[("a.nix", "# why it is not refused\nthrow \"a\""), ("a.err", "2:1\na\n")]);
        assert!(error.contains("a.nix: works now") && error.ends_with("to fail/"), "{error}");
    }

    #[test]
    fn a_gap_without_a_reason_is_a_problem() {
        for text in ["1", "#\n1", "# gap\n1", "1 # why it does not work"] {
            assert!(problem(&[("a.nix", text), ("a.exp", "2\n")]).contains("must be a comment"), "{text}");
        }
    }
}
