//! How builds go: what daemons tell becomes one line at a terminal, and lines elsewhere. Logs are kept, for builds that fail.

use super::{PERIOD, size, write_over};
use crate::output;
use crate::render::escape;
use crate::surroundings::{Stream, Style, is_terminal};
use bt_daemon::{ActivityKind, ActivityResult, Field, LogEvent};
use bt_store::StorePath;
use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

/// How much of the log of one build is kept; of a longer one the end.
const MAX_LOG: usize = 16 << 20;
/// What is of interest without asking for more.
const INFO: u64 = 3;

/// All that goes on in a store.
pub(crate) struct Builds {
    /// Whether there is a line that is written over.
    is_terminal: bool,
    width: usize,
    is_quiet: bool,
    prints_logs: bool,
    shown: Option<Instant>,
    running: BTreeMap<u64, Activity>,
    /// By kind, what is done and what is expected.
    done: BTreeMap<ActivityKind, (u64, u64)>,
    logs: BTreeMap<String, Log>,
    /// What was told about what went wrong.
    errors: Vec<String>,
}

/// Something that goes on.
struct Activity {
    kind: ActivityKind,
    /// What people are told.
    text: String,
    /// The derivation, for builds.
    derivation: Option<String>,
    phase: Option<String>,
    line: String,
}

/// The lines of a build.
#[derive(Default)]
struct Log {
    lines: VecDeque<String>,
    bytes: usize,
    is_cut: bool,
}

impl Log {
    fn push(&mut self, line: String) {
        self.bytes += line.len() + 1;
        self.lines.push_back(line);
        while self.bytes > MAX_LOG {
            let Some(first) = self.lines.pop_front() else { break };
            self.bytes -= first.len() + 1;
            self.is_cut = true;
        }
    }
}

impl Log {
    fn text(&self) -> String {
        let cut = if self.is_cut { "(the beginning is left out)\n" } else { "" };
        self.lines.iter().fold(cut.to_string(), |text, line| text + line + "\n")
    }
}

impl Builds {
    /// For standard error. Quiet tells nothing but errors.
    pub fn new(is_quiet: bool, prints_logs: bool) -> Builds {
        let is_terminal = is_terminal(Stream::Stderr);
        let width = Style::of(Stream::Stderr, crate::cli::ColorChoice::Never).width;
        Builds {
            is_terminal,
            width,
            is_quiet,
            prints_logs,
            shown: None,
            running: BTreeMap::new(),
            done: BTreeMap::new(),
            logs: BTreeMap::new(),
            errors: Vec::new(),
        }
    }

    /// Takes in what a daemon tells.
    pub fn tell(&mut self, event: LogEvent) {
        match event {
            LogEvent::Message(text) => {
                let text = escape::without_colors(&text);
                if text.trim_start().starts_with("error:") {
                    self.errors.push(text.clone());
                }
                self.note(&escape::lines(if self.prints_logs { &text } else { without_log(&text) }));
            }
            LogEvent::Start { id, level, kind, text, fields, .. } => self.start(id, level, kind, text, &fields),
            LogEvent::Stop { id } => {
                if self.running.remove(&id).is_some() {
                    self.show();
                }
            }
            LogEvent::Result { id, result } => self.result(id, result),
            LogEvent::Truncated => self.note("warning: nix-daemon tells too much: the rest is not shown"),
        }
    }

    fn start(&mut self, id: u64, level: u64, kind: ActivityKind, text: String, fields: &[Field]) {
        let text = escape::line(&escape::without_colors(&text)).into_owned();
        let derivation = match (kind, fields.first()) {
            (ActivityKind::Build, Some(Field::Text(path))) => Some(path.clone()),
            _ => None,
        };
        if !self.is_terminal && level <= INFO && !text.is_empty() {
            self.note(&format!("{text}..."));
        }
        self.running.insert(id, Activity { kind, text, derivation, phase: None, line: String::new() });
        self.show();
    }

    fn result(&mut self, id: u64, result: ActivityResult) {
        match result {
            ActivityResult::BuildLogLine(line) | ActivityResult::PostBuildLogLine(line) => self.line(id, &line),
            ActivityResult::SetPhase(phase) => {
                if let Some(activity) = self.running.get_mut(&id) {
                    activity.phase = Some(escape::line(&phase).into_owned());
                }
                self.show();
            }
            ActivityResult::Progress { done, expected, .. } => {
                if let Some(activity) = self.running.get(&id) {
                    self.done.insert(activity.kind, (done, expected));
                    self.show();
                }
            }
            ActivityResult::SetExpected { kind, expected } => {
                self.done.entry(kind).or_default().1 = expected;
            }
            ActivityResult::Other { .. } => {}
        }
    }

    fn line(&mut self, id: u64, line: &str) {
        let line = escape::line(&escape::without_colors(line)).into_owned();
        let Some(activity) = self.running.get_mut(&id) else { return };
        let name = activity.derivation.as_deref().map(name);
        activity.line.clone_from(&line);
        if self.prints_logs {
            let text = format!("{}> {line}", name.as_deref().unwrap_or("log"));
            self.note(&text);
        }
        if let Some(derivation) = self.running.get(&id).and_then(|activity| activity.derivation.clone()) {
            self.logs.entry(derivation).or_default().push(line);
        }
        self.show();
    }

    /// A line that stays.
    fn note(&mut self, text: &str) {
        if self.is_quiet || text.is_empty() {
            return;
        }
        self.clear();
        output::note(text);
    }

