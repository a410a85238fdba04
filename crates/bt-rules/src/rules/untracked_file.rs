//! FLK013: files that are there, but not for Nix.

use crate::context::Context;
use crate::findings::{Findings, Report};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::{Severity, SourceFile, Span};

pub(crate) const RULE: Rule = Rule {
    code: "FLK013",
    name: "untracked-file",
    severity: Severity::Error,
    off: false,
    summary: "The flake uses a file that git does not track, so it does not exist for Nix",
    fix: FixKind::None,
    references: &["https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake.html#url-like-syntax"],
    needs: &[Need::Files, Need::Evaluation],
    docs: r#"
## What it finds

A file or directory in the repository of the flake that evaluation asked for and that exists, but that `git add` was never
said about. `builtins.pathExists` asks, too.

## Why it matters

In a git repository, only tracked files are part of the flake: Nix says that the file does not exist, or takes another
way without a word. What builds for one person then fails for everybody else.

## Bad

```nix
# file: flake.nix
{
  outputs = { self }: { packages.x86_64-linux = import ./packages.nix; };
}
```

```nix
# file: packages.nix
{ }
```

```text
# file: .gitignore
packages.nix
```

## Good

```nix
# file: flake.nix
{
  outputs = { self }: { packages.x86_64-linux = import ./packages.nix; };
}
```

```nix
# file: packages.nix
{ }
```

```text
# file: .gitignore
*.log
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (place, path) in context.untracked {
        let used = context.sources.files().iter().find_map(|file| context.own(use_in(file, place)));
        let start = || context.sources.files().iter().find_map(|file| context.own(Some(file.span(0..1))));
        findings.push(
            Report::new(path, format!("`{path}` exists, but git does not track it, so it does not exist for Nix"))
                .at(used.or_else(start), "for Nix there is nothing here")
                .help(format!("run `git add -N {path}`")),
        );
    }
}

/// Where a file names a path.
fn use_in(file: &SourceFile, path: &str) -> Option<Span> {
    let (directory, _) = file.path.rsplit_once('/')?;
    let literal = relative(directory, path);
    let is_part = |c: char| c.is_ascii_alphanumeric() || "._-+/".contains(c);
    let found = file.text.match_indices(&literal).find(|(at, _)| {
        let (before, after) = (&file.text[..*at], &file.text[at + literal.len()..]);
        let line = before.rsplit('\n').next().unwrap_or_default();
        !line.contains('#') && !line.ends_with(is_part) && !after.starts_with(is_part)
    });
    found.map(|(at, _)| file.span(at..at + literal.len()))
}

/// A path as a literal in a file of a directory.
fn relative(directory: &str, path: &str) -> String {
    let (from, to): (Vec<&str>, Vec<&str>) = (directory.split('/').collect(), path.split('/').collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from.len() - common;
    let down = to[common..].join("/");
    if up == 0 { format!("./{down}") } else { format!("{}{down}", "../".repeat(up)) }
}

#[cfg(test)]
mod tests {
    use super::{RULE, relative, use_in};
    use crate::fixtures::World;
    use bt_container::Facts;
    use bt_diag::SourceMap;

    #[test]
    fn untracked_files_are_named() {
        let mut world = World::new(Facts::default());
        assert!(world.check(&RULE).is_empty());
        world.untracked = vec![("/p/lib/a.nix".into(), "lib/a.nix".into())];
        let found = world.check(&RULE);
        assert_eq!(found[0].message, "`lib/a.nix` exists, but git does not track it, so it does not exist for Nix");
    }

    #[test]
    fn places() {
        let sources = SourceMap::new();
        let text = "# ./a.nix\n[ ./a.nix.bak ../d/a.nix ./a.nix ]";
        let file = sources.add("/p/d/flake.nix", text.into()).unwrap();
        let at = |path: &str| use_in(&file, path).map(|span| file.range(span).start);
        assert_eq!(at("/p/d/a.nix"), text.rfind("./a.nix ]"));
        assert_eq!(at("/p/a.nix"), None);
        assert_eq!(relative("/p/d/e", "/p/x/a.nix"), "../../x/a.nix");
        assert_eq!(relative("/p", "/p/x"), "./x");
    }
}
