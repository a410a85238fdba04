//! A derivation as ATerm text.

use std::collections::BTreeSet;

use crate::path::StorePath;

use super::Derivation;
use super::modulo::ReplacedInputs;

/// How many bytes are looked at together for one that needs an escape; a power of two that vectorises.
const SCAN: usize = 32;

/// What stands in the list of input derivations.
#[derive(Clone, Copy)]
pub(super) enum Inputs<'a> {
    /// The paths of the `.drv` files.
    Paths,
    /// Hashes in their place.
    Replaced(&'a ReplacedInputs<'a>),
}

/// Whether the derivation's own output paths stand in the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnPaths {
    /// As they are.
    Shown,
    /// Empty strings in their place, in the outputs and in the variables named after them.
    Masked,
}

impl Derivation {
    /// The bytes of the `.drv` file: `Derive([outputs],[inputs],[sources],"system","builder",[arguments],[variables])`.
    ///
    /// Builder, arguments and variables are escaped. Everything else, `system` included, is written as it is, as Nix
    /// does; when it holds a quote, the text cannot be read back.
    pub fn to_aterm(&self) -> Vec<u8> {
        self.unparse(Inputs::Paths, OwnPaths::Shown)
    }

    pub(super) fn unparse(&self, inputs: Inputs<'_>, own_paths: OwnPaths) -> Vec<u8> {
        let mut text = Vec::with_capacity(self.aterm_len(inputs));
        text.extend_from_slice(b"Derive(");
        self.write_outputs(&mut text, own_paths);
        text.push(b',');
        self.write_inputs(&mut text, inputs);
        text.push(b',');
        list(&mut text, &self.input_sources, |text, path| raw(text, path.as_str().as_bytes()));
        text.push(b',');
        raw(&mut text, &self.system);
        text.push(b',');
        escaped(&mut text, &self.builder);
        text.push(b',');
        list(&mut text, &self.arguments, |text, argument| escaped(text, argument));
        text.push(b',');
        self.write_environment(&mut text, own_paths);
        text.push(b')');
        text
    }

    fn write_outputs(&self, text: &mut Vec<u8>, own_paths: OwnPaths) {
        list(text, &self.outputs, |text, (name, output)| {
            let path = match own_paths {
                OwnPaths::Shown => output.path.as_ref().map_or("", StorePath::as_str),
                OwnPaths::Masked => "",
            };
            text.push(b'(');
            raw(text, name.as_bytes());
            text.push(b',');
            raw(text, path.as_bytes());
            text.push(b',');
            raw(text, output.hash_algorithm.as_bytes());
            text.push(b',');
            raw(text, output.hash.as_bytes());
            text.push(b')');
        });
    }

    fn write_inputs(&self, text: &mut Vec<u8>, inputs: Inputs<'_>) {
        match inputs {
            Inputs::Paths => list(text, &self.input_derivations, |text, (path, outputs)| {
                write_input(text, path.as_str().as_bytes(), outputs);
            }),
            Inputs::Replaced(replaced) => list(text, replaced.groups(), |text, group| match group {
                [(hash, outputs)] => write_input(text, hash.to_base16().as_bytes(), *outputs),
                [(hash, _), ..] => {
                    let merged: BTreeSet<&String> = group.iter().flat_map(|(_, outputs)| *outputs).collect();
                    write_input(text, hash.to_base16().as_bytes(), merged);
                }
                [] => {}
            }),
        }
    }

    fn write_environment(&self, text: &mut Vec<u8>, own_paths: OwnPaths) {
        list(text, &self.environment, |text, (name, value)| {
            let masked = own_paths == OwnPaths::Masked && self.is_output_name(name);
            text.push(b'(');
            escaped(text, name);
            text.push(b',');
            escaped(text, if masked { b"" } else { value });
            text.push(b')');
        });
    }

    fn is_output_name(&self, name: &[u8]) -> bool {
        std::str::from_utf8(name).is_ok_and(|name| self.outputs.contains_key(name))
    }

    /// The length of the text when nothing needs an escape, and then a little.
    fn aterm_len(&self, inputs: Inputs<'_>) -> usize {
        const PATH: usize = 80;
        let outputs: usize = self.outputs.values().map(|output| 2 * PATH + output.hash.len()).sum();
        let inputs = match inputs {
            Inputs::Paths => self.input_derivations.len(),
            Inputs::Replaced(replaced) => replaced.len(),
        };
        let arguments: usize = self.arguments.iter().map(|argument| argument.len() + 3).sum();
        let variables: usize = self.environment.iter().map(|(name, value)| name.len() + value.len() + 8).sum();
        let plain = outputs + (PATH + 16) * inputs + PATH * self.input_sources.len() + arguments + variables;
        64 + plain + self.builder.len() + self.system.len() + plain / 16
    }
}

fn write_input<'a>(text: &mut Vec<u8>, key: &[u8], outputs: impl IntoIterator<Item = &'a String>) {
    text.push(b'(');
    raw(text, key);
    text.push(b',');
    list(text, outputs, |text, output| raw(text, output.as_bytes()));
    text.push(b')');
}

/// `[item,item]`.
fn list<T>(text: &mut Vec<u8>, items: impl IntoIterator<Item = T>, mut write: impl FnMut(&mut Vec<u8>, T)) {
    text.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        write(text, item);
    }
    text.push(b']');
}

/// A string as it is.
fn raw(text: &mut Vec<u8>, string: &[u8]) {
    text.push(b'"');
    text.extend_from_slice(string);
    text.push(b'"');
}

/// A string with backslashes before what needs one. Chunks that need none are judged without a branch per byte, and
/// clean runs are copied whole.
fn escaped(text: &mut Vec<u8>, string: &[u8]) {
    text.push(b'"');
    let mut copied = 0;
    for (index, chunk) in string.chunks(SCAN).enumerate() {
        if !chunk.iter().fold(false, |found, &byte| found | is_special(byte)) {
            continue;
        }
        let start = index * SCAN;
        for (offset, &byte) in chunk.iter().enumerate() {
            let letter = match byte {
                b'"' | b'\\' => byte,
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                _ => continue,
            };
            text.extend_from_slice(&string[copied..start + offset]);
            text.extend_from_slice(&[b'\\', letter]);
            copied = start + offset + 1;
        }
    }
    text.extend_from_slice(&string[copied..]);
    text.push(b'"');
}

const fn is_special(byte: u8) -> bool {
    (byte == b'"') | (byte == b'\\') | (byte == b'\n') | (byte == b'\r') | (byte == b'\t')
}
