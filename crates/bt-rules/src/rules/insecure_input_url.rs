//! FLK010: an input that is fetched in the clear.

use crate::context::Context;
use crate::findings::{Findings, Report};
use crate::inputs;
use crate::rule::{FixKind, Need, Rule};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "FLK010",
    name: "insecure-input-url",
    severity: Severity::Error,
    off: false,
    summary: "An input is fetched without encryption",
    fix: FixKind::Safe,
    references: &["https://docs.zizmor.sh/audits/", "https://git-scm.com/book/en/v2/Git-on-the-Server-The-Protocols"],
    needs: &[Need::Lock],
    docs: r#"
## What it finds

An input whose reference in `flake.nix` begins with `http://`, `git://` or `git+http://`, unless it is this machine's own
(`localhost`). The fix is offered for servers that are known to give the same over https.

## Why it matters

Whoever is on the way can read what is fetched, and replace it when the lock is made or updated: that is when its hash is
taken. Neither http nor the protocol of `git://` knows who answers.

## Bad

```nix
# file: flake.nix
{
  inputs.tool.url = "git://github.com/someone/tool";
  outputs = { self, tool }: { };
}
```

```json
// file: flake.lock
{
  "nodes": {
    "root": {
      "inputs": { "tool": "tool" }
    },
    "tool": {
      "locked": {
        "lastModified": 1790000000,
        "narHash": "sha256-mLiPeFg6LDZAZ0Wkyd7Vv7lUBJSm8MLbHqSSQqVLQ0Q=",
        "ref": "refs/heads/main",
        "rev": "0f0b4f4a6ba7cd95b1a6a8d7cdd5c3b0d0f5e1a2",
        "revCount": 7,
        "type": "git",
        "url": "git://github.com/someone/tool"
      },
      "original": { "type": "git", "url": "git://github.com/someone/tool" }
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
  inputs.tool.url = "git+https://github.com/someone/tool";
  outputs = { self, tool }: { };
}
```

```json
// file: flake.lock
{
  "nodes": {
    "root": {
      "inputs": { "tool": "tool" }
    },
    "tool": {
      "locked": {
        "lastModified": 1790000000,
        "narHash": "sha256-mLiPeFg6LDZAZ0Wkyd7Vv7lUBJSm8MLbHqSSQqVLQ0Q=",
        "ref": "refs/heads/main",
        "rev": "0f0b4f4a6ba7cd95b1a6a8d7cdd5c3b0d0f5e1a2",
        "revCount": 7,
        "type": "git",
        "url": "https://github.com/someone/tool"
      },
      "original": { "type": "git", "url": "https://github.com/someone/tool" }
    }
  },
  "root": "root",
  "version": 7
}
```
"#,
    check,
};

/// Servers that give the same over https, repositories as well as files.
const HTTPS: &[&str] = &[
    "bitbucket.org",
    "cache.nixos.org",
    "channels.nixos.org",
    "codeberg.org",
    "git.sr.ht",
    "github.com",
    "gitlab.com",
    "nixos.org",
    "releases.nixos.org",
];

fn check(context: &Context<'_>, findings: &mut Findings) {
    for declared in inputs::declared(context.lock) {
        let Some((scheme, host)) = declared.reference.get("url").and_then(insecure) else { continue };
        let name = declared.name();
        let new = declared.input.url.as_ref().filter(|_| HTTPS.contains(&host)).and_then(|(url, _)| with_https(url));
        findings.push(
            Report::new(
                declared.attr(),
                format!("input `{name}` is fetched from {host} over {scheme}, without encryption"),
            )
            .at(inputs::place(context, declared.input), "anyone on the way can change it")
            .help("use https or ssh")
            .fix("Use https", new.and_then(|url| inputs::replace_url(context, declared.input, &url))),
        );
    }
}

/// Scheme and host of a URL that is fetched in the clear from another machine.
fn insecure(url: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "git"))?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit('@').next().unwrap_or(authority);
    let host = match host.strip_prefix('[') {
        Some(address) => address.split(']').next().unwrap_or(address),
        None => host.split(':').next().unwrap_or(host),
    };
    let is_here = host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "::1";
    (!is_here && !host.is_empty()).then_some((scheme, host))
}

/// The same over https, where nothing else has to change.
fn with_https(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let has_port = rest.split('/').next().is_some_and(|authority| authority.contains([':', '@']));
    let scheme = match scheme {
        "http" => "https",
        "git" | "git+http" => "git+https",
        "tarball+http" => "tarball+https",
        "file+http" => "file+https",
        _ => return None,
    };
    (!has_port).then(|| format!("{scheme}://{rest}"))
}

#[cfg(test)]
mod tests {
    use super::{RULE, with_https};
    use crate::fixtures::of_inputs;

    #[test]
    fn protocols() {
        let check = |url: &str| of_inputs(&RULE, &[("x", url)]).into_iter().next().unwrap_or_default();
        assert_eq!(
            check("http://example.org/x.tar.gz"),
            "input `x` is fetched from example.org over http, without encryption"
        );
        assert!(check("git://example.org:1/x").contains("example.org over git"));
        assert!(check("git+http://me@example.org/x").contains("example.org over http"));
        for url in [
            "https://example.org/x.tar.gz",
            "git+https://example.org/x",
            "git+ssh://git@example.org/x",
            "github:o/r",
            "http://localhost:8000/x.tar.gz",
            "http://127.0.0.1/x.tar.gz",
            "git+http://[::1]:3000/x",
        ] {
            assert_eq!(check(url), "", "{url}");
        }
    }

    #[test]
    fn https_where_nothing_else_changes() {
        assert_eq!(with_https("git://github.com/o/r?ref=x").as_deref(), Some("git+https://github.com/o/r?ref=x"));
        assert_eq!(with_https("http://github.com/o/r.tar.gz").as_deref(), Some("https://github.com/o/r.tar.gz"));
        assert_eq!(with_https("git+http://github.com/o/r").as_deref(), Some("git+https://github.com/o/r"));
        assert_eq!(with_https("http://github.com:80/o/r.tar.gz"), None);
        assert_eq!(with_https("git+ssh://github.com/o/r"), None);
    }
}
