//! A connection to a daemon.

use crate::address::StoreAddress;
use crate::error::{CONNECTING, DaemonError};
use crate::handshake::handshake;
use crate::input::{Input, Patience};
use crate::log::{LogEvent, messages};
use crate::operations::Operation;
use crate::output::Output;
use crate::process::Process;
use crate::version::ProtocolVersion;
use std::io;
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::Duration;

/// How much a daemon may send.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest string, in bytes.
    pub string: usize,
    /// How much of a message for people is kept, in bytes.
    pub log_line: usize,
    /// The longest list.
    pub list: usize,
    /// All that is told in one operation, in bytes.
    pub log: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { string: 64 << 20, log_line: 1 << 20, list: 4_000_000, log: 256 << 20 }
    }
}

/// How long a daemon may take. Builds may take as long as they want; [`ShutdownHandle`] ends them.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// Until the connection stands.
    pub handshake: Duration,
    /// Until the next byte of an answer to a question.
    pub silence: Duration,
    /// Until the whole answer to a question is there.
    pub answer: Duration,
    /// Until something happens while paths are sent or received: the store may wait for a lock or collect garbage.
    pub transfer: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(15),
            silence: Duration::from_secs(60),
            answer: Duration::from_secs(600),
            transfer: Duration::from_secs(600),
        }
    }
}

/// How to speak with a daemon.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How much it may send.
    pub limits: Limits,
    /// How long it may take.
    pub timeouts: Timeouts,
    /// The newest version of the protocol to speak.
    pub newest: ProtocolVersion,
}

impl Default for Options {
    fn default() -> Self {
        Self { limits: Limits::default(), timeouts: Timeouts::default(), newest: ProtocolVersion::NEWEST }
    }
}

/// Whether a daemon lets the user do everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// It does.
    Trusted,
    /// It does not: signatures are checked, and most settings are ignored.
    NotTrusted,
    /// It does not say; daemons before version 1.35 do not.
    Unknown,
}

/// What the halves of a connection have in common.
pub(crate) struct Shared {
    pub stream: UnixStream,
    cancelled: AtomicBool,
}

impl Shared {
    /// Why there is nothing more to read or to write.
    pub fn closed(&self, during: &'static str) -> DaemonError {
        if self.cancelled.load(Ordering::Acquire) {
            DaemonError::Cancelled
        } else {
            DaemonError::Closed { during, said: None }
        }
    }
}

/// Ends a connection from another thread: whatever waits for the daemon returns [`DaemonError::Cancelled`], and the daemon
/// stops what it does for the connection.
#[derive(Clone)]
pub struct ShutdownHandle(Arc<Shared>);

impl ShutdownHandle {
    /// Ends the connection.
    pub fn shutdown(&self) {
        self.0.cancelled.store(true, Ordering::Release);
        // An error says that it has ended already.
        let _ = self.0.stream.shutdown(Shutdown::Both);
    }
}

/// A connection to a daemon: one operation after the other.
///
/// After [`DaemonError::Remote`] it can be used again, after every other error of an operation that was begun it cannot.
pub struct Connection {
    pub(crate) input: Input,
    pub(crate) output: Output,
    shared: Arc<Shared>,
    pub(crate) version: ProtocolVersion,
    daemon_version: Option<String>,
    trust: Trust,
    pub(crate) timeouts: Timeouts,
    is_broken: bool,
    pub(crate) log: Box<dyn FnMut(LogEvent)>,
    /// The last one: what it leads to ends first.
    process: Option<Process>,
}

impl Connection {
    /// Connects to a daemon.
    ///
    /// # Errors
    /// [`DaemonError::Connect`] when there is none, [`DaemonError::NotADaemon`], [`DaemonError::Version`],
    /// [`DaemonError::Timeout`], [`DaemonError::Closed`] (for example when the user may not use it), or what the daemon says.
    pub fn open(address: &StoreAddress, options: &Options) -> Result<Self, DaemonError> {
        match address {
            StoreAddress::Socket { socket, .. } => {
                let connect = |error| DaemonError::Connect { place: socket.display().to_string(), error };
                let stream = connect_socket(socket, options.timeouts.handshake).map_err(connect)?;
                Self::with(stream, None, options)
            }
            StoreAddress::Command { command, .. } => {
                let (stream, process) = Process::spawn(command)?;
                Self::with(stream, Some(process), options)
            }
        }
    }

