//! What is said to a server of a git repository (gitprotocol-v2(5), gitprotocol-pack(5)).

use super::lines::{DELIMITER, FLUSH, Packet, push, read};
use crate::error::{FetchError, FetchErrorKind};
use bt_git::ObjectId;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

/// A way to a server.
pub(crate) trait Transport {
    /// Connects; what the server says then.
    fn greeting(&mut self) -> Result<Box<dyn Read + '_>, FetchError>;
    /// Sends a request; the answer.
    fn ask(&mut self, request: Vec<u8>) -> Result<Box<dyn Read + '_>, FetchError>;
}

/// What a server said of itself.
struct Server {
    is_second: bool,
    capabilities: Vec<String>,
    /// Only of the first version.
    references: Vec<(String, ObjectId)>,
}

/// More lines than that nobody reads.
const MAX_REFERENCES: usize = 4_000_000;

pub(crate) fn broken(message: impl Into<String>) -> FetchError {
    FetchError::new(FetchErrorKind::Repository, message)
}

fn of_io(error: &io::Error) -> FetchError {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => broken("the server's answer ends too early"),
        io::ErrorKind::InvalidData => broken("the server does not speak git's smart protocol"),
        io::ErrorKind::TimedOut => {
            FetchError::new(FetchErrorKind::Network, "the server does not answer in time".to_string())
        }
        _ => FetchError::new(FetchErrorKind::Network, format!("the connection broke: {error}")),
    }
}

