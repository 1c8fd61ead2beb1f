//! Which options both ends have agreed on.

use super::decoder::Verb;
use super::{BINARY, COM_PORT, IAC, SUPPRESS_GO_AHEAD};

/// The options that this end uses, in either direction. It refuses every other one; echoing is the modem's business.
const KNOWN: [u8; 3] = [BINARY, SUPPRESS_GO_AHEAD, COM_PORT];

/// One direction of one option.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Agreed {
    #[default]
    No,
    /// This end asked for it.
    Asked,
    Yes,
}

/// The options of one connection. A wish for what is so already is not answered, so that no two ends can go on for ever
/// (RFC 854).
#[derive(Debug, Default)]
pub(in crate::bridge) struct Options {
    ours: [Agreed; KNOWN.len()],
    theirs: [Agreed; KNOWN.len()],
}

impl Options {
    /// What this end says first: bytes as they are, both ways, and no go-ahead.
    pub(in crate::bridge) fn greet(&mut self) -> Vec<u8> {
        let mut said = Vec::new();
        for option in [BINARY, SUPPRESS_GO_AHEAD] {
            self.set(true, option, Agreed::Asked);
            self.set(false, option, Agreed::Asked);
            said.extend([IAC, Verb::Will.byte(), option, IAC, Verb::Do.byte(), option]);
        }
        said
    }

    /// What this end answers to a wish, if anything.
    pub(in crate::bridge) fn answer(&mut self, verb: Verb, option: u8) -> Vec<u8> {
        let (is_ours, wanted, yes, no) = match verb {
            Verb::Do => (true, true, Verb::Will, Verb::Wont),
            Verb::Dont => (true, false, Verb::Will, Verb::Wont),
            Verb::Will => (false, true, Verb::Do, Verb::Dont),
            Verb::Wont => (false, false, Verb::Do, Verb::Dont),
        };
        let before = self.get(is_ours, option);
        let said = match (before, wanted) {
            (None, true) => Some(no),
            (None | Some(Agreed::No), false) | (Some(Agreed::Asked | Agreed::Yes), true) => None,
            (Some(Agreed::No), true) => Some(yes),
            (Some(Agreed::Asked), false) => None,
            (Some(Agreed::Yes), false) => Some(no),
        };
        self.set(is_ours, option, if wanted { Agreed::Yes } else { Agreed::No });
        said.map(|verb| vec![IAC, verb.byte(), option]).unwrap_or_default()
    }

    /// Whether this end uses an option.
    pub(in crate::bridge) fn ours(&self, option: u8) -> bool {
        self.get(true, option) == Some(Agreed::Yes)
    }

    /// Whether the other end does.
    pub(in crate::bridge) fn theirs(&self, option: u8) -> bool {
        self.get(false, option) == Some(Agreed::Yes)
    }

    fn get(&self, is_ours: bool, option: u8) -> Option<Agreed> {
        let at = KNOWN.iter().position(|&known| known == option)?;
        Some(if is_ours { self.ours[at] } else { self.theirs[at] })
    }

    fn set(&mut self, is_ours: bool, option: u8, agreed: Agreed) {
        if let Some(at) = KNOWN.iter().position(|&known| known == option) {
            let side = if is_ours { &mut self.ours } else { &mut self.theirs };
            side[at] = agreed;
        }
    }
}
