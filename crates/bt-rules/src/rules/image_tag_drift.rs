//! CMP009: the compose file names another tag than the image has.

use crate::context::{Context, service_attr};
use crate::deployment::setting;
use crate::edit::replace_literal;
use crate::findings::{Findings, Report, SUBJECTS, listed};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, normal_reference};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CMP009",
    name: "image-tag-drift",
    severity: Severity::Error,
    off: false,
    summary: "The compose file names an image of the flake by a tag that it does not have",
    fix: FixKind::Unsafe,
    references: &["https://github.com/compose-spec/compose-spec/blob/main/05-services.md#image"],
    needs: &[Need::Config, Need::Compose],
    docs: r#"
## What it finds

A service whose `image` has the name of an image that the flake builds, and another tag. No tag means `latest`. Without
`tag`, dockerTools makes one of the image's hash.

## Why it matters

After `docker load` there is no image of that name and tag, so compose asks a registry for one: it fails, or runs what
someone else has published under that name, or an image that was loaded long ago.

## Bad

```nix
{
  app = pkgs.dockerTools.buildLayeredImage {
    name = "app";
    tag = "1.1";
    config = {
      Cmd = [ "${pkgs.hello}/bin/hello" ];
      User = "1000:1000";
    };
  };
  compose = (pkgs.formats.yaml { }).generate "docker-compose.yaml" {
    services.app.image = "app:1.0";
  };
}
```

## Good

```nix
rec {
  app = pkgs.dockerTools.buildLayeredImage {
    name = "app";
    tag = "1.1";
    config = {
      Cmd = [ "${pkgs.hello}/bin/hello" ];
      User = "1000:1000";
    };
  };
  compose = (pkgs.formats.yaml { }).generate "docker-compose.yaml" {
    services.app.image = "${app.imageName}:${app.imageTag}";
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for (compose, service) in context.services() {
        let is_built = setting(service, "build").is_some();
        let Some((reference, node)) = service.image.as_ref().filter(|_| !is_built) else { continue };
        if reference.contains(['$', '@']) || context.facts.image_of(service).is_some() {
            continue;
        }
        let wanted = normal_reference(reference);
        let Some((name, tag)) = wanted.rsplit_once(':') else { continue };
        let images: Vec<&Image> = context.facts.images_named(name).collect();
        // Of one with an unknown tag it may be the tag.
        let tags: Option<Vec<&str>> = images.iter().map(|image| image.tag.as_deref()).collect();
        let Some(mut tags) = tags.filter(|tags| !tags.is_empty() && !tags.contains(&tag)) else { continue };
        tags.sort_unstable();
        tags.dedup();
        let place = context.value(node);
        let image = images[0];
        let is_given = image.argument("tag").is_some_and(|tag| !tag.is_null());
        let edit = (tags.len() == 1 && is_given)
            .then(|| replace_literal(context, place, reference, &format!("\"{name}:{}\"", tags[0])))
            .flatten();
        let built = image.argument("tag").and_then(|tag| context.value(tag)).or_else(|| context.call(image));
        let message = format!(
            "`image` of {SUBJECTS} has the tag `{tag}`, but the flake builds {} with {}",
            if tags.len() == 1 { "it" } else { "such images" },
            listed(&tags, 4)
        );
        findings.push(
            Report::new(service_attr(compose, service, "image"), message)
                .of("service", &service.name)
                .at(place, "no such image")
                .and_at(built, "image tagged here")
                .help("let it follow the image: `image = \"${image.imageName}:${image.imageTag}\";`")
                .fix("Name the tag that the image has", edit),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{ImageFixture, compose, image, map, messages, text};
    use bt_container::Facts;

    fn run(reference: &str, images: Vec<ImageFixture>) -> Vec<String> {
        let services = map([("s", map([("image", text(reference))]))]);
        let images = images.into_iter().map(ImageFixture::done).collect();
        messages(&RULE, Facts { images, compose: vec![compose([("services", services)])], ..Facts::default() })
    }

    #[test]
    fn tags_are_compared() {
        assert_eq!(
            run("app:1.0", vec![image("app").tag("1.1")]),
            ["`image` of service `s` has the tag `1.0`, but the flake builds it with `1.1`"]
        );
        assert_eq!(run("app", vec![image("app").tag("1.1"), image("app").tag("1.2")]).len(), 1);
        assert_eq!(run("localhost/app:1.0", vec![image("app").tag("1.1")]).len(), 1);
    }

    #[test]
    fn other_images_are_others() {
        for reference in
            ["app:1.1", "docker.io/library/app:1.1", "ghcr.io/me/app:1.0", "app:${TAG}", "app@sha256:0", "b:1"]
        {
            assert!(run(reference, vec![image("app").tag("1.1")]).is_empty(), "{reference}");
        }
        assert!(run("app:1", vec![image("app").tag("1"), image("app").tag("2")]).is_empty());
    }
}
