use std::collections::BTreeMap;
use std::convert::Infallible;

use bt_store::derivation::OutputKind;
use bt_store::path::{ContentMethod, unknown_ca_output_placeholder};
use bt_store::{
    Derivation, DerivationError, DerivationOutput, Hash, HashAlgorithm, HashModulo, ModuloError, StorePath,
};

/// The files that Nix wrote, by their base names.
pub const FILES: &[(&str, &[u8])] = &include!("../data/derivations.rs");

struct Store {
    derivations: BTreeMap<StorePath, Derivation>,
    hashes: BTreeMap<StorePath, HashModulo>,
}

impl Store {
    fn new() -> Self {
        let derivations = FILES
            .iter()
            .map(|(name, bytes)| (StorePath::from_base_name(name).unwrap(), Derivation::parse(bytes).unwrap()))
            .collect();
        Self { derivations, hashes: BTreeMap::new() }
    }

    /// The path and the value of the only derivation of this name.
    fn get(&self, name: &str) -> (StorePath, Derivation) {
        let mut named = self.derivations.iter().filter(|(path, _)| path.derivation_name() == Some(name));
        let (path, derivation) = named.next().unwrap();
        assert!(named.next().is_none());
        (path.clone(), derivation.clone())
    }

    fn hash(&mut self, path: &StorePath) -> HashModulo {
        if let Some(hash) = self.hashes.get(path) {
            return *hash;
        }
        let derivation = self.derivations[path].clone();
        let hash = derivation.hash_modulo(false, &mut |input| Ok::<_, Infallible>(self.hash(input))).unwrap();
        self.hashes.insert(path.clone(), hash);
        hash
    }
}

/// What stands in place of the lookup when there is nothing to look up.
pub fn no_inputs(path: &StorePath) -> Result<HashModulo, String> {
    Err(format!("no {path}"))
}

pub fn simple() -> Derivation {
    let mut derivation = Derivation::default();
    derivation.outputs.insert("out".to_owned(), DerivationOutput::input_addressed());
    derivation
}

#[test]
fn output_paths_are_those_of_nix() {
    let mut store = Store::new();
    for (path, expected) in store.derivations.clone() {
        for with_variables in [true, false] {
            let mut derivation = expected.clone();
            for (name, output) in &mut derivation.outputs {
                output.path = None;
                if with_variables {
                    derivation.environment.insert(name.clone().into_bytes(), b"to be replaced".to_vec());
                } else {
                    derivation.environment.remove(name.as_bytes());
                }
            }
            let name = path.derivation_name().unwrap();
            let mut lookup = |input: &StorePath| Ok::<_, Infallible>(store.hash(input));
            let hash = derivation.calculate_output_paths(name, &mut lookup).unwrap();
            assert_eq!(derivation, expected, "{path}");
            assert_eq!(hash, store.hash(&path), "{path}");
        }
    }
}

#[test]
fn one_content_fetched_in_two_ways_is_one_input() {
    let mut store = Store::new();
    let (_, merged) = store.get("merged");
    let fetched: Vec<&StorePath> =
        merged.input_derivations.keys().filter(|path| path.name() == "fetched.drv").collect();
    assert_eq!(fetched.len(), 2);
    assert_eq!(store.hash(fetched[0]), store.hash(fetched[1]));

    // Fetched in a third way: another derivation file, the same output paths.
    let mut changed = merged.clone();
    let third = StorePath::from_base_name(&format!("{}-third.drv", "0".repeat(32))).unwrap();
    let outputs = changed.input_derivations.remove(&fetched[0].clone()).unwrap();
    changed.input_derivations.insert(third.clone(), outputs);
    let stand_in = fetched[1].clone();
    changed
        .calculate_output_paths("merged", &mut |input| {
            Ok::<_, Infallible>(store.hash(if *input == third { &stand_in } else { input }))
        })
        .unwrap();
    assert_eq!(changed.outputs, merged.outputs);
    assert_ne!(changed.derivation_path("merged"), merged.derivation_path("merged"));
}

#[test]
fn outputs_of_one_hash_are_joined() {
    let mut derivation = simple();
    for (digit, output) in [("0", "out"), ("1", "dev"), ("2", "out"), ("3", "doc")] {
        let path = StorePath::from_base_name(&format!("{}-input.drv", digit.repeat(32))).unwrap();
        derivation.input_derivations.insert(path, [output.to_owned()].into());
    }
    let hash = |path: &StorePath| {
        Hash::digest(HashAlgorithm::Sha256, if path.hash_part().starts_with('3') { b"b" } else { b"a" })
    };
    let modulo = derivation
        .hash_modulo(true, &mut |path| Ok::<_, Infallible>(HashModulo { hash: hash(path), deferred: false }))
        .unwrap();
    // The digest of "b" sorts first.
    let text = concat!(
        r#"Derive([("out","","","")],[("3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d",["doc"]),"#,
        r#"("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb",["dev","out"])],[],"","",[],[])"#,
    );
    assert_eq!(modulo.hash, Hash::digest(HashAlgorithm::Sha256, text.as_bytes()));
}

