//! Archives that no program would write.

use super::{Fault, TREE, fault, good};
use bt_fetch::FetchErrorKind;
use bt_tests::loopback::ok;
use bt_tests::tarball::{Tarball, gzip};
use std::path::Path;

pub fn faults() -> Vec<Fault> {
    let t = Tarball::new;
    let zeros = vec![0; 9 << 20];
    let deep = format!("t/{}f", "d/".repeat(40));
    let long_path = "x/".repeat(600);
    let many = (0..1100).fold(t(), |archive, n| archive.file(&format!("t/{n}"), ""));
    let directories = (0..30).fold(t(), |archive, n| archive.file(&format!("t/{n}/{}f", "d/".repeat(35)), ""));
    let noise = |length: usize| t().entry(b'x', "h", "", &vec![b'9'; length]).file("t/f", "");
    let headers = (0..100).fold(t(), |archive, _| archive.entry(b'x', "h", "", b"12 comment=\n"));
    let comment = format!("1048576 comment={}\n", "x".repeat((1 << 20) - 17));
    let comments =
        (0..9).fold(t(), |archive, n| archive.entry(b'x', "h", "", comment.as_bytes()).file(&format!("t/{n}"), ""));
    let pax = |record: &str| t().entry(b'x', "h", "", record.as_bytes()).file("t/f", "");
    let cut = |bytes: Vec<u8>, length: usize| bytes[..length].to_vec();
    let mut broken = t().file("t/f", "x").finish();
    broken[3] ^= 1;
    let mut checksum = gzip(&t().file("t/f", &"text ".repeat(1000)).finish());
    let end = checksum.len() - 8;
    checksum[end] ^= 1;
    let layers = (0..5).fold(t().file("t/f", "x").finish(), |bytes, _| gzip(&bytes));
    let archive = FetchErrorKind::Archive;
    let limit = FetchErrorKind::Limit;
    let cases: Vec<(&'static str, FetchErrorKind, &'static str, Vec<u8>)> = vec![
        ("an entry above the tree", archive, "leads out of it", t().file("../f", "x").gzip()),
        ("a way above the tree", archive, "leads out of it", t().file("t/../../f", "x").gzip()),
        ("a directory above the tree", archive, "leads out of it", t().entry(b'5', "t/..", "", b"").gzip()),
        ("an absolute name", archive, "leads out of it", t().file("/../../tmp/f", "x").gzip()),
        ("a way above the tree in a pax header", archive, "leads out of it", pax("13 path=../f\n").gzip()),
        (
            "an entry through a link",
            archive,
            "goes through what is no directory",
            t().entry(b'2', "t/l", "/tmp", b"").file("t/l/f", "x").gzip(),
        ),
        (
            "an entry through a link, deeper down",
            archive,
            "goes through what is no directory",
            t().entry(b'2', "t/l", "../..", b"").file("t/l/a/b/f", "x").gzip(),
        ),
        (
            "a directory over a link",
            archive,
            "a directory and something else",
            t().entry(b'2', "t/l", "/tmp", b"").entry(b'5', "t/l", "", b"").file("t/l/f", "x").gzip(),
        ),
        ("an entry through a file", archive, "no directory", t().file("t/f", "x").file("t/f/g", "x").gzip()),
        ("a file over a directory", archive, "something else", t().file("t/d/f", "x").file("t/d", "x").gzip()),
        ("a hard link outside", archive, "leads out of it", t().entry(b'1', "t/h", "../../etc/passwd", b"").gzip()),
        ("an absolute hard link", archive, "no file before it", t().entry(b'1', "t/h", "/etc/passwd", b"").gzip()),
        (
            "a hard link to a link",
            archive,
            "no file before it",
            t().entry(b'2', "t/l", "/etc/passwd", b"").entry(b'1', "t/h", "t/l", b"").gzip(),
        ),
        (
            "a hard link to what comes later",
            archive,
            "no file before it",
            t().entry(b'1', "t/h", "t/f", b"").file("t/f", "x").gzip(),
        ),
        ("a link to nothing", archive, "no target", t().entry(b'2', "t/l", "", b"").gzip()),
        ("a character device", archive, "is a device", t().entry(b'3', "t/d", "", b"").gzip()),
        ("a block device", archive, "is a device", t().entry(b'4', "t/d", "", b"").gzip()),
        ("a pipe", archive, "is a named pipe", t().entry(b'6', "t/d", "", b"").gzip()),
        ("a sparse file", archive, "is a sparse file", t().entry(b'S', "t/d", "", b"").gzip()),
        ("a sparse file in pax", archive, "sparse", pax("22 GNU.sparse.major=1\n").gzip()),
        ("of no known kind", archive, "unknown kind", t().entry(b'?', "t/d", "", b"").gzip()),
        ("a file without a name", archive, "without a name", t().file("./", "").file(".", "x").gzip()),
        ("a zero in a pax name", archive, "zero byte", pax("13 path=t/\0x\n").gzip()),
        ("a bomb", limit, "8388608 bytes when unpacked", t().entry(b'0', "t/f", "", &zeros).gzip()),
        ("a bomb in a bomb", limit, "when unpacked", gzip(&t().entry(b'0', "t/f", "", &zeros).gzip())),
        ("a bomb of headers", limit, "when unpacked", comments.gzip()),
        ("a directory with contents", archive, "no tar archive", t().entry(b'5', "t/d", "", &[b'x'; 600]).gzip()),
        ("too many layers", archive, "more than 3 times", layers),
        ("too many entries", limit, "too many entries", many.gzip()),
        ("too many directories", limit, "too many entries", directories.gzip()),
        (
            "directories nested too deeply",
            limit,
            "more than 256 directories",
            pax(&format!("1211 path={long_path}\n")).gzip(),
        ),
        ("a huge header", limit, "more than 1048576 bytes", noise(2 << 20).gzip()),
        ("too many headers", archive, "belong to no entry", headers.gzip()),
        ("a header that is none", archive, "a pax header cannot be read", noise(100).gzip()),
        ("a record of no length", archive, "a pax header cannot be read", pax("0 path=x\n").gzip()),
        ("a record that is too long", archive, "a pax header cannot be read", pax("99 path=x\n").gzip()),
        ("a size that is none", archive, "no number", pax("10 size=-\n").gzip()),
        ("a file that is larger than the archive", archive, "truncated", t().sized(b'0', "t/f", "", b"x", 5000).gzip()),
        ("a huge size", archive, "truncated", pax("29 size=18446744073709551615\n").gzip()),
        ("a truncated archive", archive, "truncated", gzip(&cut(t().file("t/f", &"x".repeat(600)).finish(), 600))),
        ("a truncated header", archive, "truncated", gzip(&cut(t().file("t/f", "x").finish(), 300))),
        ("a truncated gzip file", archive, "truncated", cut(good(), 150)),
        ("a wrong checksum of tar", archive, "checksum", gzip(&broken)),
        ("no archive", archive, "no tar archive", b"<!DOCTYPE html>".repeat(100)),
        ("an archive of no bytes", archive, "is empty", Vec::new()),
        ("no entries, compressed", FetchErrorKind::HashMismatch, TREE, gzip(b"")),
        ("noise in xz", archive, "", b"\xfd7zXZ\0".repeat(50)),
        ("noise in zstd", archive, "", b"\x28\xb5\x2f\xfd".repeat(50)),
        ("noise in bzip2", archive, "", b"BZh9".repeat(50)),
        ("noise in gzip", archive, "", b"\x1f\x8b\x08".repeat(50)),
        ("a zip file", FetchErrorKind::Unsupported, "zip", b"PK\x03\x04".repeat(50)),
        // What follows the end of a tar archive is not looked at: the hash decides. Then: not wrong, but another tree.
        ("a wrong checksum of gzip", FetchErrorKind::HashMismatch, TREE, checksum),
        (
            "directories nested as deep as is allowed: another tree",
            FetchErrorKind::HashMismatch,
            TREE,
            t().file(&deep, "").gzip(),
        ),
    ];
    let faults = cases.into_iter().map(|(name, kind, says, bytes)| fault(name, kind, says, move |_, _| ok(&bytes)));
    faults.collect()
}

#[test]
fn hostile_archives() {
    faults().into_iter().for_each(Fault::check);
    // Nothing of them was written where they wanted it.
    assert!(!Path::new("/tmp/f").exists());
}
