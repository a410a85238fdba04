//! CFG010: the command is run by a shell that stays in front of it.

use crate::context::Context;
use crate::deployment::{all_runs, replaces_program};
use crate::findings::{Findings, SUBJECTS};
use crate::image::{command, report};
use crate::rule::{FixKind, Need, Rule};
use bt_container::Node;
use bt_diag::{Edit, Severity, Span};

pub(crate) const RULE: Rule = Rule {
    code: "CFG010",
    name: "shell-form-command",
    severity: Severity::Info,
    off: false,
    summary: "The command is run by a shell that stays in front of it",
    fix: FixKind::Unsafe,
    references: &["hadolint DL3025", "https://docs.docker.com/reference/dockerfile/#shell-and-exec-form"],
    needs: &[Need::Config, Need::Compose],
    docs: r#"
## What it finds

`sh -c "…"` and the like as `Entrypoint` or `Cmd`, unless the text replaces the shell with `exec`.

## Why it matters

The shell is process 1 and does not hand signals on: `docker stop` waits ten seconds and kills the program. It also needs a shell in
the image, and splits and expands words that nobody meant it to.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.bash}/bin/bash" "-c" "${pkgs.hello}/bin/hello --greeting=Hi" ];
    User = "1000:1000";
  };
}
```

## Good

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" "--greeting=Hi" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ (pkgs.writeShellScript "start" "exec ${pkgs.hello}/bin/hello") ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let Some(words) = command(image) else {
            continue;
        };
        let texts: Vec<&str> = words.iter().filter_map(|word| word.text()).collect();
        let [program, rest @ ..] = texts.as_slice() else {
            continue;
        };
        let shell = program.rsplit('/').next().unwrap_or(program);
        let at = rest.iter().position(|word| is_command_flag(word));
        let (true, Some(at)) =
            (SHELLS.contains(&shell), at.filter(|at| rest[..*at].iter().all(|w| w.starts_with('-'))))
        else {
            continue;
        };
        let is_replaced = rest.get(at + 1).is_none_or(|text| has_exec(text));
        if is_replaced || all_runs(context.facts, image, |service| replaces_program(image, service)) {
            continue;
        }
        let Some(node) = words.first() else {
            continue;
        };
        // All words have a text, so they are numbered alike.
        let edit = words.get(at + 2).and_then(|script| make_way(context, script));
        let message = format!("the command of {SUBJECTS} runs behind `{shell} {}`, which takes no signals", rest[at]);
        findings.push(
            report(context, image, "config.Cmd", message, context.setting(image, node), "stays in front of the program").help(
                "name the program and its arguments one by one; where a shell is needed, let it make way: `exec program`",
            )
            .fix("Let the shell make way", edit),
        );
    }
}

/// Shells, by the name of their program.
const SHELLS: &[&str] = &["ash", "bash", "busybox", "dash", "fish", "ksh", "sh", "zsh"];

/// `-c`, also behind other letters: `-ec`, `-lc`.
fn is_command_flag(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|flags| flags.ends_with('c') && flags.bytes().all(|b| b.is_ascii_alphabetic()))
}

/// Puts `exec` before the one simple command of a script that is a literal.
fn make_way(context: &Context<'_>, script: &Node) -> Option<Edit> {
    let (text, span) = (script.text()?, context.value(script)?);
    let first = text.split_whitespace().next()?;
    let is_simple = !text.contains(['\n', ';', '&', '|', '<', '>', '(', ')', '{', '}', '`', '#', '!'])
        && text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '/')
        && !first.contains('=')
        && !BUILTINS.contains(&first);
    let literal = context.text(span)?;
    // Its text is what the literal begins with, and not what something else makes of it.
    let rest = literal.strip_prefix('"').filter(|rest| rest.ends_with('"') && !rest.starts_with(' '))?;
    let begins_alike = rest.starts_with("${") || rest.chars().next() == text.chars().next();
    let start = Span::new(span.start + 1, span.start + 1);
    (is_simple && begins_alike).then(|| Edit { span: start, text: "exec ".into() })
}

/// What a shell runs without a program, and what begins more than one command.
const BUILTINS: &[&str] = &[
    "alias", "bg", "break", "builtin", "case", "cd", "command", "continue", "declare", "do", "echo", "eval", "exec",
    "exit", "export", "false", "fg", "for", "function", "if", "jobs", "kill", "let", "local", "printf", "pwd", "read",
    "readonly", "return", "select", "set", "shift", "source", "test", "time", "times", "trap", "true", "type",
    "ulimit", "umask", "unalias", "unset", "until", "wait", "while",
];

fn has_exec(text: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|')).any(|word| word == "exec")
}

#[cfg(test)]
mod tests {
    use super::{BUILTINS, RULE, make_way};
    use crate::fixtures::{World, at, image, list, of_image, text};
    use bt_container::Facts;
    use bt_diag::Span;

    #[test]
    fn only_simple_commands_make_way() {
        let mends = |script: &str, literal: &str| {
            let world = World::with_source(Facts::default(), literal);
            let span = Span::new(world.base(), world.base() + literal.len() as u32);
            world.look(|context| make_way(context, &at(span, text(script))).is_some())
        };
        assert!(mends("/bin/app --fast", "\"${app}/bin/app --fast\"") && mends("app $X", "\"app $X\""));
        for script in ["a && b", "cd /x", "A=1 app", "$APP x", "a\nb", "echo x"] {
            assert!(!mends(script, &format!("\"{script}\"")), "{script}");
        }
        assert!(!mends("app", "script") && !mends("app", "\"\" + script + \"x\""));
        assert!(BUILTINS.is_sorted());
    }

    #[test]
    fn shells_that_stay_are_told() {
        let cmd = |words: [&str; 3]| of_image(&RULE, image("a").config([("Cmd", list(words.map(text)))]));
        assert_eq!(
            cmd(["/bin/sh", "-c", "app --fast"]),
            ["the command of image `a` runs behind `sh -c`, which takes no signals"]
        );
        assert_eq!(cmd(["bash", "-ec", "x && app"]).len(), 1);
        assert!(cmd(["/bin/sh", "-c", "cd /x && exec app"]).is_empty());
        assert!(cmd(["/bin/sh", "start.sh", "-c"]).is_empty() && cmd(["/bin/app", "-c", "x"]).is_empty());
    }
}