#[test]
fn kinds_of_outputs() {
    let mut store = Store::new();
    for (name, fixed, deferred) in [
        ("simple", false, false),
        ("md5-flat", true, false),
        ("nested-fixed", true, false),
        ("merged", false, false),
        ("floating", false, true),
        ("deferred", false, true),
        ("above-deferred", false, true),
        ("impure", false, true),
        ("above-impure", false, true),
    ] {
        let (path, derivation) = store.get(name);
        assert_eq!(derivation.is_fixed_output(), fixed, "{name}");
        assert_eq!(store.hash(&path).deferred, deferred, "{name}");
    }

    let kind = |name: &str| store.get(name).1.outputs["out"].kind().unwrap();
    let algorithm = HashAlgorithm::Sha256;
    assert_eq!(kind("simple"), OutputKind::InputAddressed);
    assert_eq!(kind("deferred"), OutputKind::InputAddressed);
    assert_eq!(kind("floating"), OutputKind::Floating { method: ContentMethod::Nar, algorithm });
    assert_eq!(kind("impure"), OutputKind::Impure { method: ContentMethod::Nar, algorithm });
    assert_eq!(kind("empty-hash"), OutputKind::Fixed { method: ContentMethod::Nar, hash: Hash::zero(algorithm) });
    let hash = Hash::digest(HashAlgorithm::Md5, b"");
    assert_eq!(kind("md5-flat"), OutputKind::Fixed { method: ContentMethod::Flat, hash });

    assert_eq!(
        DerivationOutput::fixed(ContentMethod::Flat, &hash).kind(),
        Ok(OutputKind::Fixed { method: ContentMethod::Flat, hash })
    );
    assert_eq!(
        DerivationOutput::impure(ContentMethod::Nar, algorithm).kind(),
        Ok(OutputKind::Impure { method: ContentMethod::Nar, algorithm })
    );
}

#[test]
fn placeholders_of_floating_outputs_are_those_of_nix() {
    let store = Store::new();
    let (_, user) = store.get("deferred");
    let (path, _) = store.get("floating");
    let variable = |name: &str| str::from_utf8(&user.environment[name.as_bytes()]).unwrap().to_owned();
    assert_eq!(variable("floating"), unknown_ca_output_placeholder(&path, "out"));

    let (_, user) = store.get("above-deferred");
    let (path, _) = store.get("deferred");
    let variable = |name: &str| str::from_utf8(&user.environment[name.as_bytes()]).unwrap().to_owned();
    assert_eq!(variable("deferred"), unknown_ca_output_placeholder(&path, "out"));
    assert_eq!(variable("header"), unknown_ca_output_placeholder(&path, "dev"));
}

#[test]
fn a_failing_lookup_leaves_the_inputs_in_place() {
    let (_, mut derivation) = Store::new().get("inputs");
    let before = derivation.input_derivations.clone();
    let result = derivation.calculate_output_paths("inputs", &mut no_inputs);
    assert!(matches!(result, Err(ModuloError::Lookup(_))));
    assert_eq!(derivation.input_derivations, before);
}

#[test]
fn outputs_that_contradict_each_other_are_refused() {
    let hash = Hash::zero(HashAlgorithm::Sha256);
    let fixed = DerivationOutput::fixed(ContentMethod::Nar, &hash);
    let floating = DerivationOutput::floating(ContentMethod::Nar, HashAlgorithm::Sha256);
    let error = |outputs: &[(&str, &DerivationOutput)]| {
        let outputs = outputs.iter().map(|&(name, output)| (name.to_owned(), output.clone())).collect();
        let derivation = Derivation { outputs, ..Derivation::default() };
        match derivation.hash_modulo(false, &mut no_inputs) {
            Err(ModuloError::Derivation(error)) => error,
            other => panic!("{other:?}"),
        }
    };
    let plain = DerivationOutput::input_addressed();
    assert_eq!(error(&[]), DerivationError::NoOutputs);
    assert_eq!(error(&[("dev", &fixed)]), DerivationError::MixedOutputs);
    assert_eq!(error(&[("out", &fixed), ("outer", &fixed)]), DerivationError::MixedOutputs);
    assert_eq!(error(&[("out", &plain), ("outer", &floating)]), DerivationError::MixedOutputs);
    assert_eq!(error(&[("out", &fixed)]), DerivationError::NoFixedPath);
    let headless = DerivationOutput { hash: hash.to_base16(), ..DerivationOutput::default() };
    assert_eq!(error(&[("out", &headless)]), DerivationError::HashWithoutAlgorithm(hash.to_base16()));
    let unknown = DerivationOutput { hash_algorithm: "else:sha256".to_owned(), ..headless };
    assert!(matches!(error(&[("out", &unknown)]), DerivationError::Hash(_)));
}
