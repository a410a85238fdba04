//! `bt-lint image`: facts from a built image, for the rules that look at flakes.

use super::check::{Session, attr_path, with_flake};
use super::compose::json;
use super::{Failure, session};
use crate::request::{Evaluation, Target};
use bt_container::{
    Builder, Built, BuiltFiles, Content, Facts, Image, Node, NodeKind, Package, PackageFiles, Presence, Text, Wanted,
};
use bt_diag::{Confidence, Diagnostic, Finding, Label, SourceMap, Span};
use bt_image::{BuiltImage, File, Found, Interpreter, Kind, Tree};
use bt_rules::{BuiltFile, Ignores, Rule, Secrets};
use serde_json::Value as Json;
use std::rc::Rc;

/// The rules about configurations and about files of which all is known in a built image; those about files alone are in
/// [`bt_rules::check_built`].
const RULES: &[&str] = &[
    "root-user",
    "unknown-user",
    "no-command",
    "command-not-in-image",
    "exposed-ports-malformed",
    "port-out-of-range",
    "healthcheck-unrunnable",
    "env-malformed",
    "secret-in-env",
    "workdir-missing",
    "missing-tmp",
    "ssh-exposed",
    "sensitive-volume",
];

/// Those of them that ask whether a file is there, which before a build is often a guess.
const ABOUT_FILES: &[&str] =
    &["unknown-user", "command-not-in-image", "healthcheck-unrunnable", "workdir-missing", "missing-tmp"];

/// What is known of an image.
#[derive(Debug)]
pub struct ImageOutcome {
    /// The image.
    pub image: Rc<BuiltImage>,
    /// What it is called in messages.
    pub name: String,
    /// What is wrong. Places are in texts that stand for the configuration and for files.
    pub findings: Vec<Finding>,
    /// What no report shows.
    pub secrets: Secrets,
}

#[derive(Debug)]
struct Files(Rc<BuiltImage>);

impl BuiltFiles for Files {
    fn presence(&self, path: &str) -> Presence {
        match self.0.tree.find(path.as_bytes()) {
            Found::There(_, file) if file.kind == Kind::Directory => Presence::Directory,
            Found::There(_, file) if file.is_executable() => Presence::Executable,
            Found::There(..) => Presence::File,
            Found::Missing(_) | Found::Circle => Presence::Absent,
        }
    }

    fn text(&self, path: &str) -> Option<&str> {
        match self.0.tree.find(path.as_bytes()) {
            Found::There(_, file) => file.content()?.text.as_deref(),
            Found::Missing(_) | Found::Circle => None,
        }
    }
}

/// Runs the rules on an image.
pub fn image(image: BuiltImage, is_on: &dyn Fn(&Rule) -> bool, sources: &SourceMap) -> ImageOutcome {
    let image = Rc::new(image);
    let name = image.names.first().cloned().unwrap_or_else(|| short(&image.id).to_string());
    let facts = Facts { images: vec![fact(&image, &name)], ..Facts::default() };
    let places = bt_container::Places::new(sources, "");
    let found = bt_rules::run(&bt_rules::Context {
        facts: &facts,
        places: &places,
        lock: &bt_flake::LockFacts::default(),
        untracked: &[],
        source_exists: &|_| None,
        sources,
        is_own: &|_| false,
        is_on: &|rule| RULES.contains(&rule.name) && is_on(rule),
        ignores: &Ignores::default(),
        now: 0,
        options: &bt_rules::Options::default(),
    });
    let mut findings = found.findings;
    // All files are known: nothing is concluded from the names of packages.
    let about_files = findings.iter_mut().filter(|finding| ABOUT_FILES.contains(&finding.name));
    about_files.for_each(|finding| finding.confidence = Confidence::Certain);
    findings.extend(interpreter(&image, &name, is_on));
    let words: Vec<String> = image.config().map_or_else(Vec::new, words);
    findings.extend(bt_rules::check_built(&name, files(&image.tree), &words, is_on));
    findings.sort_by(|a, b| (a.code, &a.attr, &a.message).cmp(&(b.code, &b.attr, &b.message)));
    place(&mut findings, &image, &name, sources);
    ImageOutcome { image, name, findings, secrets: Secrets::of(&facts) }
}

fn short(id: &str) -> &str {
    id.strip_prefix("sha256:").and_then(|hex| hex.get(..12)).unwrap_or(id)
}

