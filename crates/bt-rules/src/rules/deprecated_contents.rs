//! IMG007: `buildImage` is given `contents`, which is now called `copyToRoot`.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS};
use crate::image::report;
use crate::rule::{FixKind, Need, Rule};
use bt_container::Builder;
use bt_diag::{Edit, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "IMG007",
    name: "deprecated-contents",
    severity: Severity::Warning,
    off: false,
    summary: "`buildImage` is given `contents`, which is now called `copyToRoot`",
    fix: FixKind::Safe,
    references: &["https://nixos.org/manual/nixpkgs/stable/#ssec-pkgs-dockerTools-buildImage"],
    needs: &[Need::Config, Need::Contents],
    docs: r#"
## What it finds

`contents` as an argument of `buildImage`. The layered builders have no other name for it.

## Why it matters

nixpkgs warns of it on each evaluation and will drop it. An image that is given both arguments is an error today.

## Bad

```nix
pkgs.dockerTools.buildImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.hello ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

## Good

```nix
pkgs.dockerTools.buildImage {
  name = "app";
  tag = "1.0";
  copyToRoot = [ pkgs.hello ];
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
  contents = [ pkgs.hello ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    let is_single = |builder| matches!(builder, Builder::BuildImage | Builder::BuildImageWithNixDb);
    for image in context.facts.images.iter().filter(|image| is_single(image.builder)) {
        let given = image.contents_arguments.iter().find(|(name, _)| *name == "contents");
        let Some((_, position)) = given else {
            continue;
        };
        let place = context.name_at(*position);
        let name = place.filter(|span| context.text(*span).as_deref() == Some("contents"));
        let is_assigned = context.places.binding_at(*position).and_then(|whole| context.text(whole));
        let is_assigned = is_assigned.is_some_and(|text| text["contents".len()..].trim_start().starts_with('='));
        let edit = name.filter(|_| is_assigned).map(|span| Edit { span, text: "copyToRoot".into() });
        findings.push(
            report(
                context,
                image,
                "contents",
                format!("`contents` of {SUBJECTS} is deprecated: `buildImage` calls it `copyToRoot`"),
                place,
                "deprecated",
            )
            .help("rename it; to see packages at /bin, join them: `copyToRoot = pkgs.buildEnv { name = \"root\"; paths = [ … ]; };`")
            .fix("Call it `copyToRoot`", edit),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, image};
    use bt_container::{Builder, Facts};

    fn found(builder: Builder, argument: &'static str, source: &str) -> Vec<(String, bool)> {
        let mut image = image("a").builder(builder).done();
        let world = World::with_source(Facts::default(), source);
        image.contents_arguments = vec![(argument, world.base() + source.find(argument).unwrap_or(0) as u32)];
        let world = World::with_source(Facts { images: vec![image], ..Facts::default() }, source);
        world.check(&RULE).into_iter().map(|f| (f.message, f.fix.is_some())).collect()
    }

    #[test]
    fn only_single_layers_have_another_name_for_it() {
        let message = "`contents` of image `a` is deprecated: `buildImage` calls it `copyToRoot`".to_string();
        assert_eq!(found(Builder::BuildImage, "contents", "f { contents = [ ]; }"), [(message.clone(), true)]);
        assert_eq!(found(Builder::BuildImage, "contents", "f { inherit contents; }"), [(message, false)]);
        assert_eq!(found(Builder::BuildImage, "copyToRoot", "f { copyToRoot = [ ]; }"), []);
        assert_eq!(found(Builder::BuildLayeredImage, "contents", "f { contents = [ ]; }"), []);
    }
}
