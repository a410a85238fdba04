//! The configuration that `bt-lint init` writes.

/// A file that says what can be set, and changes nothing but the baseline.
pub fn text(baseline: Option<&str>) -> String {
    let baseline = match baseline {
        Some(name) => format!("baseline = \"{name}\"\n"),
        None => "# baseline = \"bt-lint-baseline.json\"\n".to_string(),
    };
    START.to_string() + &baseline + END
}

const START: &str = r#"# Configuration of bt-lint. `bt-lint config` shows what counts, `bt-lint rule --all` lists the rules.

# The least severity that makes the exit code 1: error, warning, info or never.
fail-on = "error"

# Rules by code, name or family. `ignore` counts more than what selects.
ignore = []
extend-select = []

# Findings that are known: they are counted, but not listed. `bt-lint init --baseline` writes the file.
"#;

const END: &str = r#"
# Only some images and compose files.
# outputs = ["packages.*.container-*"]
# exclude-outputs = ["checks"]

# How bad findings are.
# [severity]
# image-tag-latest = "error"

# Rules that are ignored in files.
# [per-file-ignores]
# "nix/tests/*.nix" = ["CNT"]

# Options of rules.
# [rules.stale-nixpkgs]
# max-age = 60
# [rules.shell-in-image]
# allowed-in = { "debug-*" = ["bash-interactive"] }
# [rules.untrusted-registry]
# trusted-registries = ["docker.io/library", "ghcr.io/your-name"]
"#;

#[cfg(test)]
mod tests {
    use super::text;
    use crate::config::{Configuration, read};
    use bt_diag::SourceMap;

    fn read(text: &str) -> Configuration {
        let sources = SourceMap::new();
        read::read(&sources.add("bt-lint.toml", text.into()).unwrap()).unwrap_or_else(|e| panic!("{e:?}\n{text}"))
    }

    #[test]
    fn it_changes_nothing() {
        let configuration = read(&text(None));
        let said = configuration.said.clone();
        assert_eq!(said.len(), 3);
        let fail_on = Some(crate::cli::FailOn::Error);
        assert_eq!(configuration, Configuration { said, fail_on, ..Configuration::default() });
        assert_eq!(read(&text(Some("b.json"))).baseline.as_deref(), Some("b.json"));
    }

    #[test]
    fn what_is_a_comment_can_be_used() {
        let is_code = |line: &str| line.starts_with('[') || line.contains(" = ");
        let lines = text(None);
        let lines = lines.lines().map(|line| match line.strip_prefix("# ") {
            Some(code) if is_code(code) => code,
            _ => line,
        });
        assert_eq!(read(&lines.collect::<Vec<_>>().join("\n")).said.len(), 11);
    }
}
