//! CFG002: `User` is a name that no file of the image knows.

use crate::context::{Context, image_attr};
use crate::deployment::{all_runs, mounts, setting as service_setting};
use crate::edit::replace_literal;
use crate::findings::{Findings, Report, SUBJECTS};
use crate::image::{has_known_config, is_root, setting, user_and_group};
use crate::root::Root;
use crate::rule::{FixKind, Need, Rule};
use bt_container::Image;
use bt_diag::{Confidence, Severity};

pub(crate) const RULE: Rule = Rule {
    code: "CFG002",
    name: "unknown-user",
    severity: Severity::Error,
    off: false,
    summary: "The user is a name that the image's /etc/passwd does not hold",
    fix: FixKind::Unsafe,
    references: &[
        "https://nixos.org/manual/nixpkgs/stable/#ssec-pkgs-dockerTools-fakeNss",
        "https://github.com/opencontainers/image-spec/blob/main/config.md",
    ],
    needs: &[Need::Config, Need::Contents, Need::Closure, Need::Compose],
    docs: r##"
## What it finds

`User` with a name, or with a group's name after the colon, in an image whose contents bring no `/etc/passwd` or
`/etc/group` that holds it. `fakeNss` holds only `root` and `nobody`.

Numbers need neither file. It stays quiet for an image that is built `fromImage`, when commands such as `extraCommands`
may write the file, and when some of the contents may hold it and nobody knows before they are built.

## Why it matters

The runtime looks the name up in the image's own files before it starts anything: `unable to find user app: no matching
entries in passwd file`. The container never starts.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.dockerTools.caCertificates ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "app";
  };
}
```

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [ pkgs.dockerTools.fakeNss ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "app:app";
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

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [
    (pkgs.writeTextDir "etc/passwd" "app:x:1000:1000:app:/:/sbin/nologin\n")
    (pkgs.writeTextDir "etc/group" "app:x:1000:\n")
  ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "app:app";
  };
}
```
"##,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in context.facts.images.iter().filter(|image| has_known_config(image)) {
        check_image(context, image, findings);
    }
}

fn check_image(context: &Context<'_>, image: &Image, findings: &mut Findings) {
    let Some(node) = setting(image, "User") else {
        return;
    };
    // Root is another rule's.
    let Some(text) = node.text().filter(|text| !is_root(text)) else {
        return;
    };
    let (user, group) = user_and_group(text);
    let root = Root::new(context.facts, image);
    let unknown = [("user", "etc/passwd", Some(user)), ("group", "etc/group", group)].into_iter().find_map(
        |(kind, file, name)| {
            let name = name.filter(|name| is_name(name))?;
            let texts = root.texts(file)?;
            let is_known = texts.iter().flat_map(|text| text.lines()).any(|line| line.split(':').next() == Some(name));
            (!is_known).then_some((kind, file, name, texts.is_empty()))
        },
    );
    let Some((kind, file, name, is_missing)) = unknown else {
        return;
    };
    let is_mended = all_runs(context.facts, image, |service| {
        service_setting(service, "user").is_some() || mounts(service, &format!("/{file}"))
    });
    if is_mended {
        return;
    }
    let reason = if is_missing { format!("there is no /{file}") } else { format!("/{file} does not hold it") };
    let message = format!("`User` names the {kind} `{name}` in {SUBJECTS}, but {reason}");
    findings.push(
        Report::new(image_attr(image, "config.User"), message)
            .of("image", image.display_name())
            .at(context.setting(image, node), format!("no such {kind}"))
            .and_at(context.call(image), "image built here")
            .help(
                "a number needs no file: `User = \"1000:1000\";`; or add the name to `contents`: \
                 `(fakeNss.override { extraPasswdLines = [ \"app:x:1000:1000:app:/:/sbin/nologin\" ]; })`",
            )
            .fix("Run as user 1000", replace_literal(context, context.value(node), text, "\"1000:1000\""))
            // That ordinary packages bring no users along is no part of the evaluation.
            .confidence(Confidence::High),
    );
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && !text.bytes().all(|b| b.is_ascii_digit()) && !text.contains('$')
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{file, files, image, of_image, package, script, text};
    use bt_container::PackageFiles;

    #[test]
    fn names_are_looked_up() {
        let user = |user: &str| image("a").config([("User", text(user))]);
        let passwd = |text: &str| files("passwd", PackageFiles::Tree(vec![file("etc/passwd", false, text)]));
        assert_eq!(
            of_image(&RULE, user("app")),
            ["`User` names the user `app` in image `a`, but there is no /etc/passwd"]
        );
        assert_eq!(of_image(&RULE, user("app").contents([package("caddy")])).len(), 1);
        assert_eq!(of_image(&RULE, user("app").contents([passwd("root:x:0:0::/:\n")])).len(), 1);
        assert!(of_image(&RULE, user("app").contents([passwd("app:x:1:1::/:\n")])).is_empty());
        assert_eq!(
            of_image(&RULE, user("app:app").contents([passwd("app:x:1:1::/:\n")])),
            ["`User` names the group `app` in image `a`, but there is no /etc/group"]
        );
    }

    #[test]
    fn numbers_and_the_unknown_are_quiet() {
        let user = |user: &str| image("a").config([("User", text(user))]);
        assert!(of_image(&RULE, user("1000:1000")).is_empty());
        assert!(of_image(&RULE, user("root")).is_empty());
        assert!(of_image(&RULE, user("app").argument("extraCommands", text("echo app:x > etc/passwd"))).is_empty());
        let made = script("user-app", "mkdir -p $out/etc\necho app:x:1:1 > $out/etc/passwd\necho app > $out/etc/group");
        assert!(of_image(&RULE, user("app:app").contents([made])).is_empty());
    }
}
