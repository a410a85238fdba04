//! Images as docker, dockerTools, podman and skopeo write them, and as nobody should.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod archive;

use archive::{Image, Tar, digest, gzip};
use bt_image::{BuiltImage, Format, Found, ImageError, Limits, inspect, inspect_stream};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::io::Read;

fn read(bytes: &[u8]) -> Result<BuiltImage, ImageError> {
    inspect_stream(bytes, None, &Limits::default())
}

#[track_caller]
fn error(bytes: &[u8]) -> String {
    match read(bytes) {
        Err(error) => error.message,
        Ok(image) => panic!("it was read: {:?}", image.names),
    }
}

fn paths(image: &BuiltImage) -> Vec<String> {
    image.tree.files().map(|(path, _)| String::from_utf8_lossy(path).into_owned()).collect()
}

fn app() -> Image {
    let below = Tar::new().directory("etc/").file("etc/passwd", 0o644, b"app:x:1000:1000::/:\n").file(
        "bin/app",
        0o755,
        b"#!/bin/sh\n",
    );
    let above = Tar::new().link("bin/sh", "app").file("etc/.wh.shadow", 0o644, b"").file("tmp/x", 0o4755, b"x");
    Image::new("app:1", json!({ "Cmd": ["/bin/app"], "User": "app" })).layer(below.finish()).layer(above.finish())
}

#[test]
fn docker_archives() {
    // The manifest after the layers, and before them.
    for manifest_first in [false, true] {
        let image = read(&app().docker(manifest_first)).unwrap();
        assert_eq!((image.format, image.names.as_slice()), (Format::Docker, &["app:1".to_string()][..]));
        assert_eq!(paths(&image), ["bin", "bin/app", "bin/sh", "etc", "etc/passwd", "tmp", "tmp/x"]);
        assert_eq!(image.layers.len(), 2);
        assert_eq!(image.layers[0].size, app().layers[0].len() as u64);
        assert_eq!(image.layers[0].diff_id, format!("sha256:{}", digest(&app().layers[0])));
        assert_eq!(image.config().unwrap()["User"], "app");
        let Found::There(at, file) = image.tree.find(b"/bin/sh") else { panic!("a link") };
        assert!(at == b"bin/app" && file.is_executable() && file.layer == 0);
        let Found::There(_, file) = image.tree.find(b"/tmp/x") else { panic!("a file") };
        assert_eq!((file.mode, file.layer, file.uid), (0o4755, 1, 7));
        assert_eq!(image.tree.missing_interpreter(b"/bin/app"), None);
    }
}

#[test]
fn compressed_archives_and_layers() {
    let plain = read(&app().docker(false)).unwrap();
    let whole = read(&gzip(&app().docker(false))).unwrap();
    assert_eq!((paths(&whole), &whole.layers), (paths(&plain), &plain.layers));
    let layers = read(&app().oci(true)).unwrap();
    assert_eq!((layers.format, paths(&layers)), (Format::Oci, paths(&plain)));
    assert_eq!(layers.layers[0].diff_id, plain.layers[0].diff_id);
    assert_ne!(layers.layers[0].digest, layers.layers[0].diff_id);
    assert_eq!(layers.names, ["app:1"]);
    assert_eq!(layers.id, plain.id);
}

