//! Flakes resolved by bt-lint and by real Nix: the same flake is made anew for each version of Nix, described by both, and
//! every difference has to be one that is meant.

use crate::loopback::Server;
use crate::process::{self, Program};
use crate::project::Project;
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// A version of Nix to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nix {
    /// 2.8: the program `nix`, or what `BT_LINT_NIX28` names.
    V8,
    /// 2.26: the program `nix26`, or what `BT_LINT_NIX26` names.
    V26,
}

impl Nix {
    /// All of them.
    pub const ALL: [Nix; 2] = [Nix::V8, Nix::V26];

    fn version(self) -> &'static str {
        match self {
            Nix::V8 => "2.8",
            Nix::V26 => "2.26",
        }
    }

    /// The program; `None`, with a line on standard error, when it is not there or another version.
    fn program(self) -> Option<String> {
        let (variable, default) = match self {
            Nix::V8 => ("BT_LINT_NIX28", "nix"),
            Nix::V26 => ("BT_LINT_NIX26", "nix26"),
        };
        let program = std::env::var(variable).unwrap_or_else(|_| default.to_string());
        let answer = Command::new(&program).arg("--version").output();
        let answer = answer.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        if answer.contains(&format!(" {}.", self.version())) {
            return Some(program);
        }
        let version = self.version();
        crate::skipped(&format!("'{program}' is not Nix {version} ({variable}), so it is not compared with {version}"));
        None
    }
}

/// A flake to compare, and whatever has to stay until that is done.
pub struct Made {
    /// Removed in the end.
    pub project: Project,
    /// The flake, as Nix is told: what follows the project's directory in the URL is part of it.
    pub url: String,
    /// The flake, as bt-lint is told.
    pub target: String,
    /// Inputs and the directories that replace them, with or without `path:`.
    pub overrides: Vec<(String, String)>,
    /// Other directories and servers.
    pub others: Vec<Box<dyn std::any::Any>>,
}

impl Made {
    /// A directory.
    pub fn path(project: Project) -> Made {
        let target = format!("path:{}", project.root_text());
        Made { url: target.clone(), target, project, overrides: Vec::new(), others: Vec::new() }
    }

    /// A git work tree.
    pub fn git(project: Project) -> Made {
        let (url, target) = (format!("git+file://{}", project.root_text()), project.root_text().to_string());
        Made { url, target, project, overrides: Vec::new(), others: Vec::new() }
    }

    /// With something that has to stay.
    pub fn keeping(mut self, other: impl std::any::Any) -> Made {
        self.others.push(Box::new(other));
        self
    }

    /// With a server that has to stay.
    pub fn served_by(self, server: Server) -> Made {
        self.keeping(server)
    }
}

/// A difference that is meant.
#[derive(Debug, Clone, Copy)]
pub struct Differs {
    /// From which version.
    pub from: Nix,
    /// Where: JSON pointers into what is compared; what ends in a slash is for all below. `/refused` means that Nix does
    /// not take the flake at all.
    pub at: &'static [&'static str],
    /// Why.
    pub reason: &'static str,
}

/// One comparison.
pub struct Case {
    /// What is compared, as the table in docs/flakes.md has it.
    pub name: &'static str,
    /// Makes the flake.
    pub make: fn() -> Made,
    /// Whether Nix writes the lock file first; then this is done.
    pub locked: Option<fn(&Made)>,
    /// Versions that cannot do it at all, and why.
    pub without: Option<(Nix, &'static str)>,
    /// Differences that are meant.
    pub differs: &'static [Differs],
}

impl Case {
    /// A comparison in which all has to be equal.
    pub const fn new(name: &'static str, make: fn() -> Made) -> Case {
        Case { name, make, locked: None, without: None, differs: &[] }
    }

    /// With a lock file that Nix writes.
    pub const fn locked(self, then: fn(&Made)) -> Case {
        Case { locked: Some(then), ..self }
    }

    /// Not with a version.
    pub const fn without(self, version: Nix, why: &'static str) -> Case {
        Case { without: Some((version, why)), ..self }
    }

    /// With differences that are meant.
    pub const fn differs(self, differs: &'static [Differs]) -> Case {
        Case { differs, ..self }
    }

    fn expected(&self, nix: Nix) -> impl Iterator<Item = &'static Differs> {
        let differs = self.differs;
        differs.iter().filter(move |differs| differs.from == nix)
    }

