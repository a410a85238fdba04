//! What a daemon tells while it works: messages, activities and their results. Source: Nix manual, "Worker protocol" and
//! "JSON log format", which has the same activities and results.

use crate::error::{DaemonError, Malformed, RemoteError};
use crate::input::Input;
use crate::version::ProtocolVersion;

const NEXT: u64 = 0x6f6c_6d67;
const LAST: u64 = 0x616c_7473;
const ERROR: u64 = 0x6378_7470;
const START_ACTIVITY: u64 = 0x5354_5254;
const STOP_ACTIVITY: u64 = 0x5354_4f50;
const RESULT: u64 = 0x5253_4c54;

/// How many fields an activity or a result may have; Nix uses five at most.
const MAX_FIELDS: usize = 64;
/// How many traces an error may have.
const MAX_TRACES: usize = 10_000;
/// What an event counts for beside its texts.
const EVENT_COST: usize = 32;

/// Something that the daemon tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEvent {
    /// A line or several for people, as they are; may have terminal colours.
    Message(String),
    /// Something begins.
    Start {
        /// What it is called in events that follow.
        id: u64,
        /// How detailed this is: 0 errors, 3 what is of interest, 7 everything.
        level: u64,
        /// What kind of work begins.
        kind: ActivityKind,
        /// What it is, for people; may be empty.
        text: String,
        /// What it is, depending on the kind: for [`ActivityKind::Build`] the derivation, the machine, the round and the
        /// number of rounds.
        fields: Vec<Field>,
        /// The activity that it is part of; 0 for none.
        parent: u64,
    },
    /// Something ends.
    Stop {
        /// What it is called.
        id: u64,
    },
    /// Something goes on.
    Result {
        /// What it is called.
        id: u64,
        /// What is new.
        result: ActivityResult,
    },
    /// The daemon has told as much as allowed in one operation; the rest is not passed on.
    Truncated,
}

/// What describes an activity or a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// A number.
    Number(u64),
    /// A text.
    Text(String),
}

/// What kind of work an activity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ActivityKind {
    /// Not said.
    Unknown,
    /// A store path is copied: path, source store, destination store.
    CopyPath,
    /// A download or upload: URL.
    FileTransfer,
    /// All that is realised.
    Realise,
    /// All that is copied.
    CopyPaths,
    /// All builds.
    Builds,
    /// One build: derivation, machine, round, rounds.
    Build,
    /// Files that are alike are linked.
    OptimiseStore,
    /// The store is verified.
    VerifyPaths,
    /// A path comes from a substituter: path, substituter.
    Substitute,
    /// A substituter is asked for a path: path, substituter.
    QueryPathInfo,
    /// What runs after a build.
    PostBuildHook,
    /// A build waits for a machine or a lock.
    BuildWaiting,
    /// A source is fetched.
    FetchTree,
    /// Something that this client does not know.
    Other(u64),
}

impl ActivityKind {
    fn from_number(number: u64) -> Self {
        match number {
            0 => Self::Unknown,
            100 => Self::CopyPath,
            101 => Self::FileTransfer,
            102 => Self::Realise,
            103 => Self::CopyPaths,
            104 => Self::Builds,
            105 => Self::Build,
            106 => Self::OptimiseStore,
            107 => Self::VerifyPaths,
            108 => Self::Substitute,
            109 => Self::QueryPathInfo,
            110 => Self::PostBuildHook,
            111 => Self::BuildWaiting,
            112 => Self::FetchTree,
            other => Self::Other(other),
        }
    }
}

/// What is new about an activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ActivityResult {
    /// A line of a build's log.
    BuildLogLine(String),
    /// A build enters a phase.
    SetPhase(String),
    /// How far it is.
    Progress {
        /// Finished: bytes, paths or builds, depending on the activity.
        done: u64,
        /// Expected in total.
        expected: u64,
        /// Under way.
        running: u64,
        /// Failed.
        failed: u64,
    },
    /// How much of a kind of work is expected.
    SetExpected {
        /// The kind of work.
        kind: ActivityKind,
        /// How much.
        expected: u64,
    },
    /// A line of the log of what runs after a build.
    PostBuildLogLine(String),
    /// Something else: its number and fields.
    Other {
        /// Its number.
        number: u64,
        /// Its fields.
        fields: Vec<Field>,
    },
}

