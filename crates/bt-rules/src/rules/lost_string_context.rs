//! CFG008: A setting names a path in the Nix store that does not come with the image.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS};
use crate::image::{has_base, report, strings};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Image, Node, NodeKind, Package, Text};
use bt_diag::{Confidence, Severity};
use std::collections::BTreeSet;

pub(crate) const RULE: Rule = Rule {
    code: "CFG008",
    name: "lost-string-context",
    severity: Severity::Error,
    off: false,
    summary: "A setting names a path in the Nix store that does not come with the image",
    fix: FixKind::None,
    references: &[
        "https://nix.dev/manual/nix/latest/language/string-context",
        "https://nixos.org/manual/nixpkgs/stable/#sec-pkgs-dockerTools",
    ],
    needs: &[Need::Config, Need::Contents, Need::Context],
    docs: r#"
## What it finds

A store path in the configuration that Nix does not know to be one: it was written as text, or its context was taken away with
`builtins.unsafeDiscardStringContext` or `toString ./file`. It stays quiet when something else in the image, a content or
another setting, refers to that path, and for an image that is built `fromImage` or without the store.

## Why it matters

Nix puts into the image what strings refer to, and finds that out by their context, not by reading them. Without it the path is
missing in the container, though it may be there on the machine that built it.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${builtins.unsafeDiscardStringContext pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
    Env = [ "TZDIR=/nix/store/3l1kqz6dnl6lvbjzqbhfcg4p0vvvrfq3-tzdata-2024a/share/zoneinfo" ];
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
    Env = [ "TZDIR=${pkgs.tzdata}/share/zoneinfo" ];
  };
}
```
"#,
    check,
};

/// Where paths of the store begin.
const STORE: &str = "/nix/store/";

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let excludes = image.argument("includeStorePaths").is_some_and(|node| node.kind == NodeKind::Bool(false));
        let Some(config) = image.config.as_ref().filter(|_| !excludes && !has_base(image)) else {
            continue;
        };
        let texts = strings(config);
        let lost = texts.iter().filter_map(|(node, text)| Some((*node, store_paths(&text.text).next()?, *text)));
        let mut lost = lost.peekable();
        if lost.peek().is_none() {
            continue;
        }
        let known = Known::new(image, &texts);
        for (node, _, text) in lost {
            for path in store_paths(&text.text).filter(|path| !known.has(context, path)) {
                let name = path.get(STORE.len() + 33..).unwrap_or(path);
                let place = context.setting(image, node);
                let message =
                    format!("`…-{name}` in the configuration of {SUBJECTS} is only text: it does not come along");
                findings.push(
                    report(context, image, "config", message, place, "Nix does not know this as a path")
                        .help("name the package, `\"${pkgs.package}/…\"`, or the file, `\"${./file}\"`, and keep the context")
                        // It may be in the closure of something else by chance.
                        .confidence(Confidence::High),
                );
            }
        }
    }
}

/// What an image refers to.
struct Known {
    references: BTreeSet<String>,
    contents: BTreeSet<String>,
}

impl Known {
    fn new(image: &Image, texts: &[(&Node, &Text)]) -> Known {
        let references = texts.iter().flat_map(|(_, text)| text.references.iter().cloned()).collect();
        let parts = image.contents.iter().flatten().flat_map(|c| c.package.iter()).flat_map(Package::parts);
        let scripts = ["extraCommands", "fakeRootCommands", "runAsRoot"].iter().filter_map(|key| image.argument(key));
        let scripts = scripts.filter_map(Node::string).flat_map(|text| text.references.iter().cloned());
        Known { references, contents: parts.filter_map(|part| part.out_path.clone()).chain(scripts).collect() }
    }

    fn has(&self, context: &Context<'_>, path: &str) -> bool {
        let derivation = context.facts.packages.get(path).and_then(|package| package.derivation.as_ref());
        let is_known = |path: &String| self.references.contains(path) || self.contents.contains(path);
        is_known(&path.to_string()) || derivation.is_some_and(is_known)
    }
}

/// The store paths in a text, without what is below them.
fn store_paths(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices(STORE).filter_map(|(at, _)| {
        let rest = &text.as_bytes()[at + STORE.len()..];
        let is_hash = |b: &u8| b.is_ascii_digit() || (b.is_ascii_lowercase() && !b"eotu".contains(b));
        let hash = rest.iter().take_while(|b| is_hash(b)).count();
        if hash != 32 || rest.get(32) != Some(&b'-') {
            return None;
        }
        let is_name = |b: &u8| b.is_ascii_alphanumeric() || b"+-._?=".contains(b);
        let name = rest[33..].iter().take_while(|b| is_name(b)).count();
        (name > 0).then(|| &text[at..at + STORE.len() + 33 + name])
    })
}

#[cfg(test)]
mod tests {
    use super::{RULE, store_paths};
    use crate::fixtures::{ImageFixture, image, list, of_image, package, text};
    use bt_container::{Node, NodeKind, Text};

    const PATH: &str = "/nix/store/00000000000000000000000000000000-hello";

    fn cmd(node: Node) -> ImageFixture {
        image("a").config([("Cmd", list([node]))])
    }

    #[test]
    fn paths_need_a_context() {
        assert_eq!(
            of_image(&RULE, cmd(text(&format!("{PATH}/bin/hello")))),
            ["`…-hello` in the configuration of image `a` is only text: it does not come along"]
        );
        let known = Text { text: format!("{PATH}/x"), references: vec![PATH.into()], coerced: false };
        assert!(of_image(&RULE, cmd(Node::new(NodeKind::String(known)))).is_empty());
        assert!(of_image(&RULE, cmd(text(PATH)).contents([package("hello")])).is_empty());
        assert!(of_image(&RULE, cmd(text(PATH)).argument("fromImage", text("/nix/store/x"))).is_empty());
    }

    #[test]
    fn finds_store_paths() {
        let paths = |text: &str| store_paths(text).map(str::to_string).collect::<Vec<_>>();
        assert_eq!(paths(&format!("a={PATH}/bin:{PATH}:x")), [PATH, PATH]);
        assert!(paths("/nix/store/hash-name /nix/store /nix/store/eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee-x").is_empty());
    }
}
