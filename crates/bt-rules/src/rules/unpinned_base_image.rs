//! IMG008: the base image is not pinned by a digest and a hash.

use crate::context::Context;
use crate::findings::{Findings, SUBJECTS};
use crate::image::report;
use crate::rule::{FixKind, Need, Rule};
use bt_container::{Builder, Node};
use bt_diag::Severity;

pub(crate) const RULE: Rule = Rule {
    code: "IMG008",
    name: "unpinned-base-image",
    severity: Severity::Error,
    off: false,
    summary: "The base image is not pinned by a digest and a hash",
    fix: FixKind::None,
    references: &["hadolint DL3006", "CIS Docker Benchmark 4.2", "NIST SP 800-190 3.1.5"],
    needs: &[Need::Config],
    docs: r#"
## What it finds

`pullImage` with an empty hash or without one, and with an `imageDigest` that is no
digest, both as `fromImage` and as an output of its own.

A placeholder such as `lib.fakeHash` is found by `unhashed-fetch`, wherever it is written.

`finalImageTag` is only the name that the pulled image gets, so `latest` there is fine.

## Why it matters

Without a hash Nix does not accept what it downloads, and the image cannot be built. A tag instead of a digest names another
image tomorrow.

## Bad

```nix
pkgs.dockerTools.buildLayeredImage {
  name = "app";
  tag = "1.0";
  fromImage = pkgs.dockerTools.pullImage {
    imageName = "debian";
    imageDigest = "sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";
    sha256 = "";
  };
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
  fromImage = pkgs.dockerTools.pullImage {
    imageName = "debian";
    imageDigest = "bookworm-slim";
    hash = "sha256-bu2KGnnXM/tCsbFmbVhdQMbmVlIn0+KfXdsZpKY3VXI=";
  };
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
  fromImage = pkgs.dockerTools.pullImage {
    imageName = "debian";
    imageDigest = "sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";
    hash = "sha256-bu2KGnnXM/tCsbFmbVhdQMbmVlIn0+KfXdsZpKY3VXI=";
  };
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
        let pulled = match &image.base {
            Some(base) => Some((base.builder, &base.arguments, "fromImage")),
            None => Some((image.builder, &image.arguments, "hash")),
        };
        let Some((_, arguments, part)) = pulled.filter(|(builder, ..)| *builder == Builder::PullImage) else {
            continue;
        };
        if let Some((node, flaw)) = flaw(arguments) {
            let place = node.and_then(|node| context.value(node)).or_else(|| context.set(arguments));
            let source = arguments.get("imageName").and_then(Node::text).unwrap_or("an image");
            let message = format!("`{source}`, which is pulled for {SUBJECTS}, {flaw}");
            findings.push(report(context, image, part, message, place, flaw).help(
                "`nix-prefetch-docker --image-name NAME --image-tag TAG` prints digest and hash: \
                 `imageDigest = \"sha256:…\";` and `hash = \"sha256-…\";`",
            ));
        }
    }
}

fn flaw(arguments: &Node) -> Option<(Option<&Node>, &'static str)> {
    let given = |name: &str| arguments.get(name).filter(|node| !node.is_null());
    if let Some(node) = given("imageDigest")
        && let Some(digest) = node.text()
        && !is_digest(digest)
    {
        return Some((Some(node), "is not named by a digest"));
    }
    // Before 18.09 there was no digest, and the hash went by the same name.
    let hashes: Vec<&Node> = ["hash", "sha256", "outputHash"].iter().filter_map(|name| given(name)).collect();
    match hashes.iter().find(|node| node.text() != Some("")).or(hashes.first()) {
        Some(node) => (node.text() == Some("")).then_some((Some(node), "has an empty hash")),
        None => Some((None, "has no hash")),
    }
}

/// `ALGORITHM:HEX`, as the OCI image specification has it.
fn is_digest(text: &str) -> bool {
    let hex = |text: &str| text.len() >= 32 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    text.split_once(':').is_some_and(|(algorithm, digest)| !algorithm.is_empty() && hex(digest))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::fixtures::{image, map, of_image, text};
    use bt_container::Builder;

    const DIGEST: &str = "sha256:0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9";

    fn pulled(digest: &str, hash: Option<&str>) -> Vec<String> {
        let pulled = image("a").builder(Builder::PullImage).argument("imageDigest", text(digest));
        of_image(&RULE, hash.into_iter().fold(pulled, |image, hash| image.argument("sha256", text(hash))))
    }

    #[test]
    fn what_is_pulled_is_pinned() {
        assert_eq!(
            pulled("latest", Some("1x")),
            ["`an image`, which is pulled for image `a`, is not named by a digest"]
        );
        assert_eq!(pulled(DIGEST, None), ["`an image`, which is pulled for image `a`, has no hash"]);
        assert_eq!(pulled(DIGEST, Some("")), ["`an image`, which is pulled for image `a`, has an empty hash"]);
        assert!(pulled(DIGEST, Some("1xq")).is_empty());
        assert!(of_image(&RULE, image("a").argument("fromImage", map([]))).is_empty());
    }
}
