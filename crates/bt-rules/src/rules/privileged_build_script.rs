//! IMG006: the image is built by a script that runs as root.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS};
use crate::image::report;
use crate::rule::{FixKind, Need, Rule};
use bt_container::NodeKind;
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "IMG006",
    name: "privileged-build-script",
    severity: Severity::Warning,
    off: false,
    summary: "The image is built by a script that runs as root",
    fix: FixKind::None,
    references: &["https://nixos.org/manual/nixpkgs/stable/#sec-pkgs-dockerTools", "CIS Docker Benchmark 4.3"],
    needs: &[Need::Config],
    docs: r#"
## What it finds

`runAsRoot`, also an empty one, and `enableFakechroot = true`. It stays quiet about `runAsRoot = null`.

## Why it matters

`runAsRoot` builds the image inside a virtual machine: it needs KVM, takes minutes, and fails where builders have none. What
it is used for mostly (users, directories, owners) does without. `enableFakechroot` replaces the root directory of a build by
preloading a library, which breaks programs that make system calls themselves.

## Bad

```nix
pkgs.dockerTools.buildImage {
  name = "app";
  tag = "1.0";
  runAsRoot = ''
    mkdir -p /data
  '';
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
  enableFakechroot = true;
  fakeRootCommands = ''
    mkdir -p /data
  '';
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```

## Good

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  extraCommands = ''
    mkdir -p data
  '';
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
  fakeRootCommands = ''
    mkdir -p data
    chown 1000:1000 data
  '';
  config = {
    Cmd = [ "${pkgs.hello}/bin/hello" ];
    User = "1000:1000";
  };
}
```
"#,
    check,
};

const HELP: &str = "`extraCommands` makes directories, `fakeRootCommands` of a layered image changes owners, both with paths relative to \
                    the root (`mkdir -p data`); `dockerTools.fakeNss` brings users";

fn check(context: &Context<'_>, findings: &mut Findings) {
    for image in &context.facts.images {
        let script = image.argument("runAsRoot").filter(|node| node.text().is_some());
        let chroot = image.argument("enableFakechroot").filter(|node| node.kind == NodeKind::Bool(true));
        let found = [
            (
                script,
                "runAsRoot",
                "`runAsRoot` builds {} in a virtual machine, which needs KVM",
                "needs a virtual machine",
            ),
            (
                chroot,
                "enableFakechroot",
                "`enableFakechroot` builds {} in a feigned root directory",
                "changes the root",
            ),
        ];
        for (node, key, message, label) in found {
            let Some(node) = node else {
                continue;
            };
            let place = context.name(node).or_else(|| context.setting(image, node));
            let message = message.replace("{}", SUBJECTS);
            findings.push(report(context, image, key, message, place, label).help(HELP));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, of_image, text};
    use bt_container::{Node, NodeKind};

    #[test]
    fn scripts_as_root_are_reported() {
        let with = |key: &str, node: Node| of_image(&RULE, image("a").argument(key, node));
        assert_eq!(with("runAsRoot", text("")), ["`runAsRoot` builds image `a` in a virtual machine, which needs KVM"]);
        assert_eq!(with("enableFakechroot", Node::new(NodeKind::Bool(true))).len(), 1);
        assert!(with("enableFakechroot", Node::new(NodeKind::Bool(false))).is_empty());
        assert!(with("runAsRoot", Node::new(NodeKind::Null)).is_empty());
        assert!(with("extraCommands", text("mkdir data")).is_empty());
    }
}
