//! From a directory to an evaluated flake.

use crate::config;
use crate::declared::{Declared, declared_inputs};
use crate::facts::{LockFacts, lock_facts};
use crate::graph::{Graph, Node, Source, directory_in, info, read_flake, start_of};
use crate::inputs::{InputRow, rows};
use crate::lock::LockFile;
use crate::source_info;
use bt_diag::{SourceFile, Span};
use bt_eval::attrs::{AttrsBuilder, slot};
use bt_eval::builtins::Builtin;
use bt_eval::{At, Attrs, Error, ErrorKind, Evaluator, FileKind, Result, Value, sym};
use bt_flakeref::{Attributes, FlakeRef};
use bt_glue::{Glue, SourceTree};
use std::collections::BTreeMap;
use std::rc::Rc;

/// Which nixpkgs is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NixpkgsMode {
    /// The locked one where it is available, else the stand-in.
    #[default]
    Auto,
    /// The locked one only.
    Locked,
    /// The stand-in only.
    Model,
}

/// What to load.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The flake's directory: absolute and canonical.
    pub directory: String,
    /// The directory of the source tree that the flake is in: the same, or one above (the root of a repository).
    pub tree: String,
    /// Whether the tree is a git work tree: what git does not track does not exist then.
    pub is_repository: bool,
    /// Whether the submodules of the repository are part of the source.
    pub submodules: bool,
    /// What the source is locked to, if it is: its `rev`, `narHash`, … are those of the flake.
    pub locked: Option<FlakeRef>,
    /// Inputs to replace.
    pub overrides: Vec<Override>,
    /// Which nixpkgs.
    pub nixpkgs: NixpkgsMode,
}

impl Request {
    pub(crate) fn override_of(&self, name: &str) -> Option<&Override> {
        self.overrides.iter().find(|other| other.input == name)
    }
}

/// An input to replace by a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// `name` or `name/of/input`.
    pub input: String,
    /// Absolute and canonical.
    pub directory: String,
    /// Whether it was given as `path:…`: git is not asked then what exists in it.
    pub is_path: bool,
}

/// A tree that stands in for an input that is not available.
pub struct StandIn {
    /// Its name, for messages.
    pub name: String,
    /// Its files.
    pub tree: SourceTree,
}

/// Knows the stand-ins.
pub trait StandIns {
    /// The stand-in for a reference, if there is one.
    fn find(&self, reference: &FlakeRef) -> Option<StandIn>;
}

/// An evaluated flake; its outputs are evaluated when someone asks for them.
pub struct Loaded<'e> {
    /// What other flakes see of it: outputs, `inputs`, `outPath`, ….
    pub flake: &'e Attrs<'e>,
    /// What rules need to know of inputs and lock.
    pub lock: LockFacts,
}

/// What the inputs of a flake are.
pub struct Inputs<'e> {
    /// All of them, in the order of their paths.
    pub rows: Vec<InputRow>,
    /// `description` of flake.nix.
    pub description: Option<String>,
    /// What is known of the source of the flake itself, as `self.sourceInfo` has it with a lock file that need not change:
    /// hashed and asked of git when someone looks at it.
    pub source_info: &'e Attrs<'e>,
}

static TREE_PATH: Builtin = Builtin::new("treePath", 1, 1, tree_path);
static FETCHED: Builtin = Builtin::new("fetched", 2, 0b11, fetched);
static UNAVAILABLE: Builtin = Builtin::new("unavailable", 2, 0b11, unavailable);

/// The `outPath` of a source: its path as a string that refers to the tree.
fn tree_path<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let Value::Path(path) = args[0] else { return Err(ev.expected("a path", args[0])) };
    if let Some(later) = ev.path_for_later(path.text, true) {
        return Ok(Value::String(later));
    }
    let text = ev.world.path_to_string(path.text)?;
    let root = bt_store::path::split_store_prefix(&text).map(|(root, _)| root.to_string());
    Ok(ev.string_with_context(&text, root.as_deref().unwrap_or(&text)))
}

