//! Everything that the crate computes, against values that Nix made (`tests/data`), and what it must refuse.

#[cfg(test)]
mod aterm;
#[cfg(test)]
mod derivation;
#[cfg(test)]
mod hash;
#[cfg(test)]
mod nar;
#[cfg(test)]
mod nar_parse;
#[cfg(test)]
mod path;
#[cfg(test)]
mod values;
