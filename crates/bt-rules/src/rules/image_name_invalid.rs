//! IMG012: the name or the tag of an image is not one that registries and runtimes accept.

use crate::context::Context;
use crate::edit::replace_literal;
use crate::findings::{Findings, SUBJECTS};
use crate::image::report;
use crate::program::variables;
use crate::rule::{FixKind, Need, Rule};
use crate::rules::IMPURE_EXPRESSION;
use bt_diag::{Severity, SourceFile, Span};

pub(crate) const RULE: Rule = Rule {
    code: "IMG012",
    name: "image-name-invalid",
    severity: Severity::Error,
    off: false,
    summary: "The name or the tag of an image is not one that registries and runtimes accept",
    fix: FixKind::Safe,
    references: &["https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests"],
    needs: &[Need::Config, Need::Syntax],
    docs: r#"
## What it finds

A name with capitals, spaces or other characters that references cannot have, a name that holds a tag, an empty name, and a
tag that is empty or has other characters than letters, digits, `.`, `_` and `-`.

## Why it matters

The builders lower capitals without a word, so the image is called something else than it says, and what names it as written
finds nothing: `invalid reference format: repository name must be lowercase`. Other characters make an image that cannot be
loaded, or cannot be named. What is empty because it comes from
`builtins.getEnv` is reported by `impure-expression`.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "MyApp";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0+git";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

## Good

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "registry.example.com:5000/team/my-app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0-git_2";
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
    for image in &context.facts.images {
        for (key, flaw) in [("name", name_flaw as fn(&str) -> Option<&'static str>), ("tag", tag_flaw)] {
            let Some((node, text)) = image.argument(key).and_then(|node| Some((node, node.text()?))) else {
                continue;
            };
            let Some(flaw) = flaw(text) else {
                continue;
            };
            let place = context.setting(image, node);
            if is_told(context, place) {
                continue;
            }
            // A name that is made of others' is what they say only if they are what they seem: a stand-in is not.
            if !text.is_empty() && !is_written(context, place, text) {
                continue;
            }
            let lower = text.to_ascii_lowercase();
            let is_mended = key == "name" && name_flaw(&lower).is_none();
            let edit = is_mended.then(|| replace_literal(context, place, text, &format!("\"{lower}\""))).flatten();
            let help = if is_mended {
                format!("write `name = \"{lower}\";`")
            } else if key == "name" {
                "names are lower-case words, joined by `.`, `_`, `-` or `/`, after a registry if need be".to_string()
            } else {
                "tags are letters, digits, `.`, `_` and `-`, 128 at most".to_string()
            };
            // The builders mend it by themselves.
            let severity = if is_mended { Severity::Warning } else { Severity::Error };
            findings.push(
                report(context, image, key, format!("the {key} of {SUBJECTS} {flaw}"), place, flaw)
                    .help(help)
                    .severity(severity)
                    .fix("Write it in lower case", edit),
            );
        }
    }
}

/// Whether the name comes from the environment, which is empty: that is the cause, and another rule's.
fn is_told(context: &Context<'_>, place: Option<Span>) -> bool {
    let holds = |place: Span| variables(context).iter().any(|v| place.start <= v.call.start && v.call.end <= place.end);
    (context.is_on)(&IMPURE_EXPRESSION) && place.is_some_and(holds)
}

/// Whether a text, or what is wrong in it, is written in the flake's own files.
fn is_written(context: &Context<'_>, place: Option<Span>, text: &str) -> bool {
    let literal = place.and_then(|span| context.text(span)).filter(|literal| literal.starts_with('"'));
    let fixed = literal.map(|literal| literal.trim_matches('"').split("${").map(fixed_part).collect::<String>());
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-/:".contains(&b);
    if fixed.is_some_and(|fixed| !fixed.bytes().all(is_plain)) {
        return true;
    }
    let quoted = format!("\"{text}\"");
    let is_own = |file: &SourceFile| (context.is_own)(file.span(0..0)) && file.text.contains(&quoted);
    context.sources.files().iter().any(|file| is_own(file))
}

/// What follows an interpolation.
fn fixed_part(part: &str) -> &str {
    part.split_once('}').map_or(part, |(_, rest)| rest)
}

/// What is wrong with a name: `[registry[:port]/]component[/component…]`.
fn name_flaw(name: &str) -> Option<&'static str> {
    if name.is_empty() {
        return Some("is empty");
    }
    // A registry in front has a dot, a port, or is `localhost`.
    let registry = name.split_once('/').filter(|(first, _)| first.contains(['.', ':']) || *first == "localhost");
    let path = registry.map_or(name, |(_, path)| path);
    if name.bytes().any(|b| b.is_ascii_uppercase()) {
        return Some("has capitals, which the builder makes small letters");
    }
    if path.contains([':', '@']) {
        return Some("holds a tag or a digest, which is none of its own");
    }
    (!path.split('/').all(is_component)).then_some("has characters that references cannot have")
}

