//! CNT015: two contents provide the same file of users or groups.

use crate::context::Context;
use crate::edit::remove_element;
use crate::findings::{Findings, SUBJECTS, listed};
use crate::image::{report, setting, user_and_group};
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Content, Image, Package, PackageFiles, Presence};
use bt_diag::{Confidence, Edit, Severity};
use std::rc::Rc;

pub(crate) const RULE: Rule = Rule {
    code: "CNT015",
    name: "user-database-conflict",
    severity: Severity::Warning,
    off: false,
    summary: "Two contents provide the same file of users or groups",
    fix: FixKind::Unsafe,
    references: &["https://nixos.org/manual/nixpkgs/stable/#ssec-pkgs-dockerTools-helpers"],
    needs: &[Need::Config, Need::Contents],
    docs: r#"
## What it finds

Two contents of one image that both bring `/etc/passwd` or `/etc/group`, with different texts: `fakeNss` beside a file of one's
own for instance.

## Why it matters

Contents are merged into one root, and a file can be there only once. One of the two is dropped without a word, and with it the
user that `User` names, or root.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [
    pkgs.dockerTools.fakeNss
    (pkgs.writeTextDir "etc/passwd" "app:x:1000:1000:app:/:/sbin/nologin\n")
  ];
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
  contents = [
    pkgs.dockerTools.fakeNss
    (pkgs.writeTextDir "etc/passwd" "app:x:1000:1000:app:/:/sbin/nologin\n")
    (pkgs.writeTextDir "etc/group" "app:x:1000:\n")
  ];
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "app";
  };
}
```

## Good

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  contents = [
    (pkgs.dockerTools.fakeNss.override {
      extraPasswdLines = [ "app:x:1000:1000:app:/:/sbin/nologin" ];
      extraGroupLines = [ "app:x:1000:" ];
    })
  ];
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
        // One pair of contents is one finding, whatever files they quarrel about.
        let mut pairs: Vec<(&Content, &Content, Vec<String>)> = Vec::new();
        for file in ["etc/passwd", "etc/group"] {
            if let Some((first, second)) = conflict(image, file) {
                let known = pairs.iter_mut().find(|(a, b, _)| a.span == first.span && b.span == second.span);
                match known {
                    Some((.., files)) => files.push(format!("/{file}")),
                    None => pairs.push((first, second, vec![format!("/{file}")])),
                }
            }
        }
        for (first, second, files) in pairs {
            let message = format!("two contents of {SUBJECTS} provide {}, and one of them is lost", listed(&files, 2));
            findings.push(
                report(context, image, "contents", message, context.own(second.span), "the second")
                    .and_at(context.own(first.span), "the first")
                    .help(
                        "keep one: `(dockerTools.fakeNss.override { extraPasswdLines = [ … ]; extraGroupLines = [ … ]; })` has root, \
                         nobody, and your own",
                    )
                    .fix("Remove `fakeNss`", without_fake(context, image, [first, second]))
                    // What scripts write is known by their text only.
                    .confidence(Confidence::High),
            );
        }
    }
}

/// Removes `fakeNss` where the others have all that the image needs of it.
fn without_fake(context: &Context<'_>, image: &Image, pair: [&Content; 2]) -> Option<Edit> {
    // It is known by its parts, which have its place.
    let is_fake = |content: &Content| {
        let text = content.span.and_then(|span| context.text(span));
        text.is_some_and(|text| text.ends_with("dockerTools.fakeNss"))
    };
    let fake = pair.into_iter().find(|content| is_fake(content))?;
    let others = image.contents.iter().flatten().filter(|content| !is_fake(content));
    let others: Vec<Rc<Package>> = others.flat_map(|content| &content.package).flat_map(Package::parts).collect();
    let text = |file: &str| others.iter().find_map(|part| part.file_text(file));
    let (users, _) = (text("etc/passwd")?, text("etc/group")?);
    let (user, _) = user_and_group(setting(image, "User")?.text()?);
    let is_known = user.bytes().all(|b| b.is_ascii_digit()) || users.lines().any(|l| l.split(':').next() == Some(user));
    remove_element(context, fake.span.filter(|_| is_known))
}

/// The first two contents that provide a file with different texts.
fn conflict<'i>(image: &'i Image, file: &str) -> Option<(&'i Content, &'i Content)> {
    let mut first: Option<(&Content, Rc<Package>)> = None;
    for content in image.contents.iter().flatten() {
        for part in content.package.iter().flat_map(Package::parts).filter(|part| provides(part, file)) {
            match &first {
                None => first = Some((content, part)),
                Some((known, other)) => {
                    let text = part.file_text(file);
                    let is_same = part == *other || (text.is_some() && text == other.file_text(file));
                    if !is_same {
                        return Some((*known, content));
                    }
                }
            }
        }
    }
    None
}

fn provides(package: &Package, file: &str) -> bool {
    if matches!(package.files, PackageFiles::Union(_)) {
        return false;
    }
    let is_there = matches!(package.presence(file), Presence::File | Presence::Executable);
    is_there || package.script.as_ref().is_some_and(|script| writes(script, file))
}

/// Whether a script says that it writes to a file in its output.
fn writes(script: &str, file: &str) -> bool {
    script.lines().any(|line| {
        let target = format!("$out/{file}");
        line.match_indices(&target).any(|(at, _)| {
            let (before, after) = (line[..at].trim_end().trim_end_matches('"').trim_end(), &line[at + target.len()..]);
            let is_whole = !after.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '/' | '-' | '_' | '.'));
            is_whole && before.ends_with('>')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::{RULE, writes};
    use crate::fixtures::{file, files, image, of_image, package, script};
    use bt_container::{Package, PackageFiles};
    use std::rc::Rc;

    fn passwd(name: &str, text: &str) -> Rc<Package> {
        files(name, PackageFiles::Tree(vec![file("etc/passwd", false, text)]))
    }

    #[test]
    fn one_of_two_is_lost() {
        let found = |packages: [Rc<Package>; 2]| of_image(&RULE, image("a").contents(packages));
        assert_eq!(
            found([passwd("a", "root"), passwd("b", "app")]),
            ["two contents of image `a` provide `/etc/passwd`, and one of them is lost"]
        );
        assert_eq!(found([passwd("a", "root"), script("b", "echo app > $out/etc/passwd")]).len(), 1);
        assert!(found([passwd("a", "root"), passwd("b", "root")]).is_empty());
        assert!(found([passwd("a", "root"), package("shadow")]).is_empty());
        let shared = passwd("a", "root");
        assert!(found([Rc::clone(&shared), shared]).is_empty());
    }

    #[test]
    fn scripts_say_what_they_write() {
        assert!(
            writes("echo x >> $out/etc/passwd", "etc/passwd") && writes("cat > \"$out/etc/passwd\" <<E", "etc/passwd")
        );
        assert!(!writes("cat $out/etc/passwd", "etc/passwd") && !writes("echo > $out/etc/passwd-", "etc/passwd"));
    }
}
