//! CFG009: the program is given a file that nothing provides.

use crate::context::{Context, image_attr};
use crate::deployment::{mounts, runs, setting as service_setting};
use crate::findings::{Findings, Report, SUBJECTS};
use crate::image::{Variable, command, environment};
use crate::root::{Lookup, Root};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, Node, Service};
use bt_diag::{Confidence, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "CFG009",
    name: "argument-file-missing",
    severity: Severity::Warning,
    off: false,
    summary: "The program is given a file that neither the image nor a mount provides",
    fix: FixKind::None,
    references: &["https://nixos.org/manual/nixpkgs/stable/#sec-pkgs-dockerTools"],
    needs: &[Need::Config, Need::Contents, Need::Closure, Need::Context, Need::Compose],
    docs: r#"
## What it finds

An argument (`/Caddyfile`, `--config=/etc/app.yaml`) or a variable (`APP_CONFIG=/etc/app.yaml`) that names a configuration
file, a certificate or a script by an absolute path at which the image has nothing. It is an error when a service of the
flake's compose file runs the image without a mount there, and otherwise a warning: users may mount the file.

It looks only at files that a program reads, as their names tell, not at data, logs and sockets. It stays quiet when a
package whose files nobody knows before it is built may have the file.

## Why it matters

A file of the flake is in the image only when something refers to its store path, and then it is at that path and nowhere
else. `pkgs.writeText "Caddyfile" …` never becomes `/Caddyfile`.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "web";
  tag = "1.0";
  contents = [ pkgs.caddy ];
  config = {
    Cmd = [ "${pkgs.caddy}/bin/caddy" "run" "--config" "/Caddyfile" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" "--config=/etc/hello.yaml" ];
    User = "1000:1000";
  };
}
```

## Good

```nix
let
  caddyfile = pkgs.writeText "Caddyfile" ":8080 {\n  respond hello\n}\n";
in
pkgs.dockerTools.buildLayeredImage {
  name = "web";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.caddy}/bin/caddy" "run" "--config" "${caddyfile}" "--adapter" "caddyfile" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ (pkgs.writeTextDir "etc/hello.yaml" "greeting: hello\n") ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" "--config=/etc/hello.yaml" ];
    User = "1000:1000";
  };
}
```

```nix
rec {
  app = pkgs.dockerTools.buildLayeredImage {
    name = "app";
    tag = "1.0";
    config = {
      Cmd = [ "${pkgs.hello}/bin/hello" "--config=/etc/hello.yaml" ];
      User = "1000:1000";
    };
  };
  compose = (pkgs.formats.yaml { }).generate "docker-compose.yaml" {
    services.app = {
      image = "${app.imageName}:${app.imageTag}";
      volumes = [ "/srv/hello:/etc:ro" ];
    };
  };
}
```
"#,
    check,
};

/// What files that programs read are called. Others may be data, which a program makes.
const EXTENSIONS: &[&str] = &[
    "alloy",
    "cfg",
    "cnf",
    "conf",
    "config",
    "crt",
    "cue",
    "hcl",
    "ini",
    "jar",
    "js",
    "json",
    "lua",
    "mjs",
    "pem",
    "pl",
    "properties",
    "py",
    "rb",
    "rhai",
    "river",
    "sh",
    "star",
    "tmpl",
    "toml",
    "vcl",
    "xml",
    "yaml",
    "yml",
];

/// The same, for files without an extension.
const NAMES: &[&str] = &["Caddyfile", "Corefile", "Gemfile", "Procfile", "Rakefile"];

/// Directories that belong to the runtime, or to what a program writes.
const WRITTEN: &[&str] = &["/data/", "/dev/", "/home/", "/proc/", "/run/", "/sys/", "/tmp/", "/var/"];

/// Words in the name of an option or variable that say that the path is written, or no path of a file at all.
const OTHER: &[&str] = &[
    "cache", "data", "database", "db", "dump", "endpoint", "export", "health", "history", "log", "logfile", "out",
    "output", "pid", "prefix", "route", "save", "sock", "socket", "state", "storage", "uri", "url", "write",
];

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let words = command(image).unwrap_or_default();
        for (at, node) in words.iter().enumerate().skip(1) {
            let before = words[at - 1].text().filter(|word| word.starts_with('-') && !word.contains('='));
            if let Some(path) = node.text().and_then(|word| argument_path(before, word)) {
                check_path(context, image, "Cmd", node, path, findings);
            }
        }
        for Variable { name, value, node } in environment(image) {
            if is_read(name, value) {
                check_path(context, image, "Env", node, value, findings);
            }
        }
    }
}

/// The path in an argument: all of it, or what follows the `=` of an option.
fn argument_path<'w>(before: Option<&str>, word: &'w str) -> Option<&'w str> {
    let (option, path) = match word.split_once('=') {
        Some((option, path)) if word.starts_with('-') => (option, path),
        _ => (before.unwrap_or_default(), word),
    };
    is_read(option, path).then_some(path)
}

/// Whether a value is the absolute path of a file that a program reads.
fn is_read(name: &str, path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or_default();
    let is_named = NAMES.contains(&file)
        || file.rsplit_once('.').is_some_and(|(stem, e)| !stem.is_empty() && EXTENSIONS.contains(&e));
    let is_path = path.starts_with('/') && !path.contains(|c: char| c.is_whitespace() || "$:,*{}".contains(c));
    let is_written = WRITTEN.iter().any(|directory| path.starts_with(directory));
    let is_other =
        name.split(|c: char| !c.is_ascii_alphanumeric()).any(|w| OTHER.contains(&w.to_ascii_lowercase().as_str()));
    is_named && is_path && !is_written && !is_other
}

fn check_path(context: &Context<'_>, image: &Image, key: &str, node: &Node, path: &str, findings: &mut Findings) {
    let Lookup::Missing(confidence) = Root::new(context.facts, image).find(path) else {
        return;
    };
    let running = runs(context.facts, image);
    let runs_it = |service: &&&Service| {
        let keys: &[&str] = if key == "Env" { &["environment", "env_file"] } else { &["command", "entrypoint"] };
        !keys.iter().any(|key| service_setting(service, key).is_some())
    };
    let unmounted = running.iter().find(|service| runs_it(service) && !mounts(service, path));
    if !running.is_empty() && unmounted.is_none() {
        return;
    }
    let what = if key == "Env" { "environment" } else { "command" };
    let severity = if unmounted.is_some() { Severity::Error } else { Severity::Warning };
    let place = unmounted.and_then(|service| service.image.as_ref()).and_then(|(_, node)| context.value(node));
    findings.push(
        Report::new(image_attr(image, &format!("config.{key}")), format!("`{path}` in the {what} of {SUBJECTS} does not exist there"))
            .of("image", image.display_name())
            .at(context.setting(image, node), "no such file in the image")
            .and_at(context.call(image), "image built here")
            .and_at(place, unmounted.map_or_else(String::new, |s| format!("service `{}` runs it without a mount there", s.name)))
            .help(
                "name the file by its store path, which also brings it in: `\"--config=${pkgs.writeText \"app.yaml\" \"…\"}\"`; \
                 or put it there: `contents = [ (pkgs.writeTextDir \"etc/app.yaml\" \"…\") ];`",
            )
            .severity(severity)
            .confidence(confidence.min(Confidence::High)),
    );
}

