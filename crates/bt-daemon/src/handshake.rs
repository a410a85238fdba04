//! The first words: who is there, which version, and whom the daemon trusts.

use crate::connection::Trust;
use crate::error::{DaemonError, Malformed};
use crate::input::Input;
use crate::log::messages;
use crate::output::Output;
use crate::version::ProtocolVersion;

const CLIENT: u64 = 0x6e69_7863;
const DAEMON: u64 = 0x6478_696f;

/// What both sides agreed on, and what the daemon said of itself.
pub(crate) struct Agreement {
    pub version: ProtocolVersion,
    pub daemon_version: Option<String>,
    pub trust: Trust,
}

pub(crate) fn handshake(
    input: &mut Input,
    output: &mut Output,
    newest: ProtocolVersion,
) -> Result<Agreement, DaemonError> {
    output.number(CLIENT).number(newest.to_wire()).flush()?;
    let magic = input.number()?;
    if magic != DAEMON {
        let answer = String::from_utf8_lossy(&magic.to_le_bytes()).escape_debug().to_string();
        return Err(DaemonError::NotADaemon { answer });
    }
    let number = input.number()?;
    let daemons = ProtocolVersion::from_wire(number)
        .ok_or_else(|| input.malformed(Malformed::Number { of: "version of the protocol", number }))?;
    if daemons.major != newest.major || daemons < ProtocolVersion::OLDEST {
        return Err(DaemonError::Version { version: daemons });
    }
    let version = daemons.min(newest);
    if version >= ProtocolVersion::minor(38) {
        // Names of features; this client has none.
        output.number(0).flush()?;
        input.texts()?;
    }
    // What once was the processor to run on, and whether to reserve space.
    output.number(0).number(0).flush()?;
    let daemon_version = if version >= ProtocolVersion::minor(33) { Some(input.message()?) } else { None };
    let trust = if version >= ProtocolVersion::minor(35) {
        match input.number()? {
            0 => Trust::Unknown,
            1 => Trust::Trusted,
            2 => Trust::NotTrusted,
            number => return Err(input.malformed(Malformed::Number { of: "kind of trust", number })),
        }
    } else {
        Trust::Unknown
    };
    messages(input, version, &mut |_| {})?;
    Ok(Agreement { version, daemon_version, trust })
}