/// An image as the rules know those of a flake.
fn fact(image: &Rc<BuiltImage>, name: &str) -> Image {
    let root = Package {
        pname: String::new(),
        output: "out".into(),
        derivation: None,
        out_path: None,
        files: PackageFiles::Built(Built(Rc::new(Files(Rc::clone(image))))),
        script: None,
        additions: None,
        realised: std::cell::OnceCell::new(),
    };
    Image {
        attr: name.to_string(),
        aliases: Vec::new(),
        builder: Builder::BuildImage,
        name: Some(name.to_string()),
        tag: None,
        arguments: Node::new(NodeKind::Map(Vec::new())),
        config: image.config().map(node),
        contents: Some(vec![Content { package: Some(Rc::new(root)), span: None }]),
        contents_arguments: Vec::new(),
        base: None,
        call: None,
    }
}

/// JSON as a value of Nix. What Go writes for what is not given (`null`, an empty string or set) is not given.
fn node(value: &Json) -> Node {
    Node::new(match value {
        Json::Null => NodeKind::Null,
        Json::Bool(b) => NodeKind::Bool(*b),
        Json::Number(number) => match number.as_i64() {
            Some(i) => NodeKind::Int(i),
            None => NodeKind::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => NodeKind::String(Text { text: text.clone(), ..Text::default() }),
        Json::Array(items) => NodeKind::List(items.iter().map(node).collect()),
        Json::Object(entries) => {
            let given = entries.iter().filter(|(_, value)| !is_nothing(value));
            NodeKind::Map(given.map(|(key, value)| (key.clone(), node(value))).collect())
        }
    })
}

fn is_nothing(value: &Json) -> bool {
    value.is_null() || value.as_str().is_some_and(str::is_empty)
}

/// What the configuration names: each string, and each word of it.
fn words(config: &Json) -> Vec<String> {
    let (mut found, mut open) = (Vec::new(), vec![config]);
    while let Some(value) = open.pop() {
        match value {
            Json::String(text) => found.extend(text.split_whitespace().map(str::to_string)),
            Json::Array(items) => open.extend(items),
            Json::Object(entries) => open.extend(entries.values()),
            _ => {}
        }
    }
    found
}

fn absolute(path: &[u8]) -> String {
    format!("/{}", String::from_utf8_lossy(path))
}

/// The files, and where links lead.
fn files(tree: &Tree) -> impl Iterator<Item = BuiltFile> + '_ {
    tree.files().filter_map(|(path, file)| {
        let is_link = matches!(file.kind, Kind::Symlink(_));
        let (target, real) = match &file.kind {
            Kind::File(_) => (path.to_vec(), file),
            Kind::Symlink(_) => match tree.find(path) {
                Found::There(at, real) if matches!(real.kind, Kind::File(_)) => (at, real),
                _ => return None,
            },
            Kind::Directory | Kind::HardLink(_) | Kind::Special(_) => return None,
        };
        Some(BuiltFile {
            path: absolute(path),
            target: absolute(&target),
            mode: real.mode,
            uid: real.uid,
            is_link,
            private_key: real.content().is_some_and(|content| content.private_key),
            size: real.size,
        })
    })
}

/// That the command is there, but not what starts it.
fn interpreter(image: &BuiltImage, name: &str, is_on: &dyn Fn(&Rule) -> bool) -> Option<Finding> {
    let list = |key: &str| image.config()?.get(key)?.as_array()?.first()?.as_str();
    let program = list("Entrypoint").or_else(|| list("Cmd")).filter(|program| program.starts_with('/'))?;
    let missing = image.tree.missing_interpreter(program.as_bytes())?;
    let Found::There(_, file) = image.tree.find(program.as_bytes()) else { return None };
    let attr = format!("{name}.config.Cmd");
    let help = "put it into the image, or name the program by its store path, which brings along what it needs";
    let is_script = matches!(file.content().map(|content| &content.interpreter), Some(Interpreter::Script(_)));
    let (code, message) = if is_script {
        ("CNT009", format!("the script `{program}`, which image `{name}` runs, needs {missing}, which is not there"))
    } else {
        (
            "CFG007",
            format!("the command `{program}` of image `{name}` needs {missing} to be started, which is not there"),
        )
    };
    bt_rules::built_finding(code, &attr, &message, Confidence::Certain, help, is_on)
}

