//! A unified diff, as `git apply` and `patch -p1` read it in the flake's directory.

use super::Changed;
use crate::names::FileNames;
use crate::render::escape::is_hidden;
use bt_rules::Secrets;
use similar::{Algorithm, TextDiff};
use std::collections::BTreeMap;

/// The changes of all files, by name.
pub(super) fn render(files: &BTreeMap<String, Changed>, names: &FileNames<'_>, secrets: &Secrets) -> String {
    let mut named: Vec<(String, &Changed)> = files.values().map(|file| (names.name(&file.place), file)).collect();
    named.sort_by(|a, b| a.0.cmp(&b.0));
    let mut out = String::new();
    for (name, file) in named {
        out.push_str(&unified(&name, &secrets.hide_in_program(&file.before), &secrets.hide_in_program(&file.after)));
    }
    out
}

/// The change of one file; empty when there is none.
pub(crate) fn unified(name: &str, before: &str, after: &str) -> String {
    // Thousands of changes in one file: what looks for the shortest diff takes quadratic time.
    let diff = TextDiff::configure().algorithm(Algorithm::Patience).diff_lines(before, after);
    let (a, b) = (quoted(&format!("a/{name}")), quoted(&format!("b/{name}")));
    diff.unified_diff().context_radius(3).header(&a, &b).to_string()
}

/// A name as git writes it: in quotes, with escapes, where it holds what acts on a terminal or on a reader of the diff.
fn quoted(name: &str) -> String {
    let is_special = |c: char| is_hidden(c) || matches!(c, '"' | '\\');
    if !name.chars().any(is_special) {
        return name.to_string();
    }
    let mut out = String::from("\"");
    for c in name.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if is_hidden(c) => {
                let mut bytes = [0; 4];
                c.encode_utf8(&mut bytes).bytes().for_each(|byte| out.push_str(&format!("\\{byte:03o}")));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::{quoted, render};
    use crate::fix::Changed;
    use crate::names::{FileNames, Places};
    use bt_rules::Secrets;
    use std::collections::BTreeMap;

    #[test]
    fn shows_lines_with_their_surroundings() {
        let file = |name: &str, before: &str, after: &str| {
            let changed = Changed { place: format!("/f/{name}"), before: before.into(), after: after.into() };
            (changed.place.clone(), changed)
        };
        let files = BTreeMap::from([
            file("nix/a.nix", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            file("b.nix", "{ }", "{ a = 1; }"),
        ]);
        let places = Places { root: "/f".into(), origins: Vec::new() };
        let expected = "--- a/b.nix\n+++ b/b.nix\n@@ -1 +1 @@\n-{ }\n\\ No newline at end of file\n+{ a = 1; }\n\
                        \\ No newline at end of file\n--- a/nix/a.nix\n+++ b/nix/a.nix\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n\
                        -5\n+five\n 6\n 7\n 8\n";
        assert_eq!(render(&files, &FileNames::from_root(&places), &Secrets::default()), expected);
    }

    #[test]
    fn names_are_escaped() {
        assert_eq!(quoted("a/grün b.nix"), "a/grün b.nix");
        assert_eq!(quoted("a/x\u{1b}\n\"\\.nix"), "\"a/x\\033\\n\\\"\\\\.nix\"");
    }
}
