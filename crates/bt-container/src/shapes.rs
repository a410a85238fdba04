//! What the derivations of nixpkgs' trivial builders say of the files that they make.
//!
//! nixpkgs does not mark them: each is known by the variables that its builder sets, and by the commands that the builder
//! writes (nixpkgs, pkgs/build-support/trivial-builders and buildenv, since 16.09).

use bt_glue::KnownDerivation;

/// How a derivation makes its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Shape {
    /// `writeTextFile`: the text goes to a path below the output; the empty path is the output itself.
    Text {
        /// Without a leading slash.
        path: String,
    },
    /// `symlinkJoin`, `buildEnv`: the files of other packages.
    Union {
        /// Absolute store paths.
        paths: Vec<String>,
        /// Commands that run afterwards.
        script: Option<String>,
    },
    /// Anything else.
    Other,
}

/// The variable of a derivation as text; `None` when it is not set.
pub(crate) fn variable(known: &KnownDerivation, name: &str) -> Option<String> {
    let bytes = known.derivation.environment.get(name.as_bytes())?;
    Some(String::from_utf8_lossy(bytes).into_owned())
}

/// The shape of a derivation.
pub(crate) fn shape_of(known: &KnownDerivation) -> Shape {
    shape(|name| variable(known, name)).unwrap_or(Shape::Other)
}

fn shape(variable: impl Fn(&str) -> Option<String>) -> Option<Shape> {
    let command = variable("buildCommand")?;
    if variable("text").is_some() && variable("executable").is_some() {
        return Some(Shape::Text { path: destination(&command)? });
    }
    if let Some(packages) = variable("pkgs").filter(|_| variable("pathsToLink").is_some()) {
        if !variable("extraPrefix").is_none_or(|prefix| prefix.is_empty()) {
            return None;
        }
        return Some(Shape::Union { paths: installed(&packages)?, script: non_empty(&variable("postBuild")?) });
    }
    let paths = variable("paths")?.split_ascii_whitespace().map(str::to_string).collect();
    Some(Shape::Union { paths, script: after_links(&command)? })
}

fn non_empty(script: &str) -> Option<String> {
    Some(script.trim()).filter(|script| !script.is_empty()).map(str::to_string)
}

/// Where `writeTextFile` puts its text: the first command is `target=$out` and a word of the shell (before 23.05 `n=$out`).
fn destination(command: &str) -> Option<String> {
    let line = command.trim_start().lines().next()?;
    let word = ["target=$out", "n=$out"].iter().find_map(|start| line.strip_prefix(start))?;
    Some(unquoted(word.trim_end())?.trim_matches('/').to_string())
}

/// What a word of the shell is without its quotes; `None` when that is not plain.
fn unquoted(word: &str) -> Option<String> {
    let mut text = String::with_capacity(word.len());
    let mut chars = word.chars();
    while let Some(c) = chars.next() {
        match c {
            '\'' => loop {
                match chars.next()? {
                    '\'' => break,
                    c => text.push(c),
                }
            },
            '\\' => text.push(chars.next()?),
            '"' | '$' | '`' | ';' | '&' | '|' | '*' | '?' | '[' | ' ' | '\t' => return None,
            c => text.push(c),
        }
    }
    Some(text)
}

/// The paths in what `buildEnv` gives its builder: `[{"paths": […], "priority": 5}, …]`.
fn installed(packages: &str) -> Option<Vec<String>> {
    let packages: Vec<serde_json::Value> = serde_json::from_str(packages).ok()?;
    let mut paths = Vec::new();
    for package in &packages {
        for path in package.get("paths")?.as_array()? {
            paths.push(path.as_str()?.to_string());
        }
    }
    Some(paths)
}

/// What `symlinkJoin` runs after its loop over `lndir`; `None` when that loop links something else.
fn after_links(command: &str) -> Option<Option<String>> {
    let (_, links) = command.split_once("/bin/lndir ")?;
    let mut words = links.split_ascii_whitespace().filter(|word| !word.starts_with('-'));
    if words.next()? != "$i" || words.next()?.trim_end_matches(';') != "$out" {
        return None;
    }
    let (_, rest) = links.split_once("\ndone")?;
    Some(non_empty(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape_with(variables: &[(&str, &str)]) -> Shape {
        let variable = |name: &str| variables.iter().find(|(n, _)| *n == name).map(|(_, value)| value.to_string());
        shape(variable).unwrap_or(Shape::Other)
    }

    #[test]
    fn texts() {
        let text = |command: &str| {
            shape_with(&[("text", "x"), ("executable", ""), ("buildCommand", command), ("passAsFile", "text")])
        };
        let at = |path: &str| Shape::Text { path: path.into() };
        assert_eq!(text("target=$out/etc/passwd\nmkdir -p x"), at("etc/passwd"));
        assert_eq!(text("target=$out'/etc/my file'\n"), at("etc/my file"));
        assert_eq!(text("target=$out'/it'\\''s'\n"), at("it's"));
        assert_eq!(text("target=$out''\n"), at(""));
        assert_eq!(text("n=$out/bin/start\n"), at("bin/start"));
        for other in ["", "target=$out\"$x\"", "target=$out/$x", "target=$out'/open", "cp $textPath $out"] {
            assert_eq!(text(other), Shape::Other, "{other}");
        }
        assert_eq!(shape_with(&[("text", "x"), ("buildCommand", "target=$out/x")]), Shape::Other);
    }

    #[test]
    fn joined_links() {
        let join = |command: &str| shape_with(&[("paths", "/nix/store/a /nix/store/b"), ("buildCommand", command)]);
        let union = |script: Option<&str>| Shape::Union {
            paths: vec!["/nix/store/a".into(), "/nix/store/b".into()],
            script: script.map(str::to_string),
        };
        let old = "mkdir -p $out\nfor i in $paths; do\n  /nix/store/l/bin/lndir $i $out\ndone\n";
        let new = "mkdir -p $out\nfor i in $(cat $pathsPath); do\n  if test -d $i; then /nix/store/l/bin/lndir -silent $i $out; fi\ndone\n";
        assert_eq!(join(old), union(None));
        assert_eq!(join(new), union(None));
        assert_eq!(join(&format!("{old}rm $out/x\n")), union(Some("rm $out/x")));
        assert_eq!(join(&old.replace("$i ", "$i/usr ")), Shape::Other);
        assert_eq!(join("for i in $paths; do cp -r $i $out; done"), Shape::Other);
    }

    #[test]
    fn environments() {
        let build = |packages: &str, prefix: &str| {
            shape_with(&[
                ("pkgs", packages),
                ("pathsToLink", "/"),
                ("extraPrefix", prefix),
                ("postBuild", "\n"),
                ("buildCommand", "perl -w builder.pl\n"),
            ])
        };
        let packages =
            r#"[{"paths":["/nix/store/a","/nix/store/b-man"],"priority":5},{"paths":["/nix/store/c"],"priority":10}]"#;
        let paths = ["/nix/store/a", "/nix/store/b-man", "/nix/store/c"].map(str::to_string).to_vec();
        assert_eq!(build(packages, ""), Shape::Union { paths, script: None });
        assert_eq!(build(packages, "/share"), Shape::Other);
        for other in ["", "{}", "[1]", r#"[{"paths":[1]}]"#] {
            assert_eq!(build(other, ""), Shape::Other, "{other}");
        }
    }
}