#[cfg(test)]
mod tests {
    use super::{RULE, argument_path};
    use crate::fixtures::{World, compose, image, list, map, of_image, package, text};
    use bt_container::Facts;
    use bt_diag::Severity;

    #[test]
    fn only_files_that_are_read_count() {
        assert_eq!(argument_path(None, "/Caddyfile"), Some("/Caddyfile"));
        assert_eq!(argument_path(Some("--config"), "/etc/app.yaml"), Some("/etc/app.yaml"));
        assert_eq!(argument_path(None, "--config=/etc/app.yaml"), Some("/etc/app.yaml"));
        for word in [
            "/var/lib/app.conf",
            "--log=/logs/app.json",
            "--path=/data",
            "a/b.yaml",
            "--out-file=/x.json",
            "/x y.sh",
            "/.yaml",
        ] {
            assert_eq!(argument_path(None, word), None, "{word}");
        }
        assert_eq!(argument_path(Some("--output"), "/x.json"), None);
    }

    #[test]
    fn a_mount_makes_it_good_and_its_absence_worse() {
        let app = || {
            image("a")
                .config([("Cmd", list([text("/bin/x"), text("--config=/etc/x.yaml")]))])
                .contents([package("caddy")])
        };
        assert_eq!(of_image(&RULE, app()), ["`/etc/x.yaml` in the command of image `a` does not exist there"]);
        assert!(of_image(&RULE, app().contents([package("app")])).is_empty());
        let run = |volumes| {
            let services = map([("s", map([("image", text("a:0")), ("volumes", volumes)]))]);
            let facts = Facts {
                images: vec![app().done()],
                compose: vec![compose([("services", services)])],
                ..Facts::default()
            };
            World::new(facts).check(&RULE)
        };
        assert!(run(list([text("./etc:/etc")])).is_empty());
        assert_eq!(run(list([]))[0].severity, Severity::Error);
    }
}
