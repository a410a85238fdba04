//! CMP010: a file that is mounted and not there.

use crate::context::Context;
use crate::findings::{Findings, Report};
use crate::rule::{FixKind, Need, Rule};
use crate::services::host_paths;
use bt_container::Presence;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CMP010",
    name: "missing-bind-source",
    severity: Severity::Error,
    off: false,
    summary: "The compose file mounts or reads a file of the Nix store that is not there",
    fix: FixKind::None,
    references: &["https://github.com/compose-spec/compose-spec/blob/main/05-services.md#volumes"],
    needs: &[Need::Context, Need::Compose, Need::Files],
    docs: r#"
## What it finds

A source of a mount, an `env_file`, a build context or a file of `secrets` and `configs` that is a path of the Nix store
and is not there: below the flake's own source, or below a package whose files are all known. In a git repository, only
tracked files are part of the flake's source.

Other paths are the host's, about which nobody knows before the deployment.

## Why it matters

With the short syntax, Docker would make a directory of that name and mount it in place of the file; in the Nix store it
cannot, and the service does not start.

## Bad

```nix
let
  config = pkgs.writeTextDir "etc/app.conf" "debug = false";
in
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    volumes = [ "${config}/app.conf:/etc/app.conf:ro" ];
  };
}
```

## Good

```nix
let
  config = pkgs.writeTextDir "etc/app.conf" "debug = false";
in
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    volumes = [ "${config}/etc/app.conf:/etc/app.conf:ro" ];
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for compose in context.compose_files() {
        for path in host_paths(compose).into_iter().filter(|path| !path.is_optional) {
            if is_missing(context, path.text) {
                let shown = path.text.strip_prefix("/nix/store/").and_then(|rest| rest.split_once('/'));
                let message = match shown {
                    Some((store_path, rest)) => {
                        let name = store_path.split_once('-').map_or(store_path, |(_, name)| name);
                        format!("there is no `{rest}` in `{name}`, which the compose file names in `{}`", path.key)
                    }
                    None => format!("there is no `{}`, which the compose file names in `{}`", path.text, path.key),
                };
                findings.push(
                    Report::new(format!("{}.{}", compose.attr, path.attr), message)
                        .at(context.value(path.node), "not there")
                        .help("name a file that is there; a new file of a git repository counts after `git add`"),
                );
            }
        }
    }
}

fn is_missing(context: &Context<'_>, path: &str) -> bool {
    let Some((store_path, rest)) = path.strip_prefix("/nix/store/").and_then(|below| below.split_once('/')) else {
        return false;
    };
    if path.contains('$') {
        return false;
    }
    match context.facts.packages.get(&format!("/nix/store/{store_path}")) {
        Some(package) => package.presence(rest) == Presence::Absent,
        None => (context.source_exists)(path) == Some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, compose, file, files, list, map, text};
    use bt_container::{Facts, PackageFiles};

    const PACKAGE: &str = "/nix/store/00000000000000000000000000000000-config";

    fn mount(source: &str) -> Vec<String> {
        let services = map([("s", map([("volumes", list([text(&format!("{source}:/x:ro"))]))]))]);
        let package = files("config", PackageFiles::Tree(vec![file("etc/app.conf", false, "x")]));
        let facts = Facts {
            compose: vec![compose([("services", services)])],
            packages: [(PACKAGE.to_string(), package)].into(),
            ..Facts::default()
        };
        let mut world = World::new(facts);
        world.missing = vec!["/nix/store/1-source/gone".into()];
        world.check(&RULE).into_iter().map(|finding| finding.message).collect()
    }

    #[test]
    fn what_is_not_there_is_reported() {
        assert_eq!(
            mount(&format!("{PACKAGE}/app.conf")),
            ["there is no `app.conf` in `config`, which the compose file names in `volumes`"]
        );
        assert_eq!(
            mount("/nix/store/1-source/gone"),
            ["there is no `gone` in `source`, which the compose file names in `volumes`"]
        );
    }

    #[test]
    fn what_is_there_or_unknown_is_quiet() {
        let there = format!("{PACKAGE}/etc/app.conf");
        for source in [there.as_str(), PACKAGE, "/nix/store/2-other/x", "/etc/x", "./x", "data"] {
            assert!(mount(source).is_empty(), "{source}");
        }
    }
}
