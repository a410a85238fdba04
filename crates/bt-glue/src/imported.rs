//! `import` of a `.drv` file: the derivation with its outputs, without the attributes that it was made from (Nix manual,
//! "import").

use crate::glue::KnownDerivation;
use bt_store::StorePath;
use bt_store::path::unknown_ca_output_placeholder;
use std::fmt::Write as _;

/// A program whose value is the first output of the derivation at a path.
pub(crate) fn program(path: &str, known: &KnownDerivation) -> String {
    let mut outputs = String::new();
    for (name, output) in &known.derivation.outputs {
        let text = match (&output.path, StorePath::parse_absolute(path)) {
            (Some(path), _) => path.to_string(),
            (None, Ok(derivation)) => unknown_ca_output_placeholder(&derivation, name),
            (None, Err(_)) => continue,
        };
        let _ = writeln!(outputs, "{} = output {} {};", literal(name), literal(name), literal(&text));
    }
    let first = known.derivation.outputs.keys().next().map(String::as_str).unwrap_or("out");
    format!(
        "let
  path = {path};
  output = name: text: builtins.appendContext text {{ ${{path}}.outputs = [ name ]; }};
  paths = {{ {outputs} }};
  made = builtins.mapAttrs (outputName: outPath: common // {{ inherit outputName outPath; }}) paths;
  common = made // {{
    name = {name};
    type = \"derivation\";
    drvPath = builtins.appendContext path {{ ${{path}}.allOutputs = true; }};
    all = builtins.attrValues made;
  }};
in made.{first}
",
        path = literal(path),
        name = literal(&known.name),
        first = literal(first),
    )
}

/// A string of the language.
fn literal(text: &str) -> String {
    let mut literal = String::from("\"");
    for character in text.chars() {
        if matches!(character, '"' | '\\' | '$') {
            literal.push('\\');
        }
        literal.push(character);
    }
    literal + "\""
}
