//! What LCP negotiates (RFC 1661, section 6; RFC 1662, section 7.1; RFC 1334, section 2).

use super::framing::{EVERY_CONTROL_CHARACTER, Framing, LARGEST};
use super::negotiation::{Negotiation, Verdict};
use super::packet::Choice;

const MAXIMUM_RECEIVE_UNIT: u8 = 1;
const CONTROL_CHARACTERS: u8 = 2;
const AUTHENTICATION: u8 = 3;
const MAGIC_NUMBER: u8 = 5;
const PROTOCOL_COMPRESSION: u8 = 7;
const ADDRESS_COMPRESSION: u8 = 8;

/// The protocol number of PAP, as the authentication option has it.
const PASSWORD_AUTHENTICATION: [u8; 2] = [0xc0, 0x23];
/// Less cannot carry what IP demands of every link.
const SMALLEST: u16 = 128;

/// Both directions of the link.
#[derive(Debug)]
pub(super) struct Link {
    magic: u32,
    /// Options of ours that the host refused.
    refused: Vec<u8>,
    /// The host is asked for a name and a password.
    wants_login: bool,
    /// What the host asked to be escaped.
    host_control_characters: u32,
    /// What we ask to be escaped: nothing, unless the host knows better.
    own_control_characters: u32,
    /// Frames to the host once the link is up.
    pub(super) framing: Framing,
    /// The largest packet that the host takes.
    pub(super) host_unit: u16,
    /// Control characters that count as noise on the way here.
    pub(super) noise: u32,
    /// The host agreed to say who it is.
    pub(super) login_agreed: bool,
}

impl Link {
    pub(super) fn new(magic: u32, wants_login: bool) -> Self {
        Self {
            // 0 means that there is none.
            magic: magic.max(1),
            refused: Vec::new(),
            wants_login,
            host_control_characters: EVERY_CONTROL_CHARACTER,
            own_control_characters: 0,
            framing: Framing::PLAIN,
            host_unit: 1500,
            noise: EVERY_CONTROL_CHARACTER,
            login_agreed: false,
        }
    }

    /// The number by which this end knows its own packets; 0 if the host would have none.
    pub(super) fn magic(&self) -> u32 {
        if self.refused.contains(&MAGIC_NUMBER) { 0 } else { self.magic }
    }

    fn other_magic(&self, theirs: u32) -> u32 {
        // Any other number does.
        (self.magic ^ theirs.rotate_left(7)).wrapping_mul(0x9e37_79b1).max(1)
    }

    /// `None`: that value is fine.
    fn better(&self, choice: &Choice) -> Option<Choice> {
        match (choice.kind, choice.value.as_slice()) {
            (MAXIMUM_RECEIVE_UNIT, [high, low]) if u16::from_be_bytes([*high, *low]) < SMALLEST => {
                Some(Choice::new(MAXIMUM_RECEIVE_UNIT, SMALLEST.to_be_bytes()))
            }
            // The same number at both ends means that they are one and the same.
            (MAGIC_NUMBER, _) => choice.number().filter(|theirs| *theirs == 0 || *theirs == self.magic).map(|theirs| {
                let other = self.other_magic(theirs.wrapping_add(1));
                Choice::new(MAGIC_NUMBER, other.to_be_bytes())
            }),
            _ => None,
        }
    }
}

/// Options of a length that the option has; all others are refused, and those that nothing here can do with them.
fn is_known(choice: &Choice) -> bool {
    let length = match choice.kind {
        MAXIMUM_RECEIVE_UNIT => 2,
        CONTROL_CHARACTERS | MAGIC_NUMBER => 4,
        PROTOCOL_COMPRESSION | ADDRESS_COMPRESSION => 0,
        _ => return false,
    };
    choice.value.len() == length
}

impl Negotiation for Link {
    fn wanted(&self) -> Vec<Choice> {
        let mut wanted = vec![Choice::new(CONTROL_CHARACTERS, self.own_control_characters.to_be_bytes())];
        if self.wants_login {
            wanted.push(Choice::new(AUTHENTICATION, PASSWORD_AUTHENTICATION));
        }
        wanted.push(Choice::new(MAGIC_NUMBER, self.magic.to_be_bytes()));
        wanted.extend([Choice::new(PROTOCOL_COMPRESSION, []), Choice::new(ADDRESS_COMPRESSION, [])]);
        wanted.retain(|choice| !self.refused.contains(&choice.kind));
        wanted
    }

    fn judge(&mut self, choices: &[Choice]) -> Verdict {
        let refused: Vec<Choice> = choices.iter().filter(|choice| !is_known(choice)).cloned().collect();
        if !refused.is_empty() {
            return Verdict::Refuse(refused);
        }
        let better: Vec<Choice> = choices.iter().filter_map(|choice| self.better(choice)).collect();
        if !better.is_empty() {
            return Verdict::Suggest(better);
        }
        let has = |kind| choices.iter().any(|choice| choice.kind == kind);
        let value = |kind| choices.iter().find(|choice| choice.kind == kind);
        self.host_control_characters =
            value(CONTROL_CHARACTERS).and_then(Choice::number).unwrap_or(EVERY_CONTROL_CHARACTER);
        self.host_unit = value(MAXIMUM_RECEIVE_UNIT).map_or(1500, |choice| {
            // The length was looked at.
            choice.value.first_chunk::<2>().map_or(1500, |bytes| u16::from_be_bytes(*bytes))
        });
        self.framing = Framing {
            control_characters: self.host_control_characters,
            compresses_address: has(ADDRESS_COMPRESSION),
            compresses_protocol: has(PROTOCOL_COMPRESSION),
        };
        Verdict::Agree
    }

    fn suggested(&mut self, choices: &[Choice]) {
        for choice in choices {
            match choice.kind {
                CONTROL_CHARACTERS => self.own_control_characters |= choice.number().unwrap_or(0),
                MAGIC_NUMBER => self.magic = self.other_magic(choice.number().unwrap_or(0)),
                // The host would rather say who it is in another way: then it need not.
                AUTHENTICATION => self.wants_login = false,
                _ => {}
            }
        }
    }

    fn refused(&mut self, choices: &[Choice]) {
        self.refused.extend(choices.iter().map(|choice| choice.kind));
    }

    fn agreed(&mut self) {
        self.login_agreed = self.wants_login && !self.refused.contains(&AUTHENTICATION);
        let asked = !self.refused.contains(&CONTROL_CHARACTERS);
        self.noise = if asked { self.own_control_characters } else { EVERY_CONTROL_CHARACTER };
    }
}

/// The largest packet that goes to a host with that maximum receive unit.
pub(super) fn unit_to(host: u16) -> usize {
    usize::from(host).min(LARGEST)
}
