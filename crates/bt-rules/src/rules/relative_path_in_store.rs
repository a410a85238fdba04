//! CMP011: a path relative to a compose file that is in the store.

use crate::context::Context;
use crate::findings::{Findings, Report, listed};
use crate::rule::{FixKind, Need, Rule};
use crate::services::{HostPath, host_paths};
use bt_container::Compose;
use bt_diag::{Confidence, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "CMP011",
    name: "relative-path-in-store",
    severity: Severity::Warning,
    off: false,
    summary: "A path in the compose file is relative to the Nix store",
    fix: FixKind::None,
    references: &[
        "https://docs.hercules-ci.com/arion/",
        "https://github.com/compose-spec/compose-spec/blob/main/05-services.md#volumes",
    ],
    needs: &[Need::Compose],
    docs: r#"
## What it finds

In a compose file that a derivation writes: sources of mounts, `env_file`, `build`, and files of `secrets` and `configs`
whose path is relative. All of a file are one finding, because they have one cause.

## Why it matters

Compose reads such a path from the directory of the compose file, and that is the Nix store: `./data` is `/nix/store/data`,
which is not there and cannot be made. It works only for those who copy the file to the right place, or say
`--project-directory` each time.

## Bad

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    volumes = [ "./config:/etc/app:ro" ];
  };
}
```

## Good

```nix
let
  config = pkgs.writeTextDir "app.conf" "debug = false";
in
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    volumes = [ "${config}:/etc/app:ro" "app-data:/var/lib/app" "/srv/app:/srv:ro" ];
  };
  volumes.app-data = { };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for compose in context.compose_files().filter(|compose| compose.in_store) {
        let mut paths = host_paths(compose);
        paths.retain(|path| is_relative(path.text));
        for paths in context.grouped(&RULE, paths, |path| context.value(path.node)) {
            report(context, compose, &paths).into_iter().for_each(|report| findings.push(report));
        }
    }
}

fn report(context: &Context<'_>, compose: &Compose, paths: &[HostPath<'_>]) -> Option<Report> {
    let first = paths.first()?;
    let mut names: Vec<&str> = paths.iter().map(|path| path.text).collect();
    names.sort_unstable();
    names.dedup();
    let verb = if names.len() == 1 { "is" } else { "are" };
    let message = format!("{} {verb} relative to the compose file, which is in the Nix store", listed(&names, 4));
    let help = "name a file of the flake by its store path, `\"${./config}:/etc/app\"`, data by a volume, and what is on \
                the host by an absolute path or a variable, `\"\\${DATA_DIR:?}:/data\"`; or run compose with \
                `--project-directory`";
    let mut report = Report::new(format!("{}.{}", compose.attr, first.attr), message)
        .at(context.value(first.node), "this is below /nix/store")
        .confidence(Confidence::High)
        .help(help);
    for path in &paths[1..] {
        report = report.and_at(context.value(path.node), "and this");
    }
    Some(report)
}

/// `~` is the user's directory, a variable may be anything, and a colon before a slash is a URL.
fn is_relative(path: &str) -> bool {
    let is_url = path.split_once(':').is_some_and(|(scheme, _)| !scheme.contains('/'));
    !path.is_empty() && !path.starts_with(['/', '~', '$', '\\']) && !is_url
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, compose, list, map, of_compose, text};
    use bt_container::Facts;

    fn volume(volume: &str) -> Vec<String> {
        of_compose(&RULE, [("services", map([("s", map([("volumes", list([text(volume)]))]))]))])
    }

    #[test]
    fn relative_paths_are_one_finding() {
        assert_eq!(volume("./x:/y"), ["`./x` is relative to the compose file, which is in the Nix store"]);
        let services = map([
            ("a", map([("volumes", list([text("./x:/y")])), ("env_file", text(".env"))])),
            ("b", map([("build", text(".")), ("volumes", list([text("../y:/y")]))])),
        ]);
        assert_eq!(
            of_compose(&RULE, [("services", services), ("secrets", map([("s", map([("file", text("s.txt"))]))]))]),
            ["`.`, `../y`, `./x` and 2 more are relative to the compose file, which is in the Nix store"]
        );
    }

    #[test]
    fn others_are_quiet() {
        for path in ["/x:/y", "~/x:/y", "${X}/y:/y", "data:/y", "/y"] {
            assert!(volume(path).is_empty(), "{path}");
        }
        let build = map([("build", text("https://example.org/x.git"))]);
        assert!(of_compose(&RULE, [("services", map([("s", build)]))]).is_empty());
    }

    #[test]
    fn a_file_that_is_not_in_the_store_is_quiet() {
        let mut file = compose([("services", map([("s", map([("volumes", list([text("./x:/y")]))]))]))]);
        file.in_store = false;
        assert!(World::new(Facts { compose: vec![file], ..Facts::default() }).check(&RULE).is_empty());
    }
}
