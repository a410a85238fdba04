//! CNT009: A script of an image needs an interpreter that the image does not have.

use crate::context::Context;
use crate::edit::{add_element, package_set};
use crate::findings::{Findings, SUBJECTS};
use crate::image::{command, report};
use crate::knowledge::layout::PROGRAM_DIRECTORIES;
use crate::root::{Lookup, Root};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, Package, PackageFiles, Presence};
use bt_diag::{Confidence, Edit, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "CNT009",
    name: "missing-interpreter",
    severity: Severity::Error,
    off: false,
    summary: "A script of an image needs an interpreter that the image does not have",
    fix: FixKind::Unsafe,
    references: &["https://github.com/NixOS/nixpkgs/issues/373143"],
    needs: &[Need::Config, Need::Contents, Need::Closure, Need::Context],
    docs: r##"
## What it finds

A script whose first line names `/bin/sh`, `/usr/bin/env` or another path outside the store at which the image has nothing, when
it is the command of an image or one of the programs in its contents; and `#!/usr/bin/env NAME` when no directory of `PATH` holds
`NAME`.

It knows the scripts that `writeScript`, `writeScriptBin`, `writeTextFile` and the like make. `writeShellScriptBin` names its
shell by its store path, which brings it along.

## Why it matters

There is no `/bin/sh` and no `/usr/bin/env` in an image unless something brings it. The kernel cannot run the script and says of
the script itself: `no such file or directory`.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ (pkgs.writeScriptBin "start" "#!/bin/sh\nexec ${pkgs.hello}/bin/hello\n") ];
  config = {
    Cmd = [ "/bin/start" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [
    pkgs.python3
    (pkgs.writeScriptBin "start" "#!/usr/bin/env python3\nprint(1)\n")
  ];
  config = {
    Cmd = [ "/bin/start" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ (pkgs.writeScript "start" "#!/usr/bin/env bash\nexec ${pkgs.hello}/bin/hello\n") ];
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
    Cmd = [ (pkgs.writeShellScript "start" "exec ${pkgs.hello}/bin/hello") ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ (pkgs.writeScript "start" "#!${pkgs.runtimeShell}\nexec ${pkgs.hello}/bin/hello\n") ];
    User = "1000:1000";
  };
}
```
"##,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let root = Root::new(context.facts, image);
        let mut told: Vec<String> = Vec::new();
        if let Some(node) = command(image).and_then(|words| words.first().copied())
            && let Some(path) = node.text()
            && root.find(path) == Lookup::There(Presence::Executable)
            && let Some(text) = text_at(context, &root, path)
            && let Some((missing, confidence)) = missing(&root, &text)
        {
            let name = path.rsplit('/').next().unwrap_or(path);
            let name = if path.starts_with(STORE) { name.get(33..).unwrap_or(name) } else { name };
            let name = path.strip_prefix(STORE).and_then(|rest| rest.split_once('/')).map_or(name, |(_, rest)| rest);
            let message = format!("the script `{name}`, which {SUBJECTS} runs, needs {missing}, which is not there");
            let place = context.setting(image, node);
            findings.push(
                report(context, image, "config.Cmd", message, place, "its interpreter is missing")
                    .help(HELP)
                    .fix("Bring `env` in", bring_env(context, image, &root, &text))
                    .confidence(confidence),
            );
            told.push(text);
        }
        for content in image.contents.iter().flatten() {
            for part in content.package.iter().flat_map(Package::parts) {
                for (path, text) in programs(&part).filter(|(_, text)| !told.iter().any(|known| known == text)) {
                    if let Some((missing, confidence)) = missing(&root, text) {
                        let message = format!(
                            "the script `{path}` in the contents of {SUBJECTS} needs {missing}, which is not there"
                        );
                        let place = context.own(content.span);
                        findings.push(
                            report(context, image, "contents", message, place, "its interpreter is missing")
                                .help(HELP)
                                .fix("Bring `env` in", bring_env(context, image, &root, text))
                                .confidence(confidence),
                        );
                    }
                }
            }
        }
    }
}

/// Adds `/usr/bin/env` to the contents, when a script lacks nothing else.
fn bring_env(context: &Context<'_>, image: &Image, root: &Root<'_>, script: &str) -> Option<Edit> {
    let mut words = script.strip_prefix("#!")?.lines().next()?.split_whitespace();
    words.next().filter(|interpreter| *interpreter == "/usr/bin/env")?;
    let program = words.next().filter(|word| !word.starts_with('-') && !word.contains('='))?;
    if matches!(root.find_program(program, None), Lookup::Missing(_)) {
        return None;
    }
    let (_, position) = image.contents_arguments.first().filter(|_| image.contents_arguments.len() == 1)?;
    let element = format!("{}.dockerTools.usrBinEnv", package_set(context, *position)?);
    add_element(context, context.places.value_at(*position), &element)
}

const STORE: &str = "/nix/store/";
const HELP: &str = "`writeShellScript` and `writeShellScriptBin` name the shell by its store path; or begin with \
                    `#!${pkgs.runtimeShell}`, or add `pkgs.dockerTools.binSh` or `usrBinEnv` to the contents";

/// The text of a file, if there is only one that it can be.
fn text_at(context: &Context<'_>, root: &Root<'_>, path: &str) -> Option<String> {
    let Some(rest) = path.strip_prefix(STORE) else {
        let texts = root.texts(path)?;
        return texts.first().filter(|_| texts.len() == 1 && path.starts_with('/')).map(|text| (*text).to_string());
    };
    let (name, file) = rest.split_once('/').unwrap_or((rest, ""));
    context.facts.packages.get(&format!("{STORE}{name}"))?.file_text(file).map(str::to_string)
}

/// The programs of a package whose texts are known.
fn programs(package: &Package) -> impl Iterator<Item = (&str, &str)> {
    let files = match &package.files {
        PackageFiles::Tree(files) => files.as_slice(),
        _ => &[],
    };
    let is_program = |path: &str| path.rsplit_once('/').is_some_and(|(dir, _)| PROGRAM_DIRECTORIES.contains(&dir));
    let programs = files.iter().filter(move |file| file.executable && is_program(&file.path));
    programs.filter_map(|file| Some((file.path.as_str(), file.text.as_deref()?)))
}

/// What the first line of a script names that the image does not have.
fn missing(root: &Root<'_>, script: &str) -> Option<(String, Confidence)> {
    let line = script.strip_prefix("#!")?.lines().next()?;
    let mut words = line.split_whitespace();
    let interpreter = words.next().filter(|path| path.starts_with('/') && !path.starts_with(STORE))?;
    if let Lookup::Missing(confidence) = root.find(interpreter) {
        return Some((format!("`{interpreter}`"), confidence));
    }
    let program = words.find(|word| !word.starts_with('-') && !word.contains('='));
    let program = program.filter(|_| interpreter.ends_with("/env"))?;
    match root.find_program(program, None) {
        Lookup::Missing(confidence) => Some((format!("`{program}`"), confidence)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{file, files, image, list, of_image, package, text};
    use bt_container::{Package, PackageFiles};
    use std::rc::Rc;

    fn script(first: &str) -> Rc<Package> {
        files("start", PackageFiles::Tree(vec![file("bin/start", true, &format!("{first}\nexec app\n"))]))
    }

    #[test]
    fn interpreters_must_be_there() {
        let found = |first: &str| of_image(&RULE, image("a").contents([script(first)]));
        assert_eq!(
            found("#!/bin/sh"),
            ["the script `bin/start` in the contents of image `a` needs `/bin/sh`, which is not there"]
        );
        assert_eq!(found("#! /usr/bin/env -S bash -e").len(), 1);
        assert!(found("#!/nix/store/x/bin/sh").is_empty() && found("exec app").is_empty());
        let with = |first: &str, pname: &str| of_image(&RULE, image("a").contents([script(first), package(pname)]));
        assert!(with("#!/bin/sh", "busybox").is_empty());
        let env = files("env", PackageFiles::Tree(vec![file("usr/bin/env", true, "")]));
        assert_eq!(
            of_image(&RULE, image("a").contents([script("#!/usr/bin/env python3"), env])),
            ["the script `bin/start` in the contents of image `a` needs `python3`, which is not there"]
        );
    }

    #[test]
    fn a_command_is_told_once() {
        let image = image("a").config([("Cmd", list([text("/bin/start")]))]).contents([script("#!/bin/sh")]);
        assert_eq!(
            of_image(&RULE, image),
            ["the script `start`, which image `a` runs, needs `/bin/sh`, which is not there"]
        );
    }
}
