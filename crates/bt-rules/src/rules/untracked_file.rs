//! FLK013: files that are there, but not for Nix.

use crate::context::Context;
use crate::findings::{Findings, Report};
use crate::rule::{FixKind, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "FLK013",
    name: "untracked-file",
    severity: Severity::Error,
    summary: "The flake uses a file that git does not track, so it does not exist for Nix",
    fix: FixKind::None,
    references: &["https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake.html#url-like-syntax"],
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
    for path in context.untracked {
        findings.push(
            Report::new(path, format!("`{path}` exists, but git does not track it, so it does not exist for Nix"))
                .help(format!("run `git add -N {path}`")),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::World;
    use bt_container::Facts;

    #[test]
    fn untracked_files_are_named() {
        let mut world = World::new(Facts::default());
        assert!(world.check(&RULE).is_empty());
        world.untracked = vec!["lib/a.nix".into()];
        let found = world.check(&RULE);
        assert_eq!(found[0].message, "`lib/a.nix` exists, but git does not track it, so it does not exist for Nix");
    }
}
