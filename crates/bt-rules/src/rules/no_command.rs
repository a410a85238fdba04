//! CFG004: nothing says what to run.

use crate::context::{Context, image_attr};
use crate::deployment::{all_runs, setting as service_setting};
use crate::findings::{Findings, Report, SUBJECTS};
use crate::image::{has_known_config, is_only_base, setting};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, NodeKind};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CFG004",
    name: "no-command",
    severity: Severity::Error,
    off: false,
    summary: "Neither the image nor a service says what to run",
    fix: FixKind::None,
    references: &["https://github.com/opencontainers/image-spec/blob/main/config.md"],
    needs: &[Need::Config, Need::Compose],
    docs: r#"
## What it finds

An image with neither `Entrypoint` nor `Cmd`, unless every service of the flake's compose file that runs it brings a
`command` or `entrypoint` of its own. The command of a base image (`fromImage`) does not
count: the builders take only its layers and its `Env`. An image without any configuration that others are built on is none
that runs.

## Why it matters

`docker run` refuses to start a container that has nothing to run: `no command specified`.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.hello ];
  config.User = "1000:1000";
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.hello ];
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
    contents = [ pkgs.hello ];
    config.User = "1000:1000";
  };
  compose = (pkgs.formats.yaml { }).generate "docker-compose.yaml" {
    services.app = {
      image = "${app.imageName}:${app.imageTag}";
      command = [ "/bin/hello" ];
    };
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in context.facts.images.iter().filter(|image| has_known_config(image)) {
        if is_only_base(context.facts, image) {
            continue;
        }
        let has_command = has_words(image, "Entrypoint") || has_words(image, "Cmd");
        let runs_with_own =
            |service: &_| ["command", "entrypoint"].iter().any(|k| service_setting(service, k).is_some());
        if has_command || all_runs(context.facts, image, runs_with_own) {
            continue;
        }
        let message = format!("neither `Entrypoint` nor `Cmd` in {SUBJECTS}: there is nothing to run");
        findings.push(
            Report::new(image_attr(image, "config.Cmd"), message)
                .of("image", image.display_name())
                .at(context.missing_setting(image), "`Cmd` is missing here")
                .and_at(context.call(image), "image built here")
                .help("say what to run by its store path: `config.Cmd = [ \"${pkgs.hello}/bin/hello\" ];`"),
        );
    }
}

/// Whether a setting holds anything but an empty list. What it should hold instead is another rule's.
fn has_words(image: &Image, key: &str) -> bool {
    setting(image, key).is_some_and(|node| !matches!(&node.kind, NodeKind::List(items) if items.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, list, map, messages, of_image, text};
    use bt_container::{Base, Facts};

    #[test]
    fn what_others_are_built_on_need_not_run() {
        let images = |base: &str| {
            let mut other = image("b").config([("Cmd", list([text("/x")]))]).done();
            other.base = Some(Base { builder: other.builder, arguments: map([("name", text("a"))]) });
            vec![image(base).done(), other]
        };
        assert!(messages(&RULE, Facts { images: images("a"), ..Facts::default() }).is_empty());
        assert_eq!(messages(&RULE, Facts { images: images("c"), ..Facts::default() }).len(), 1);
    }

    #[test]
    fn an_image_needs_a_command() {
        assert_eq!(of_image(&RULE, image("a")).len(), 1);
        assert_eq!(of_image(&RULE, image("a").config([("Cmd", list([]))])).len(), 1);
        assert_eq!(of_image(&RULE, image("a").argument("fromImage", text("/nix/store/x"))).len(), 1);
        assert!(of_image(&RULE, image("a").config([("cmd", list([text("x")]))])).is_empty());
        assert!(of_image(&RULE, image("a").config([("Entrypoint", text("x"))])).is_empty());
    }
}
