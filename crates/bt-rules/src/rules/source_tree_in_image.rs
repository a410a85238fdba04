//! CNT011: the whole source is copied into an image.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS};
use crate::image::{report, strings};
use crate::inputs::node;
use crate::rule::{FixKind, Need, Rule};
use bt_container::Text;
use bt_diag::Severity;
use bt_flake::InputFact;

pub(crate) const RULE: Rule = Rule {
    code: "CNT011",
    name: "source-tree-in-image",
    severity: Severity::Warning,
    off: false,
    summary: "The whole source is copied into an image",
    fix: FixKind::None,
    references: &["dockle CIS-DI-0010", "dockle DKL-LI-0003"],
    needs: &[Need::Config, Need::Contents, Need::Context, Need::Lock],
    docs: r#"
## What it finds

`./.`, `../.` or `self` as a content of an image, or in a setting such as `Cmd = [ "${./.}/start" ]`, and the source of an
input that is a flake, as in `NIX_PATH=nixpkgs=${inputs.nixpkgs}`.

## Why it matters

Everything that the repository holds comes along: its history where there is no git to leave it out, tests, notes, secrets for
development. And each change of any file makes another image.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ ./. ];
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
  config = {
    Cmd = [ "${pkgs.caddy}/bin/caddy" "file-server" "--root" "${./.}" ];
    User = "1000:1000";
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
"#,
    check,
};

/// How the folder of the flake is written.
const WHOLE: &[&str] = &["./.", "./", "../.", "./..", "../", "self", "self.outPath", "inputs.self"];

const HELP: &str = "name the folder that is needed, `${./public}`, or choose: \
                    `lib.fileset.toSource { root = ./.; fileset = ./public; }`";

fn check(context: &Context<'_>, findings: &mut Findings) {
    let is_flake = |input: &&InputFact| node(context.lock, input).is_some_and(|node| node.is_flake);
    let inputs: Vec<&str> = context.lock.inputs.iter().filter(is_flake).map(|input| input.name.as_str()).collect();
    for image in &context.facts.images {
        for content in image.contents.iter().flatten() {
            let is_built = content.package.as_ref().is_some_and(|package| package.derivation.is_some());
            let span = context.own(content.span).filter(|_| !is_built);
            if let Some(whole) = span.and_then(|span| context.text(span)).filter(|text| WHOLE.contains(&text.as_str()))
            {
                let message = format!("the contents of {SUBJECTS} hold the whole source, `{whole}`");
                findings.push(report(context, image, "contents", message, span, "the whole source").help(HELP));
            }
        }
        let texts = image.config.as_ref().map_or(Vec::new(), strings);
        for (node, _) in texts.into_iter().filter(|(_, text)| has_source(text)) {
            let place = context.value(node);
            let written = place.and_then(|span| context.text(span)).unwrap_or_default();
            let is_named = |whole: &str| written == whole || written.contains(&format!("${{{whole}}}"));
            if let Some(input) = inputs.iter().find(|name| is_named(name) || is_named(&format!("inputs.{name}"))) {
                let message = format!("the configuration of {SUBJECTS} brings the source of the input `{input}` along");
                let help = "what runs needs packages of an input, not the expressions that they are made from";
                findings.push(report(context, image, "config", message, place, "all of its source").help(help));
                continue;
            }
            let Some(whole) = WHOLE.iter().find(|whole| is_named(whole)) else {
                continue;
            };
            let message = format!("the configuration of {SUBJECTS} brings the whole source along, `{whole}`");
            findings.push(report(context, image, "config", message, place, "the whole source").help(HELP));
        }
    }
}

/// Whether a string refers to a path that was copied to the store.
fn has_source(text: &Text) -> bool {
    text.references.iter().any(|path| !path.ends_with(".drv"))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{World, at, image, list, locked_inputs};
    use bt_container::{Content, Facts, Node, NodeKind, Text};
    use bt_diag::Span;
    use bt_flake::LockFacts;

    fn found(source: &str, written: &str, as_content: bool) -> Vec<String> {
        check(source, written, as_content, LockFacts::default())
    }

    fn check(source: &str, written: &str, as_content: bool, lock: LockFacts) -> Vec<String> {
        let base = World::with_source(Facts::default(), source).base();
        let start = base + source.find(written).unwrap() as u32;
        let span = Span::new(start, start + written.len() as u32);
        let mut image = image("a").done();
        if as_content {
            image.contents = Some(vec![Content { package: None, span: Some(span) }]);
        } else {
            let path = "/nix/store/00000000000000000000000000000000-source";
            let text = Text { text: path.into(), references: vec![path.into()], coerced: false };
            let cmd = list([at(span, Node::new(NodeKind::String(text)))]);
            image.config = Some(Node::new(NodeKind::Map(vec![("Cmd".into(), cmd)])));
        }
        let mut world = World::with_source(Facts { images: vec![image], ..Facts::default() }, source);
        world.lock = lock;
        world.check(&RULE).into_iter().map(|f| f.message).collect()
    }

    #[test]
    fn sources_of_inputs_are_reported() {
        let input = |name: &str| locked_inputs(&[(name, "github:o/r", "github:o/r")]);
        let text = |lock: LockFacts| check("[ \"N=${inputs.nixpkgs}\" ]", "\"N=${inputs.nixpkgs}\"", false, lock);
        let message = "the configuration of image `a` brings the source of the input `nixpkgs` along";
        assert_eq!(text(input("nixpkgs")), [message]);
        assert!(text(input("other")).is_empty());
        let mut data = input("nixpkgs");
        data.nodes[0].is_flake = false;
        assert!(text(data).is_empty());
    }

    #[test]
    fn the_whole_source_is_reported() {
        assert_eq!(
            found("f { contents = [ ./. ]; }", "./.", true),
            ["the contents of image `a` hold the whole source, `./.`"]
        );
        assert_eq!(
            found("[ \"${self}/start\" ]", "\"${self}/start\"", false),
            ["the configuration of image `a` brings the whole source along, `self`"]
        );
        assert!(found("[ \"${./public}\" ]", "\"${./public}\"", false).is_empty());
        assert!(found("f { contents = [ ./public ]; }", "./public", true).is_empty());
    }
}
