//! Which configuration and which layers make an image, and whether they are what their digests say.

use crate::BuiltImage;
use crate::error::{ImageError, shown};
use crate::source::{Blob, Blobs, Body, Layer, normal};
use crate::tree::Tree;
use serde_json::Value as Json;
use std::rc::Rc;

/// So many layers an image may have: runtimes stop at 127.
const MAX_LAYERS: usize = 1000;

/// So many links are followed.
const MAX_STEPS: usize = 8;

/// So many indexes may be inside each other.
const MAX_DEPTH: usize = 4;

/// So many manifests and indexes are read.
const MAX_MANIFESTS: usize = 1000;

/// How an image is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// What `docker save` and dockerTools write: a `manifest.json`.
    Docker,
    /// An OCI layout: an `index.json`, and blobs.
    Oci,
}

/// A layer of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayerSummary {
    /// Digest of the layer as it is stored: `sha256:…`.
    pub digest: String,
    /// Digest of the layer when it is not compressed: `sha256:…`.
    pub diff_id: String,
    /// Bytes when it is not compressed.
    pub size: u64,
    /// Bytes as it is stored.
    pub stored_size: u64,
    /// Files, directories and links in it.
    pub entries: usize,
}

/// An image that is described, but not put together yet.
struct Candidate {
    names: Vec<String>,
    /// Such as `linux/amd64`; empty when nothing says so.
    platform: String,
    format: Format,
    configuration: Reference,
    layers: Vec<Reference>,
}

/// A file of the archive, and the digest that it should have.
struct Reference {
    file: String,
    digest: Option<String>,
}

impl Reference {
    fn of_descriptor(descriptor: &Json) -> Result<Reference, ImageError> {
        let digest = descriptor.get("digest").and_then(Json::as_str).unwrap_or_default();
        match digest.strip_prefix("sha256:") {
            Some(hex) if hex.len() == 64 && hex.bytes().all(|b| b.is_ascii_hexdigit()) => {
                Ok(Reference { file: format!("blobs/sha256/{hex}"), digest: Some(hex.to_string()) })
            }
            _ => Err(ImageError::new(format!(
                "the image names the digest '{}', which is not SHA-256",
                shown(digest.as_bytes())
            ))),
        }
    }
}

/// Puts an image together.
pub(crate) fn assemble(blobs: &Blobs, name: Option<&str>) -> Result<BuiltImage, ImageError> {
    let candidate = choose(candidates(blobs)?, name)?;
    let (id, document) = find(blobs, &candidate.configuration, "the configuration")?;
    let Body::Document(document) = &document.body else {
        return Err(ImageError::new("the configuration of the image is not JSON"));
    };
    let configuration: Json = parse(document, "the configuration of the image")?;
    let diff_ids = configuration.pointer("/rootfs/diff_ids").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    if diff_ids.len() != candidate.layers.len() || diff_ids.len() > MAX_LAYERS {
        return Err(ImageError::new(format!(
            "the image has {} layers, and its configuration names {}",
            candidate.layers.len(),
            diff_ids.len()
        )));
    }
    let (mut tree, mut layers, mut entries) = (Tree::default(), Vec::new(), 0);
    for (index, (reference, expected)) in candidate.layers.iter().zip(diff_ids).enumerate() {
        let (digest, blob) = find(blobs, reference, &format!("layer {}", index + 1))?;
        let Body::Layer(layer) = &blob.body else {
            return Err(ImageError::new(format!("layer {} of the image is not a tar archive", index + 1)));
        };
        let layer: &Rc<Layer> = layer;
        let diff_id = format!("sha256:{}", layer.diff_id);
        if expected.as_str() != Some(&diff_id) {
            let expected = shown(expected.as_str().unwrap_or("nothing").as_bytes());
            let message =
                format!("layer {} has the digest {diff_id}, and the configuration says {expected}", index + 1);
            return Err(ImageError::new(message).help("the archive is damaged, or was changed"));
        }
        // One layer may be there many times.
        entries += layer.entries.len();
        if entries > blobs.entries {
            return Err(ImageError::new(format!("the image has more than {} files", blobs.entries)));
        }
        tree.add(index, &layer.entries)?;
        let (size, stored_size) = (layer.size, blob.size);
        layers.push(LayerSummary { digest, diff_id, size, stored_size, entries: layer.entries.len() });
    }
    Ok(BuiltImage { format: candidate.format, names: candidate.names, id, configuration, layers, tree })
}

fn choose(mut candidates: Vec<Candidate>, name: Option<&str>) -> Result<Candidate, ImageError> {
    let names = |candidate: &Candidate| match candidate.names.first() {
        Some(name) => name.clone(),
        None => candidate.platform.clone(),
    };
    let there: Vec<String> = candidates.iter().map(names).filter(|name| !name.is_empty()).collect();
    let there = format!("there are {}", there.iter().map(|name| shown(name.as_bytes())).collect::<Vec<_>>().join(", "));
    if let Some(name) = name {
        let is_named = |c: &Candidate| c.platform == name || c.names.iter().any(|n| n == name);
        candidates.retain(is_named);
        if candidates.is_empty() {
            return Err(ImageError::new(format!("the archive has no image '{name}'")).help(there));
        }
    }
    match (candidates.pop(), candidates.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => Err(ImageError::new("the archive has no image")),
        (Some(_), false) => Err(ImageError::new("the archive has several images").help(there)),
    }
}