/// What a server says of an error, without what could confuse a terminal.
fn plain(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    text.trim().chars().take(300).map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The next packet; an error of the server is one here.
fn next(from: &mut dyn Read) -> Result<Option<Packet>, FetchError> {
    let packet = read(from).map_err(|error| of_io(&error))?;
    match &packet {
        Some(Packet::Data(bytes)) if bytes.starts_with(b"ERR ") => Err(refused(&bytes[4..])),
        _ => Ok(packet),
    }
}

fn refused(text: &[u8]) -> FetchError {
    FetchError::new(FetchErrorKind::Refused, format!("the server says '{}'", plain(text)))
}

impl Server {
    fn greet(transport: &mut dyn Transport) -> Result<Server, FetchError> {
        let mut from = transport.greeting()?;
        let mut server = Server { is_second: false, capabilities: Vec::new(), references: Vec::new() };
        let mut is_first = true;
        loop {
            let packet = match next(&mut *from)? {
                None => return Err(of_io(&io::ErrorKind::UnexpectedEof.into())),
                Some(packet) => packet,
            };
            match packet.line() {
                Some(line) if line.starts_with("# service=") => {
                    // A flush follows.
                    next(&mut *from)?;
                }
                None if packet == Packet::Flush => break,
                Some("version 2") if is_first => (server.is_second, is_first) = (true, false),
                Some("version 1") if is_first => {}
                Some(line) if server.is_second => server.capabilities.push(line.to_string()),
                Some(line) => {
                    let (reference, capabilities) = line.split_once('\0').unwrap_or((line, ""));
                    if is_first {
                        server.capabilities = capabilities.split(' ').map(str::to_string).collect();
                        is_first = false;
                    }
                    server.add(reference)?;
                }
                None => return Err(of_io(&io::ErrorKind::InvalidData.into())),
            }
            if server.capabilities.len() > 1000 {
                return Err(of_io(&io::ErrorKind::InvalidData.into()));
            }
        }
        match server.value("object-format") {
            None | Some("sha1") => Ok(server),
            Some(format) => {
                let message = format!("it names objects by '{}'; only sha1 is supported", plain(format.as_bytes()));
                Err(FetchError::new(FetchErrorKind::Unsupported, message))
            }
        }
    }

    /// Adds a reference of a line `ID NAME`, perhaps with more after it.
    fn add(&mut self, line: &str) -> Result<(), FetchError> {
        let (id, rest) = line.split_once(' ').unwrap_or((line, ""));
        // HEAD of a repository without commits is unborn.
        if let Some(id) = ObjectId::parse(id.as_bytes()) {
            let name = rest.split(' ').next().unwrap_or_default();
            self.references.push((name.to_string(), id));
        } else if !matches!(id, "unborn" | "shallow") {
            return Err(of_io(&io::ErrorKind::InvalidData.into()));
        }
        if self.references.len() > MAX_REFERENCES {
            return Err(broken("the server has too many references"));
        }
        Ok(())
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.capabilities.iter().find_map(|capability| {
            let rest = capability.strip_prefix(name)?;
            if rest.is_empty() { Some("") } else { rest.strip_prefix('=') }
        })
    }

    fn can_cut(&self) -> bool {
        match self.is_second {
            true => self.value("fetch").is_some_and(|features| features.split(' ').any(|f| f == "shallow")),
            false => self.value("shallow").is_some(),
        }
    }

    /// Whether a server of the first version hands out a commit.
    fn hands_out(&self, id: &ObjectId) -> bool {
        let allows = ["allow-reachable-sha1-in-want", "allow-any-sha1-in-want"];
        allows.iter().any(|name| self.value(name).is_some()) || self.references.iter().any(|(_, tip)| tip == id)
    }

    /// The first packets of a command.
    fn command(&self, name: &str) -> Vec<u8> {
        let mut request = Vec::new();
        push(&mut request, &format!("command={name}"));
        if self.value("agent").is_some() {
            push(&mut request, concat!("agent=bt-lint/", env!("CARGO_PKG_VERSION")));
        }
        if self.value("object-format").is_some() {
            push(&mut request, "object-format=sha1");
        }
        request.extend_from_slice(DELIMITER);
        request
    }

    /// Asks for all branches and tags.
    fn list(&mut self, transport: &mut dyn Transport) -> Result<(), FetchError> {
        if !self.is_second {
            return Ok(());
        }
        let mut request = self.command("ls-refs");
        push(&mut request, "peel");
        for prefix in ["HEAD", "refs/"] {
            push(&mut request, &format!("ref-prefix {prefix}"));
        }
        request.extend_from_slice(FLUSH);
        let mut from = transport.ask(request)?;
        loop {
            match next(&mut *from)? {
                None => return Err(of_io(&io::ErrorKind::UnexpectedEof.into())),
                Some(Packet::Flush) => return Ok(()),
                Some(packet) => {
                    let line = packet.line().ok_or_else(|| of_io(&io::ErrorKind::InvalidData.into()))?;
                    self.add(line)?;
                }
            }
        }
    }

    /// Where to begin with looking for a commit: the tip of a reference, or else all branches and tags.
    fn tips(&self, reference: Option<&str>) -> Vec<ObjectId> {
        let find = |name: &str| self.references.iter().find(|(n, _)| n == name).map(|(_, id)| *id);
        let named = reference.and_then(|name| find(name).or_else(|| find(&format!("refs/heads/{name}"))));
        if let Some(id) = named.or_else(|| find(&format!("refs/tags/{}", reference?))) {
            return vec![id];
        }
        let is_wanted =
            |name: &str| name == "HEAD" || name.starts_with("refs/heads/") || name.starts_with("refs/tags/");
        let tips = self.references.iter().filter(|(name, _)| is_wanted(name) && !name.ends_with("^{}"));
        let mut tips: Vec<ObjectId> = tips.map(|(_, id)| *id).collect();
        tips.sort();
        tips.dedup();
        tips
    }

    /// Receives commits with what they hold: alone, or with all that came before.
    fn receive(
        &self,
        transport: &mut dyn Transport,
        wants: &[ObjectId],
        is_cut: bool,
        pack: &Path,
        max_size: u64,
    ) -> Result<(), FetchError> {
        let mut request = Vec::new();
        if self.is_second {
            request = self.command("fetch");
            for line in ["no-progress", "ofs-delta"] {
                push(&mut request, line);
            }
            for id in wants {
                push(&mut request, &format!("want {id}"));
            }
            if is_cut {
                push(&mut request, "deepen 1");
            }
            push(&mut request, "done");
            request.extend_from_slice(FLUSH);
        } else {
            if self.value("side-band-64k").is_none() {
                let message = "the server speaks a version of git's protocol that is too old";
                return Err(FetchError::new(FetchErrorKind::Unsupported, message));
            }
            let mut more = String::from(" side-band-64k");
            for capability in ["ofs-delta", "no-progress"].iter().filter(|name| self.value(name).is_some()) {
                more = more + " " + capability;
            }
            for id in wants {
                push(&mut request, &format!("want {id}{more}"));
                more.clear();
            }
            if is_cut {
                push(&mut request, "deepen 1");
            }
            request.extend_from_slice(FLUSH);
            push(&mut request, "done");
        }
        let mut from = transport.ask(request)?;
        loop {
            let packet = next(&mut *from)?.ok_or_else(|| of_io(&io::ErrorKind::UnexpectedEof.into()))?;
            match packet.line() {
                Some("packfile") if self.is_second => break,
                Some("NAK") if !self.is_second => break,
                Some(line) if line.starts_with("ACK ") && !self.is_second => break,
                // Which commits are cut off, and the ends of parts.
                Some(line) if ["shallow-info", "shallow ", "unshallow "].iter().any(|word| line.starts_with(word)) => {}
                Some(line) if ["acknowledgments", "ready", "NAK"].contains(&line) => {}
                None if packet == Packet::Delimiter || packet == Packet::Flush && !self.is_second => {}
                _ => return Err(of_io(&io::ErrorKind::InvalidData.into())),
            }
        }
        receive_bands(&mut *from, pack, max_size)
    }
}

/// Writes what is on the first band; the second has progress, the third an error.
fn receive_bands(from: &mut dyn Read, pack: &Path, max_size: u64) -> Result<(), FetchError> {
    let disk = |error: io::Error| FetchError::cache(format!("cannot write a git pack: {error}"));
    let mut file = io::BufWriter::new(File::create(pack).map_err(disk)?);
    let mut size = 0;
    loop {
        match next(from)? {
            None => return Err(of_io(&io::ErrorKind::UnexpectedEof.into())),
            Some(Packet::Flush) => break,
            Some(Packet::Delimiter) => return Err(of_io(&io::ErrorKind::InvalidData.into())),
            Some(Packet::Data(bytes)) => match bytes.split_first() {
                Some((1, bytes)) => {
                    size += bytes.len() as u64;
                    if size > max_size {
                        let message = format!("the repository has more than {max_size} bytes");
                        return Err(FetchError::new(FetchErrorKind::Limit, message));
                    }
                    file.write_all(bytes).map_err(disk)?;
                }
                Some((2, _)) => {}
                Some((3, bytes)) => return Err(refused(bytes)),
                _ => return Err(of_io(&io::ErrorKind::InvalidData.into())),
            },
        }
    }
    file.flush().map_err(disk)
}

/// Gets a commit with all that it holds into a pack: it alone where the server allows that, else with the history of the
/// reference that it is on.
pub(crate) fn receive_commit(
    transport: &mut dyn Transport,
    id: ObjectId,
    reference: Option<&str>,
    pack: &Path,
    max_size: u64,
) -> Result<(), FetchError> {
    let server = Server::greet(transport)?;
    if server.is_second || server.hands_out(&id) {
        match server.receive(transport, &[id], server.can_cut(), pack, max_size) {
            Err(error) if error.kind == FetchErrorKind::Refused => {}
            result => return result,
        }
    }
    // Some servers hand out nothing but what references point to.
    let mut server = Server::greet(transport)?;
    server.list(transport)?;
    let tips = server.tips(reference);
    if tips.is_empty() {
        return Err(broken("the repository has no references"));
    }
    server.receive(transport, &tips, false, pack, max_size)
}
