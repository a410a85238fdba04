//! What is known of a flake's containers.

use crate::closures::Closures;
use crate::compose::Compose;
use crate::deployments::Deployments;
use crate::node::Node;
use crate::package::Package;
use crate::supply::{Escape, Meta};
use bt_diag::{Diagnostic, Span};
use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::rc::Rc;

/// Everything that a run found out.
#[derive(Debug, Default)]
pub struct Facts {
    /// The images, by attribute path.
    pub images: Vec<Image>,
    /// The compose files, by attribute path.
    pub compose: Vec<Compose>,
    /// What could not be evaluated.
    pub incomplete: Vec<Incomplete>,
    /// Outputs with images or compose files that a later `//` hides, and where that operator stands.
    pub hidden_outputs: Vec<(String, Span)>,
    /// Where the attributes are written whose values are images: positions of their names, by the attribute path that the
    /// image is known by.
    pub definitions: BTreeMap<String, Vec<u32>>,
    /// Where the user's own files say that there is an image or compose file: position of the name of the innermost
    /// attribute around it, 0 when there is none, by attribute path.
    pub outputs: BTreeMap<String, u32>,
    /// What is known of a store path that strings refer to, by the output's absolute store path.
    pub packages: BTreeMap<String, Rc<Package>>,
    /// What packages that images hold or refer to say of themselves, by the absolute store path of the derivation; only
    /// where that is of interest.
    pub metas: BTreeMap<String, Meta>,
    /// The derivations that are built outside the sandbox, by the absolute store path of each derivation that images hold
    /// or refer to and that needs them, as far as evaluation made derivations.
    pub escapes: BTreeMap<String, Vec<Rc<Escape>>>,
    /// What store paths refer to, where someone was asked.
    pub closures: Closures,
    /// Variables of the environment that the flake asked for and could not get, sorted.
    pub variables: Vec<String>,
    /// Which service runs which image.
    pub deployments: OnceCell<Deployments>,
}

/// A part of the flake that could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomplete {
    /// Attribute path of what failed.
    pub attr: String,
    /// Why.
    pub diagnostic: Diagnostic,
    /// What kind of reason that is.
    pub cause: Cause,
}

/// Why something could not be evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cause {
    /// A mistake, or something that is not available.
    #[default]
    Error,
    /// What a derivation makes would have to be built.
    Build,
    /// It depends on something that pure evaluation does not have.
    Impure,
}

/// Which builder made an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Builder {
    /// `dockerTools.buildImage`
    BuildImage,
    /// `dockerTools.buildLayeredImage`
    BuildLayeredImage,
    /// `dockerTools.streamLayeredImage`
    StreamLayeredImage,
    /// `dockerTools.buildLayeredImageWithNixDb`
    BuildLayeredImageWithNixDb,
    /// `dockerTools.buildImageWithNixDb`
    BuildImageWithNixDb,
    /// `dockerTools.streamNixShellImage`
    StreamNixShellImage,
    /// `dockerTools.buildNixShellImage`
    BuildNixShellImage,
    /// `dockerTools.pullImage`
    PullImage,
    /// `nix2container.buildImage`, whose layers are others than those of dockerTools.
    BuildContainer,
}

impl Builder {
    /// The name of the function.
    pub fn as_str(self) -> &'static str {
        match self {
            Builder::BuildImage | Builder::BuildContainer => "buildImage",
            Builder::BuildLayeredImage => "buildLayeredImage",
            Builder::StreamLayeredImage => "streamLayeredImage",
            Builder::BuildLayeredImageWithNixDb => "buildLayeredImageWithNixDb",
            Builder::BuildImageWithNixDb => "buildImageWithNixDb",
            Builder::StreamNixShellImage => "streamNixShellImage",
            Builder::BuildNixShellImage => "buildNixShellImage",
            Builder::PullImage => "pullImage",
        }
    }
}

/// A container image.
#[derive(Debug)]
pub struct Image {
    /// Its attribute path, such as `packages.x86_64-linux.container-backend`.
    pub attr: String,
    /// Other attribute paths of the same image.
    pub aliases: Vec<String>,
    /// The function that makes it.
    pub builder: Builder,
    /// The evaluated `imageName`, where known.
    pub name: Option<String>,
    /// The evaluated `imageTag`, where known. With an explicit `tag` this is that tag; a tag that is the image's hash is
    /// found out only in flakes with compose files.
    pub tag: Option<String>,
    /// The arguments as they were given, but for `config` and the contents: a set (see [`Image::argument`]).
    pub arguments: Node,
    /// The OCI configuration; `None` when the argument is not given. It is unknown for images that someone else made.
    pub config: Option<Node>,
    /// What goes into the root of the image: `contents` or `copyToRoot`; `None` when that could not be evaluated.
    pub contents: Option<Vec<Content>>,
    /// The arguments that gave the contents, `contents` or `copyToRoot`, and the positions of their names.
    pub contents_arguments: Vec<(&'static str, u32)>,
    /// The image that this one is built on, when a function that is known made it.
    pub base: Option<Base>,
    /// Where the function is called, as far as known.
    pub call: Option<Span>,
}

impl Image {
    /// An argument of the call.
    pub fn argument(&self, name: &str) -> Option<&Node> {
        self.arguments.get(name)
    }

    /// A value of the configuration that is given and not null.
    pub fn setting(&self, key: &str) -> Option<&Node> {
        self.config.as_ref()?.get(key).filter(|node| !node.is_null())
    }

    /// The reference by which a runtime knows the image, `name:tag`.
    pub fn reference(&self) -> Option<String> {
        Some(format!("{}:{}", self.name.as_ref()?, self.tag.as_ref()?))
    }

    /// The name for people: the image's name, or the last part of its attribute path.
    pub fn display_name(&self) -> &str {
        self.name
            .as_deref()
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| self.attr.rsplit('.').next().unwrap_or(&self.attr))
    }
}

/// An image that another is built on (`fromImage`).
#[derive(Debug, Clone)]
pub struct Base {
    /// The function that makes it.
    pub builder: Builder,
    /// Some of its arguments: a set of `name`, `tag`, `maxLayers`, and of what says what must be pulled.
    pub arguments: Node,
}

/// Something that goes into the root of an image.
#[derive(Debug, Clone)]
pub struct Content {
    /// What is known of it; `None` when it could not be evaluated or is no package (a path for instance).
    pub package: Option<Rc<Package>>,
    /// Where it was written in the list.
    pub span: Option<Span>,
}
