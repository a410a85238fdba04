//! CNT010: A file of an image runs with the rights of its owner.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS};
use crate::image::report;
use crate::knowledge::contents::argument_of_contents;
use crate::rule::{FixKind, Need, Rule};
use bt_container::ListedFile;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CNT010",
    name: "setuid-file",
    severity: Severity::Warning,
    off: false,
    summary: "A file of an image runs with the rights of its owner",
    fix: FixKind::None,
    references: &["CIS Docker Benchmark 4.8", "dockle CIS-DI-0008"],
    needs: &[Need::Config, Need::Contents, Need::Closure],
    docs: r#"
## What it finds

`chmod u+s`, `chmod 4755` and `install -m 4755` in `extraCommands`, `fakeRootCommands` and `runAsRoot`. The bit on the group of a
directory (`g+s`, `2775`), which only hands the group down, is fine. With `--closures store`, also setuid files in contents
that are in the store of this machine.

## Why it matters

A setuid program gives whoever runs it the rights of its owner, mostly root. It is the shortest way out of the user that the
container runs as.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  fakeRootCommands = ''
    mkdir -p bin
    cp ${pkgs.hello}/bin/hello bin/hello
    chmod u+s bin/hello
  '';
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

## Good

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  fakeRootCommands = ''
    mkdir -p data
    chmod 2775 data
  '';
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

const HELP: &str = "run the container as the user who needs the right, or give it the one capability that it needs";

/// So many files of one content are told.
const MAX_FILES: usize = 20;

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        for key in ["extraCommands", "fakeRootCommands", "runAsRoot"] {
            let Some((node, mode)) = image.argument(key).and_then(|node| Some((node, setuid_mode(node.text()?)?)))
            else {
                continue;
            };
            // A long script is marked by its name.
            let place = context.name(node).or_else(|| context.setting(image, node));
            let message = format!("`{key}` of {SUBJECTS} makes a setuid file with the mode `{mode}`");
            findings.push(report(context, image, key, message, place, "sets the setuid bit").help(HELP));
        }
        for content in image.contents.iter().flatten() {
            let built = content.package.as_ref().and_then(|package| package.realised.get());
            let files = built.and_then(|built| built.0.list()).unwrap_or_default();
            let is_setuid = |file: &&ListedFile| !file.is_link && file.mode & 0o4000 != 0 && file.mode & 0o111 != 0;
            for file in files.iter().filter(is_setuid).take(MAX_FILES) {
                let message = format!("`/{}` in the contents of {SUBJECTS} is setuid", file.path);
                let label = format!("runs as user {}", file.uid);
                let (part, place) = (argument_of_contents(image), context.own(content.span));
                findings.push(report(context, image, part, message, place, label).help(HELP));
            }
        }
    }
}

/// The first mode with the setuid bit that a script sets.
fn setuid_mode(script: &str) -> Option<&str> {
    let lines = script.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    for command in lines.flat_map(|line| line.split([';', '&', '|'])) {
        let mut words = command.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
        let program = words.next().map_or("", |word| word.rsplit('/').next().unwrap_or(word));
        let mode = match program {
            "chmod" => words.find(|word| !word.starts_with('-') || word.starts_with("-s")),
            "install" => install_mode(&mut words),
            _ => None,
        };
        if let Some(mode) = mode.filter(|mode| is_setuid(mode)) {
            return Some(mode);
        }
    }
    None
}

/// The mode of `-m MODE`, `-mMODE`, `-Dm MODE`, `--mode MODE` and `--mode=MODE`.
fn install_mode<'s>(words: &mut impl Iterator<Item = &'s str>) -> Option<&'s str> {
    while let Some(word) = words.next() {
        let value = match word.strip_prefix("--") {
            Some(long) => long.strip_prefix("mode").map(|rest| rest.trim_start_matches('=')),
            None => word.strip_prefix('-').and_then(|short| short.split_once('m')).map(|(_, rest)| rest),
        };
        match value {
            Some("") => return words.next(),
            Some(mode) => return Some(mode),
            None => {}
        }
    }
    None
}

/// Whether a mode, octal or symbolic, sets the bit for the owner.
fn is_setuid(mode: &str) -> bool {
    if let Ok(bits) = u32::from_str_radix(mode, 8) {
        return bits & 0o4000 != 0;
    }
    mode.split(',').any(|part| {
        let Some(at) = part.find(['+', '=']) else {
            return false;
        };
        let (who, rights) = part.split_at(at);
        let is_mode =
            who.bytes().all(|b| b"ugoa".contains(&b)) && rights.bytes().skip(1).all(|b| b"rwxXst".contains(&b));
        is_mode && rights.contains('s') && (who.is_empty() || who.contains(['u', 'a']))
    })
}

#[cfg(test)]
mod tests {
    use super::{RULE, setuid_mode};
    use crate::fixtures::{image, of_image, realised, text};

    #[test]
    fn setuid_is_reported() {
        let found = of_image(&RULE, image("a").argument("extraCommands", text("chmod u+s bin/x")));
        assert_eq!(found, ["`extraCommands` of image `a` makes a setuid file with the mode `u+s`"]);
        assert!(of_image(&RULE, image("a").argument("extraCommands", text("chmod +x bin/x"))).is_empty());
    }

    #[test]
    fn files_that_are_there_count() {
        let found = of_image(&RULE, image("a").contents([realised("x", &[("bin/su", "!"), ("bin/ls", "")])]));
        assert_eq!(found, ["`/bin/su` in the contents of image `a` is setuid"]);
    }

    #[test]
    fn modes() {
        for script in [
            "mkdir x && chmod 4755 x",
            "chmod -R +s x",
            "install -Dm4755 a b; x",
            "install -D -m 6755 a b",
            "install --mode=4755 a b",
            "/bin/chmod ug+s x",
            "chmod a=rxs x",
        ] {
            assert!(setuid_mode(script).is_some(), "{script}");
        }
        for script in
            ["chmod 1777 tmp", "chmod 2775 x", "chmod g+s x", "# chmod u+s x", "chmod o+x s", "chmod 3777 x", ""]
        {
            assert_eq!(setuid_mode(script), None, "{script}");
        }
    }
}
