//! BTL001: a remark ignores a rule that finds nothing there.

use crate::context::Context;
use crate::findings::{Findings, Report, listed};
use crate::ignores::Remark;
use crate::rule::{FixKind, Need, Rule};
use bt_diag::{Edit, Severity, Span};
use std::ops::Range;

pub(crate) const RULE: Rule = Rule {
    code: "BTL001",
    name: "unused-ignore",
    severity: Severity::Warning,
    off: false,
    summary: "A remark ignores a rule that finds nothing there",
    fix: FixKind::Safe,
    references: &["https://docs.astral.sh/ruff/rules/unused-noqa/"],
    needs: &[Need::Syntax, Need::Evaluation],
    docs: r#"
## What it finds

Rules in `# bt-lint: ignore[…]`, `file-ignore[…]` and `ignore-start[…]` that have nothing to ignore there. Only rules that are
on count, only when the whole flake was looked at and all of it could be evaluated. `stale-nixpkgs` does not count either:
tomorrow it may be needed.

## Why it matters

The flaw is gone, or the remark is at the wrong place. When the flaw comes back, or comes elsewhere on that line, nobody
will hear of it.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000"; # bt-lint: ignore[root-user] it has to listen on port 80
  };
}
```

## Good

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "0:0"; # bt-lint: ignore[root-user] it has to listen on port 80
  };
}
```
"#,
    check,
};

/// Rules whose findings come with time: what is not needed today is needed tomorrow.
const COME_AND_GO: &[&str] = &["FLK005"];

fn check(context: &Context<'_>, findings: &mut Findings) {
    // What could not be evaluated may be what the remark is about.
    if !context.facts.incomplete.is_empty() {
        return;
    }
    for remark in context.ignores.remarks() {
        let mut unused = context.ignores.unused(remark);
        unused.retain(|(_, rule)| (context.is_on)(rule) && !COME_AND_GO.contains(&rule.code));
        let Some((first, _)) = unused.first() else { continue };
        let names: Vec<&str> = unused.iter().map(|(_, rule)| rule.name).collect();
        let is_all = remark.says_only(unused.len());
        let message = format!("there is nothing to ignore for {}", listed(&names, 6));
        let place = if is_all { remark.span() } else { remark.file().span(first.clone()) };
        let edit = match is_all {
            true => removal(remark),
            false => without(remark, first).filter(|_| unused.len() == 1),
        };
        let what = if is_all { "Remove the remark" } else { "Remove the name" };
        findings.push(
            Report::new("outputs", message)
                .at(context.own(Some(place)), "not needed")
                .help("remove it, or put it where the finding is: at the end of its line, or above the binding")
                .fix(what, edit),
        );
    }
}

/// Removes a remark, with its line when nothing else is on it. A range that begins is left alone: its end would stay.
fn removal(remark: &Remark) -> Option<Edit> {
    let range = remark.removal().filter(|_| !remark.is_start())?;
    let text = remark.file().text.as_str();
    let is_space = |c: &char| matches!(c, ' ' | '\t' | '\r');
    let before = range.start - text[..range.start].chars().rev().take_while(is_space).count();
    let after = range.end + text[range.end..].chars().take_while(is_space).count();
    let begins_line = before == 0 || text[..before].ends_with('\n');
    let is_line_end = after == text.len() || text[after..].starts_with('\n');
    let range: Range<usize> = match (begins_line, is_line_end) {
        (true, true) => before..(after + 1).min(text.len()),
        // The carriage return stays.
        (false, true) => before..range.end,
        _ => range.start..after,
    };
    Some(Edit { span: remark.file().span(range), text: String::new() })
}

