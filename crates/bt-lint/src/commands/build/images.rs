//! Images that were built: checked, and loaded into what runs them.

use super::super::Outcome;
use super::super::image;
use crate::cli::{FailOn, Loader, MessageArguments};
use crate::engine::{Daemon, Realised};
use crate::exit::Exit;
use crate::output;
use crate::render::escape;
use crate::selection::Selection;
use crate::surroundings::variable;
use bt_diag::Diagnostic;
use bt_glue::{FileSystem, OsFileSystem};
use bt_image::Limits;
use bt_store::StorePath;
use bt_store::nar::NarFileContents;
use signal_hook::consts::SIGPIPE;
use std::fs::File;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};

/// How an image is written down.
enum Form {
    /// A file that is an archive.
    Archive,
    /// A program that writes the archive.
    Program,
    /// A file in the store of another machine, which nobody has looked at.
    Remote(StorePath),
}

/// The images in what was built: it is one, or a directory of links to some.
///
/// # Errors
/// It is a program of another machine, or cannot be read.
fn images(daemon: &Daemon, one: &Realised) -> Result<Vec<(PathBuf, Form)>, Diagnostic> {
    let Some((_, path)) = one.outputs.first() else { return Ok(Vec::new()) };
    let is_program = one.image.as_ref().is_some_and(|image| image.is_program);
    let Some(place) = daemon.real_path(path) else {
        if is_program {
            return Err(Diagnostic::new(format!("'{path}' is a program in the store of another machine"))
                .with_help("copy it with 'nix copy', or build in a store of this machine"));
        }
        return Ok(vec![(PathBuf::from(path.as_str()), Form::Remote(path.clone()))]);
    };
    let cannot = |error: std::io::Error| Diagnostic::new(format!("cannot read '{path}': {error}"));
    if !place.is_dir() {
        return Ok(form(&place, is_program).map_err(cannot)?.map(|form| (place, form)).into_iter().collect());
    }
    let mut found = Vec::new();
    for name in OsFileSystem.list(&place.to_string_lossy()).map_err(cannot)? {
        let name = place.join(name.0);
        // Links lead to paths of the store, which may be below another root.
        let target = std::fs::read_link(&name).ok().and_then(|target| daemon.address.real_path(target.to_str()?));
        let file = target.unwrap_or(name);
        if let Some(form) = form(&file, false).map_err(cannot)? {
            found.push((file, form));
        }
    }
    Ok(found)
}

/// What a file is: tar, gzip and zstd archives are known by their first bytes.
fn form(file: &Path, is_program: bool) -> std::io::Result<Option<Form>> {
    if is_program {
        return Ok(Some(Form::Program));
    }
    if !file.is_file() {
        return Ok(None);
    }
    let mut start = Vec::new();
    File::open(file)?.take(512).read_to_end(&mut start)?;
    let is_tar = start.get(257..262) == Some(b"ustar");
    let is_compressed = start.starts_with(&[0x1f, 0x8b]) || start.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]);
    Ok((is_tar || is_compressed).then_some(Form::Archive))
}

/// Starts the program that writes an image.
fn start(program: &Path) -> Result<Child, Diagnostic> {
    Command::new(program)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| Diagnostic::new(format!("cannot run '{}': {error}", program.display())))
}

/// How the program that writes an image ended.
fn ended(status: std::io::Result<ExitStatus>, program: &Path) -> Result<(), Diagnostic> {
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Diagnostic::new(format!("'{}' failed: {status}", program.display()))),
        Err(error) => Err(Diagnostic::new(format!("cannot wait for '{}': {error}", program.display()))),
    }
}

/// Checks the images of a target. What has none is told so.
///
/// # Errors
/// An image cannot be read.
pub(super) fn verify(
    daemon: &Daemon,
    one: &Realised,
    selection: &Selection,
    messages: &MessageArguments,
    fail_on: FailOn,
) -> Outcome {
    let found = images(daemon, one)?;
    if found.is_empty() && !messages.quiet {
        output::note(&format!("note: '{}' has no image to check", escape::line(&one.target)));
    }
    let mut exit = Exit::Clean;
    for (file, form) in &found {
        let limits = Limits::default();
        let expected = one.image.as_ref();
        let verified = match form {
            Form::Archive => {
                let image = bt_image::inspect(file, None, &limits);
                image::verify(image, expected, &one.target, selection, messages, fail_on)?
            }
            Form::Program => {
                let mut child = start(file)?;
                let Some(stdout) = child.stdout.take() else { continue };
                let image = bt_image::inspect_stream(stdout, None, &limits);
                ended(child.wait(), file)?;
                image::verify(image, expected, &one.target, selection, messages, fail_on)?
            }
            Form::Remote(path) => {
                return Err(Diagnostic::new(format!(
                    "'{path}' is in the store of another machine, and cannot be checked"
                ))
                .with_help("copy it with 'nix copy', or build in a store of this machine"));
            }
        };
        exit = if verified == Exit::Clean { exit } else { verified };
    }
    Ok(exit)
}

