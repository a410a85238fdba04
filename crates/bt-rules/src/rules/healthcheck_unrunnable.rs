//! CFG017: a health check that cannot run.

use crate::context::{Context, image_attr, service_attr};
use crate::deployment::setting as service_setting;
use crate::findings::{Findings, Report, SUBJECTS};
use crate::image::{entry, setting};
use crate::root::{Lookup, Root};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Compose, Image, Node, NodeKind, Presence, Service};
use bt_diag::{Confidence, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "CFG017",
    name: "healthcheck-unrunnable",
    severity: Severity::Error,
    off: false,
    summary: "A health check runs a program that is not in the image, or is not one",
    fix: FixKind::None,
    references: &[
        "https://github.com/compose-spec/compose-spec/blob/main/05-services.md#healthcheck",
        "https://github.com/moby/docker-image-spec/blob/main/spec.md",
    ],
    needs: &[Need::Config, Need::Contents, Need::Closure, Need::Context, Need::Compose],
    docs: r#"
## What it finds

In `Healthcheck.Test` of an image and `healthcheck.test` of a compose service: a first word other than `NONE`, `CMD` and
`CMD-SHELL`; `CMD-SHELL` in an image without `/bin/sh`; and a program, such as `curl`, that is not in the image.

A compose service is checked against the image that it names when the flake builds that image. Programs are searched as
runtimes do. Of well-known ones it is known which packages have them; others are reported only when all files of the image
are known.

## Why it matters

A check that cannot run fails. The container counts as unhealthy for ever, and what waits for it to be healthy never
starts.

## Bad

```nix
rec {
  app = pkgs.dockerTools.buildLayeredImage {
    name = "app";
    tag = "1.0";
    contents = [ pkgs.caddy ];
    config = {
      Cmd = [ "${pkgs.caddy}/bin/caddy" "run" ];
      User = "1000:1000";
    };
  };
  compose = (pkgs.formats.yaml { }).generate "docker-compose.yaml" {
    services.app = {
      image = "${app.imageName}:${app.imageTag}";
      healthcheck.test = [ "CMD" "curl" "-f" "http://localhost:2019" ];
    };
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.curl ];
  config = {
    Cmd = [ "${pkgs.caddy}/bin/caddy" "run" ];
    User = "1000:1000";
    Healthcheck.Test = [ "CMD-SHELL" "curl -f http://localhost:2019 || exit 1" ];
  };
}
```

```nix
(pkgs.formats.yaml { }).generate "docker-compose.yaml" {
  services.app = {
    image = "example.org/app:1.0";
    healthcheck.test = [ "curl" "-f" "http://localhost:2019" ];
  };
}
```

## Good

```nix
let
  probe = pkgs.writeShellScriptBin "probe" "exec ${pkgs.curl}/bin/curl --fail --silent http://localhost:2019";
in
rec {
  app = pkgs.dockerTools.buildLayeredImage {
    name = "app";
    tag = "1.0";
    config = {
      Cmd = [ "${pkgs.caddy}/bin/caddy" "run" ];
      User = "1000:1000";
      Healthcheck.Test = [ "CMD" "${probe}/bin/probe" ];
    };
  };
  compose = (pkgs.formats.yaml { }).generate "docker-compose.yaml" {
    services.app = {
      image = "${app.imageName}:${app.imageTag}";
      healthcheck.test = [ "CMD" "${probe}/bin/probe" ];
    };
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.busybox ];
  config = {
    Cmd = [ "${pkgs.caddy}/bin/caddy" "run" ];
    User = "1000:1000";
    Healthcheck.Test = [ "CMD-SHELL" "wget -qO- http://localhost:2019 || exit 1" ];
  };
}
```
"#,
    check,
};

/// First words of a script that need no program.
const BUILTINS: &[&str] = &[
    "!", ".", ":", "[", "[[", "case", "cd", "command", "echo", "eval", "exec", "exit", "export", "false", "for", "if",
    "kill", "printf", "read", "set", "source", "test", "time", "trap", "true", "type", "until", "wait", "while", "{",
];

