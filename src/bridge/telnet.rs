//! Telnet (RFC 854, 855, 856) as far as RFC 2217 rests on it: the codec, and which options are agreed on.

pub(super) mod com_port;
mod decoder;
mod options;
#[cfg(test)]
mod tests;

#[cfg(test)]
use decoder::Verb;
pub(super) use decoder::{Decoder, Received};
pub(super) use options::Options;

/// Interpret as command.
const IAC: u8 = 255;
/// A subnegotiation begins.
const SB: u8 = 250;
/// It ends.
const SE: u8 = 240;

/// Bytes as they are, instead of lines of text (RFC 856).
pub(super) const BINARY: u8 = 0;
/// No go-ahead after each answer (RFC 858).
pub(super) const SUPPRESS_GO_AHEAD: u8 = 3;
/// Control of a serial port (RFC 2217).
pub(super) const COM_PORT: u8 = 44;

/// What the stick said, as it goes over the wire. Outside of binary mode a lone CR would mean half a line end.
pub(super) fn escape(bytes: &[u8], binary: bool) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(bytes.len() + 16);
    for (at, &byte) in bytes.iter().enumerate() {
        escaped.push(byte);
        match byte {
            IAC => escaped.push(IAC),
            b'\r' if !binary && bytes.get(at + 1) != Some(&b'\n') => escaped.push(0),
            _ => {}
        }
    }
    escaped
}

/// A subnegotiation as it goes over the wire.
pub(super) fn subnegotiation(option: u8, value: &[u8]) -> Vec<u8> {
    let mut sent = vec![IAC, SB, option];
    sent.extend(escape(value, true));
    sent.extend([IAC, SE]);
    sent
}
