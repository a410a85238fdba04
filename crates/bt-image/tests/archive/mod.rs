//! Makes archives of images.

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::Write;

pub fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A tar archive; everything belongs to user 7.
pub struct Tar(Vec<u8>);

impl Tar {
    pub fn new() -> Tar {
        Tar(Vec::new())
    }

    /// An archive of files.
    pub fn of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
        files.iter().fold(Tar::new(), |tar, (name, bytes)| tar.file(name, 0o644, bytes)).finish()
    }

    /// The block before the contents of an entry.
    pub fn header(kind: u8, name: &str, target: &str, mode: u32, size: usize) -> [u8; 512] {
        let mut block = [0; 512];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[100..107].copy_from_slice(format!("{mode:07o}").as_bytes());
        block[108..115].copy_from_slice(b"0000007");
        block[116..123].copy_from_slice(b"0000007");
        block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
        block[156] = kind;
        block[157..157 + target.len()].copy_from_slice(target.as_bytes());
        block[257..265].copy_from_slice(b"ustar\x0000");
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
        block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
        block
    }

    fn entry(mut self, kind: u8, name: &str, target: &str, mode: u32, contents: &[u8]) -> Tar {
        self.0.extend(Tar::header(kind, name, target, mode, contents.len()));
        self.0.extend(contents);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub fn file(self, name: &str, mode: u32, contents: &[u8]) -> Tar {
        self.entry(b'0', name, "", mode, contents)
    }

    pub fn directory(self, name: &str) -> Tar {
        self.entry(b'5', name, "", 0o755, b"")
    }

    pub fn link(self, name: &str, target: &str) -> Tar {
        self.entry(b'2', name, target, 0o777, b"")
    }

    pub fn hard_link(self, name: &str, target: &str) -> Tar {
        self.entry(b'1', name, target, 0o644, b"")
    }

    pub fn finish(mut self) -> Vec<u8> {
        self.0.resize(self.0.len() + 1024, 0);
        self.0
    }
}

/// An image.
pub struct Image {
    pub name: String,
    pub config: Json,
    pub layers: Vec<Vec<u8>>,
    /// What the configuration says instead of what is right.
    pub diff_ids: Option<Vec<String>>,
}

impl Image {
    pub fn new(name: &str, config: Json) -> Image {
        Image { name: name.into(), config, layers: Vec::new(), diff_ids: None }
    }

    pub fn layer(mut self, layer: Vec<u8>) -> Image {
        self.layers.push(layer);
        self
    }

    pub fn configuration(&self) -> Vec<u8> {
        let right = || self.layers.iter().map(|layer| digest(layer)).collect();
        let ids: Vec<String> =
            self.diff_ids.clone().unwrap_or_else(right).iter().map(|id| format!("sha256:{id}")).collect();
        let config = json!({
            "architecture": "amd64", "os": "linux", "config": self.config, "rootfs": { "type": "layers", "diff_ids": ids },
        });
        config.to_string().into_bytes()
    }

    pub fn docker(&self, manifest_first: bool) -> Vec<u8> {
        let (mut files, entry) = self.docker_files();
        let manifest = ("manifest.json".to_string(), json!([entry]).to_string().into_bytes());
        files.insert(if manifest_first { 0 } else { files.len() }, manifest);
        Tar::of(&files)
    }

    pub fn docker_of(images: &[Image]) -> Vec<u8> {
        let (mut files, mut entries) = (BTreeMap::new(), Vec::new());
        for image in images {
            let (own, entry) = image.docker_files();
            files.extend(own);
            entries.push(entry);
        }
        files.insert("manifest.json".into(), Json::Array(entries).to_string().into_bytes());
        Tar::of(&files.into_iter().collect::<Vec<_>>())
    }

    fn docker_files(&self) -> (Vec<(String, Vec<u8>)>, Json) {
        let config = self.configuration();
        let config_name = format!("{}.json", digest(&config));
        let mut files: Vec<_> =
            self.layers.iter().map(|l| (format!("{}/layer.tar", &digest(l)[..40]), l.clone())).collect();
        let layers: Vec<String> = files.iter().map(|(name, _)| name.clone()).collect();
        files.push((config_name.clone(), config));
        (files, json!({ "Config": config_name, "RepoTags": [self.name], "Layers": layers }))
    }

    /// The files of an OCI layout.
    pub fn oci_files(&self, compressed: bool) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        let mut add = |bytes: Vec<u8>| {
            let (id, size) = (digest(&bytes), bytes.len());
            files.push((format!("blobs/sha256/{id}"), bytes));
            json!({ "digest": format!("sha256:{id}"), "size": size })
        };
        let config = add(self.configuration());
        let layers: Vec<Json> = self.layers.iter().map(|l| add(if compressed { gzip(l) } else { l.clone() })).collect();
        let mut manifest =
            add(json!({ "schemaVersion": 2, "config": config, "layers": layers }).to_string().into_bytes());
        manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": self.name });
        files.push(("oci-layout".into(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()));
        files.push(("index.json".into(), json!({ "manifests": [manifest] }).to_string().into_bytes()));
        files
    }

    pub fn oci(&self, compressed: bool) -> Vec<u8> {
        Tar::of(&self.oci_files(compressed))
    }
}
