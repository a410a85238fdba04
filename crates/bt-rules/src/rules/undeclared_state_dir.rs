//! CFG023: A program is told to keep its data where it cannot write.

use crate::context::Context;
use crate::deployment::{all_runs, mounts, setting as service_setting};
use crate::findings::{Findings, SUBJECTS, verb};
use crate::image::{environment, is_root, report, setting};
use crate::rule::{FixKind, Need, Rule};
use crate::rules::workdir_missing::is_missing;
use bt_container::{Node, Service};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CFG023",
    name: "undeclared-state-dir",
    severity: Severity::Info,
    off: false,
    summary: "A program is told to keep its data where it cannot write",
    fix: FixKind::None,
    references: &["CIS Docker Benchmark 5.13", "https://specifications.freedesktop.org/basedir-spec/latest/"],
    needs: &[Need::Config, Need::Compose],
    docs: r#"
## What it finds

`HOME`, `XDG_DATA_HOME` and its relatives, `PGDATA` and variables that end with `_DATA_DIR`, when nothing in the image makes the
directory, no volume or mount is there, and the container runs as another user than root.

## Why it matters

A user who is not root cannot make a directory below `/`. The program fails when it first writes, or forgets everything with the
container.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Env = [ "HOME=/home/app" ];
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
    Env = [ "HOME=/home/app" ];
    Volumes."/home/app" = { };
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  fakeRootCommands = ''
    mkdir -p home/app
    chown 1000:1000 home/app
  '';
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Env = [ "HOME=/home/app" ];
  };
}
```
"#,
    check,
};

/// Variables that name a directory to write to.
const VARIABLES: &[&str] = &[
    "DATA_DIR",
    "GF_PATHS_DATA",
    "HOME",
    "PGDATA",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
];

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let user = setting(image, "User").and_then(Node::text);
        if user.is_none_or(is_root) {
            continue;
        }
        for variable in environment(image) {
            let is_state = VARIABLES.contains(&variable.name) || variable.name.ends_with("_DATA_DIR");
            let directory = variable.value.trim_end_matches('/');
            // `/var/empty` and `/nonexistent` say that there is none.
            let is_none = directory.len() < 2 || !directory.starts_with('/') || directory.contains(['$', ':']);
            let is_meant = ["/var/empty", "/nonexistent", "/homeless-shelter", "/no-such-path"].contains(&directory);
            if !is_state || is_none || is_meant || directory.starts_with("/nix/store/") {
                continue;
            }
            let is_mended = |service: &Service| {
                let user = service_setting(service, "user").and_then(Node::text);
                let sets = service.environment.iter().any(|v| v.name == variable.name);
                sets || mounts(service, directory) || user.is_some_and(is_root)
            };
            let missing = is_missing(context, image, directory);
            if let Some(confidence) = missing.filter(|_| !all_runs(context.facts, image, is_mended)) {
                let message = format!(
                    "`{}` of {SUBJECTS} is `{directory}`, which {} cannot make",
                    variable.name,
                    verb("its user", "their users")
                );
                let place = context.setting(image, variable.node);
                findings.push(
                    report(context, image, "config.Env", message, place, "made by nothing")
                        .help(format!(
                            "make it with `fakeRootCommands`, give it a volume, `Volumes.\"{directory}\" = {{ }};`, or name a directory \
                             that is there, such as /tmp"
                        ))
                        .confidence(confidence),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RULE, VARIABLES};
    use crate::fixtures::{ImageFixture, image, list, map, of_image, text};

    fn env(user: &str, variable: &str) -> ImageFixture {
        image("a").config([("User", text(user)), ("Env", list([text(variable)]))])
    }

    #[test]
    fn directories_must_be_made() {
        assert_eq!(
            of_image(&RULE, env("1000", "HOME=/home/app")),
            ["`HOME` of image `a` is `/home/app`, which its user cannot make"]
        );
        assert_eq!(of_image(&RULE, env("1000", "APP_DATA_DIR=/data/")).len(), 1);
        assert!(of_image(&RULE, env("0", "HOME=/home/app")).is_empty());
        for fine in ["HOME=/", "HOME=/var/empty", "HOME=x", "PATH=/bin", "HOME=$X/y", "HOME="] {
            assert!(of_image(&RULE, env("1000", fine)).is_empty(), "{fine}");
        }
        let made = env("1000", "HOME=/home/app").argument("extraCommands", text("mkdir -p home/app"));
        assert!(of_image(&RULE, made).is_empty());
        let volumes = map([("/home", map([]))]);
        let volume = [("User", text("1")), ("Env", list([text("HOME=/home/app")])), ("Volumes", volumes)];
        assert!(of_image(&RULE, image("a").config(volume)).is_empty() && VARIABLES.is_sorted());
    }
}
