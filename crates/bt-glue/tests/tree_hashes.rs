//! Hashes of trees that are remembered from run to run.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

use bt_eval::{FileKind, World};
use bt_glue::{Environment, FileSystem, Glue, Stamp, TreeHashes};
use bt_store::NarFile;
use std::cell::{Cell, RefCell};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// A directory `/tree` with one file, and how often the file was read.
#[derive(Clone)]
struct Disk {
    contents: Rc<RefCell<&'static str>>,
    stamp: Rc<Cell<[u64; 8]>>,
    changed: Rc<Cell<i64>>,
    reads: Rc<Cell<u32>>,
}

impl Disk {
    fn new() -> Self {
        Disk {
            contents: Rc::new(RefCell::new("one")),
            stamp: Rc::new(Cell::new([1, 2, 3, 4, 5, 6, 7, 8])),
            changed: Rc::new(Cell::new(100)),
            reads: Rc::default(),
        }
    }

    /// The store path of the tree, by a new run at a time.
    fn run(&self, hashes: &Path, now: i64) -> String {
        let tree_hashes = Some(TreeHashes::in_file(hashes));
        let environment = Environment { pure: false, tree_hashes, now, ..Environment::pure("x86_64-linux") };
        let glue = Glue::new(Box::new(self.clone()), environment);
        let path = glue.copy_to_store("/tree").unwrap();
        glue.save_tree_hashes();
        path
    }
}

impl FileSystem for Disk {
    fn read(&self, _: &str) -> io::Result<Vec<u8>> {
        unreachable!("nobody reads but the archive")
    }

    fn list(&self, _: &str) -> io::Result<Vec<(String, FileKind)>> {
        Ok(vec![("file".into(), FileKind::Regular)])
    }

    fn kind(&self, path: &str) -> io::Result<FileKind> {
        Ok(if path == "/tree" { FileKind::Directory } else { FileKind::Regular })
    }

    fn target_kind(&self, path: &str) -> io::Result<FileKind> {
        self.kind(path)
    }

    fn read_link(&self, _: &str) -> io::Result<String> {
        unreachable!("there is no link")
    }

    fn archive(&self, _: &str, file: &mut dyn NarFile) -> io::Result<()> {
        self.reads.set(self.reads.get() + 1);
        file.begin(false, 3);
        file.piece(self.contents.borrow().as_bytes());
        Ok(())
    }

    fn stamp(&self, path: &str) -> io::Result<Option<Stamp>> {
        let numbers = if path == "/tree" { [0; 8] } else { self.stamp.get() };
        Ok(Some(Stamp { numbers, changed: self.changed.get() }))
    }
}

struct Scratch(#[allow(dead_code, reason = "removed when it is dropped")] tempfile::TempDir, PathBuf);

fn scratch() -> Scratch {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("below/tree-hashes");
    Scratch(directory, file)
}

#[test]
fn a_tree_that_looks_the_same_is_not_read_again() {
    let (disk, Scratch(_, hashes)) = (Disk::new(), &scratch());
    let first = disk.run(hashes, 1000);
    assert_eq!(disk.reads.get(), 1);
    assert_eq!(disk.run(hashes, 1000), first);
    assert_eq!(disk.reads.get(), 1);
    // Whatever changes, it is read.
    *disk.contents.borrow_mut() = "two";
    let mut paths = vec![first.clone()];
    for i in 0..8 {
        let before = disk.stamp.get();
        let mut stamp = before;
        stamp[i] += 100;
        disk.stamp.set(stamp);
        paths.push(disk.run(hashes, 1000));
        disk.stamp.set(before);
    }
    assert_eq!(disk.reads.get(), 9);
    assert!(paths[1..].iter().all(|path| *path == paths[1] && *path != first));
}

#[test]
fn what_was_changed_a_moment_ago_is_not_remembered() {
    for (now, reads) in [(100, 2), (102, 2), (103, 1), (99, 2)] {
        let (disk, Scratch(_, hashes)) = (Disk::new(), &scratch());
        disk.run(hashes, now);
        disk.run(hashes, now);
        assert_eq!(disk.reads.get(), reads, "at {now}");
    }
}

#[test]
fn a_broken_file_counts_as_empty_and_is_written_anew() {
    let (disk, Scratch(_, hashes)) = (Disk::new(), &scratch());
    let expected = disk.run(hashes, 1000);
    let good = std::fs::read(hashes).unwrap();
    let flipped = |at: usize| {
        let mut bytes = good.clone();
        bytes[at] ^= 1;
        bytes
    };
    let longer = [&good[..], b"x"].concat();
    let mut broken = vec![Vec::new(), good[..1].to_vec(), good[..good.len() - 1].to_vec(), longer, b"text\n".to_vec()];
    broken.extend((0..good.len()).step_by(7).map(flipped));
    for bytes in broken {
        std::fs::write(hashes, &bytes).unwrap();
        disk.reads.set(0);
        assert_eq!(disk.run(hashes, 1000), expected);
        assert_eq!(disk.reads.get(), 1);
        assert_eq!(std::fs::read(hashes).unwrap(), good);
    }
}

#[test]
fn a_directory_in_place_of_the_file_hurts_nobody() {
    let (disk, Scratch(_, hashes)) = (Disk::new(), &scratch());
    let expected = disk.run(&scratch().1, 1000);
    std::fs::create_dir_all(hashes.join("x")).unwrap();
    assert_eq!(disk.run(hashes, 1000), expected);
    assert!(hashes.join("x").is_dir());
}

#[test]
fn many_at_once_do_not_hurt_each_other() {
    let Scratch(_, hashes) = &scratch();
    let paths: Vec<String> = std::thread::scope(|scope| {
        let run = |number: u64| {
            let disk = Disk::new();
            for round in 0..20 {
                disk.stamp.set([number, round, 0, 0, 0, 0, 0, 0]);
                disk.run(hashes, 1000);
            }
            disk.run(hashes, 1000)
        };
        let threads: Vec<_> = (0..8).map(|number| scope.spawn(move || run(number))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(paths.iter().all(|path| *path == paths[0]));
    // What is there is whole, and nothing else is left behind.
    let bytes = std::fs::read(hashes).unwrap();
    let disk = Disk::new();
    disk.stamp.set([99, 0, 0, 0, 0, 0, 0, 0]);
    disk.run(hashes, 1000);
    assert_eq!(std::fs::read(hashes).unwrap().len(), bytes.len() + 64);
    assert_eq!(std::fs::read_dir(hashes.parent().unwrap()).unwrap().count(), 1);
}
