//! CFG010: the command is run by a shell that stays in front of it.

use crate::context::Context;
use crate::deployment::{all_runs, replaces_program};
use crate::findings::{Findings, SUBJECTS};
use crate::image::{command, report};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CFG010",
    name: "shell-form-command",
    severity: Severity::Info,
    off: false,
    summary: "The command is run by a shell that stays in front of it",
    fix: FixKind::None,
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
        let message = format!("the command of {SUBJECTS} runs behind `{shell} {}`, which takes no signals", rest[at]);
        findings.push(
            report(context, image, "config.Cmd", message, context.setting(image, node), "stays in front of the program").help(
                "name the program and its arguments one by one; where a shell is needed, let it make way: `exec program`",
            ),
        );
    }
}

/// Shells, by the name of their program.
const SHELLS: &[&str] = &["ash", "bash", "busybox", "dash", "fish", "ksh", "sh", "zsh"];

/// `-c`, also behind other letters: `-ec`, `-lc`.
fn is_command_flag(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|flags| flags.ends_with('c') && flags.bytes().all(|b| b.is_ascii_alphabetic()))
}

fn has_exec(text: &str) -> bool {
    text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|')).any(|word| word == "exec")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, list, of_image, text};

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
