//! FLK003: a nixpkgs that is no channel.

use crate::context::Context;
use crate::findings::{Findings, Report};
use crate::inputs;
use crate::knowledge::nixpkgs::{Repository, branch};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;
use bt_flake::InputFact;

pub(crate) const RULE: Rule = Rule {
    code: "FLK003",
    name: "floating-nixpkgs-ref",
    severity: Severity::Info,
    off: false,
    summary: "The reference to nixpkgs names no branch",
    fix: FixKind::Unsafe,
    references: &[
        "https://nix.dev/concepts/faq.html#which-channel-branch-should-i-use",
        "https://nix.dev/manual/nix/latest/command-ref/new-cli/nix3-flake.html#flake-references",
    ],
    needs: &[Need::Lock],
    docs: r#"
## What it finds

An input that is nixpkgs, whose reference in `flake.nix` names neither a branch nor a revision.

## Why it matters

Without a branch, every update of the lock takes what was pushed last to `master`, before it was tested and before the
binary cache has it. The branch of a channel moves on only after both. A branch that is not locked at all is reported
by `missing-lock`.

## Bad

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs";
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
      "original": { "owner": "NixOS", "repo": "nixpkgs", "type": "github" }
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
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/5e2305d577ca00acbba631b05cb1094d172b29f3";
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
      "original": {
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "5e2305d577ca00acbba631b05cb1094d172b29f3",
        "type": "github"
      }
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
        let reference = &declared.reference;
        let repository = Repository::of(reference).filter(Repository::is_upstream);
        // A name of the registries is another rule's matter, and so is what no lock pins.
        let is_locked = !declared.is_direct() || declared.input.locked;
        if repository.is_none() || !matches!(reference.kind(), "github" | "git") || !is_locked {
            continue;
        }
        if branch(reference).is_some() || reference.has("rev") {
            continue;
        }
        let name = declared.name();
        let url = format!("{CHANNEL}{}", parameters(declared.input));
        findings.push(
            Report::new(declared.attr(), format!("input `{name}` names no branch of nixpkgs, so it follows `master`"))
                .at(inputs::place(context, declared.input), "what was pushed last, tested or not")
                .help("name a channel's branch, such as `nixos-unstable`")
                .fix(
                    "Follow `nixos-unstable`",
                    inputs::replace_url(context, declared.input, &url).filter(|_| reference.kind() == "github"),
                ),
        );
    }
}

const CHANNEL: &str = "github:NixOS/nixpkgs/nixos-unstable";

/// What follows `?` in an input's `url`, with it.
fn parameters(input: &InputFact) -> &str {
    input.url.as_ref().and_then(|(url, _)| url.find('?').and_then(|at| url.get(at..))).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::of_inputs;

    #[test]
    fn a_branch_is_named_or_not() {
        let check = |url: &str| of_inputs(&RULE, &[("nixpkgs", url)]).into_iter().next().unwrap_or_default();
        let message = "input `nixpkgs` names no branch of nixpkgs, so it follows `master`";
        assert_eq!(check("github:NixOS/nixpkgs"), message);
        assert_eq!(check("git+https://github.com/NixOS/nixpkgs.git"), message);
        for url in ["github:NixOS/nixpkgs/master", "nixpkgs", "github:me/nixpkgs", "github:NixOS/nix", "path:./nixpkgs"]
        {
            assert_eq!(check(url), "", "{url}");
        }
        assert_eq!(check("git+https://github.com/NixOS/nixpkgs.git?ref=nixos-26.05"), "");
    }
}