    /// A row of the table in docs/flakes.md.
    pub fn row(&self) -> String {
        let cell = |nix: Nix| {
            if let Some((_, why)) = self.without.filter(|(version, _)| *version == nix) {
                return format!("not compared: {why}");
            }
            let reasons: Vec<&str> = self.expected(nix).map(|differs| differs.reason).collect();
            if reasons.is_empty() { "equal".to_string() } else { reasons.join("; ") }
        };
        format!("| {} | {} | {} |", self.name, cell(Nix::V8), cell(Nix::V26))
    }

    /// Compares with all versions that are installed; what differs and should not, or the other way round.
    pub fn compare(&self, program: Program) -> Vec<String> {
        let mut wrong = Vec::new();
        for nix in Nix::ALL {
            if self.without.is_some_and(|(version, _)| version == nix) {
                continue;
            }
            let Some(installed) = nix.program() else { continue };
            let expected: Vec<&str> = self.expected(nix).flat_map(|differs| differs.at).copied().collect();
            let found = self.differences(nix, &installed, program).unwrap_or_else(|error| {
                // What Nix refuses, and bt-lint does not.
                BTreeMap::from([("/refused".to_string(), error)])
            });
            let is_for = |expected: &str, at: &str| match expected.ends_with('/') {
                true => at.starts_with(expected),
                false => at == expected,
            };
            let all_expected = found.keys().all(|at| expected.iter().any(|e| is_for(e, at)));
            let all_found = expected.iter().all(|e| found.keys().any(|at| is_for(e, at)));
            if !all_expected || !all_found {
                let list: Vec<String> = found.iter().map(|(at, what)| format!("    {at}: {what}")).collect();
                let (name, version) = (self.name, nix.version());
                wrong.push(format!("{name}, Nix {version}: expected {expected:?}, found\n{}", list.join("\n")));
            }
        }
        wrong
    }

    /// Pointers to what differs, with both values.
    fn differences(&self, nix: Nix, installed: &str, program: Program) -> Result<BTreeMap<String, String>, String> {
        let made = (self.make)();
        let real = Real::new(installed);
        if let Some(then) = self.locked {
            real.run(&made, &["flake", "lock"], "")?;
            then(&made);
        }
        let mut theirs = real.describe(&made)?;
        let mut ours = describe(&made, program, real.home.path());
        if nix == Nix::V8 {
            // Flakes have that since 2.14.
            without_types(&mut ours);
            without_types(&mut theirs);
        }
        let mut found = BTreeMap::new();
        diff("", &ours, &theirs, &mut found);
        Ok(found)
    }
}

fn without_types(description: &mut Json) {
    for (_, input) in description["facts"].as_object_mut().into_iter().flatten() {
        if let Some(names) = input["names"].as_array_mut() {
            names.retain(|name| name != "_type");
        }
    }
}

fn diff(at: &str, ours: &Json, theirs: &Json, found: &mut BTreeMap<String, String>) {
    if let (Json::Object(a), Json::Object(b)) = (ours, theirs) {
        for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
            let value = |of: &Map<String, Json>| of.get(key).cloned().unwrap_or_default();
            diff(&format!("{at}/{key}"), &value(a), &value(b), found);
        }
    } else if ours != theirs {
        found.insert(at.to_string(), format!("bt-lint: {ours}, Nix: {theirs}"));
    }
}

/// The output that describes a flake and its inputs: give the names of the arguments to `outputs` as `inputs`.
pub const FACTS: &str = "lib.facts = builtins.mapAttrs (_: input: let info = input.sourceInfo or input; in { info = \
    removeAttrs info [ \"outPath\" ]; path = input.outPath; source = info.outPath; names = builtins.attrNames (removeAttrs \
    input [ \"sourceInfo\" \"inputs\" \"outputs\" \"lib\" ]); files = builtins.readDir input.outPath; }) inputs;";

/// A flake.nix that describes itself and its inputs.
pub fn flake(inputs: &str) -> String {
    format!(
        "{{ description = \"d\"; inputs = {{ {inputs} }}; outputs = {{ self, ... }}@inputs: {{ {FACTS} \
         lib.outputs = builtins.attrNames self.outputs; other = 1; }}; }}\n"
    )
}