/// Gives findings places: in the configuration, or a line about the file.
fn place(findings: &mut [Finding], image: &BuiltImage, name: &str, sources: &SourceMap) {
    let pretty = serde_json::to_string_pretty(&image.configuration).unwrap_or_default();
    let configuration = sources.add("configuration", pretty);
    for finding in findings {
        let span = if let Some(path) = finding.attr.strip_prefix('/') {
            let Found::There(_, file) = image.tree.find(path.as_bytes()) else { continue };
            let line = listed(&finding.attr, file);
            let length = line.len();
            sources.add(path, line).map(|file| file.span(0..length))
        } else {
            let key = finding.attr.strip_prefix(name).and_then(|rest| rest.strip_prefix(".config."));
            let key = key.and_then(|key| key.split('.').next()).unwrap_or_default();
            configuration.as_ref().map(|file| key_in(&file.text, key).map_or(file.span(0..1), |range| file.span(range)))
        };
        finding.primary = span.filter(|span: &Span| !span.is_none()).map(|span| Label { span, text: String::new() });
        finding.related.clear();
        finding.fix = None;
    }
}

/// Where the configuration has a key, or else the whole of `config`.
fn key_in(text: &str, key: &str) -> Option<std::ops::Range<usize>> {
    let config = text.find("\"config\":")?;
    let quoted = format!("\n    \"{key}\":");
    let range = text[config..].find(&quoted).map(|at| config + at + 5..config + at + quoted.len() - 1);
    Some(range.unwrap_or(config..config + "\"config\"".len()))
}

/// A line about a file, as `ls -l` writes it.
fn listed(path: &str, file: &File) -> String {
    let special = [(0o4000, 's', 'S', 2), (0o2000, 's', 'S', 5), (0o1000, 't', 'T', 8)];
    let mut mode: Vec<char> =
        (0..9).map(|at| if file.mode >> (8 - at) & 1 == 1 { ['r', 'w', 'x'][at % 3] } else { '-' }).collect();
    for (bit, set, alone, at) in special {
        if file.mode & bit != 0 {
            mode[at] = if mode[at] == 'x' { set } else { alone };
        }
    }
    let mode: String = mode.into_iter().collect();
    format!("-{mode} {}:{} {} {path} (layer {})", file.uid, file.gid, file.size, file.layer + 1)
}

/// What an image of a flake is meant to be.
#[derive(Debug, Clone)]
pub struct ExpectedImage {
    /// Its configuration.
    pub config: Json,
    /// Its name and tag, when they are known.
    pub reference: Option<String>,
    /// Whether what is built is a program that writes the image.
    pub is_program: bool,
}

/// The image that a target names, and notices.
///
/// # Errors
/// The flake cannot be evaluated, or the target is not one image whose configuration is known.
pub fn expected_image(
    target: &Target,
    evaluation: &Evaluation,
    sources: &SourceMap,
) -> Result<(ExpectedImage, Vec<String>), Failure> {
    with_flake(&target.path, evaluation, sources, |session| {
        let expected = expected_in(session, target.attr.as_deref(), sources)?;
        Ok((expected, session::notices(session.glue)))
    })
}

/// The image at an attribute path of a flake that is loaded.
///
/// # Errors
/// As for [`expected_image`].
pub(super) fn expected_in(
    session: &Session<'_, '_>,
    attr: Option<&str>,
    sources: &SourceMap,
) -> Result<ExpectedImage, Failure> {
    let Session { ev, glue, flake, system, located } = session;
    let failed = |diagnostic| Failure { diagnostic, places: session::places(located) };
    let failure = |message: String| failed(Diagnostic::new(message));
    let only = attr.map(attr_path).transpose()?;
    let facts = bt_container::discover(ev, glue, flake, system, &located.tree, only.as_slice(), Wanted::ALL)
        .map_err(|error| failed(bt_container::own_diagnostic(&error, sources, &located.tree)))?;
    let image = match facts.images.as_slice() {
        [image] => image,
        [] => return Err(failure("there is no image to compare with".into())),
        several => {
            let attrs = several.iter().map(|image| format!("'#{}'", image.attr)).collect::<Vec<_>>().join(", ");
            return Err(failure(format!("there are several images to compare with: choose one of {attrs}")));
        }
    };
    let config = match &image.config {
        Some(config) if config.has_failed() => {
            return Err(failure(format!("the configuration of '{}' is not known before it is built", image.attr)));
        }
        Some(config) => json(config).map_err(failed)?,
        None => Json::Object(serde_json::Map::new()),
    };
    let is_program = matches!(image.builder, Builder::StreamLayeredImage | Builder::StreamNixShellImage);
    Ok(ExpectedImage { config, reference: image.reference(), is_program })
}