/// Removes one of several names, with the comma before or after it.
fn without(remark: &Remark, name: &Range<usize>) -> Option<Edit> {
    let text = remark.file().text.as_str();
    let separates = |c: &char| *c == ',' || c.is_whitespace();
    let length = |chars: &mut dyn Iterator<Item = char>| chars.take_while(separates).map(char::len_utf8).sum::<usize>();
    let before = name.start - length(&mut text[..name.start].chars().rev());
    let after = name.end + length(&mut text[name.end..].chars());
    let range = if text[..before].ends_with('[') { name.start..after } else { before..name.end };
    let span: Span = remark.file().span(range);
    Some(Edit { span, text: String::new() })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::World;
    use bt_container::{Cause, Facts, Incomplete};
    use bt_diag::Diagnostic;

    /// The messages about a text, and the text after their fixes, but for those that overlap with one behind them.
    fn mended(source: &str) -> (Vec<String>, String) {
        let world = World::with_source(Facts::default(), source);
        let found = world.check(&RULE);
        let mut text = source.to_string();
        let mut end = source.len();
        for edit in found.iter().rev().filter_map(|f| f.fix.as_ref()).flat_map(|fix| &fix.edits) {
            let at = |position: u32| (position - world.base()) as usize;
            if at(edit.span.end) <= end {
                end = at(edit.span.start);
                text.replace_range(end..at(edit.span.end), &edit.text);
            }
        }
        (found.into_iter().map(|f| f.message).collect(), text)
    }

    #[test]
    fn fixes_leave_everything_else() {
        for (source, expected) in [
            ("{\n  a = 1; # bt-lint: ignore[root-user] why\n}\n", "{\n  a = 1;\n}\n"),
            ("{\r\n  a = 1; # bt-lint: ignore[root-user] ö\r\n}\r\n", "{\r\n  a = 1;\r\n}\r\n"),
            ("{\n  # bt-lint: ignore[root-user]\n  a = 1;\n}", "{\n  a = 1;\n}"),
            ("{\r\n  # bt-lint: ignore[root-user]\r\n  a = 1;\r\n}", "{\r\n  a = 1;\r\n}"),
            ("# bt-lint: file-ignore[CFG001]", ""),
            ("{ /* bt-lint: ignore[root-user] */ a = 1; }", "{ a = 1; }"),
            ("{ } # ö # bt-lint: ignore[root-user] x", "{ } # ö"),
            ("{ } # bt-lint: ignore[root-user] x # ö", "{ }"),
            ("/*\n * a\n * bt-lint: file-ignore[root-user]\n * b\n */ 1", "/*\n * a\n * b\n */ 1"),
            ("/* bt-lint: file-ignore[root-user]\n * b\n */ 1", "/* bt-lint: file-ignore[root-user]\n * b\n */ 1"),
        ] {
            let (messages, text) = mended(source);
            assert_eq!(text, expected);
            assert_eq!(messages, ["there is nothing to ignore for `root-user`"], "{source}");
        }
    }

    #[test]
    fn several_remarks_on_a_line() {
        let (messages, text) = mended("{ } # bt-lint: ignore[CFG001] a # bt-lint: ignore[CFG004] b");
        assert_eq!(messages.len(), 2);
        assert_eq!(text, "{ } # bt-lint: ignore[CFG001] a");
        let (messages, text) = mended("1 # bt-lint: ignore[CFG001, CFG004]");
        assert_eq!(messages, ["there is nothing to ignore for `root-user` and `no-command`"]);
        assert_eq!(text, "1");
        // What bt-lint does not understand is for the user to mend.
        let (messages, text) = mended("1 # bt-lint: ignore[CFG001, CFG404]");
        assert_eq!(messages.len(), 1);
        assert_eq!(text, "1 # bt-lint: ignore[CFG404]");
        assert_eq!(mended("1 # bt-lint: ignore[x, root-user] y").1, "1 # bt-lint: ignore[x] y");
    }

    #[test]
    fn what_may_be_needed_is_left() {
        assert!(mended("1 # bt-lint: ignore[stale-nixpkgs]").0.is_empty());
        assert!(mended("\"# bt-lint: ignore[root-user]\"").0.is_empty());
        let diagnostic = Diagnostic::new("no");
        let incomplete = vec![Incomplete { attr: "a".into(), diagnostic, cause: Cause::Error }];
        let facts = Facts { incomplete, ..Facts::default() };
        assert!(World::with_source(facts, "1 # bt-lint: ignore[root-user]").check(&RULE).is_empty());
    }
}