/// What is wrong with a check.
struct Flaw<'n> {
    /// The rest of a sentence that begins with whose check it is.
    message: String,
    /// Where.
    node: &'n Node,
    help: &'static str,
    confidence: Confidence,
}

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let test = setting(image, "Healthcheck").and_then(|check| entry(check, "Test"));
        let flaw = test.and_then(|test| {
            form_flaw(test, false).or_else(|| program_flaw(&Root::new(context.facts, image), image, test, None))
        });
        let (Some(test), Some(flaw)) = (test, flaw) else {
            continue;
        };
        let attr = image_attr(image, "config.Healthcheck.Test");
        findings.push(
            report(attr, &flaw)
                .of("image", image.display_name())
                .at(context.value(flaw.node).or_else(|| context.setting(image, test)), "cannot run")
                .and_at(context.call(image), "image built here"),
        );
    }
    for (compose, service) in context.services() {
        check_service(context, compose, service, findings);
    }
}

fn report(attr: String, flaw: &Flaw<'_>) -> Report {
    Report::new(attr, flaw.message.clone()).help(flaw.help).confidence(flaw.confidence)
}

fn check_service(context: &Context<'_>, compose: &Compose, service: &Service, findings: &mut Findings) {
    let Some(check) = service_setting(service, "healthcheck") else {
        return;
    };
    let is_off = check.get("disable").is_some_and(|node| node.kind == NodeKind::Bool(true));
    let Some(test) = check.get("test").filter(|test| !is_off && !test.is_null()) else {
        return;
    };
    let image = context.facts.image_of(service);
    let path = service.environment.iter().rev().find(|v| v.name == "PATH").and_then(|v| v.value.as_deref());
    let flaw = form_flaw(test, true)
        .or_else(|| image.and_then(|image| program_flaw(&Root::new(context.facts, image), image, test, path)));
    let Some(flaw) = flaw else {
        return;
    };
    let place = context.value(flaw.node).or_else(|| context.value(test)).or_else(|| context.value(check));
    let built = image.map_or_else(String::new, |image| format!("image `{}` built here", image.display_name()));
    findings.push(
        report(service_attr(compose, service, "healthcheck.test"), &flaw)
            .of("service", &service.name)
            .at(place, "cannot run")
            .and_at(image.and_then(|image| context.call(image)), built),
    );
}

/// What is wrong with how a check is written. Compose takes a string for a script.
fn form_flaw(test: &Node, may_be_string: bool) -> Option<Flaw<'_>> {
    let help = "the first word says how to run the rest: `[ \"CMD\" \"/bin/program\" \"argument\" ]`";
    let flaw = |message: String, node| Some(Flaw { message, node, help, confidence: Confidence::Certain });
    match &test.kind {
        NodeKind::Failed => None,
        NodeKind::String(_) if may_be_string => None,
        NodeKind::List(items) => {
            let first = items.first()?;
            let word = first.text()?;
            match word {
                "NONE" => None,
                "CMD" | "CMD-SHELL" if items.len() > 1 => None,
                "CMD" | "CMD-SHELL" => {
                    flaw(format!("the health check of {SUBJECTS} has nothing to run after `{word}`"), test)
                }
                // Images have it as a sign that the check of the base image counts.
                "" if items.len() == 1 => None,
                _ => flaw(
                    format!("the health check of {SUBJECTS} begins with `{word}`, not with CMD, CMD-SHELL or NONE"),
                    first,
                ),
            }
        }
        _ => flaw(format!("the health check of {SUBJECTS} is {}, not a list of strings", test.describe()), test),
    }
}