/// A node whose source is fetched now: the attributes of its reference as JSON, and what else is known of the node.
fn fetched<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    let Value::Attrs(node) = args[1] else { return Err(ev.expected("a set", args[1])) };
    let text = |name: &str| match ev.symbols.find(name).and_then(|name| node.get(name)) {
        Some(attr) => ev.force_plain(ev.force_slot(&attr.value)?).map(Some),
        None => Ok(None),
    };
    let input = text("input")?.unwrap_or_default();
    let Some(glue) = ev.world.as_any().downcast_ref::<Glue>() else {
        return Err(Error::new(ErrorKind::Other, "fetching needs a store"));
    };
    let attributes = serde_json::from_str(ev.force_plain(args[0])?).ok();
    let reference = attributes.and_then(|json| FlakeRef::from_attributes(Attributes::from_json(&json).ok()?).ok());
    let locked = reference.and_then(|reference| Some((reference.nar_hash()?, reference)));
    let Some((hash, reference)) = locked else {
        return Err(Error::new(ErrorKind::Unavailable, format!("the input '{input}' is not locked")));
    };
    let stand_in = text("standIn")?.zip(text("standInDirectory")?);
    let directory = match (glue.try_fetch(&reference, &hash, stand_in.is_some()), stand_in) {
        (Ok(root), _) => directory_in(root, &reference),
        (Err(failure), Some((name, directory))) if failure.is_unreachable => {
            glue.note_stand_in(name, Some(failure.message));
            directory.to_string()
        }
        (Err(failure), _) => return Err(failure.error(&format!("input '{input}'"))),
    };
    let mut value = AttrsBuilder::with_capacity(6);
    for (name, attr) in ev.sorted_entries(node) {
        value.push(ev.symbols.intern(name), ev.force_slot(&attr.value)?);
    }
    push_source(ev, glue, &mut value, &directory, &info(&reference), true);
    Ok(Value::Attrs(value.finish(ev.arena)))
}

/// An input that cannot be had is an error where it is used.
fn unavailable<'e>(ev: &Evaluator<'e>, args: &[Value<'e>]) -> Result<Value<'e>> {
    Err(Error::new(ErrorKind::Unavailable, ev.force_plain(args[0])?).help(ev.force_plain(args[1])?))
}

/// A flake whose inputs are resolved.
struct Prepared<'g, 'e> {
    graph: Graph<'g, 'e>,
    flake: &'e Attrs<'e>,
    outputs_span: Span,
    lock: LockFacts,
    /// Whether the lock file has all inputs as they are asked for.
    has_lock: bool,
}

/// Loads a flake.
///
/// Errors: no flake.nix, a flake.nix or flake.lock that cannot be read; what only outputs need is an error there.
pub fn load<'e>(ev: &Evaluator<'e>, glue: &Glue, request: &Request, stand_ins: &dyn StandIns) -> Result<Loaded<'e>> {
    let Prepared { graph, outputs_span, lock, has_lock, .. } = prepare(ev, glue, request, stand_ins)?;
    let flake = call(ev, glue, &graph.nodes, has_lock)
        .map_err(|error| error.frame(outputs_span, || "while calling the flake's 'outputs'".into()))?;
    Ok(Loaded { flake, lock })
}

/// Resolves the inputs of a flake and fetches nothing; its outputs are not called.
///
/// Errors: as for [`load`].
pub fn inputs<'e>(ev: &Evaluator<'e>, glue: &Glue, request: &Request, stand_ins: &dyn StandIns) -> Result<Inputs<'e>> {
    let Prepared { graph, flake, .. } = prepare(ev, glue, request, stand_ins)?;
    let description = match ev.symbols.find("description").and_then(|name| flake.get(name)) {
        Some(attr) => Some(ev.force_plain(ev.force_slot(&attr.value)?)?.to_string()),
        None => None,
    };
    let out_path = tree_path_later(ev, &request.tree);
    let source_info = source_info::unlocked(ev, glue, &request.tree, out_path, true);
    Ok(Inputs { rows: rows(&graph), description, source_info })
}

fn prepare<'g, 'e>(
    ev: &'g Evaluator<'e>,
    glue: &'g Glue,
    request: &'g Request,
    stand_ins: &'g dyn StandIns,
) -> Result<Prepared<'g, 'e>> {
    let directory = request.directory.as_str();
    let flake = open(ev, glue, request)?;
    let outputs_span = check_outputs(ev, flake, &flake_file(directory))?;
    let (declared, lock, facts) = read_inputs(ev, glue, flake, directory)?;
    let root = lock.as_ref().and_then(|lock| lock.nodes.get(&lock.root));
    let is_locked = |input: &Declared| root.is_some_and(|root| root.inputs.contains_key(&input.name));
    let has_lock = declared.iter().all(is_locked) && facts.stale.is_empty() && request.overrides.is_empty();
    let mut graph = Graph::new(ev, glue, request, stand_ins, lock);
    graph.resolve_root(directory, &declared)?;
    Ok(Prepared { graph, flake, outputs_span, lock: facts, has_lock })
}

