//! What images bring along: the closures of what is realised, from the daemon and from binary caches.

use super::check::{self, Session, attr_path};
use super::disk_files::DiskFiles;
use super::remote::{http_options, nix_settings};
use super::store::{self, Daemon};
use super::{Failure, session};
use crate::report::Report;
use crate::request::{CheckRequest, ClosureSource, Evaluation, Network};
use bt_closure::{Closures, Limits, Patience, Substituters, closures};
use bt_container::{Built, Facts, Node, Package, StoreObject, Wanted};
use bt_daemon::{Connection, DaemonError, Options, StoreAddress};
use bt_diag::SourceMap;
use bt_flake::LockFacts;
use bt_glue::Glue;
use bt_rules::{Need, Rule};
use bt_store::StorePath;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

/// Asks whom the request allows to be asked, and puts what they say into the facts. The texts are notices.
pub(super) fn look_up(facts: &mut Facts, glue: &Glue, evaluation: &Evaluation) -> Vec<String> {
    if evaluation.closures == ClosureSource::None || facts.images.is_empty() {
        return Vec::new();
    }
    let mut notices = Vec::new();
    let mut daemon = match open(evaluation.store.as_deref()) {
        Ok(daemon) => Some(daemon),
        // Where there are binary caches, there need not be a store.
        Err(DaemonError::Connect { .. }) if evaluation.closures == ClosureSource::Substituters => None,
        Err(error) => {
            notices.push(format!("closures are not known from the store: {error}"));
            None
        }
    };
    let mut substituters = match evaluation.closures {
        ClosureSource::Substituters => substituters(evaluation, &mut notices),
        ClosureSource::None | ClosureSource::Store => None,
    };
    if daemon.is_some() || substituters.is_some() {
        let daemon = daemon.as_mut().map(|(address, connection)| (&*address, connection));
        notices.extend(ask(facts, glue, daemon, substituters.as_mut()));
    }
    notices
}

/// Asks a daemon, for example after a build, and puts what it says into the facts: what images bring along, and which files
/// of it are there. The texts are notices.
pub fn look_up_in(facts: &mut Facts, glue: &Glue, address: &StoreAddress, connection: &mut Connection) -> Vec<String> {
    ask(facts, glue, Some((address, connection)), None)
}

/// Checks a flake once more by what a daemon has built of it: with the rules that closures and files of realised packages
/// tell something. What they found before may be among it.
///
/// # Errors
/// The flake cannot be evaluated.
pub fn check_realised(
    session: &Session<'_, '_>,
    request: &CheckRequest,
    daemon: &mut Daemon,
    sources: &SourceMap,
) -> Result<Report, Failure> {
    let Session { ev, glue, flake, system, located } = session;
    let failed = |diagnostic| Failure { diagnostic, places: session::places(located) };
    let only = request.attrs.iter().map(|attr| attr_path(attr)).collect::<Result<Vec<_>, _>>()?;
    let mut facts = bt_container::discover(ev, glue, flake, system, &located.tree, &only, Wanted::ALL)
        .map_err(|error| failed(bt_container::own_diagnostic(&error, sources, &located.tree)))?;
    request.outputs.filter(&mut facts);
    let notices = look_up_in(&mut facts, glue, &daemon.address, daemon.store.connection());
    let is_on = |rule: &Rule| rule.needs(|need| need == Need::Closure) && request.selection.includes(rule);
    // Remarks for other rules are of use all the same.
    let ignores = check::ignores(request, sources, 0, located, true);
    let lock = LockFacts::default();
    let found = check::found(request, &is_on, &facts, &lock, glue, sources, &located.tree, &ignores);
    let mut report = Report { findings: found.findings, suppressed: found.suppressed, notices, ..Report::default() };
    report.secrets = bt_rules::Secrets::of(&facts);
    report.places = session::places(located);
    report.hide_secrets();
    report.sort(sources);
    Ok(report)
}

fn open(store: Option<&str>) -> Result<(StoreAddress, Connection), DaemonError> {
    let address = store::address(store)?;
    let connection = Connection::open(&address, &Options::default())?;
    Ok((address, connection))
}

