//! CFG019: a secret in the environment.

use crate::context::{Context, attr_name, image_attr, service_attr};
use crate::findings::{Findings, Report, SUBJECTS};
use crate::image::environment;
use crate::knowledge::secrets::{is_literal, is_secret_name};
use crate::rule::{FixKind, Need, Rule};
use crate::url::urls;
use bt_diag::{Confidence, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "CFG019",
    name: "secret-in-env",
    severity: Severity::Error,
    off: false,
    summary: "An environment variable holds a secret in plain text",
    fix: FixKind::None,
    references: &[
        "CIS Docker Benchmark 4.10",
        "NIST SP 800-190 3.1.4",
        "dockle CIS-DI-0010",
        "https://github.com/compose-spec/compose-spec/blob/main/09-secrets.md",
    ],
    needs: &[Need::Config, Need::Compose],
    docs: r#"
## What it finds

In `Env` of an image and `environment` of a compose service: a variable whose name says that it is a secret
(`…_PASSWORD`, `…_TOKEN`, `API_KEY`, …) with a literal value, and a URL that holds a password. The value is never shown.

Names that end in `_FILE`, empty values, `${VARIABLE}` and paths such as `/run/secrets/x` are fine.

## Why it matters

What a flake evaluates is copied to the Nix store, which everyone on the machine can read, and to the image, which everyone
who can pull it can read. `docker inspect` shows it as well. It also is in the repository for ever.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Env = [ "DATABASE_URL=postgres://app:hunter2@db:5432/app" ];
  };
}
```

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.db = {
    image = "postgres:17.2";
    environment.POSTGRES_PASSWORD = "hunter2";
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
    Env = [ "DATABASE_URL=postgres://app@db:5432/app" "DATABASE_PASSWORD_FILE=/run/secrets/database" ];
  };
}
```

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.db = {
    image = "postgres:17.2";
    environment = {
      POSTGRES_PASSWORD_FILE = "/run/secrets/database";
      PGUSER_PASSWORD = "\${DATABASE_PASSWORD:?not set}";
    };
    secrets = [ "database" ];
  };
  secrets.database.environment = "DATABASE_PASSWORD";
}
```
"#,
    check,
};

const HELP: &str = "let the program read a file that the runtime mounts, `…_FILE = \"/run/secrets/name\"`, or take the value from the \
                    surroundings of compose: `\"\\${NAME:?not set}\"`; and change the secret, it is known by now";

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        for variable in environment(image) {
            if let Some((message, confidence)) = flaw(variable.name, variable.value) {
                findings.push(
                    Report::new(image_attr(image, "config.Env"), message)
                        .of("image", image.display_name())
                        .at(context.setting(image, variable.node), "a literal value")
                        .and_at(context.call(image), "image built here")
                        .help(HELP)
                        .confidence(confidence),
                );
            }
        }
    }
    for (compose, service) in context.services() {
        for variable in &service.environment {
            let flaw = variable.value.as_deref().and_then(|value| flaw(&variable.name, value));
            if let Some((message, confidence)) = flaw {
                let attr = service_attr(compose, service, &format!("environment.{}", attr_name(&variable.name)));
                let set = || service.node.get("environment").and_then(|node| context.set(node));
                findings.push(
                    Report::new(attr, message)
                        .of("service", &service.name)
                        .at(context.value(&variable.node).or_else(set), "a literal value")
                        .help(HELP)
                        .confidence(confidence),
                );
            }
        }
    }
}

fn flaw(name: &str, value: &str) -> Option<(String, Confidence)> {
    if is_secret_name(name) && is_literal(value) {
        // That a name means a secret is a convention.
        return Some((
            format!("`{name}` in the environment of {SUBJECTS} is a secret in plain text"),
            Confidence::High,
        ));
    }
    let has_password = |password: &str| is_literal(password) && !password.contains('$');
    let url = urls(value).into_iter().find(|url| url.password.is_some_and(has_password))?;
    let message = format!("`{name}` in the environment of {SUBJECTS} holds the password for `{url}`");
    Some((message, Confidence::Certain))
}

#[cfg(test)]
mod tests {
    use super::{RULE, flaw};
    use crate::fixtures::{image, list, map, of_compose, of_image, text};

    #[test]
    fn secrets_are_found_and_never_shown() {
        let found = of_image(&RULE, image("a").config([("Env", list([text("DB_PASSWORD=hunter2"), text("PORT=1")]))]));
        assert_eq!(found, ["`DB_PASSWORD` in the environment of image `a` is a secret in plain text"]);
        let environment = map([("DB_URL", text("postgres://u:hunter2@db:5432/x"))]);
        let found = of_compose(&RULE, [("services", map([("s", map([("environment", environment)]))]))]);
        assert_eq!(found, ["`DB_URL` in the environment of service `s` holds the password for `postgres://db:5432`"]);
    }

    #[test]
    fn references_are_fine() {
        for (name, value) in [
            ("DB_URL", "postgres://u:${PASS}@db/x"),
            ("DB_URL", "postgres://u@db/x"),
            ("DB_URL", "postgres://u:$PASS@db/x"),
            ("DB_PASSWORD_FILE", "/run/secrets/x"),
            ("DB_PASSWORD", "${DB_PASSWORD}"),
            ("DB_PASSWORD", ""),
        ] {
            assert!(flaw(name, value).is_none(), "{name}={value}");
        }
    }
}