/// Lower-case letters and digits, with `.`, `_`, `__` or any number of `-` in between.
fn is_component(text: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let is_allowed = text.bytes().all(|b| is_word(b) || matches!(b, b'.' | b'_' | b'-'));
    let has_ends = text.bytes().next().is_some_and(is_word) && text.bytes().last().is_some_and(is_word);
    let mut separators = text.split(|c: char| is_word(u8::try_from(c).unwrap_or(b'-')));
    let is_separator = |s: &str| matches!(s, "" | "." | "_" | "__") || s.bytes().all(|b| b == b'-');
    is_allowed && has_ends && separators.all(is_separator)
}

fn tag_flaw(tag: &str) -> Option<&'static str> {
    if tag.is_empty() {
        return Some("is empty");
    }
    let is_allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    let is_tag = tag.len() <= 128 && tag.bytes().all(is_allowed) && !tag.starts_with(['.', '-']);
    (!is_tag).then_some("has characters that references cannot have, or too many")
}

#[cfg(test)]
mod tests {
    use super::{RULE, name_flaw, tag_flaw};
    use crate::fixtures::{ImageFixture, World, image, of_image};
    use bt_container::Facts;

    fn written(image: ImageFixture, source: &str) -> Vec<String> {
        let world = World::with_source(Facts { images: vec![image.done()], ..Facts::default() }, source);
        world.check(&RULE).into_iter().map(|f| f.message).collect()
    }

    #[test]
    fn what_nobody_wrote_may_be_a_stand_in() {
        assert!(written(image("MyApp"), "f { name = package.name; }").is_empty());
        assert_eq!(written(image("MyApp"), "let x = \"MyApp\"; in f { name = x; }").len(), 1);
    }

    #[test]
    fn names_follow_the_specification() {
        assert_eq!(
            written(image("MyApp"), "f { name = \"MyApp\"; }"),
            ["the name of image `MyApp` has capitals, which the builder makes small letters"]
        );
        for name in ["app", "my-app", "a__b", "a--b", "team/app.web", "localhost:5000/app", "ghcr.io/owner/app", "0"] {
            assert_eq!(name_flaw(name), None, "{name}");
        }
        for name in ["", "my app", "app:1.0", "-app", "a___b", "a..b", "app/", "app@sha256", "ä", "a/b:1"] {
            assert!(name_flaw(name).is_some(), "{name}");
        }
    }

    #[test]
    fn tags_follow_the_specification() {
        assert_eq!(of_image(&RULE, image("a").tag("")), ["the tag of image `a` is empty"]);
        assert!(["1.0", "v1_2-x", "Latest", "_x"].iter().all(|tag| tag_flaw(tag).is_none()));
        assert!(["1.0+git", "-x", ".x", "a b", "a/b"].iter().all(|tag| tag_flaw(tag).is_some()));
        assert!(tag_flaw(&"x".repeat(129)).is_some());
    }
}
