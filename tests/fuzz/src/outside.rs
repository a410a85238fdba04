//! What others wrote: images, what binary caches and daemons say.

use bt_closure::{NarInfo, PublicKeys};
use bt_daemon::{BuildMode, Connection, Limits as Sizes, Options, ProtocolVersion, Target, Timeouts};
use bt_image::{Found, Limits};
use bt_store::StorePath;
use std::io::Write as _;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::time::Duration;

/// Bytes of all that an image holds once it is not compressed.
const UNPACKED: u64 = 4 << 20;

/// What a socket takes without anyone reading.
const SOCKET: usize = 64 << 10;

/// Reads bytes as the archive of an image. The same image comes out twice, within its limits, and every file of it is found.
pub fn image(bytes: &[u8]) {
    let limits = Limits { unpacked_size: UNPACKED, entries: 500, path_length: 512 };
    let read = || bt_image::inspect_stream(bytes, None, &limits);
    let (first, second) = (read(), read());
    match (&first, &second) {
        (Ok(first), Ok(second)) => {
            assert_eq!((&first.id, &first.names, first.size()), (&second.id, &second.names, second.size()));
        }
        (Err(first), Err(second)) => {
            assert_eq!(first.message, second.message);
            assert!(!first.message.is_empty(), "an error without a message");
        }
        _ => panic!("once an image, once none"),
    }
    let Ok(image) = first else { return };
    assert!(image.size() <= UNPACKED && image.tree.len() <= limits.entries * 512, "more than the limits allow");
    for (path, file) in image.tree.files() {
        if let Found::There(at, _) = image.tree.find(path) {
            assert!(image.tree.find(&at) == image.tree.find(path), "a link leads on from where it led");
        }
        let _ = (file.is_executable(), image.tree.missing_interpreter(path));
    }
}

/// Reads bytes as a narinfo. What is read has a fingerprint and no signature that counts.
pub fn narinfo(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(info) = NarInfo::parse(text) else { return };
    let mut keys = PublicKeys::default();
    keys.add("cache.nixos.org-1:6NCHdD59X431o0gWypbMrAURkbJ16ZPMQFGspcDShjY=").expect("a key");
    assert!(info.fingerprint().starts_with("1;/nix/store/"), "a path outside the store");
    assert!(!info.is_signed(&keys), "nobody has the key");
    let _ = info.is_content_addressed();
}

/// Takes bytes for what a daemon says, and asks it several things.
pub fn daemon(bytes: &[u8]) {
    let bytes = &bytes[..bytes.len().min(SOCKET)];
    let Ok((ours, mut theirs)) = UnixStream::pair() else { return };
    theirs.write_all(bytes).expect("the socket takes as much");
    theirs.shutdown(Shutdown::Write).expect("it is open");
    let soon = Duration::from_secs(2);
    let options = Options {
        limits: Sizes::default(),
        timeouts: Timeouts { handshake: soon, silence: soon, answer: soon, transfer: soon },
        newest: ProtocolVersion::NEWEST,
    };
    let Ok(mut connection) = Connection::over(ours, &options) else { return };
    let path = |name: &str| {
        StorePath::from_base_name(&format!("00000000000000000000000000000000-{name}")).expect("a path")
    };
    let _ = connection.is_valid_path(&path("x"));
    let _ = connection.query_path_info(&path("x"));
    let _ = connection.query_missing(&[Target::Path(path("x"))]);
    let _ = connection.query_derivation_output_map(&path("x.drv"));
    let _ = connection.build_paths_with_results(&[Target::output(path("x.drv"), "out")], BuildMode::Normal);
    let _ = connection.nar_from_path(&path("x"), &mut |_| Ok(()));
}
