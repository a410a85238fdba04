//! Closures, breadth first, from whoever knows.

use crate::substituters::Substituters;
use bt_daemon::{Connection, DaemonError};
use bt_store::StorePath;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// How large closures may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many paths there may be in all.
    pub paths: usize,
    /// How many references all of them may have together.
    pub references: usize,
    /// How long the daemon is asked, all in all. Binary caches have their own [`crate::Patience`].
    pub time: Duration,
}

impl Default for Limits {
    /// More than systems have.
    fn default() -> Self {
        Limits { paths: 100_000, references: 2_000_000, time: Duration::from_secs(120) }
    }
}

/// What is known of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathFacts {
    /// The length of its archive in bytes.
    pub nar_size: u64,
    /// The other paths that it refers to.
    pub references: BTreeSet<StorePath>,
    /// Whether the daemon's store has it, so that its files may be looked at.
    pub is_valid: bool,
}

impl PathFacts {
    pub(crate) fn new(path: &StorePath, nar_size: u64, references: &BTreeSet<StorePath>) -> PathFacts {
        let references = references.iter().filter(|reference| *reference != path).cloned().collect();
        PathFacts { nar_size, references, is_valid: false }
    }
}

/// Some paths and all that they refer to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Closures {
    /// What is known of each path.
    pub paths: BTreeMap<StorePath, PathFacts>,
    /// The paths of which nobody knows anything.
    pub unknown: BTreeSet<StorePath>,
    /// What there is to tell, such as a limit that was reached.
    pub notices: Vec<String>,
}

/// Collects the closures of some paths: each path is asked of the daemon, and what that does not have of the binary
/// caches. A daemon that fails is asked no more, and a notice says so.
pub fn closures(
    roots: impl IntoIterator<Item = StorePath>,
    mut daemon: Option<&mut Connection>,
    mut substituters: Option<&mut Substituters>,
    limits: Limits,
) -> Closures {
    let until = Instant::now() + limits.time;
    let mut found = Closures::default();
    let mut level: Vec<StorePath> = roots.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
    let mut seen: BTreeSet<StorePath> = level.iter().cloned().collect();
    let mut references = 0;
    while !level.is_empty() {
        let mut answers: Vec<Option<PathFacts>> = vec![None; level.len()];
        if let Some(connection) = &mut daemon {
            match of_daemon(connection, &level, until, limits.time) {
                Ok(known) => answers = known,
                Err(error) => {
                    found.notices.push(format!("the daemon is not asked for closures any more: {error}"));
                    daemon = None;
                }
            }
        }
        if let Some(substituters) = &mut substituters {
            let is_open = |answer: &Option<PathFacts>| answer.is_none();
            let open: Vec<usize> = (0..level.len()).filter(|at| is_open(&answers[*at])).collect();
            let paths: Vec<StorePath> = open.iter().map(|at| level[*at].clone()).collect();
            for (at, answer) in open.into_iter().zip(substituters.query(&paths)) {
                answers[at] = answer;
            }
        }
        let mut next = BTreeSet::new();
        for (path, answer) in level.into_iter().zip(answers) {
            let Some(facts) = answer else {
                found.unknown.insert(path);
                continue;
            };
            references += facts.references.len();
            next.extend(facts.references.iter().filter(|reference| !seen.contains(*reference)).cloned());
            found.paths.insert(path, facts);
        }
        if seen.len() + next.len() > limits.paths || references > limits.references {
            found
                .notices
                .push(format!("closures have more than {} paths: the rest is not looked at", found.paths.len()));
            found.unknown.extend(next);
            break;
        }
        seen.extend(next.iter().cloned());
        level = next.into_iter().collect();
    }
    if let Some(substituters) = substituters {
        found.notices.extend(substituters.notices());
    }
    found
}

fn of_daemon(
    connection: &mut Connection,
    paths: &[StorePath],
    until: Instant,
    time: Duration,
) -> Result<Vec<Option<PathFacts>>, DaemonError> {
    let valid = connection.query_valid_paths(&paths.iter().cloned().collect(), false)?;
    let info = |path: &StorePath| {
        // Each answer may come in time, and all of them never.
        if Instant::now() > until {
            return Err(DaemonError::Timeout { during: "asking for closures", after: time });
        }
        let info = if valid.contains(path) { connection.query_path_info(path)? } else { None };
        Ok(info.map(|info| PathFacts { is_valid: true, ..PathFacts::new(path, info.nar_size, &info.references) }))
    };
    paths.iter().map(info).collect()
}