/// What is wrong with the program that a check runs.
fn program_flaw<'n>(root: &Root<'_>, image: &Image, test: &'n Node, path: Option<&str>) -> Option<Flaw<'n>> {
    let (first, second) = match &test.kind {
        NodeKind::List(items) => (items.first()?.text()?, items.get(1)?),
        _ => ("CMD-SHELL", test),
    };
    let text = second.text()?;
    if first == "CMD" {
        let found = if text.starts_with('/') { root.find(text) } else { find(root, text, path) };
        return missing(found, text, second);
    }
    if first != "CMD-SHELL" {
        return None;
    }
    if let (Lookup::Missing(confidence), None) = (root.find("/bin/sh"), setting(image, "Shell")) {
        return Some(Flaw {
            message: format!("the health check of {SUBJECTS} needs a shell, but there is no /bin/sh in the image"),
            node: second,
            help: "run a program without a shell: `[ \"CMD\" \"${pkgs.package}/bin/program\" \"argument\" ]`",
            confidence,
        });
    }
    let program = text.split_whitespace().find(|word| !is_assignment(word))?;
    (!BUILTINS.contains(&program)).then(|| missing(find(root, program, path), program, second))?
}

fn find(root: &Root<'_>, program: &str, path: Option<&str>) -> Lookup {
    let is_name = program.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    if is_name { root.find_program(program, path) } else { Lookup::Unknown }
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}

fn missing<'n>(found: Lookup, program: &str, node: &'n Node) -> Option<Flaw<'n>> {
    let (reason, confidence) = match found {
        Lookup::Missing(confidence) => ("is not in the image", confidence),
        Lookup::There(Presence::File) => ("cannot be executed", Confidence::Certain),
        Lookup::There(Presence::Directory) => ("is a directory", Confidence::Certain),
        Lookup::There(_) | Lookup::Unknown => return None,
    };
    Some(Flaw {
        message: format!("`{program}`, which the health check of {SUBJECTS} runs, {reason}"),
        node,
        help: "let the program check itself, or put a small probe into the image and name it by its store path, here and in the image's \
               `Healthcheck.Test`: `[ \"CMD\" \"${probe}/bin/probe\" ]`",
        confidence,
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{compose, image, list, map, messages, of_compose, of_image, package, text};
    use bt_container::{Facts, Node};

    fn in_image(pname: &str, test: Node) -> Vec<String> {
        of_image(&RULE, image("a").contents([package(pname)]).config([("Healthcheck", map([("Test", test)]))]))
    }

    #[test]
    fn programs_are_looked_up() {
        assert_eq!(
            in_image("caddy", list([text("CMD"), text("curl")])),
            ["`curl`, which the health check of image `a` runs, is not in the image"]
        );
        assert!(in_image("curl", list([text("CMD"), text("curl")])).is_empty());
        assert!(in_image("caddy", list([text("CMD"), text("caddy")])).is_empty());
        assert!(in_image("caddy", list([text("NONE")])).is_empty());
    }

    #[test]
    fn scripts_need_a_shell_and_their_program() {
        let shell = |script: &str| list([text("CMD-SHELL"), text(script)]);
        assert_eq!(
            in_image("curl", shell("curl -f x || exit 1")),
            ["the health check of image `a` needs a shell, but there is no /bin/sh in the image"]
        );
        assert_eq!(in_image("bash", shell("A=1 curl -f x")).len(), 1);
        assert!(in_image("busybox", shell("wget -q x")).is_empty() && in_image("bash", shell("[ -f /x ]")).is_empty());
    }

    #[test]
    fn the_first_word_is_checked_without_an_image_too() {
        let test =
            |test: Node| of_compose(&RULE, [("services", map([("s", map([("healthcheck", map([("test", test)]))]))]))]);
        assert_eq!(
            test(list([text("curl"), text("x")])),
            ["the health check of service `s` begins with `curl`, not with CMD, CMD-SHELL or NONE"]
        );
        assert!(test(text("curl x")).is_empty() && test(list([text("CMD"), text("curl")])).is_empty());
        assert_eq!(in_image("x", text("curl x")).len(), 1);
    }

    #[test]
    fn a_service_is_checked_against_its_image() {
        let check = map([("test", text("curl x"))]);
        let services = map([("s", map([("image", text("a:0")), ("healthcheck", check)]))]);
        let facts = Facts {
            images: vec![image("a").contents([package("bash")]).done()],
            compose: vec![compose([("services", services)])],
            ..Facts::default()
        };
        assert_eq!(messages(&RULE, facts), ["`curl`, which the health check of service `s` runs, is not in the image"]);
    }
}