/// Loads the images of all targets, and says what those of each are called there.
///
/// # Errors
/// There is no image, nothing to load it into, or that fails.
pub(super) fn load(loader: Loader, daemon: &mut Daemon, realised: &[Realised]) -> Result<Vec<Vec<String>>, Diagnostic> {
    let found = realised.iter().map(|one| images(daemon, one)).collect::<Result<Vec<_>, _>>()?;
    if found.iter().all(Vec::is_empty) {
        return Err(Diagnostic::new("there is no image to load among what was built"));
    }
    let (name, program) = find(loader)?;
    let mut all = Vec::new();
    for images in &found {
        let mut names = Vec::new();
        for (file, form) in images {
            names.extend(match form {
                Form::Archive => {
                    let cannot = |error| Diagnostic::new(format!("cannot read '{}': {error}", file.display()));
                    load_one(name, &program, Stdio::from(File::open(file).map_err(cannot)?), file)?
                }
                Form::Program => load_written(name, &program, file)?,
                Form::Remote(path) => load_remote(name, &program, daemon, path)?,
            });
        }
        all.push(names);
    }
    Ok(all)
}

/// Loads what a program writes.
fn load_written(name: &str, program: &Path, file: &Path) -> Result<Vec<String>, Diagnostic> {
    let mut child = start(file)?;
    let stdout = child.stdout.take().map_or_else(Stdio::null, Stdio::from);
    let result = load_one(name, program, stdout, file);
    let status = child.wait();
    // When both fail, the loader knows why.
    let loaded = result?;
    // A loader that has read the last file of an archive may not wait for what fills it up.
    let is_unheard = |status: &ExitStatus| status.signal() == Some(SIGPIPE) || status.code() == Some(128 + SIGPIPE);
    match status {
        Ok(status) if is_unheard(&status) => Ok(loaded),
        status => ended(status, file).map(|()| loaded),
    }
}

/// The program that loads: its name and where it is.
fn find(loader: Loader) -> Result<(&'static str, PathBuf), Diagnostic> {
    let names: &[&'static str] = match loader {
        Loader::Auto => &["docker", "podman"],
        Loader::Docker => &["docker"],
        Loader::Podman => &["podman"],
    };
    let directories = variable("PATH").unwrap_or_default();
    let places = names.iter().flat_map(|name| {
        std::env::split_paths(&directories).map(|directory| (*name, directory.join(name))).collect::<Vec<_>>()
    });
    let found = places.into_iter().find(|(_, file)| file.is_file());
    found.ok_or_else(|| {
        Diagnostic::new(format!("there is no {} to load images into", names.join(" or ")))
            .with_help("install one, or leave out '--load'; the images are in the store")
    })
}

/// Loads an archive.
fn load_one(name: &str, program: &Path, archive: Stdio, file: &Path) -> Result<Vec<String>, Diagnostic> {
    let output =
        loading(program, archive).and_then(Child::wait_with_output).map_err(|error| cannot_run(program, &error))?;
    loaded(name, file, &output)
}

/// Loads an archive that is in the store of another machine, while it arrives.
fn load_remote(name: &str, program: &Path, daemon: &mut Daemon, path: &StorePath) -> Result<Vec<String>, Diagnostic> {
    let mut child = loading(program, Stdio::piped()).map_err(|error| cannot_run(program, &error))?;
    let mut stdin = child.stdin.take();
    let mut file = NarFileContents::new();
    let sent = daemon.store.connection().nar_from_path(path, &mut |piece| {
        let contents = file.next(piece).map_err(std::io::Error::other)?;
        if let Some(Err(_)) = stdin.as_mut().map(|stdin| stdin.write_all(contents)) {
            // Who does not listen any more says why.
            stdin = None;
        }
        Ok(())
    });
    if sent.is_err() {
        let _ = child.kill();
    }
    drop(stdin);
    let output = child.wait_with_output().map_err(|error| cannot_run(program, &error))?;
    sent.map_err(|error| Diagnostic::new(format!("cannot get '{path}': {error}")))?;
    loaded(name, Path::new(path.as_str()), &output)
}

fn loading(program: &Path, archive: Stdio) -> std::io::Result<Child> {
    Command::new(program).arg("load").stdin(archive).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

fn cannot_run(program: &Path, error: &std::io::Error) -> Diagnostic {
    Diagnostic::new(format!("cannot run '{}': {error}", program.display()))
}

/// What was loaded, or why nothing was.
fn loaded(name: &str, file: &Path, output: &Output) -> Result<Vec<String>, Diagnostic> {
    let said = |bytes: &[u8]| escape::lines(&escape::without_colors(&String::from_utf8_lossy(bytes))).into_owned();
    if !output.status.success() {
        let why = said(&output.stderr);
        let message = format!("{name} did not load '{}': {}", file.display(), why.trim());
        let diagnostic = Diagnostic::new(message);
        let cannot_connect = why.contains("annot connect") || why.contains("connection refused");
        return Err(match cannot_connect {
            true => diagnostic.with_help(format!("is {name} running? The image is built, and stays in the store")),
            false => diagnostic,
        });
    }
    // `Loaded image: NAME:TAG`; Podman has registries before names.
    let lines = said(&output.stdout);
    let names = lines.lines().filter_map(|line| line.strip_prefix("Loaded image"));
    Ok(names.filter_map(|rest| Some(rest.split_once(": ")?.1.trim().to_string())).collect())
}