fn candidates(blobs: &Blobs) -> Result<Vec<Candidate>, ImageError> {
    if let Some(manifest) = document(blobs, "manifest.json")? {
        return docker(&manifest);
    }
    if let Some(index) = document(blobs, "index.json")? {
        let mut found = Vec::new();
        oci(blobs, &index, (&[], ""), MAX_DEPTH, &mut { MAX_MANIFESTS }, &mut found)?;
        return Ok(found);
    }
    Err(ImageError::new("the archive is no container image: it has neither manifest.json nor index.json")
        .help("an image is an archive of `docker save` or dockerTools, or an OCI layout"))
}

fn document(blobs: &Blobs, name: &str) -> Result<Option<Json>, ImageError> {
    match blobs.files.get(name).map(|blob| &blob.body) {
        Some(Body::Document(text)) => parse(text, name).map(Some),
        Some(_) => Err(ImageError::new(format!("{name} of the image is not JSON"))),
        None => Ok(None),
    }
}

fn parse(text: &[u8], what: &str) -> Result<Json, ImageError> {
    serde_json::from_slice(text).map_err(|error| ImageError::new(format!("{what} is not JSON: {error}")))
}

fn strings(value: Option<&Json>) -> Vec<String> {
    let items = value.and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(Json::as_str).map(str::to_string).collect()
}

/// `[{"Config": …, "RepoTags": […], "Layers": […]}]`.
fn docker(manifest: &Json) -> Result<Vec<Candidate>, ImageError> {
    let images = manifest.as_array().ok_or_else(|| ImageError::new("manifest.json of the image is not a list"))?;
    let image = |image: &Json| {
        let config = image.get("Config").and_then(Json::as_str);
        let config = config.ok_or_else(|| ImageError::new("manifest.json of the image names no configuration"))?;
        // Its name is its digest.
        let stem = config.rsplit('/').next().unwrap_or(config).trim_end_matches(".json");
        let is_digest = stem.len() == 64 && stem.bytes().all(|b| b.is_ascii_hexdigit());
        let layers = strings(image.get("Layers"));
        Ok(Candidate {
            names: strings(image.get("RepoTags")),
            platform: String::new(),
            format: Format::Docker,
            configuration: Reference { file: normal(config), digest: is_digest.then(|| stem.to_string()) },
            layers: layers.iter().map(|file| Reference { file: normal(file), digest: None }).collect(),
        })
    };
    images.iter().map(image).collect()
}

/// An index, and the indexes in it.
fn oci(
    blobs: &Blobs,
    index: &Json,
    (names, platform): (&[String], &str),
    depth: usize,
    left: &mut usize,
    found: &mut Vec<Candidate>,
) -> Result<(), ImageError> {
    if let Some(config) = index.get("config") {
        let layers = index.get("layers").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        found.push(Candidate {
            names: names.to_vec(),
            platform: platform.to_string(),
            format: Format::Oci,
            configuration: Reference::of_descriptor(config)?,
            layers: layers.iter().map(Reference::of_descriptor).collect::<Result<_, _>>()?,
        });
        return Ok(());
    }
    let manifests = index.get("manifests").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    for descriptor in manifests {
        let text = |path: &str| descriptor.pointer(path).and_then(Json::as_str);
        // What says how the image was built stands beside it.
        if text("/platform/os") == Some("unknown") {
            continue;
        }
        if depth == 0 || *left == 0 {
            return Err(ImageError::new("the image has too many indexes inside each other, or too many manifests"));
        }
        *left -= 1;
        let own = ["/annotations/io.containerd.image.name", "/annotations/org.opencontainers.image.ref.name"];
        let own: Vec<String> = own.iter().filter_map(|key| text(key)).map(str::to_string).collect();
        let names = if own.is_empty() { names } else { &own };
        let platform = match (text("/platform/os"), text("/platform/architecture")) {
            (Some(os), Some(architecture)) => format!("{os}/{architecture}"),
            _ => platform.to_string(),
        };
        let (_, blob) = find(blobs, &Reference::of_descriptor(descriptor)?, "a manifest")?;
        let Body::Document(inner) = &blob.body else {
            return Err(ImageError::new("a manifest of the image is not JSON"));
        };
        oci(blobs, &parse(inner, "a manifest of the image")?, (names, &platform), depth - 1, left, found)?;
    }
    Ok(())
}

/// The file that is meant, and its digest `sha256:…`.
fn find<'b>(blobs: &'b Blobs, reference: &Reference, what: &str) -> Result<(String, &'b Blob), ImageError> {
    let mut name = reference.file.as_str();
    for _ in 0..MAX_STEPS {
        match blobs.files.get(name) {
            Some(Blob { body: Body::Link(target), .. }) => name = target,
            Some(blob) => {
                let is_right = reference.digest.as_ref().is_none_or(|digest| digest.eq_ignore_ascii_case(&blob.digest));
                if !is_right {
                    let message = format!("{what} of the image has the digest {}, and another name", blob.digest);
                    return Err(ImageError::new(message).help("the archive is damaged, or was changed"));
                }
                return Ok((format!("sha256:{}", blob.digest), blob));
            }
            None => break,
        }
    }
    Err(ImageError::new(format!("{what} of the image, '{}', is not in the archive", shown(reference.file.as_bytes()))))
}