/// What rules need to know of the inputs and the lock of a flake, when nothing else of it matters: no input is resolved,
/// and its outputs are not called.
///
/// Errors: flake.nix or flake.lock cannot be read.
pub fn facts_alone<'e>(ev: &Evaluator<'e>, glue: &Glue, request: &Request) -> Result<LockFacts> {
    let flake = open(ev, glue, request)?;
    check_outputs(ev, flake, &flake_file(&request.directory))?;
    read_inputs(ev, glue, flake, &request.directory).map(|(.., facts)| facts)
}

fn flake_file(directory: &str) -> String {
    format!("{directory}/flake.nix")
}

/// Reads flake.nix, as a file of a tree or of a repository.
fn open<'e>(ev: &Evaluator<'e>, glue: &Glue, request: &Request) -> Result<&'e Attrs<'e>> {
    let flake_file = flake_file(&request.directory);
    if request.is_repository {
        glue.add_repository(&request.tree, request.submodules)?;
    } else {
        glue.add_tree(SourceTree::on_disk(request.tree.as_str()));
    }
    if glue.disk_kind(&flake_file).is_none() {
        if request.is_repository {
            // Says so when it is there, but not tracked.
            ev.world.read_file(&flake_file)?;
        }
        return Err(Error::new(ErrorKind::Io, "there is no flake.nix in this directory")
            .help("name the directory of a flake, or its flake.nix"));
    }
    read_flake(ev, &flake_file)
}

/// What rules need to know of the inputs and the lock of a flake that could not be loaded.
///
/// Errors: flake.nix or flake.lock cannot be read.
pub fn facts<'e>(ev: &Evaluator<'e>, glue: &Glue, request: &Request) -> Result<LockFacts> {
    let flake = read_flake(ev, &format!("{}/flake.nix", request.directory))?;
    read_inputs(ev, glue, flake, &request.directory).map(|(.., facts)| facts)
}

/// The inputs as they are declared, the lock, and what rules need to know of both.
fn read_inputs<'e>(
    ev: &Evaluator<'e>,
    glue: &Glue,
    flake: &'e Attrs<'e>,
    directory: &str,
) -> Result<(Vec<Declared>, Option<LockFile>, LockFacts)> {
    let (mut declared, inputs_span) = declared_inputs(ev, flake)?;
    add_undeclared(ev, flake, &mut declared);
    let lock_file = read_lock(ev, glue, directory)?;
    let lock = lock_file.as_deref().map(LockFile::parse).transpose()?;
    let mut facts = lock_facts(&declared, lock.as_ref());
    facts.inputs_span = inputs_span;
    facts.config = config::settings(ev, flake);
    Ok((declared, lock, facts))
}

/// `outputs` has to be there and a function; where it stands.
fn check_outputs<'e>(ev: &Evaluator<'e>, flake: &'e Attrs<'e>, flake_file: &str) -> Result<Span> {
    let Some(attr) = ev.symbols.find("outputs").and_then(|name| flake.get(name)) else {
        return Err(Error::new(ErrorKind::MissingAttribute, "flake.nix has no 'outputs'").at(start_of(ev, flake_file)));
    };
    let span = Span::new(attr.position(), attr.position() + "outputs".len() as u32);
    match ev.force_slot(&attr.value).at(span)? {
        Value::Closure(_) | Value::Builtin(_) | Value::Partial(_) | Value::Attrs(_) => Ok(span),
        other => {
            let message = format!("'outputs' of flake.nix is {}, not a function", other.type_with_article());
            Err(Error::new(ErrorKind::Type, message).at(span))
        }
    }
}

/// Inputs that are only named as arguments of `outputs` exist too: the registry knows them.
fn add_undeclared<'e>(ev: &Evaluator<'e>, flake: &'e Attrs<'e>, declared: &mut Vec<Declared>) {
    let outputs = ev.symbols.find("outputs").and_then(|name| flake.get(name));
    let Some(Ok(Value::Closure(closure))) = outputs.map(|attr| ev.force_slot(&attr.value)) else { return };
    let bt_eval::ir::Parameter::Formals(formals) = &closure.lambda.parameter else { return };
    for formal in formals.formals {
        let name = ev.symbols.name(formal.name);
        if name == "self" || declared.iter().any(|d| d.name == name) {
            continue;
        }
        let span = Some(Span::new(formal.position, formal.position + name.len() as u32));
        declared.push(Declared { span, ..Declared::named(name) });
    }
}