#[test]
fn directories() {
    let directory = tempfile::tempdir().unwrap();
    for (name, bytes) in app().oci_files(true) {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let image = inspect(directory.path(), None, &Limits::default()).unwrap();
    assert_eq!(paths(&image), paths(&read(&app().docker(false)).unwrap()));
    std::fs::remove_dir_all(directory.path().join("blobs")).unwrap();
    let error = inspect(directory.path(), None, &Limits::default()).unwrap_err();
    assert!(error.message.contains("not an OCI layout"), "{error}");
    let error = inspect(&directory.path().join("missing"), None, &Limits::default()).unwrap_err();
    assert!(error.message.contains("cannot read"), "{error}");
}

#[test]
fn a_choice_of_images() {
    let both = Image::docker_of(&[app(), Image { name: "other:2".into(), ..app() }]);
    assert_eq!(error(&both), "the archive has several images");
    let one = inspect_stream(&both[..], Some("other:2"), &Limits::default()).unwrap();
    assert_eq!(one.names, ["other:2"]);
    let none = inspect_stream(&both[..], Some("x"), &Limits::default()).unwrap_err();
    assert_eq!(none.help.as_deref(), Some("there are app:1, other:2"));
}

#[test]
fn what_was_changed_is_found() {
    let mut image = app();
    image.diff_ids = Some(vec![digest(b"x"), digest(&image.layers[1])]);
    assert!(
        error(&image.docker(false)).starts_with("layer 1 has the digest sha256:"),
        "{}",
        error(&image.docker(false))
    );
    let mut image = app();
    image.diff_ids = Some(vec![digest(&image.layers[0])]);
    assert_eq!(error(&image.docker(false)), "the image has 2 layers, and its configuration names 1");
    let mut files = app().oci_files(false);
    let blob = files.iter_mut().find(|(name, _)| name.ends_with(&digest(&app().layers[0]))).unwrap();
    blob.1 = app().layers[1].clone();
    let message = error(&Tar::of(&files));
    assert!(message.starts_with("layer 1 of the image has the digest"), "{message}");
}

#[test]
fn what_is_no_image() {
    assert_eq!(error(b""), "the archive is empty");
    assert!(error(&Tar::new().file("a", 0o644, b"x").finish()).contains("neither manifest.json nor index.json"));
    assert!(error(b"hello, world").contains("truncated"), "{}", error(b"hello, world"));
    let lacking = Tar::new().file("manifest.json", 0o644, br#"[{"Config":"c.json","Layers":[]}]"#).finish();
    assert_eq!(error(&lacking), "the configuration of the image, 'c.json', is not in the archive");
    for manifest in ["{}", "[]", "[{}]", "[1]", "{", "[[[["] {
        error(&Tar::new().file("manifest.json", 0o644, manifest.as_bytes()).finish());
    }
    let whole = app().docker(false);
    for length in (0..whole.len() - 1024).step_by(97) {
        error(&whole[..length]);
    }
}

#[test]
fn hostile_archives() {
    let of = |tar: Tar| error(&Image::new("x:1", json!({})).layer(tar.finish()).docker(false));
    assert!(of(Tar::new().file("../../etc/passwd", 0o644, b"x")).contains("leads out of it"));
    assert!(of(Tar::new().file("a/b", 0o644, b"x").hard_link("c", "../x")).contains("leads out of it"));
    // Links in a circle, or to nowhere, are no errors.
    let circle = Tar::new().link("a", "b").link("b", "a").hard_link("c", "nowhere");
    let image = read(&Image::new("x:1", json!({})).layer(circle.finish()).docker(false)).unwrap();
    assert_eq!((paths(&image), image.tree.find(b"a/x")), (vec!["a".into(), "b".into()], Found::Circle));
    // Limits.
    let limited = |limits: Limits, bytes: &[u8]| inspect_stream(bytes, None, &limits).unwrap_err().message;
    let bomb = gzip(
        &Image::new("x:1", json!({})).layer(Tar::new().file("a", 0o644, &vec![0; 4 << 20]).finish()).docker(false),
    );
    assert!(bomb.len() < 100_000);
    let message = limited(Limits { unpacked_size: 1 << 20, ..Limits::default() }, &bomb);
    assert!(message.contains("more than 1048576 bytes"), "{message}");
    let inner = Image::new("x:1", json!({})).layer(Tar::new().file("a", 0o644, &vec![0; 4 << 20]).finish()).oci(true);
    let message = limited(Limits { unpacked_size: 1 << 20, ..Limits::default() }, &inner);
    assert!(message.contains("more than 1048576 bytes"), "{message}");
    let many = (0..50).fold(Tar::new(), |tar, n| tar.file(&format!("f{n}"), 0o644, b""));
    let many = Image::new("x:1", json!({})).layer(many.finish()).docker(false);
    let message = limited(Limits { entries: 10, ..Limits::default() }, &many);
    assert!(message.contains("more than 10 files"), "{message}");
    let message = limited(Limits { path_length: 5, ..Limits::default() }, &app().docker(false));
    assert!(message.contains("path of more than 5 bytes"), "{message}");
    // One layer, many times.
    let mut image = app();
    image.layers = vec![image.layers[0].clone(); 5];
    let message = limited(Limits { entries: 9, ..Limits::default() }, &image.docker(false));
    assert!(message.contains("more than 9 files"), "{message}");
}

/// Memory does not depend on the size of files: half a gigabyte is read within 64 MiB, where the kernel tells.
#[test]
fn large_images_stream() {
    const SIZE: usize = 500 << 20;
    let layer = || {
        let header = std::io::Cursor::new(Tar::header(b'0', "big", "", 0o644, SIZE));
        header.chain(std::io::repeat(0).take(SIZE as u64 + 1024))
    };
    let mut hasher = Sha256::new();
    let (mut stream, mut piece) = (layer(), vec![0; 1 << 20]);
    loop {
        match stream.read(&mut piece).unwrap() {
            0 => break,
            count => hasher.update(&piece[..count]),
        }
    }
    let diff_id: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut image = Image::new("big:1", json!({})).layer(Vec::new());
    image.diff_ids = Some(vec![diff_id.clone()]);
    let manifest = json!([{ "Config": "c.json", "RepoTags": ["big:1"], "Layers": ["l.tar"] }]).to_string();
    let end =
        Tar::new().file("c.json", 0o644, &image.configuration()).file("manifest.json", 0o644, manifest.as_bytes());
    let start = std::io::Cursor::new(Tar::header(b'0', "l.tar", "", 0o644, SIZE + 512 + 1024));
    let archive = start.chain(layer()).chain(std::io::Cursor::new(end.finish()));
    let image = inspect_stream(archive, None, &Limits::default()).unwrap();
    assert_eq!(image.layers[0].diff_id, format!("sha256:{diff_id}"));
    assert_eq!(image.size(), SIZE as u64 + 1536);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).map(|line| line.replace("kB", ""));
    if let Some(kilobytes) = peak.and_then(|peak| peak.trim().parse::<u64>().ok()) {
        assert!(kilobytes < 64 << 10, "{kilobytes} KiB");
    }
}
