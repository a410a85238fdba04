//! Which functions of nixpkgs are watched, and what their calls mean.

use crate::facts::Builder;
use bt_eval::observe::{FunctionPlace, ObservedFunction};

/// What a watched function makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Made {
    /// An image.
    Image(Builder),
    /// The union of its argument `paths`.
    Union,
    /// A layer of nix2container, with the packages of `copyToRoot` in the root of the image.
    Layer,
}

macro_rules! observed {
    ($($file:literal $name:literal $place:expr => $made:expr;)*) => {
        /// The functions whose calls make images, or what goes into them; see
        /// [`bt_eval::observe::Observations::observe`].
        pub static OBSERVED: &[ObservedFunction] = &[
            $(ObservedFunction { file: $file, name: $name, place: $place },)*
        ];
        const MADE: &[Made] = &[$($made,)*];
    };
}

use Builder::{
    BuildContainer, BuildImage, BuildImageWithNixDb, BuildLayeredImage, BuildLayeredImageWithNixDb, BuildNixShellImage,
    PullImage, StreamLayeredImage, StreamNixShellImage,
};
use FunctionPlace::{Binding, WithFormal};
use Made::{Image, Layer, Union};

observed! {
    "/pkgs/build-support/docker/default.nix" "buildImage" Binding => Image(BuildImage);
    "/pkgs/build-support/docker/default.nix" "buildLayeredImage" Binding => Image(BuildLayeredImage);
    "/pkgs/build-support/docker/default.nix" "streamLayeredImage" Binding => Image(StreamLayeredImage);
    "/pkgs/build-support/docker/default.nix" "buildLayeredImageWithNixDb" Binding => Image(BuildLayeredImageWithNixDb);
    "/pkgs/build-support/docker/default.nix" "buildImageWithNixDb" Binding => Image(BuildImageWithNixDb);
    "/pkgs/build-support/docker/default.nix" "streamNixShellImage" Binding => Image(StreamNixShellImage);
    "/pkgs/build-support/docker/default.nix" "buildNixShellImage" Binding => Image(BuildNixShellImage);
    "/pkgs/build-support/docker/default.nix" "pullImage" Binding => Image(PullImage);
    // Before 18.09.
    "/pkgs/build-support/docker/pull.nix" "pullImage" WithFormal("imageName") => Image(PullImage);
    "/pkgs/build-support/buildenv/default.nix" "buildEnv" WithFormal("pathsToLink") => Union;
    // nix2container, and the model of it. Its file has a name that many files have.
    "/default.nix" "buildImage" WithFormal("initializeNixDatabase") => Image(BuildContainer);
    "/default.nix" "buildLayer" WithFormal("reproducible") => Layer;
    "/pkgs/docker-tools.nix" "buildImage" Binding => Image(BuildImage);
    "/pkgs/docker-tools.nix" "buildLayeredImage" Binding => Image(BuildLayeredImage);
    "/pkgs/docker-tools.nix" "streamLayeredImage" Binding => Image(StreamLayeredImage);
    "/pkgs/docker-tools.nix" "buildLayeredImageWithNixDb" Binding => Image(BuildLayeredImageWithNixDb);
    "/pkgs/docker-tools.nix" "buildImageWithNixDb" Binding => Image(BuildImageWithNixDb);
    "/pkgs/docker-tools.nix" "streamNixShellImage" Binding => Image(StreamNixShellImage);
    "/pkgs/docker-tools.nix" "buildNixShellImage" Binding => Image(BuildNixShellImage);
    "/pkgs/docker-tools.nix" "pullImage" Binding => Image(PullImage);
}

/// What the function with an index in [`OBSERVED`] makes.
pub(crate) fn made_by(function: usize) -> Option<Made> {
    MADE.get(function).copied()
}

/// The image builder with an index in [`OBSERVED`].
pub(crate) fn image_builder(function: usize) -> Option<Builder> {
    match made_by(function)? {
        Image(builder) => Some(builder),
        Union | Layer => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_builder_is_called_what_nixpkgs_calls_it() {
        for (index, function) in OBSERVED.iter().enumerate() {
            let name = match made_by(index) {
                Some(Image(builder)) => builder.as_str(),
                Some(Layer) => "buildLayer",
                Some(Union) => "buildEnv",
                None => "",
            };
            assert_eq!(name, function.name);
        }
        assert_eq!(made_by(OBSERVED.len()), None);
    }
}
