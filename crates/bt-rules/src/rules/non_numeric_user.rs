//! CFG003: `User` is a name, which orchestrators cannot tell from root.

use crate::context::Context;
use crate::edit::replace_literal;
use crate::findings::{Findings, SUBJECTS};
use crate::image::{is_root, report, setting, user_and_group};
use crate::root::Root;
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "CFG003",
    name: "non-numeric-user",
    severity: Severity::Info,
    off: true,
    summary: "`User` is a name, which orchestrators cannot tell from root",
    fix: FixKind::Unsafe,
    references: &["hadolint DL3066", "https://kubernetes.io/docs/concepts/security/pod-security-standards/"],
    needs: &[Need::Config, Need::Closure],
    docs: r#"
## What it finds

`User` that is a name instead of a number. Root is `root-user`.

## Why it matters

Kubernetes with `runAsNonRoot` does not start a container whose user is a name, because it cannot know that it is not root. A number
also needs no `/etc/passwd`.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.dockerTools.fakeNss ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "nobody";
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
        let Some((node, text)) = setting(image, "User").and_then(|node| Some((node, node.text()?))) else {
            continue;
        };
        let (user, group) = user_and_group(text);
        if is_root(text) || user.contains('$') || user.bytes().all(|b| b.is_ascii_digit()) {
            continue;
        }
        let message = format!("the user of {SUBJECTS}, `{user}`, is a name, not a number");
        let numbers = group.is_none().then(|| numbers(&Root::new(context.facts, image), user)).flatten();
        let edit = numbers.and_then(|new| replace_literal(context, context.value(node), text, &format!("\"{new}\"")));
        findings.push(
            report(context, image, "config.User", message, context.setting(image, node), "a name")
                .help("use the number: `User = \"1000:1000\";`")
                .fix("Use the numbers of the name", edit),
        );
    }
}

/// User and group, `UID:GID`, as the image's own /etc/passwd has them.
fn numbers(root: &Root<'_>, user: &str) -> Option<String> {
    let texts = root.texts("etc/passwd")?;
    // Of several files one wins.
    let [text] = texts.as_slice() else { return None };
    let mut fields = text.lines().map(|line| line.split(':')).find(|fields| fields.clone().next() == Some(user))?;
    let (uid, gid) = (fields.nth(2)?, fields.next()?);
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (is_number(uid) && is_number(gid)).then(|| format!("{uid}:{gid}"))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, of_image, text};

    #[test]
    fn names_are_told() {
        let user = |user: &str| of_image(&RULE, image("a").config([("User", text(user))]));
        assert_eq!(user("app:app"), ["the user of image `a`, `app`, is a name, not a number"]);
        assert!(["1000", "1000:app", "root", "", "${UID}"].iter().all(|name| user(name).is_empty()));
    }
}