fn substituters(evaluation: &Evaluation, notices: &mut Vec<String>) -> Option<Substituters> {
    let (settings, netrc) = nix_settings();
    let mut caches = settings.binary_caches;
    if evaluation.network == Network::Offline {
        caches.substituters.retain(|url| url.starts_with("file://"));
    }
    if caches.substituters.is_empty() {
        return None;
    }
    let patience = Patience::default();
    let all = evaluation.timeout.map_or(patience.all, |timeout: Duration| timeout.min(patience.all));
    match Substituters::open(&caches, netrc, http_options(evaluation.timeout), Patience { all, ..patience }) {
        Ok(substituters) => Some(substituters),
        Err(error) => {
            notices.push(format!("binary caches are not asked: {}", error.message));
            None
        }
    }
}

fn ask(
    facts: &mut Facts,
    glue: &Glue,
    daemon: Option<(&StoreAddress, &mut Connection)>,
    substituters: Option<&mut Substituters>,
) -> Vec<String> {
    let mut packages: BTreeMap<String, Vec<Rc<Package>>> = BTreeMap::new();
    let contents = facts.images.iter().flat_map(|image| image.contents.iter().flatten()).flat_map(|c| &c.package);
    let mut modelled = Modelled { glue, known: BTreeMap::new() };
    let mut has_stand_ins = false;
    for package in contents.chain(facts.packages.values()).flat_map(Package::parts) {
        let Some(path) = package.out_path.clone() else { continue };
        // Such a path is in no store: only its name means something.
        if package.derivation.as_ref().is_some_and(|derivation| modelled.is(derivation)) {
            has_stand_ins = true;
            continue;
        }
        packages.entry(path).or_default().push(package);
    }
    let sources = facts.images.iter().flat_map(|image| &image.config).flat_map(sources);
    let roots: BTreeSet<StorePath> = packages.keys().cloned().chain(sources).filter_map(parse).collect();
    if roots.is_empty() {
        let why = "closures are not known of packages of the built-in stand-in for nixpkgs; see --nixpkgs";
        return has_stand_ins.then(|| why.to_string()).into_iter().collect();
    }
    let (address, connection) = daemon.unzip();
    let found = closures(roots, connection, substituters, Limits::default());
    for (path, packages) in &packages {
        let is_valid = parse(path.clone()).and_then(|path| found.paths.get(&path)).is_some_and(|facts| facts.is_valid);
        let Some(address) = address.filter(|_| is_valid) else { continue };
        if let Some(files) = DiskFiles::new(address, path) {
            let files: Rc<DiskFiles> = Rc::new(files);
            for package in packages {
                let _ = package.realised.set(Built(Rc::clone(&files) as Rc<dyn bt_container::BuiltFiles>));
            }
        }
    }
    let Closures { paths, notices, .. } = found;
    for (path, known) in paths {
        let references = known.references.iter().map(ToString::to_string).collect();
        facts.closures.insert(path.to_string(), StoreObject { size: known.nar_size, references });
    }
    notices
}

fn parse(path: String) -> Option<StorePath> {
    StorePath::parse_absolute(&path).ok()
}

/// The sources that a value refers to.
fn sources(node: &Node) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        let references = node.string().into_iter().flat_map(|text| &text.references);
        found.extend(references.filter(|path| !path.ends_with(".drv")).cloned());
        open.extend(node.entries().iter().map(|(_, node)| node));
        open.extend(node.items());
    }
    found
}

/// Which derivations are those of the model, or are made of such.
struct Modelled<'g> {
    glue: &'g Glue,
    known: BTreeMap<String, bool>,
}

impl Modelled<'_> {
    fn is(&mut self, derivation: &str) -> bool {
        // Depth first, without the native stack; a derivation is looked at again when what it needs is known.
        let mut open = vec![derivation.to_string()];
        while let Some(path) = open.last().cloned() {
            let Some(known) = self.glue.derivation(&path).filter(|_| !self.known.contains_key(&path)) else {
                self.known.entry(path).or_insert(false);
                open.pop();
                continue;
            };
            let inputs: Vec<String> = known.derivation.input_derivations.keys().map(ToString::to_string).collect();
            let is_of_model = known.derivation.environment.contains_key(b"btModel".as_slice())
                || inputs.iter().any(|input| self.known.get(input) == Some(&true));
            let unknown: Vec<String> = inputs.into_iter().filter(|input| !self.known.contains_key(input)).collect();
            if is_of_model || unknown.is_empty() {
                self.known.insert(path, is_of_model);
                open.pop();
            } else {
                open.extend(unknown);
            }
        }
        self.known.get(derivation).copied().unwrap_or_default()
    }
}
