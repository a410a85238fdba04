//! The hash that identifies a derivation by what it builds from, and the output paths that follow from it.
//!
//! In the text that is hashed every input derivation is replaced by its own such hash. A fixed output counts as its
//! contents alone, so that fetching the same file in another way changes no path further up.

use std::collections::{BTreeMap, BTreeSet};

use crate::hash::{Hash, HashAlgorithm};
use crate::path::{ContentMethod, StorePath, make_content_path, make_output_path, placeholder};

use super::output::OutputKind;
use super::write::{Inputs, OwnPaths};
use super::{Derivation, DerivationError, DerivationOutput, ModuloError};

/// What Nix calls the hash modulo of a derivation. It is the same for every output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashModulo {
    /// Always a SHA-256.
    pub hash: Hash,
    /// Whether this derivation or something below it is content-addressed and not fixed, so that output paths further
    /// up cannot be known before it is built.
    pub deferred: bool,
}

/// The input derivations, replaced by their hashes.
pub(super) struct ReplacedInputs<'a> {
    /// Sorted by hash; different derivations may have the same one.
    inputs: Vec<(Hash, &'a BTreeSet<String>)>,
    deferred: bool,
}

impl<'a> ReplacedInputs<'a> {
    fn lookup<E>(
        input_derivations: &'a BTreeMap<StorePath, BTreeSet<String>>,
        lookup: &mut dyn FnMut(&StorePath) -> Result<HashModulo, E>,
    ) -> Result<Self, ModuloError<E>> {
        let mut inputs = Vec::with_capacity(input_derivations.len());
        let mut any_deferred = false;
        for (path, outputs) in input_derivations {
            let HashModulo { hash, deferred } = lookup(path).map_err(ModuloError::Lookup)?;
            any_deferred |= deferred;
            // An input of which no output is used leaves no trace in the text.
            if !outputs.is_empty() {
                inputs.push((hash, outputs));
            }
        }
        inputs.sort_by_key(|&(hash, _)| hash);
        Ok(Self { inputs, deferred: any_deferred })
    }

    pub(super) fn len(&self) -> usize {
        self.inputs.len()
    }

    /// The inputs that have the same hash, together.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[(Hash, &'a BTreeSet<String>)]> {
        self.inputs.chunk_by(|(left, _), (right, _)| left == right)
    }
}

/// How the paths of all outputs of a derivation are decided.
enum Kind {
    InputAddressed,
    Fixed { method: ContentMethod, hash: Hash },
    Floating,
    Impure,
}

impl Derivation {
    /// The hash of this derivation as an input of others (`mask_outputs` false) or for its own output paths
    /// (`mask_outputs` true: the paths themselves are left out).
    ///
    /// `lookup` gives the hash of an input derivation, made with `mask_outputs` false; the caller remembers it. It is
    /// asked once for each input, in the order of their paths, and not at all for fixed and impure outputs. Whether an
    /// input has the outputs that are used of it is for the caller to check.
    ///
    /// # Errors
    /// [`ModuloError::Lookup`] as soon as a lookup fails, [`ModuloError::Derivation`] when the outputs are not well
    /// formed.
    pub fn hash_modulo<E>(
        &self,
        mask_outputs: bool,
        lookup: &mut dyn FnMut(&StorePath) -> Result<HashModulo, E>,
    ) -> Result<HashModulo, ModuloError<E>> {
        let own_paths = if mask_outputs { OwnPaths::Masked } else { OwnPaths::Shown };
        match self.kind()? {
            Kind::Fixed { method, hash } => Ok(self.fixed_hash_modulo(method, &hash)?),
            Kind::Impure => Ok(impure_hash_modulo()),
            kind @ (Kind::InputAddressed | Kind::Floating) => {
                let inputs = ReplacedInputs::lookup(&self.input_derivations, lookup)?;
                let deferred = inputs.deferred || matches!(kind, Kind::Floating);
                Ok(HashModulo { hash: self.hash_text(&inputs, own_paths), deferred })
            }
        }
    }

