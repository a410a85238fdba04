//! FLK012: a fetch of whatever is there.

use crate::context::Context;
use crate::findings::{Findings, Report};
use crate::program::{fake_hashes, unhashed_fetches};
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "FLK012",
    name: "unhashed-fetch",
    severity: Severity::Error,
    off: false,
    summary: "Something is fetched whose hash nobody has written down",
    fix: FixKind::None,
    references: &[
        "https://nix.dev/manual/nix/latest/language/builtins.html#builtins-fetchTarball",
        "https://nixos.org/manual/nixpkgs/stable/#chap-pkgs-fetchers",
    ],
    needs: &[Need::Syntax, Need::Evaluation],
    docs: r#"
## What it finds

In the flake's own files that evaluation reads: calls of `builtins.fetchTarball`, `fetchurl`, `fetchGit`, `fetchTree` and
`fetchMercurial` without a hash or a revision, and hashes that stand for one that is not known yet (`lib.fakeHash`, zeros).
Arguments that are not written out stay unreported, and so do defaults of arguments.

## Why it matters

Without a hash, the server decides at every evaluation what is fetched, and flakes refuse it. With a placeholder for a hash
nothing can be built.

## Bad

```nix
# file: flake.nix
{
  outputs = { self }: {
    packages.x86_64-linux = import (builtins.fetchTarball "https://example.org/packages.tar.gz");
  };
}
```

```nix
# file: flake.nix
{
  outputs = { self }: {
    lib.source = builtins.fetchGit { url = "https://example.org/source"; ref = "main"; };
  };
}
```

```nix
# file: flake.nix
{
  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-26.05";
  outputs = { self, nixpkgs }: let pkgs = nixpkgs.legacyPackages.x86_64-linux; in {
    packages.x86_64-linux.default = pkgs.fetchurl { url = "https://example.org/x"; hash = pkgs.lib.fakeHash; };
  };
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

## Good

```nix
# file: flake.nix
{
  outputs = { self }: {
    lib.source = builtins.fetchTarball {
      url = "https://example.org/packages.tar.gz";
      sha256 = "sha256-/eLCD/X9kaWJqPR47+fDozEC87Hjmm3i8gJbYmDAD7g=";
    };
  };
}
```

```nix
# file: flake.nix
{
  outputs = { self }: {
    lib.source = builtins.fetchGit {
      url = "https://example.org/source";
      rev = "5e2305d577ca00acbba631b05cb1094d172b29f3";
    };
  };
}
```
"#,
    check,
};

fn check(context: &Context<'_>, findings: &mut Findings) {
    for fetch in unhashed_fetches(context) {
        let pin = match fetch.name {
            "fetchTarball" | "fetchurl" => "`sha256`",
            "fetchTree" => "`narHash`",
            _ => "`rev`",
        };
        findings.push(
            Report::new(
                "outputs",
                format!("`{}` fetches something without {pin}, so it is whatever is there", fetch.name),
            )
            .at(context.own(Some(fetch.function)), "refused in pure evaluation")
            .help(format!("add {pin}, or make it an input of the flake, which the lock pins")),
        );
    }
    for fake in fake_hashes(context) {
        findings.push(
            Report::new("outputs", format!("`{}` is a placeholder, so it cannot be built", fake.name))
                .at(context.own(Some(fake.value)), "not a hash of anything")
                .help("build it once, and put in the hash that Nix says it got"),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::World;
    use crate::rules::{IMPURE_EXPRESSION, UNHASHED_FETCH};
    use bt_container::{Cause, Facts, Incomplete};
    use bt_diag::{Diagnostic, Span};

    #[test]
    fn what_is_missing_is_named() {
        let source = "[ (fetchGit { url = \"x\"; }) (fetchTarball \"x\") { cargoHash = lib.fakeHash; } ]";
        let mut found: Vec<String> =
            World::with_source(Facts::default(), source).check(&RULE).into_iter().map(|f| f.message).collect();
        found.sort();
        assert_eq!(
            found,
            [
                "`cargoHash` is a placeholder, so it cannot be built",
                "`fetchGit` fetches something without `rev`, so it is whatever is there",
                "`fetchTarball` fetches something without `sha256`, so it is whatever is there"
            ]
        );
    }

    /// The error that evaluation gives at a fetch is the same finding.
    #[test]
    fn one_cause_is_one_finding() {
        let source = "fetchTarball \"x\"";
        let base = World::with_source(Facts::default(), source).base();
        let diagnostic = Diagnostic::new("'fetchTarball' has no hash").at(Span::new(base, base + 16));
        let incomplete = vec![Incomplete { attr: "a".into(), diagnostic, cause: Cause::Impure }];
        let world = World::with_source(Facts { incomplete, ..Facts::default() }, source);
        assert_eq!(world.check(&UNHASHED_FETCH).len(), 1);
        assert!(world.check(&IMPURE_EXPRESSION).is_empty());
    }
}
