//! The examples in a rule's documentation, as files that can be checked.
//!
//! An example is a fenced block in the section `## Bad` or `## Good`. It is a Nix expression over `pkgs` and `lib`, unless
//! its first line names a file (`# file: flake.nix`, `// file: flake.lock`): such blocks are the files of one flake,
//! until a name comes again and begins the next example.

/// An example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Example {
    /// Whether it has the flaw.
    pub bad: bool,
    /// Its files: a flake's, or one expression without a name.
    pub files: Vec<ExampleFile>,
}

/// A file of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExampleFile {
    /// Its name; `None` for an expression over `pkgs` and `lib`.
    pub name: Option<String>,
    /// Its text, without the line that names it.
    pub text: String,
}

pub(crate) fn parse_examples(docs: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    // Whether the section is of bad examples; `None` outside both.
    let mut section = None;
    let mut lines = docs.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            section = match title.trim() {
                "Bad" => Some(true),
                "Good" => Some(false),
                _ => None,
            };
        } else if line.starts_with("```") {
            let block: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            if let Some(bad) = section {
                add(&mut examples, bad, parse_file(&block));
            }
        }
    }
    examples
}

fn parse_file(lines: &[&str]) -> ExampleFile {
    let name = lines.first().and_then(|line| line.strip_prefix("# file: ").or(line.strip_prefix("// file: ")));
    let text = if name.is_some() { &lines[1..] } else { lines };
    ExampleFile { name: name.map(|n| n.trim().to_string()), text: text.join("\n") + "\n" }
}

fn add(examples: &mut Vec<Example>, bad: bool, file: ExampleFile) {
    if let Some(last) = examples.last_mut().filter(|last| last.bad == bad && file.name.is_some()) {
        let is_next_flake = last.files.iter().any(|f| f.name.is_none() || f.name == file.name);
        if !is_next_flake {
            last.files.push(file);
            return;
        }
    }
    examples.push(Example { bad, files: vec![file] });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_expressions_and_flakes() {
        let docs = "text\n```nix\nnot an example\n```\n## Bad\n```nix\n1\n```\n```nix\n2\n```\n## Good\n\
            ```nix\n# file: flake.nix\n{ }\n```\n```json\n// file: flake.lock\n{}\n```\n```nix\n# file: flake.nix\n3\n```\n";
        let examples = parse_examples(docs);
        let file = |name: Option<&str>, text: &str| ExampleFile { name: name.map(Into::into), text: text.into() };
        let expected = [
            Example { bad: true, files: vec![file(None, "1\n")] },
            Example { bad: true, files: vec![file(None, "2\n")] },
            Example { bad: false, files: vec![file(Some("flake.nix"), "{ }\n"), file(Some("flake.lock"), "{}\n")] },
            Example { bad: false, files: vec![file(Some("flake.nix"), "3\n")] },
        ];
        assert_eq!(examples, expected);
    }
}