    /// Writes the line, not too often.
    fn show(&mut self) {
        let now = Instant::now();
        if !self.is_terminal || self.is_quiet || self.shown.is_some_and(|shown| now.duration_since(shown) < PERIOD) {
            return;
        }
        write_over(&escape::clip(&self.status(), self.width.saturating_sub(1)));
        self.shown = Some(now);
    }

    /// Takes the line away.
    pub fn clear(&mut self) {
        if self.shown.take().is_some() {
            write_over("");
        }
    }

    /// `[1/3 built, 2/5 fetched, 1.2 of 4.0 MB] building app (buildPhase): last line`
    fn status(&self) -> String {
        let mut parts = Vec::new();
        let counts = [(ActivityKind::Builds, "built"), (ActivityKind::CopyPaths, "fetched")];
        for (kind, what) in counts {
            if let Some((done, expected)) = self.done.get(&kind).filter(|(_, expected)| *expected > 0) {
                parts.push(format!("{done}/{expected} {what}"));
            }
        }
        let transfer = self.done.get(&ActivityKind::FileTransfer).or_else(|| self.done.get(&ActivityKind::CopyPath));
        if let Some((done, expected)) = transfer.filter(|(_, expected)| *expected > 0) {
            parts.push(format!("{} of {}", size(*done), size(*expected)));
        }
        let counts = if parts.is_empty() { String::new() } else { format!("[{}] ", parts.join(", ")) };
        let is_telling = |activity: &&Activity| activity.derivation.is_some() || !activity.text.is_empty();
        let build = self.running.values().rev().find(|activity| activity.derivation.is_some());
        let Some(activity) = build.or_else(|| self.running.values().rev().find(is_telling)) else { return counts };
        let Some(derivation) = &activity.derivation else { return counts + &activity.text };
        let phase = activity.phase.as_ref().map(|phase| format!(" ({phase})")).unwrap_or_default();
        let line = if activity.line.is_empty() { String::new() } else { format!(": {}", activity.line) };
        format!("{counts}building {}{phase}{line}", name(derivation))
    }

    /// The whole logs of builds that failed, with their derivations, unless they were printed already: of those that what was
    /// told, or one of `reasons`, names.
    pub fn failed<'s>(&'s self, reasons: &'s [String]) -> impl Iterator<Item = (&'s str, String)> {
        let is_named = move |path: &str| self.errors.iter().chain(reasons).any(|reason| reason.contains(path));
        let logs = self.logs.iter().filter(move |(path, _)| !self.prints_logs && is_named(path));
        logs.map(|(path, log)| (path.as_str(), log.text()))
    }
}

/// What daemons say of a build that failed, without the end of its log.
pub(crate) fn without_log(message: &str) -> &str {
    match message.find("last ") {
        Some(at) if message[at..].contains("log lines:") => message[..at].trim_end().trim_end_matches(';'),
        _ => message,
    }
}

/// The name of a derivation, for people.
fn name(path: &str) -> String {
    let name = StorePath::parse_absolute(path).map(|path| path.name().to_string());
    let name = name.unwrap_or_else(|_| escape::line(path).into_owned());
    name.strip_suffix(".drv").map(str::to_string).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::{Builds, Log, MAX_LOG};
    use bt_daemon::{ActivityKind, ActivityResult, Field, LogEvent};

    const APP: &str = "/nix/store/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-app.drv";

    fn start(id: u64, kind: ActivityKind, text: &str, fields: &[&str]) -> LogEvent {
        let fields = fields.iter().map(|text| Field::Text(text.to_string())).collect();
        LogEvent::Start { id, level: 3, kind, text: text.into(), fields, parent: 0 }
    }

    #[test]
    fn one_line_for_all() {
        let mut builds = Builds::new(true, false);
        assert_eq!(builds.status(), "");
        builds.tell(start(1, ActivityKind::Builds, "", &[]));
        builds.tell(start(2, ActivityKind::Build, "building", &[APP, "", "1", "1"]));
        let progress = ActivityResult::Progress { done: 1, expected: 3, running: 1, failed: 0 };
        builds.tell(LogEvent::Result { id: 1, result: progress });
        assert_eq!(builds.status(), "[1/3 built] building app");
        builds.tell(LogEvent::Result { id: 2, result: ActivityResult::SetPhase("buildPhase".into()) });
        builds.tell(LogEvent::Result {
            id: 2,
            result: ActivityResult::BuildLogLine("\u{1b}[31mmake\u{1b}[0m\u{7}".into()),
        });
        assert_eq!(builds.status(), "[1/3 built] building app (buildPhase): make␇");
        builds.tell(LogEvent::Stop { id: 2 });
        assert_eq!(builds.status(), "[1/3 built] ");
        assert_eq!(builds.failed(&[]).count(), 0);
        let reasons = [format!("builder for '{APP}' failed with exit code 3;\n   last 1 log lines:\n   > make")];
        assert_eq!(builds.failed(&reasons).collect::<Vec<_>>(), [(APP, "make␇\n".to_string())]);
        assert_eq!(super::without_log(&reasons[0]), format!("builder for '{APP}' failed with exit code 3"));
        builds.tell(LogEvent::Message(format!("error: {APP} failed at last")));
        assert_eq!(builds.failed(&[]).count(), 1);
        assert_eq!(super::without_log("it failed at last "), "it failed at last ");
    }

    #[test]
    fn the_end_of_a_long_log_is_kept() {
        let mut log = Log::default();
        log.push("first".into());
        log.push("x".repeat(MAX_LOG - 10));
        assert!(!log.is_cut);
        log.push("last".into());
        assert!(log.is_cut && log.lines.back().unwrap() == "last" && log.lines.len() == 2);
    }
}