/// What bt-lint says of a flake.
fn describe(made: &Made, program: Program, home: &Path) -> Json {
    let mut overrides = Vec::new();
    for (name, directory) in &made.overrides {
        overrides.extend(["--override-input", name, directory]);
    }
    let cache = home.join("cache");
    let variables = [("XDG_CACHE_HOME", cache.to_str().expect("plain names"))];
    let run = |arguments: &[&str]| -> Json {
        let arguments = [arguments, &overrides].concat();
        let run = program.run_in(made.project.root(), &arguments, &variables).expect(0);
        serde_json::from_str(&run.stdout).expect("JSON")
    };
    let facts = run(&["eval", "--json", "--online", &format!("{}#lib.facts", made.target)]);
    let show = run(&["eval", "--json", "--online", &format!("{}#lib.outputs", made.target)]);
    let document = run(&["inputs", "--json", &made.target]);
    let info = &document["flake"]["sourceInfo"];
    let mut locked = Map::new();
    for input in document["inputs"].as_array().expect("a list") {
        if let Some(reference) = input.get("locked").or(input.get("original")) {
            let names: Vec<&str> = input["path"].as_array().expect("a list").iter().filter_map(Json::as_str).collect();
            locked.insert(names.join("/"), reference.clone());
        }
    }
    json!({
        "facts": facts,
        "metadata": {
            "description": document["flake"]["description"], "lastModified": info["lastModified"],
            "revision": info["rev"], "dirtyRevision": info["dirtyRev"], "revCount": info["revCount"],
            "narHash": info["narHash"], "path": info["outPath"],
        },
        "show": show,
        "locked": if made.overrides.is_empty() { Json::Object(locked) } else { Json::Null },
    })
}

/// Nix with a store and a home of its own.
struct Real {
    program: String,
    home: tempfile::TempDir,
}

impl Real {
    fn new(program: &str) -> Real {
        Real { program: program.to_string(), home: tempfile::tempdir().expect("a temporary directory") }
    }

    /// What a command prints, or the error that it ends with.
    fn run(&self, made: &Made, arguments: &[&str], attr: &str) -> Result<String, String> {
        let home = self.home.path();
        let mut command = Command::new(&self.program);
        command.args(["--extra-experimental-features", "nix-command flakes", "--store"]).arg(home.join("store"));
        command.args(arguments).arg(format!("{}{attr}", made.url));
        for (name, directory) in &made.overrides {
            command.args(["--override-input", name, &format!("path:{}", directory.trim_start_matches("path:"))]);
        }
        command.current_dir(made.project.root()).env("HOME", home).env("NIX_PATH", "");
        command.env("NIX_STATE_DIR", home.join("state")).env("NIX26_STATE", home.join("nix26"));
        command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
        for (number, (key, value)) in [("protocol.file.allow", "always")].iter().enumerate() {
            command.env("GIT_CONFIG_COUNT", "1").env(format!("GIT_CONFIG_KEY_{number}"), key);
            command.env(format!("GIT_CONFIG_VALUE_{number}"), value);
        }
        for name in ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "NIX_CONF_DIR", "http_proxy", "https_proxy"] {
            command.env_remove(name);
        }
        let shown = format!("{command:?}");
        let run =
            process::run(command, b"", Duration::from_secs(60)).unwrap_or_else(|| panic!("{shown} took too long"));
        if run.code == Some(0) { Ok(run.stdout) } else { Err(run.stderr) }
    }

    fn describe(&self, made: &Made) -> Result<Json, String> {
        let run = |arguments: &[&str], attr: &str| -> Result<Json, String> {
            Ok(serde_json::from_str(&self.run(made, arguments, attr)?).expect("JSON"))
        };
        let facts = run(&["eval", "--json", "--no-write-lock-file"], "#lib.facts")?;
        let metadata = run(&["flake", "metadata", "--json", "--no-write-lock-file"], "")?;
        let show = run(&["flake", "show", "--json", "--no-write-lock-file"], "")?;
        let nodes = &metadata["locks"]["nodes"];
        let mut locked = Map::new();
        collect(nodes, "root", "", &mut locked);
        Ok(json!({
            "facts": facts,
            "metadata": {
                "description": metadata["description"], "lastModified": metadata["lastModified"],
                "revision": metadata["revision"], "dirtyRevision": metadata["dirtyRevision"],
                "revCount": metadata["revCount"], "narHash": metadata["locked"]["narHash"], "path": metadata["path"],
            },
            "show": show.as_object().map(|names| names.keys().collect::<Vec<_>>()),
            "locked": if made.overrides.is_empty() { Json::Object(locked) } else { Json::Null },
        }))
    }
}

/// The locked references by the paths of inputs.
fn collect(nodes: &Json, key: &str, path: &str, locked: &mut Map<String, Json>) {
    for (name, target) in nodes[key]["inputs"].as_object().into_iter().flatten() {
        if let Some(target) = target.as_str() {
            let below = if path.is_empty() { name.clone() } else { format!("{path}/{name}") };
            locked.insert(below.clone(), nodes[target]["locked"].clone());
            collect(nodes, target, &below, locked);
        }
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        // Store paths are read-only, and could not be removed.
        let _ = Command::new("chmod").args(["-R", "u+w"]).arg(self.home.path()).status();
    }
}