    /// A connection over a stream at whose other end a daemon is.
    ///
    /// # Errors
    /// As [`Connection::open`].
    pub fn over(stream: UnixStream, options: &Options) -> Result<Self, DaemonError> {
        Self::with(stream, None, options)
    }

    fn with(stream: UnixStream, process: Option<Process>, options: &Options) -> Result<Self, DaemonError> {
        let shared = Arc::new(Shared { stream, cancelled: AtomicBool::new(false) });
        let mut input = Input::new(Arc::clone(&shared), options.limits);
        let mut output = Output::new(Arc::clone(&shared));
        let total = Some(options.timeouts.handshake);
        input.begin(CONNECTING, Patience { silence: None, total });
        let agreement =
            output.begin(CONNECTING, total).and_then(|()| handshake(&mut input, &mut output, options.newest));
        let agreement = agreement.map_err(|error| explained(error, process.as_ref(), &shared))?;
        Ok(Self {
            input,
            output,
            shared,
            version: agreement.version,
            daemon_version: agreement.daemon_version,
            trust: agreement.trust,
            timeouts: options.timeouts,
            is_broken: false,
            log: Box::new(|_| {}),
            process,
        })
    }

    /// The version of the protocol that both sides speak.
    pub fn version(&self) -> ProtocolVersion {
        self.version
    }

    /// The version of the daemon's Nix, if it says so (1.33 and later).
    pub fn daemon_version(&self) -> Option<&str> {
        self.daemon_version.as_deref()
    }

    /// Whether the daemon trusts the user.
    pub fn trust(&self) -> Trust {
        self.trust
    }

    /// Whom to tell from now on what the daemon tells; nobody, unless someone was set.
    pub fn set_log(&mut self, log: impl FnMut(LogEvent) + 'static) {
        self.log = Box::new(log);
    }

    /// What ends this connection from another thread.
    pub fn shutdown_handle(&self) -> ShutdownHandle {
        ShutdownHandle(Arc::clone(&self.shared))
    }

    pub(crate) fn needs(&self, operation: &'static str, needs: u8) -> Result<(), DaemonError> {
        let needs = ProtocolVersion::minor(needs);
        if self.version >= needs {
            return Ok(());
        }
        Err(DaemonError::NeedsNewer { operation, needs, has: self.version })
    }

    /// An operation: sends a request, passes on what the daemon tells, reads the answer.
    pub(crate) fn ask<T>(
        &mut self,
        operation: Operation,
        request: impl FnOnce(&mut Output),
        answer: impl FnOnce(&mut Input, ProtocolVersion) -> Result<T, DaemonError>,
    ) -> Result<T, DaemonError> {
        self.guarded(operation, |this| {
            this.output.number(operation as u64);
            request(&mut this.output);
            let sent = this.output.flush();
            let told = match (sent, messages(&mut this.input, this.version, &mut this.log)) {
                // Who does not listen any more may have said why.
                (Err(_), told @ Err(DaemonError::Remote(_))) => told,
                (sent, told) => sent.and(told),
            };
            told?;
            answer(&mut this.input, this.version)
        })
    }

