//! CFG025: the command is found by its place among the contents, not by its store path.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS};
use crate::image::{command, has_base, report};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Content, Image, Node, Presence};
use bt_diag::{Edit, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "CFG025",
    name: "command-not-store-path",
    severity: Severity::Info,
    off: true,
    summary: "The command is found by its place among the contents, not by its store path",
    fix: FixKind::Unsafe,
    references: &["https://nixos.org/manual/nixpkgs/stable/#sec-pkgs-dockerTools"],
    needs: &[Need::Config, Need::Contents],
    docs: r#"
## What it finds

A command with an absolute path outside the Nix store, such as `/bin/server`, in an image that is not built `fromImage`.

## Why it matters

The path is right only as long as the contents happen to provide it: nothing fails to evaluate when they change. A store path,
`"${package}/bin/server"`, brings the program in and is checked by Nix.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.hello ];
  config = {
    Cmd = [ "/bin/hello" ];
    User = "1000:1000";
  };
}
```

```nix
let
  start = pkgs.writeShellScriptBin "start" "exec ${pkgs.hello}/bin/hello";
in
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ start ];
  config = {
    Cmd = [ "/bin/start" ];
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

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let first = command(image).and_then(|words| words.first().copied());
        let Some((node, program)) = first.and_then(|node| Some((node, node.text()?))) else {
            continue;
        };
        if !program.starts_with('/') || program.starts_with("/nix/store/") || has_base(image) {
            continue;
        }
        let name = program.rsplit('/').next().unwrap_or(program);
        let message = format!("the command of {SUBJECTS}, `{program}`, is no store path");
        findings.push(
            report(context, image, "config.Cmd", message, context.setting(image, node), "depends on the contents")
                .help(format!("name the package: `\"${{pkgs.package}}/bin/{name}\"`"))
                .fix("Name the package", name_package(context, image, node, program)),
        );
    }
}

/// Puts the name of the one content that provides a program before its path, where the name means the same.
fn name_package(context: &Context<'_>, image: &Image, node: &Node, program: &str) -> Option<Edit> {
    let config = context.value(image.config.as_ref()?)?;
    let literal = context.value(node).filter(|span| config.start < span.start && span.end < config.end)?;
    let [(_, position)] = image.contents_arguments.as_slice() else {
        return None;
    };
    let list = context.places.value_at(*position)?;
    // Neither `with` nor `let` between the call and what it is given.
    let is_plain = context.text(config)?.starts_with('{') && context.text(list)?.starts_with('[');
    let is_one_call =
        context.places.call_around(*position) == context.places.call_around(image.config.as_ref()?.position);
    let provides = |content: &&Content| {
        let package = content.package.as_ref();
        package.is_none_or(|package| package.presence(program) != Presence::Absent)
    };
    let mut providers = image.contents.as_ref()?.iter().filter(provides);
    let (Some(provider), None) = (providers.next(), providers.next()) else {
        return None;
    };
    let is_there = provider.package.as_ref().is_some_and(|p| p.presence(program) == Presence::Executable);
    let span = provider.span.filter(|span| list.start < span.start && span.end < list.end)?;
    let name = context.text(span)?;
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'));
    let is_whole = context.text(literal)? == format!("\"{program}\"");
    let text = format!("\"${{{name}}}{program}\"");
    (is_plain && is_one_call && is_there && is_name && is_whole).then_some(Edit { span: literal, text })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, list, of_image, text};

    #[test]
    fn places_among_the_contents_are_told() {
        let cmd = |program: &str| image("a").config([("Cmd", list([text(program)]))]);
        assert_eq!(of_image(&RULE, cmd("/bin/app")), ["the command of image `a`, `/bin/app`, is no store path"]);
        assert!(of_image(&RULE, cmd("/nix/store/x/bin/app")).is_empty() && of_image(&RULE, cmd("app")).is_empty());
        assert!(of_image(&RULE, cmd("/bin/app").argument("fromImage", text("x"))).is_empty());
    }
}
