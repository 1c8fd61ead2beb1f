//! From the bytes of a client to data, wishes and subnegotiations, however they are cut into pieces.

use super::{IAC, SB, SE};

/// A longer subnegotiation is none of RFC 2217, and is thrown away.
const LONGEST: usize = 256;

/// The four words in which options are agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bridge) enum Verb {
    /// The sender wants to use the option.
    Will,
    /// The sender does not use it.
    Wont,
    /// The receiver shall use it.
    Do,
    /// The receiver shall not.
    Dont,
}

impl Verb {
    pub(super) const fn byte(self) -> u8 {
        match self {
            Self::Will => 251,
            Self::Wont => 252,
            Self::Do => 253,
            Self::Dont => 254,
        }
    }

    fn of(byte: u8) -> Option<Self> {
        [Self::Will, Self::Wont, Self::Do, Self::Dont].into_iter().find(|verb| verb.byte() == byte)
    }
}

/// What is said beside the data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::bridge) enum Received {
    /// A wish about an option.
    Negotiation(Verb, u8),
    /// What is said within an option.
    Subnegotiation(u8, Vec<u8>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Data,
    /// After a CR that is no byte of a stream, a NUL belongs to it.
    AfterCarriageReturn,
    Command,
    Option(Verb),
    Subnegotiation,
    CommandWithin,
}

/// The decoder of one connection.
#[derive(Debug)]
pub(in crate::bridge) struct Decoder {
    state: State,
    within: Vec<u8>,
    too_long: bool,
}

impl Decoder {
    pub(in crate::bridge) fn new() -> Self {
        Self { state: State::Data, within: Vec::new(), too_long: false }
    }

    /// Takes bytes off the front of `input`, to the end or to the first thing that is said beside the data. Gives the data
    /// before that, and what it is: what comes behind it may be read differently because of it.
    pub(in crate::bridge) fn next(&mut self, input: &mut &[u8], binary: bool) -> (Vec<u8>, Option<Received>) {
        let mut data = Vec::new();
        while let Some((&byte, rest)) = input.split_first() {
            *input = rest;
            let found = self.take(byte, binary, &mut data);
            if found.is_some() {
                return (data, found);
            }
        }
        (data, None)
    }

    fn take(&mut self, byte: u8, binary: bool, data: &mut Vec<u8>) -> Option<Received> {
        match self.state {
            State::Data | State::AfterCarriageReturn if byte == IAC => self.state = State::Command,
            State::AfterCarriageReturn if byte == 0 => self.state = State::Data,
            State::Data | State::AfterCarriageReturn => {
                data.push(byte);
                self.state = if byte == b'\r' && !binary { State::AfterCarriageReturn } else { State::Data };
            }
            State::Command => match (byte, Verb::of(byte)) {
                (IAC, _) => {
                    data.push(IAC);
                    self.state = State::Data;
                }
                (SB, _) => {
                    self.within.clear();
                    self.too_long = false;
                    self.state = State::Subnegotiation;
                }
                (_, Some(verb)) => self.state = State::Option(verb),
                // Break, interrupt, are-you-there and the like: nothing at this end heeds them.
                (_, None) => self.state = State::Data,
            },
            State::Option(verb) => {
                self.state = State::Data;
                return Some(Received::Negotiation(verb, byte));
            }
            State::Subnegotiation if byte == IAC => self.state = State::CommandWithin,
            State::Subnegotiation => self.keep(byte),
            State::CommandWithin if byte == SE => {
                self.state = State::Data;
                return self.end();
            }
            State::CommandWithin => {
                // A doubled IAC is one byte of it; anything else should not be there, and ends nothing.
                self.keep(byte);
                self.state = State::Subnegotiation;
            }
        }
        None
    }

    fn keep(&mut self, byte: u8) {
        self.too_long |= self.within.len() >= LONGEST;
        if !self.too_long {
            self.within.push(byte);
        }
    }

    fn end(&mut self) -> Option<Received> {
        let said = std::mem::take(&mut self.within);
        let (&option, value) = said.split_first().filter(|_| !self.too_long)?;
        Some(Received::Subnegotiation(option, value.to_vec()))
    }
}