    /// An operation whose request is sent with [`Frames`] after its head: the daemon may tell something meanwhile.
    pub(crate) fn ask_framed<T>(
        &mut self,
        operation: Operation,
        head: impl FnOnce(&mut Output),
        body: impl FnOnce(&mut Frames<'_>) -> Result<(), DaemonError>,
        answer: impl FnOnce(&mut Input, ProtocolVersion) -> Result<T, DaemonError>,
    ) -> Result<T, DaemonError> {
        self.guarded(operation, |this| {
            this.output.number(operation as u64);
            head(&mut this.output);
            let Self { input, output, shared, log, version, .. } = this;
            let version = *version;
            let has_failed = AtomicBool::new(false);
            let (teller, told) = mpsc::channel();
            let sending = Arc::clone(&input.sending);
            sending.store(true, Ordering::Release);
            let (sent, read) = std::thread::scope(|scope| {
                let reader = scope.spawn(|| {
                    let teller = teller;
                    // Nobody listens only when the sender has panicked.
                    let read = messages(input, version, &mut |event| drop(teller.send(event)));
                    has_failed.store(read.is_err(), Ordering::Release);
                    read
                });
                let mut frames =
                    Frames { output, buffer: Vec::new(), has_failed: &has_failed, error: None, told: &told, log };
                let sent = body(&mut frames).and_then(|()| frames.finish());
                let log = frames.log;
                let was_told_first = has_failed.load(Ordering::Acquire);
                if sent.is_err() {
                    // Half of a request: nothing follows that could be understood.
                    let _ = shared.stream.shutdown(Shutdown::Both);
                }
                sending.store(false, Ordering::Release);
                for event in &told {
                    log(event);
                }
                let died = || DaemonError::Io { during: operation.during(), error: io::ErrorKind::Other.into() };
                let read = reader.join().unwrap_or_else(|_| Err(died()));
                // What the daemon thinks of half a request is of no interest, unless it had enough of it before.
                if was_told_first { (Ok(()), read) } else { (sent, read) }
            });
            match (sent, read) {
                // Who does not listen any more may have said why.
                (Err(DaemonError::Closed { .. } | DaemonError::Io { .. }), Err(told @ DaemonError::Remote(_))) => {
                    return Err(told);
                }
                (sent, read) => sent.and(read)?,
            }
            answer(&mut this.input, version)
        })
    }

    /// Runs an operation, after which the connection may be in the middle of something.
    pub(crate) fn guarded<T>(
        &mut self,
        operation: Operation,
        run: impl FnOnce(&mut Self) -> Result<T, DaemonError>,
    ) -> Result<T, DaemonError> {
        if self.is_broken {
            return Err(DaemonError::Unusable);
        }
        self.is_broken = true;
        let patience = operation.patience(&self.timeouts);
        self.input.begin(operation.during(), patience);
        let result = self.output.begin(operation.during(), patience.silence).and_then(|()| run(self));
        self.is_broken = !matches!(result, Ok(_) | Err(DaemonError::Remote(_)));
        result.map_err(|error| explained(error, self.process.as_ref(), &self.shared))
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // A command ends when its input does, and is waited for.
        let _ = self.shared.stream.shutdown(Shutdown::Both);
    }
}

/// Adds what the command that led to the daemon said when it ended.
fn explained(error: DaemonError, process: Option<&Process>, shared: &Shared) -> DaemonError {
    match (error, process) {
        (DaemonError::Closed { during, said: None }, Some(process)) => {
            let _ = shared.stream.shutdown(Shutdown::Both);
            DaemonError::Closed { during, said: process.last_words() }
        }
        (error, _) => error,
    }
}

/// Connects to a socket; one whose owner accepts nobody blocks, so a thread does it.
fn connect_socket(socket: &Path, timeout: Duration) -> io::Result<UnixStream> {
    let (sender, receiver) = mpsc::sync_channel(1);
    let socket = socket.to_path_buf();
    std::thread::spawn(move || sender.send(UnixStream::connect(socket)));
    receiver.recv_timeout(timeout).unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// The body of a request in pieces, each with its length, the last one empty.
pub(crate) struct Frames<'c> {
    output: &'c mut Output,
    buffer: Vec<u8>,
    /// Set when the daemon does not want the rest.
    has_failed: &'c AtomicBool,
    error: Option<DaemonError>,
    told: &'c mpsc::Receiver<LogEvent>,
    log: &'c mut dyn FnMut(LogEvent),
}

/// How long pieces are.
const FRAME: usize = 64 * 1024;

impl Frames<'_> {
    /// Sends bytes. Once something is wrong they are dropped, and [`Frames::check`] says why.
    pub fn write(&mut self, bytes: &[u8]) {
        if self.error.is_some() {
            return;
        }
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= FRAME {
            self.send();
        }
    }

    /// Where to put bytes that follow, which are sent sooner or later.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// What went wrong while sending.
    pub fn check(&mut self) -> Result<(), DaemonError> {
        self.error.take().map_or(Ok(()), Err)
    }

    fn send(&mut self) {
        while let Ok(event) = self.told.try_recv() {
            (self.log)(event);
        }
        if !self.buffer.is_empty() && !self.has_failed.load(Ordering::Acquire) {
            self.output.number(self.buffer.len() as u64).raw(&self.buffer);
            self.error = self.output.flush().err();
        }
        self.buffer.clear();
    }

    fn finish(&mut self) -> Result<(), DaemonError> {
        if self.error.is_none() {
            self.send();
        }
        self.check()?;
        self.output.number(0).flush()
    }
}
