//! CFG001: the container runs as root.

use crate::context::{Context, image_attr, service_attr};
use crate::deployment::{all_runs, setting as service_setting};
use crate::edit::{add_attribute, replace_literal};
use crate::findings::{Findings, Report, SUBJECTS};
use crate::image::{has_known_config, is_only_base, is_root, setting};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, Service};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CFG001",
    name: "root-user",
    severity: Severity::Error,
    off: false,
    summary: "The container runs as root",
    fix: FixKind::Unsafe,
    references: &[
        "CIS Docker Benchmark 4.1",
        "NIST SP 800-190 3.1.2",
        "hadolint DL3002",
        "dockle CIS-DI-0001",
        "trivy DS002",
        "https://github.com/opencontainers/image-spec/blob/main/config.md",
    ],
    needs: &[Need::Config, Need::Compose],
    docs: r#"
## What it finds

An image without `User`, or with one that means root: `""`, `root`, `0`, `0:0`. Also a compose service that sets `user`
to root.

A `User` of the base image (`fromImage`) does not count: the builders take its layers and its `Env`, and nothing else of its
configuration. The rule stays quiet for an image whose services in the flake's compose file all set `user`, and for one
without any configuration that others are built on.

## Why it matters

Root in the container is root on the host for everything that the kernel does not separate. A flaw in the program, or in
the kernel, is worth much less to someone who is nobody in particular. A numeric user needs no `/etc/passwd`, and is what
Kubernetes' `runAsNonRoot` can check.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config.Cmd = [ "${pkgs.hello}/bin/hello" ];
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "0:0";
  };
}
```

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    user = "root";
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
rec {
  app = pkgs.dockerTools.buildLayeredImage {
    name = "app";
    tag = "1.0";
    config.Cmd = [ "${pkgs.hello}/bin/hello" ];
  };
  compose = (pkgs.formats.yaml { }).generate "docker-compose.yaml" {
    services.app = {
      image = "${app.imageName}:${app.imageTag}";
      user = "1000:1000";
    };
  };
}
```
"#,
    check,
};

const HELP: &str = "set a numeric user in the image's `config`: `User = \"1000:1000\";`";

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        if has_known_config(image) && !is_only_base(context.facts, image) && !all_runs(context.facts, image, sets_user)
        {
            check_image(context, image, findings);
        }
    }
    for (compose, service) in context.services() {
        let Some(node) = service_setting(service, "user") else {
            continue;
        };
        let Some(user) = node.scalar().filter(|user| is_root(user)) else {
            continue;
        };
        let message = format!("`user` is `{user}` in {SUBJECTS}: the container runs as root");
        findings.push(
            Report::new(service_attr(compose, service, "user"), message)
                .of("service", &service.name)
                .at(context.value(node), "runs as root")
                .help("leave `user` to the image, or set a numeric one: `user = \"1000:1000\";`")
                .fix("Run as user 1000", replace_literal(context, context.value(node), &user, "\"1000:1000\"")),
        );
    }
}

/// Whether a service decides for itself who runs the program. Root is reported at the service.
fn sets_user(service: &Service) -> bool {
    service_setting(service, "user").is_some()
}

fn check_image(context: &Context<'_>, image: &Image, findings: &mut Findings) {
    let attr = image_attr(image, "config.User");
    let Some(node) = setting(image, "User") else {
        let message = format!("no `User` in the configuration of {SUBJECTS}: the container runs as root");
        let fix = image.config.as_ref().and_then(|config| add_attribute(context, config, "User = \"1000:1000\";"));
        findings.push(
            Report::new(attr, message)
                .of("image", image.display_name())
                .at(context.missing_setting(image), "`User` is missing here")
                .and_at(context.call(image), "image built here")
                .help(HELP)
                .fix("Run as user 1000", fix),
        );
        return;
    };
    let Some(user) = node.scalar().filter(|user| is_root(user)) else {
        return;
    };
    let place = context.setting(image, node);
    let message = format!("`User` is `{user}` in {SUBJECTS}: the container runs as root");
    findings.push(
        Report::new(attr, message)
            .of("image", image.display_name())
            .at(place, "means root")
            .and_at(context.call(image), "image built here")
            .help(HELP)
            .fix("Run as user 1000", replace_literal(context, place, &user, "\"1000:1000\"")),
    );
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{compose, image, map, messages, of_image, text};
    use bt_container::Facts;

    #[test]
    fn root_is_reported() {
        assert_eq!(of_image(&RULE, image("a")).len(), 1);
        assert_eq!(of_image(&RULE, image("a").argument("fromImage", text("/nix/store/x"))).len(), 1);
        assert_eq!(of_image(&RULE, image("a").config([("User", text(""))])).len(), 1);
        assert_eq!(of_image(&RULE, image("a").config([("user", text("0:0"))])).len(), 1);
    }

    #[test]
    fn others_are_not() {
        assert!(of_image(&RULE, image("a").config([("User", text("1000"))])).is_empty());
        assert!(of_image(&RULE, image("a").config([("user", text("app"))])).is_empty());
    }

    #[test]
    fn a_service_may_decide() {
        let facts = |user: &str| Facts {
            images: vec![image("a").done()],
            compose: vec![compose([("services", map([("s", map([("image", text("a:0")), ("user", text(user))]))]))])],
            ..Facts::default()
        };
        assert!(messages(&RULE, facts("1000")).is_empty());
        assert_eq!(messages(&RULE, facts("0")), ["`user` is `0` in service `s`: the container runs as root"]);
    }
}
