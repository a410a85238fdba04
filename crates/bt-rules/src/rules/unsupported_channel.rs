//! FLK004: a branch of nixpkgs that nobody supports.

use crate::context::Context;
use crate::findings::{Findings, Report};
use crate::inputs;
use crate::knowledge::nixpkgs::{AS_OF, Channel, Repository, branch, channel, newest_release};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "FLK004",
    name: "unsupported-channel",
    severity: Severity::Warning,
    off: false,
    summary: "The branch of nixpkgs gets no security updates, or is none that was tested",
    fix: FixKind::None,
    references: &[
        "https://github.com/DeterminateSystems/flake-checker",
        "https://nixos.org/blog/announcements",
        "https://endoflife.date/nixos",
    ],
    needs: &[Need::Lock],
    docs: r#"
## What it finds

An input that is the nixpkgs of NixOS, at the branch of a release whose support has ended, at a branch where nixpkgs is
developed (`master`, `staging`), or at a branch that belongs to no channel. Releases and the ends of their support are in
a table of the program; releases that are newer than it are taken for supported. The date of the run (`--now`) decides.

## Why it matters

After its end a release gets no fixes of security holes: every image that is built from it keeps those that are known by
now. On other branches than those of channels nothing was tested yet, and much is missing from the binary cache.

## Bad

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-24.05";
  outputs = { self, nixpkgs }: { };
}
```

```json
// file: flake.lock
{
  "nodes": {
    "nixpkgs": {
      "locked": {
        "lastModified": 1790450978,
        "narHash": "sha256-/eLCD/X9kaWJqPR47+fDozEC87Hjmm3i8gJbYmDAD7g=",
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "5e2305d577ca00acbba631b05cb1094d172b29f3",
        "type": "github"
      },
      "original": { "owner": "NixOS", "ref": "nixos-24.05", "repo": "nixpkgs", "type": "github" }
    },
    "root": {
      "inputs": { "nixpkgs": "nixpkgs" }
    }
  },
  "root": "root",
  "version": 7
}
```

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/master";
  outputs = { self, nixpkgs }: { };
}
```

```json
// file: flake.lock
{
  "nodes": {
    "nixpkgs": {
      "locked": {
        "lastModified": 1790450978,
        "narHash": "sha256-/eLCD/X9kaWJqPR47+fDozEC87Hjmm3i8gJbYmDAD7g=",
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "5e2305d577ca00acbba631b05cb1094d172b29f3",
        "type": "github"
      },
      "original": { "owner": "NixOS", "ref": "master", "repo": "nixpkgs", "type": "github" }
    },
    "root": {
      "inputs": { "nixpkgs": "nixpkgs" }
    }
  },
  "root": "root",
  "version": 7
}
```

## Good

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  outputs = { self, nixpkgs }: { };
}
```

```json
// file: flake.lock
{
  "nodes": {
    "nixpkgs": {
      "locked": {
        "lastModified": 1790450978,
        "narHash": "sha256-/eLCD/X9kaWJqPR47+fDozEC87Hjmm3i8gJbYmDAD7g=",
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "5e2305d577ca00acbba631b05cb1094d172b29f3",
        "type": "github"
      },
      "original": { "owner": "NixOS", "ref": "nixos-26.05", "repo": "nixpkgs", "type": "github" }
    },
    "root": {
      "inputs": { "nixpkgs": "nixpkgs" }
    }
  },
  "root": "root",
  "version": 7
}
```

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";
  outputs = { self, nixpkgs }: { };
}
```

```json
// file: flake.lock
{
  "nodes": {
    "nixpkgs": {
      "locked": {
        "lastModified": 1790450978,
        "narHash": "sha256-/eLCD/X9kaWJqPR47+fDozEC87Hjmm3i8gJbYmDAD7g=",
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "5e2305d577ca00acbba631b05cb1094d172b29f3",
        "type": "github"
      },
      "original": { "owner": "NixOS", "ref": "nixos-unstable", "repo": "nixpkgs", "type": "github" }
    },
    "root": {
      "inputs": { "nixpkgs": "nixpkgs" }
    }
  },
  "root": "root",
  "version": 7
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for declared in inputs::declared(context.lock) {
        let is_upstream = Repository::of(&declared.reference).is_some_and(|repository| repository.is_upstream());
        let Some(branch) = branch(&declared.reference).filter(|_| is_upstream) else { continue };
        let name = declared.name();
        let (message, label) = match channel(branch, context.now) {
            Channel::Supported => continue,
            Channel::Ended(day) => (
                format!("input `{name}` is at `{branch}`, which has had no security updates since {day}"),
                format!("supported until {day}"),
            ),
            Channel::Development => (
                format!("input `{name}` is at `{branch}`, where nixpkgs is developed: nothing there was tested yet"),
                "no channel".to_string(),
            ),
            Channel::Other => (
                format!("input `{name}` is at `{branch}`, which is the branch of no channel of nixpkgs"),
                "no channel".to_string(),
            ),
        };
        findings.push(
            Report::new(declared.attr(), message)
                .at(inputs::place(context, declared.input), label)
                .help(advice(context.now)),
        );
    }
}

fn advice(now: i64) -> String {
    match newest_release(now) {
        Some((release, end)) => format!("use `nixos-{release}`, which is supported until {end}, or `nixos-unstable`"),
        None => format!("use the newest release, or `nixos-unstable` (releases are known as of {AS_OF})"),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::of_inputs;

    #[test]
    fn branches() {
        let check = |url: &str| of_inputs(&RULE, &[("nixpkgs", url)]).into_iter().next().unwrap_or_default();
        let ended = "input `nixpkgs` is at `nixos-23.11`, which has had no security updates since 2024-06-30";
        for url in [
            "github:NixOS/nixpkgs/nixos-23.11",
            "github:nixos/nixpkgs?ref=nixos-23.11",
            "nixpkgs/nixos-23.11",
            "git+https://github.com/NixOS/nixpkgs?ref=nixos-23.11",
            "https://channels.nixos.org/nixos-23.11/nixexprs.tar.xz",
            "https://nixos.org/channels/nixos-23.11/nixexprs.tar.xz",
        ] {
            assert_eq!(check(url), ended, "{url}");
        }
        assert!(check("github:NixOS/nixpkgs/master").ends_with("nothing there was tested yet"));
        assert!(check("github:NixOS/nixpkgs/pull/1/head").ends_with("the branch of no channel of nixpkgs"));
        for url in [
            "github:NixOS/nixpkgs/nixos-unstable",
            "github:me/nixpkgs/mine",
            "github:NixOS/nix/2.3",
            "github:NixOS/nixpkgs",
        ] {
            assert_eq!(check(url), "", "{url}");
        }
    }
}