impl ActivityResult {
    fn from_fields(number: u64, mut fields: Vec<Field>) -> Self {
        match (number, fields.as_mut_slice()) {
            (101, [Field::Text(line)]) => Self::BuildLogLine(std::mem::take(line)),
            (104, [Field::Text(phase)]) => Self::SetPhase(std::mem::take(phase)),
            (
                105,
                &mut [Field::Number(done), Field::Number(expected), Field::Number(running), Field::Number(failed)],
            ) => Self::Progress { done, expected, running, failed },
            (106, &mut [Field::Number(kind), Field::Number(expected)]) => {
                Self::SetExpected { kind: ActivityKind::from_number(kind), expected }
            }
            (107, [Field::Text(line)]) => Self::PostBuildLogLine(std::mem::take(line)),
            _ => Self::Other { number, fields },
        }
    }
}

/// Passes on what the daemon tells until it has finished.
///
/// Errors: what the daemon says when it failed; otherwise as every reading.
pub(crate) fn messages(
    input: &mut Input,
    version: ProtocolVersion,
    handler: &mut dyn FnMut(LogEvent),
) -> Result<(), DaemonError> {
    let mut left = input.limits.log;
    let mut is_full = false;
    loop {
        let (event, length) = match input.number()? {
            LAST => return Ok(()),
            ERROR => return Err(DaemonError::Remote(Box::new(error(input, version)?))),
            NEXT => {
                let text = input.message()?;
                let length = text.len();
                (LogEvent::Message(text), length)
            }
            START_ACTIVITY => {
                let (id, level) = (input.number()?, input.number()?);
                let kind = ActivityKind::from_number(input.number()?);
                let text = input.message()?;
                let (fields, length) = fields(input)?;
                let length = length + text.len();
                (LogEvent::Start { id, level, kind, text, fields, parent: input.number()? }, length)
            }
            STOP_ACTIVITY => (LogEvent::Stop { id: input.number()? }, 0),
            RESULT => {
                let (id, number) = (input.number()?, input.number()?);
                let (fields, length) = fields(input)?;
                (LogEvent::Result { id, result: ActivityResult::from_fields(number, fields) }, length)
            }
            other => return Err(input.malformed(Malformed::Message(other))),
        };
        match left.checked_sub(length + EVENT_COST) {
            Some(rest) if !is_full => {
                left = rest;
                handler(event);
            }
            _ if !is_full => {
                is_full = true;
                handler(LogEvent::Truncated);
            }
            _ => {}
        }
    }
}

/// Fields, and how long their texts are together.
fn fields(input: &mut Input) -> Result<(Vec<Field>, usize), DaemonError> {
    let count = input.length(MAX_FIELDS)?;
    let (mut fields, mut length) = (Vec::with_capacity(count), 0);
    for _ in 0..count {
        fields.push(match input.number()? {
            0 => Field::Number(input.number()?),
            1 => {
                let text = input.message()?;
                length += text.len();
                Field::Text(text)
            }
            number => return Err(input.malformed(Malformed::Number { of: "kind of field", number })),
        });
    }
    Ok((fields, length))
}

fn error(input: &mut Input, version: ProtocolVersion) -> Result<RemoteError, DaemonError> {
    if version < ProtocolVersion::minor(26) {
        return Ok(RemoteError { message: input.message()?, traces: Vec::new(), status: Some(input.number()?) });
    }
    let kind = input.message()?;
    if kind != "Error" {
        return Err(input.malformed(Malformed::ErrorKind(crate::input::shortened(kind))));
    }
    input.number()?; // How severe it is: always an error.
    input.message()?; // Its name, which nothing has any more.
    let message = input.message()?;
    no_position(input)?;
    let mut traces = Vec::new();
    let mut room = input.limits.string;
    for _ in 0..input.length(MAX_TRACES)? {
        no_position(input)?;
        let trace = input.message()?;
        room = room.saturating_sub(trace.len() + EVENT_COST);
        if room > 0 {
            traces.push(trace);
        }
    }
    Ok(RemoteError { message, traces, status: None })
}

/// Positions in files were never sent, there is only room for them.
fn no_position(input: &mut Input) -> Result<(), DaemonError> {
    match input.number()? {
        0 => Ok(()),
        number => Err(input.malformed(Malformed::Number { of: "position of an error", number })),
    }
}
