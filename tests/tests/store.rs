//! Store paths and derivations: computed without a store, equal to those that real Nix makes.

use bt_tests::lang::{check_against_nix, check_values, folder};

#[test]
fn store_paths() {
    check_values(&folder("store"));
}

#[test]
fn store_paths_are_those_of_real_nix() {
    check_against_nix(&folder("store"));
}