pub(crate) fn read_lock(ev: &Evaluator<'_>, glue: &Glue, directory: &str) -> Result<Option<Rc<SourceFile>>> {
    let path = format!("{directory}/flake.lock");
    match glue.disk_kind(&path) {
        Some(FileKind::Regular | FileKind::Symlink) => {}
        _ => return Ok(None),
    }
    if let Some(known) = ev.sources.file_by_path(&path) {
        return Ok(Some(known));
    }
    let bytes = ev.world.read_file(&path)?;
    ev.add_source(&path, bytes).map(Some)
}

/// Calls the flakes, lazily.
fn call<'e>(ev: &Evaluator<'e>, glue: &Glue, nodes: &[Node], has_lock: bool) -> Result<&'e Attrs<'e>> {
    let mut set = AttrsBuilder::with_capacity(nodes.len());
    for (index, node) in nodes.iter().enumerate() {
        set.push(ev.symbols.intern(&index.to_string()), node_value(ev, glue, node, has_lock));
    }
    let file = ev.add_source("«flake»/call.nix", include_str!("call.nix").as_bytes().to_vec())?;
    let function = ev.eval_source(&file, None)?;
    let arguments = [Value::Attrs(set.finish(ev.arena)), ev.string("0")];
    match ev.observations.tracking_updates(|| ev.call(function, &arguments))? {
        Value::Attrs(flake) => Ok(flake),
        other => Err(ev.expected("a set", other)),
    }
}

fn tree_path_later<'e>(ev: &Evaluator<'e>, path: &str) -> Value<'e> {
    Value::Thunk(slot(ev.arena, ev.delayed_call(Value::Builtin(&TREE_PATH), &[ev.path(path)])))
}

fn node_value<'e>(ev: &Evaluator<'e>, glue: &Glue, node: &Node, has_lock: bool) -> Value<'e> {
    let mut value = AttrsBuilder::with_capacity(6);
    let name = |text: &str| ev.symbols.intern(text);
    value.push(name("isFlake"), Value::Bool(node.is_flake));
    let mut inputs = AttrsBuilder::with_capacity(node.inputs.len());
    for (input, index) in &node.inputs {
        inputs.push(name(input), ev.string(index.to_string()));
    }
    value.push(name("inputs"), Value::Attrs(inputs.finish(ev.arena)));
    if let Some((above, path)) = &node.below {
        value.push(name("above"), ev.string(above.to_string()));
        value.push(name("path"), ev.string(path));
    }
    match &node.source {
        Source::Directory(directory) => {
            push_source(ev, glue, &mut value, directory, &node.info, has_lock);
        }
        Source::Remote(input, reference, stand_in) => {
            value.push(name("input"), ev.string(input));
            if let Some((stand_in, directory)) = stand_in {
                value.push(name("standIn"), ev.string(stand_in));
                value.push(name("standInDirectory"), ev.string(directory));
            }
            let reference = ev.string(reference.attributes().to_json().to_string());
            let node = Value::Attrs(value.finish(ev.arena));
            return Value::Thunk(slot(ev.arena, ev.delayed_call(Value::Builtin(&FETCHED), &[reference, node])));
        }
        Source::Unavailable(message, help) => {
            let error = ev.delayed_call(Value::Builtin(&UNAVAILABLE), &[ev.string(message), ev.string(help)]);
            value.push(name("unavailable"), Value::Thunk(slot(ev.arena, error)));
        }
    }
    Value::Attrs(value.finish(ev.arena))
}

/// Where the files of a node are, and what is known of their version.
fn push_source<'e>(
    ev: &Evaluator<'e>,
    glue: &Glue,
    value: &mut AttrsBuilder<'e>,
    directory: &str,
    info: &BTreeMap<String, String>,
    has_lock: bool,
) {
    let name = |text: &str| ev.symbols.intern(text);
    let out_path = tree_path_later(ev, directory);
    value.push(name("file"), ev.path(&format!("{directory}/flake.nix")));
    value.push(sym::OUT_PATH, out_path);
    let root = glue.unlocked_tree(directory).filter(|_| !info.contains_key("narHash"));
    let info = match root {
        Some(root) => {
            let source = if root == directory { out_path } else { tree_path_later(ev, &root) };
            source_info::unlocked(ev, glue, &root, source, has_lock)
        }
        None => source_info::locked(ev, info, out_path),
    };
    value.push(name("sourceInfo"), Value::Attrs(info));
}