    /// Fills in the paths of the outputs and the variables named after them, as `derivationStrict` does; `name` is the
    /// derivation's name, without `.drv`. Paths that are there already are computed anew.
    ///
    /// Outputs that cannot be known before a build keep no path: the variables of floating and impure outputs get the
    /// output's [`placeholder`], those of input-addressed outputs with deferred inputs are empty.
    ///
    /// The result is [`Derivation::hash_modulo`] with `mask_outputs` false, for whoever uses this derivation as an
    /// input. `lookup` is the same as there, and each input is looked up once.
    ///
    /// # Errors
    /// As [`Derivation::hash_modulo`], and [`DerivationError::Path`] when an output's path cannot have its name. The
    /// derivation may then be filled in part.
    pub fn calculate_output_paths<E>(
        &mut self,
        name: &str,
        lookup: &mut dyn FnMut(&StorePath) -> Result<HashModulo, E>,
    ) -> Result<HashModulo, ModuloError<E>> {
        match self.kind()? {
            Kind::Fixed { method, hash } => {
                let path = make_content_path(name, method, &hash)?;
                self.set_outputs(|_, output, variable| {
                    *variable = path.as_str().into();
                    output.path = Some(path.clone());
                    Ok(())
                })?;
                Ok(self.fixed_hash_modulo(method, &hash)?)
            }
            Kind::Floating | Kind::Impure => {
                self.set_outputs(|output_name, output, variable| {
                    *variable = placeholder(output_name).into();
                    output.path = None;
                    Ok(())
                })?;
                self.hash_modulo(false, lookup)
            }
            Kind::InputAddressed => {
                // The inputs are lent out while the outputs change; they are not read from `self` meanwhile.
                let input_derivations = std::mem::take(&mut self.input_derivations);
                let result = ReplacedInputs::lookup(&input_derivations, lookup)
                    .and_then(|inputs| Ok(self.set_input_addressed_paths(name, &inputs)?));
                self.input_derivations = input_derivations;
                result
            }
        }
    }

    fn set_input_addressed_paths(
        &mut self,
        name: &str,
        inputs: &ReplacedInputs<'_>,
    ) -> Result<HashModulo, DerivationError> {
        // The masked text has the variables too, empty, so they must exist before it is hashed.
        self.set_outputs(|_, output, variable| {
            variable.clear();
            output.path = None;
            Ok(())
        })?;
        if !inputs.deferred {
            let masked = self.hash_text(inputs, OwnPaths::Masked);
            self.set_outputs(|output_name, output, variable| {
                let path = make_output_path(output_name, &masked, name)?;
                *variable = path.as_str().into();
                output.path = Some(path);
                Ok(())
            })?;
        }
        Ok(HashModulo { hash: self.hash_text(inputs, OwnPaths::Shown), deferred: inputs.deferred })
    }

    /// Calls `set` with the name of each output, the output and its variable, which is made when it is missing.
    fn set_outputs(
        &mut self,
        mut set: impl FnMut(&str, &mut DerivationOutput, &mut Vec<u8>) -> Result<(), DerivationError>,
    ) -> Result<(), DerivationError> {
        for (name, output) in &mut self.outputs {
            let variable = match self.environment.get_mut(name.as_bytes()) {
                Some(variable) => variable,
                None => self.environment.entry(name.clone().into_bytes()).or_default(),
            };
            set(name, output, variable)?;
        }
        Ok(())
    }

    fn hash_text(&self, inputs: &ReplacedInputs<'_>, own_paths: OwnPaths) -> Hash {
        Hash::digest(HashAlgorithm::Sha256, &self.unparse(Inputs::Replaced(inputs), own_paths))
    }

    fn fixed_hash_modulo(&self, method: ContentMethod, hash: &Hash) -> Result<HashModulo, DerivationError> {
        let path = self.outputs.values().find_map(|output| output.path.as_ref()).ok_or(DerivationError::NoFixedPath)?;
        let text = format!("fixed:out:{}{}:{}:{path}", method.prefix(), hash.algorithm(), hash.to_base16());
        Ok(HashModulo { hash: Hash::digest(HashAlgorithm::Sha256, text.as_bytes()), deferred: false })
    }

    fn kind(&self) -> Result<Kind, DerivationError> {
        let mut kinds = self.outputs.iter().map(|(name, output)| {
            Ok(match output.kind()? {
                OutputKind::InputAddressed => Kind::InputAddressed,
                OutputKind::Fixed { method, hash } if name == "out" => Kind::Fixed { method, hash },
                OutputKind::Fixed { .. } => return Err(DerivationError::MixedOutputs),
                OutputKind::Floating { .. } => Kind::Floating,
                OutputKind::Impure { .. } => Kind::Impure,
            })
        });
        let first = kinds.next().ok_or(DerivationError::NoOutputs)??;
        for kind in kinds {
            match (&first, kind?) {
                (Kind::InputAddressed, Kind::InputAddressed)
                | (Kind::Floating, Kind::Floating)
                | (Kind::Impure, Kind::Impure) => {}
                _ => return Err(DerivationError::MixedOutputs),
            }
        }
        Ok(first)
    }
}

/// Impure derivations are all the same to whoever uses them, since nothing can be said about their outputs.
fn impure_hash_modulo() -> HashModulo {
    HashModulo { hash: Hash::digest(HashAlgorithm::Sha256, b"impure"), deferred: true }
}
