//! CFG006: the command has no absolute path, and nothing leads to it.

use crate::context::{Context, image_attr};
use crate::deployment::{all_runs, replaces_program};
use crate::edit::replace_literal;
use crate::findings::{Findings, Report, SUBJECTS};
use crate::image::{DEFAULT_PATH, command, has_base, path_variable, setting};
use crate::root::{Lookup, Root};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, Node, Presence};
use bt_diag::{Confidence, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "CFG006",
    name: "relative-command",
    severity: Severity::Warning,
    off: false,
    summary: "The command is a bare name that no directory of PATH holds, or a relative path that leads nowhere",
    fix: FixKind::Unsafe,
    references: &["hadolint DL3025", "https://github.com/hercules-ci/arion/issues/136"],
    needs: &[Need::Config, Need::Contents, Need::Closure, Need::Compose],
    docs: r#"
## What it finds

A command without a slash, such as `server`, which no directory of the image's `PATH` holds, and a command such as
`./server`, which is not in the working directory. Without `PATH` in `Env`, runtimes search `/usr/local/bin`, `/usr/bin`,
`/bin` and their `sbin` siblings.

It stays quiet when a package whose files nobody knows before it is built may provide the program, and for an image that is
built `fromImage`. Of well-known programs (`sh`, `npm`, `python3`, …) it is known which packages have them.

## Why it matters

A string such as `"server"` brings nothing into the image: only what is in `contents`, or named by its store path, is
there. The container ends with `executable file not found in $PATH`.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "hello" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ (pkgs.writeShellScriptBin "start" "exec ${pkgs.hello}/bin/hello") ];
  config = {
    Cmd = [ "start" ];
    Env = [ "PATH=/usr/bin" ];
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
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "start" ];
    Env = [ "PATH=${pkgs.writeShellScriptBin "start" "exec ${pkgs.hello}/bin/hello"}/bin" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.hello ];
  config = {
    Cmd = [ "hello" ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let first = command(image).and_then(|words| words.first().copied());
        let Some((node, program)) = first.and_then(|node| Some((node, node.text()?))) else {
            continue;
        };
        let is_other = program.is_empty() || program.starts_with('/') || has_base(image);
        if is_other || all_runs(context.facts, image, |service| replaces_program(image, service)) {
            continue;
        }
        let found =
            if program.contains('/') { find_relative(context, image, program) } else { find(context, image, program) };
        if let Some((reason, confidence)) = found {
            let attr = image_attr(image, "config.Cmd");
            let message = format!("the command `{program}` of {SUBJECTS} {reason}");
            let path = format!("/bin/{program}");
            let is_there = Root::new(context.facts, image).find(&path) == Lookup::There(Presence::Executable);
            let edit = (is_there && !program.contains('/'))
                .then(|| replace_literal(context, context.value(node), program, &format!("\"{path}\"")));
            findings.push(
                Report::new(attr, message)
                    .of("image", image.display_name())
                    .at(context.setting(image, node), "leads to no program")
                    .and_at(context.call(image), "image built here")
                    .help(format!(
                        "name it by its store path, which also brings it in: `\"${{pkgs.package}}/bin/{}\"`",
                        base_name(program)
                    ))
                    .fix("Name it by its path", edit.flatten())
                    .confidence(confidence),
            );
        }
    }
}

fn base_name(program: &str) -> &str {
    program.rsplit('/').next().unwrap_or(program)
}

fn find(context: &Context<'_>, image: &Image, program: &str) -> Option<(String, Confidence)> {
    let Lookup::Missing(confidence) = Root::new(context.facts, image).find_program(program, None) else {
        return None;
    };
    let path = path_variable(image).ok()?;
    let reason = match path {
        Some(path) => format!("is in no directory of its PATH, `{path}`"),
        None => format!("is in no directory of the default PATH, `{DEFAULT_PATH}`"),
    };
    Some((reason, confidence))
}

fn find_relative(context: &Context<'_>, image: &Image, program: &str) -> Option<(String, Confidence)> {
    let directory = setting(image, "WorkingDir").map_or(Some("/"), Node::text)?;
    let path = resolve(directory, program);
    match Root::new(context.facts, image).find(&path) {
        Lookup::Missing(confidence) => Some((format!("leads to {path}, which is not in the image"), confidence)),
        _ => None,
    }
}

/// A relative path from an absolute directory.
fn resolve(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in directory.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{RULE, resolve};
    use crate::fixtures::{image, list, of_image, package, text};

    #[test]
    fn bare_names_need_a_path() {
        let cmd = |program: &str| image("a").config([("Cmd", list([text(program)]))]);
        assert_eq!(of_image(&RULE, cmd("server")).len(), 1);
        assert_eq!(of_image(&RULE, cmd("npm").contents([package("bash")])).len(), 1);
        assert!(of_image(&RULE, cmd("npm").contents([package("nodejs")])).is_empty());
        assert!(of_image(&RULE, cmd("server").contents([package("bash")])).is_empty());
        assert!(of_image(&RULE, cmd("/bin/server")).is_empty());
        assert!(of_image(&RULE, cmd("server").argument("fromImage", text("/nix/store/x"))).is_empty());
        assert_eq!(
            of_image(&RULE, cmd("./server")),
            ["the command `./server` of image `a` leads to /server, which is not in the image"]
        );
    }

    #[test]
    fn paths_are_resolved() {
        assert_eq!(resolve("/app", "./bin/../x"), "/app/x");
        assert_eq!(resolve("/", "../x"), "/x");
    }
}
