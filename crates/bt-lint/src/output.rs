//! Streams and files: the one place that writes to them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a result to standard output. A reader that went away (`bt-lint | head`) is no error.
pub fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes a line for people to standard error; when that is impossible, nobody is there to be told.
pub fn note(line: &str) {
    let mut stderr = io::stderr().lock();
    let _ = stderr.write_all(line.as_bytes()).and_then(|()| stderr.write_all(b"\n"));
}

/// Writes what an evaluated program logs (`builtins.trace`) to standard error.
pub fn log(text: &str) {
    note(&crate::render::escape::lines(text));
}

/// Writes a result to `file`, or to standard output when there is none or it is `-`.
pub fn deliver(file: Option<&str>, text: &str) -> Result<(), bt_diag::Diagnostic> {
    let (name, result) = match file {
        None | Some("-") => ("standard output", print(text)),
        Some(file) => (file, write_file(Path::new(file), text)),
    };
    result.map_err(|error| bt_diag::Diagnostic::new(format!("cannot write {name}: {error}")))
}

/// Makes a directory and those above it, where they are not there yet.
pub fn make_directory(directory: &str) -> Result<(), bt_diag::Diagnostic> {
    fs::create_dir_all(directory)
        .map_err(|error| bt_diag::Diagnostic::new(format!("cannot make the directory {directory}: {error}")))
}

/// Replaces a file whole or not at all: the text goes to a new file beside it, which then takes its name. Devices and
/// pipes are written to directly. A symbolic link stays one.
pub fn write_file(path: &Path, text: &str) -> io::Result<()> {
    let existing = fs::metadata(path).ok();
    if existing.as_ref().is_some_and(fs::Metadata::is_dir) {
        return Err(io::Error::from(io::ErrorKind::IsADirectory));
    }
    if existing.as_ref().is_some_and(|metadata| !metadata.is_file()) {
        return OpenOptions::new().write(true).open(path)?.write_all(text.as_bytes());
    }
    let target = if existing.is_some() { fs::canonicalize(path)? } else { path.to_path_buf() };
    let temporary = Temporary(temporary_beside(&target)?);
    let mut file = OpenOptions::new().write(true).create_new(true).open(&temporary.0)?;
    if let Some(metadata) = existing {
        file.set_permissions(metadata.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    drop(file);
    fs::rename(&temporary.0, &target)
}

/// Replaces a link, or makes one: whoever looks sees the old or the new one.
pub fn replace_link(link: &Path, target: &Path) -> io::Result<()> {
    let temporary = Temporary(temporary_beside(link)?);
    std::os::unix::fs::symlink(target, &temporary.0)?;
    fs::rename(&temporary.0, link)
}

/// A name in the same directory, since a file cannot be renamed across file systems.
fn temporary_beside(target: &Path) -> io::Result<PathBuf> {
    let name = target.file_name().ok_or_else(|| io::Error::from(io::ErrorKind::InvalidFilename))?;
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.tmp", std::process::id()));
    Ok(target.with_file_name(hidden))
}

/// A file that is removed unless it was renamed.
struct Temporary(PathBuf);

impl Drop for Temporary {
    fn drop(&mut self) {
        // After the rename there is nothing left to remove.
        let _ = fs::remove_file(&self.0);
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "these tests are about real files")]
mod tests {
    use super::write_file;
    use std::path::Path;

    #[test]
    fn replaces_a_file_and_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("out.json");
        write_file(&path, "one").unwrap();
        write_file(&path, "two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn follows_links_and_writes_to_devices() {
        let directory = tempfile::tempdir().unwrap();
        let (real, link) = (directory.path().join("real"), directory.path().join("link"));
        write_file(&real, "one").unwrap();
        std::os::unix::fs::symlink("real", &link).unwrap();
        write_file(&link, "two").unwrap();
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "two");
        write_file(Path::new("/dev/null"), "gone").unwrap();
        assert!(!Path::new("/dev/null").is_file());
    }

    #[test]
    fn refuses_directories_and_reports_missing_ones() {
        let directory = tempfile::tempdir().unwrap();
        assert!(write_file(directory.path(), "x").is_err());
        assert!(write_file(&directory.path().join("missing/out"), "x").is_err());
    }
}
