//! CFG007: the command is an absolute path that leads to no program.

use crate::context::{Context, image_attr};
use crate::deployment::{all_runs, mounts, replaces_program};
use crate::findings::{Findings, Report, SUBJECTS};
use crate::image::command;
use crate::root::{Lookup, Root};
use crate::rule::{FixKind, Need, Rule};
use bt_container::Presence;
use bt_diag::{Confidence, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "CFG007",
    name: "command-not-in-image",
    severity: Severity::Error,
    off: false,
    summary: "The command is a path at which the image has no program",
    fix: FixKind::None,
    references: &[
        "https://github.com/NixOS/nixpkgs/issues/78732",
        "https://nixos.org/manual/nixpkgs/stable/#sec-pkgs-dockerTools",
    ],
    needs: &[Need::Config, Need::Contents, Need::Closure, Need::Context, Need::Compose],
    docs: r##"
## What it finds

A command with an absolute path at which the image has nothing, a directory, or a file that cannot be executed. It looks
into packages whose files follow from their definition (`writeShellScriptBin`, `writeTextDir`, `symlinkJoin`, …) and knows
which packages have `/bin/sh` and other well-known programs.

It stays quiet about files of packages that nobody knows before they are built, about an image that is built `fromImage`,
and about paths that commands such as `extraCommands` may create.

## Why it matters

The image builds, loads, and fails when it is started: `exec: "/bin/server": stat /bin/server: no such file or
directory`.

## Bad

```nix
let
  start = pkgs.writeShellScriptBin "start" "exec ${pkgs.hello}/bin/hello";
in
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${start}/bin/app" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ (pkgs.writeText "start.sh" "#!/bin/sh\nexec hello\n") ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.caddy ];
  config = {
    Entrypoint = [ "/bin/sh" "-c" ];
    Cmd = [ "caddy run" ];
    User = "1000:1000";
  };
}
```

## Good

```nix
let
  start = pkgs.writeShellScriptBin "start" "exec ${pkgs.hello}/bin/hello";
in
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${start}/bin/start" ];
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

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.caddy ];
  config = {
    Cmd = [ "/bin/caddy" "run" ];
    User = "1000:1000";
  };
}
```
"##,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let first = command(image).and_then(|words| words.first().copied());
        let Some((node, program)) = first.and_then(|node| Some((node, node.text()?))) else {
            continue;
        };
        if !program.starts_with('/') || program.contains('$') {
            continue;
        }
        let brings_own = |service: &_| replaces_program(image, service) || mounts(service, program);
        let (reason, help, confidence) = match Root::new(context.facts, image).find(program) {
            Lookup::Missing(confidence) => (
                "is not in the image",
                "name the program by its store path: `\"${pkgs.package}/bin/program\"`",
                confidence,
            ),
            Lookup::There(Presence::Directory) => (
                "is a directory",
                "add the program: `\"${pkgs.package}/bin/program\"`, or `lib.getExe pkgs.package`",
                Confidence::Certain,
            ),
            Lookup::There(Presence::File) => (
                "cannot be executed",
                "make it a program: `pkgs.writeShellScript` instead of `writeText`",
                Confidence::Certain,
            ),
            Lookup::There(_) | Lookup::Unknown => continue,
        };
        if all_runs(context.facts, image, brings_own) {
            continue;
        }
        findings.push(
            Report::new(
                image_attr(image, "config.Cmd"),
                format!("the command {} of {SUBJECTS} {reason}", shortened(program)),
            )
            .of("image", image.display_name())
            .at(context.setting(image, node), format!("{program} {reason}"))
            .and_at(context.call(image), "image built here")
            .help(help)
            .confidence(confidence),
        );
    }
}

/// A path for a headline: the hash of a store path says nothing to anybody.
fn shortened(path: &str) -> String {
    let name = path.strip_prefix("/nix/store/").and_then(|rest| rest.split_once('-')).map(|(_, name)| name);
    name.map_or_else(|| format!("`{path}`"), |name| format!("`…-{name}`"))
}

#[cfg(test)]
mod tests {
    use super::{RULE, shortened};
    use crate::fixtures::{file, files, image, list, messages, of_image, package, text};
    use bt_container::{Facts, PackageFiles};

    #[test]
    fn paths_in_the_root_are_looked_up() {
        let cmd = |program: &str| image("a").config([("Cmd", list([text(program)]))]);
        assert_eq!(of_image(&RULE, cmd("/bin/app")), ["the command `/bin/app` of image `a` is not in the image"]);
        assert_eq!(of_image(&RULE, cmd("/bin/sh").contents([package("caddy")])).len(), 1);
        assert!(of_image(&RULE, cmd("/bin/caddy").contents([package("caddy")])).is_empty());
        assert!(of_image(&RULE, cmd("/bin/app").argument("extraCommands", text("cp -r ./bin bin"))).is_empty());
    }

    #[test]
    fn paths_in_the_store_are_looked_up() {
        let store = "/nix/store/00000000000000000000000000000000-start";
        let check = |kind: PackageFiles, path: &str| {
            let image = image("a").config([("Cmd", list([text(&format!("{store}{path}"))]))]).done();
            let packages = [(store.to_string(), files("start", kind))].into();
            messages(&RULE, Facts { images: vec![image], packages, ..Facts::default() })
        };
        let tree = || PackageFiles::Tree(vec![file("bin/start", true, "")]);
        assert!(check(tree(), "/bin/start").is_empty());
        assert_eq!(check(tree(), "/bin/app"), ["the command `…-start/bin/app` of image `a` is not in the image"]);
        assert_eq!(check(tree(), "").len(), 1);
        assert_eq!(check(PackageFiles::PlainFile(file("", false, "")), "").len(), 1);
        assert!(check(PackageFiles::PlainFile(file("", true, "")), "").is_empty());
        assert!(check(PackageFiles::Unknown, "/bin/app").is_empty());
    }

    #[test]
    fn hashes_are_left_out() {
        assert_eq!(shortened("/nix/store/abc-hello-2/bin/hello"), "`…-hello-2/bin/hello`");
        assert_eq!(shortened("/bin/hello"), "`/bin/hello`");
    }
}
