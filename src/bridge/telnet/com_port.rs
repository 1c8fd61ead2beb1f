//! Control of a serial port over telnet (RFC 2217), the server's end.

use super::{COM_PORT, subnegotiation};
use crate::serial::{Lines, Signals};

const SIGNATURE: u8 = 0;
const SET_BAUDRATE: u8 = 1;
const SET_DATASIZE: u8 = 2;
const SET_PARITY: u8 = 3;
const SET_STOPSIZE: u8 = 4;
const SET_CONTROL: u8 = 5;
const NOTIFY_MODEMSTATE: u8 = 7;
const FLOWCONTROL_SUSPEND: u8 = 8;
const FLOWCONTROL_RESUME: u8 = 9;
const SET_LINESTATE_MASK: u8 = 10;
const SET_MODEMSTATE_MASK: u8 = 11;
const PURGE_DATA: u8 = 12;

/// A server's command is the client's and this.
const OF_SERVER: u8 = 100;

/// The lines of the modem, as NOTIFY-MODEMSTATE has them.
const CARRIER: u8 = 0x80;
const RING: u8 = 0x40;
const READY: u8 = 0x20;
const CLEAR_TO_SEND: u8 = 0x10;

/// How far the changes of the lines are from the lines themselves.
const CHANGES: u8 = 4;

/// What is seen of the stick.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bridge) enum Seen {
    /// It is not there.
    Absent,
    /// It is there, and has announced no lines. It is taken to have a carrier, for there are programs that wait for one.
    Present,
    /// It is there, and drives these lines.
    Signals(Signals),
}

impl Seen {
    /// The lines that this comes to. Flow control is USB's own, so a stick that is there can always be sent to.
    fn modem_state(self) -> u8 {
        match self {
            Self::Absent => 0,
            Self::Present => CARRIER | READY | CLEAR_TO_SEND,
            Self::Signals(signals) => {
                let line = |is_up, bit| if is_up { bit } else { 0 };
                line(signals.data_carrier_detect, CARRIER)
                    | line(signals.ring_indicator, RING)
                    | line(signals.data_set_ready, READY)
                    | CLEAR_TO_SEND
            }
        }
    }
}

/// What a client wants of the port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bridge) enum Wish {
    /// Other lines.
    Lines(Lines),
    /// Nothing more shall be sent to it, until it says so.
    Suspend,
    /// Now.
    Resume,
}

/// The settings of a port, as its client sees them. Those that mean nothing on USB are remembered and told back.
#[derive(Debug)]
pub(in crate::bridge) struct ComPort {
    speed: u32,
    data_size: u8,
    parity: u8,
    stop_size: u8,
    /// Outbound and inbound flow control, as SET-CONTROL numbers them: 3 and 16 are those of the hardware, which USB's
    /// own comes nearest to.
    outbound: u8,
    inbound: u8,
    lines: Lines,
    modem_mask: u8,
    modem_state: u8,
}

impl ComPort {
    /// A port whose lines were just raised, before a stick of which this is seen.
    pub(in crate::bridge) fn new(seen: Seen) -> Self {
        Self {
            speed: 115_200,
            data_size: 8,
            parity: 1,
            stop_size: 1,
            outbound: 3,
            inbound: 16,
            lines: Lines::UP,
            modem_mask: 255,
            modem_state: seen.modem_state(),
        }
    }

    /// Takes one command of the client. Gives the answer, and what is wanted of the port.
    pub(in crate::bridge) fn command(&mut self, said: &[u8]) -> (Vec<u8>, Option<Wish>) {
        let Some((&command, value)) = said.split_first() else { return (Vec::new(), None) };
        let first = value.first().copied();
        let answer = match (command, first) {
            (SIGNATURE, None) => answer(command, concat!("balong ", env!("CARGO_PKG_VERSION")).as_bytes()),
            (SET_BAUDRATE, _) => {
                if let Ok(speed) = <[u8; 4]>::try_from(value)
                    && speed != [0; 4]
                {
                    self.speed = u32::from_be_bytes(speed);
                }
                answer(command, &self.speed.to_be_bytes())
            }
            (SET_DATASIZE, Some(wanted)) => answer(command, &[keep(&mut self.data_size, wanted, 5..=8)]),
            (SET_PARITY, Some(wanted)) => answer(command, &[keep(&mut self.parity, wanted, 1..=5)]),
            (SET_STOPSIZE, Some(wanted)) => answer(command, &[keep(&mut self.stop_size, wanted, 1..=3)]),
            (SET_CONTROL, Some(wanted)) => return self.control(wanted),
            (FLOWCONTROL_SUSPEND, _) => return (Vec::new(), Some(Wish::Suspend)),
            (FLOWCONTROL_RESUME, _) => return (Vec::new(), Some(Wish::Resume)),
            // No errors of the line are known, so none is ever told.
            (SET_LINESTATE_MASK, Some(mask)) => answer(command, &[mask]),
            (SET_MODEMSTATE_MASK, Some(mask)) => {
                self.modem_mask = mask;
                [answer(command, &[mask]), self.modem_state(0)].concat()
            }
            // Nothing is held back here that could be thrown away.
            (PURGE_DATA, Some(which)) => answer(command, &[which]),
            _ => Vec::new(),
        };
        (answer, None)
    }

    /// Something else is seen of the stick. Gives what the client is told.
    pub(in crate::bridge) fn see(&mut self, now: Seen) -> Vec<u8> {
        let before = std::mem::replace(&mut self.modem_state, now.modem_state());
        let differs = before ^ self.modem_state;
        if differs == 0 {
            return Vec::new();
        }
        // Of the ring only its end is marked as a change.
        self.modem_state((differs & !(self.modem_state & RING)) >> CHANGES)
    }

    /// The state of the modem's lines, of which these changed, as far as the client wants to know.
    pub(in crate::bridge) fn modem_state(&self, changed: u8) -> Vec<u8> {
        if self.modem_mask == 0 {
            return Vec::new();
        }
        answer(NOTIFY_MODEMSTATE, &[(self.modem_state | changed) & self.modem_mask])
    }

    /// SET-CONTROL: flow control (1 to 3, 14 to 19), break (5, 6), DTR (8, 9) and RTS (11, 12), and a question for each.
    fn control(&mut self, wanted: u8) -> (Vec<u8>, Option<Wish>) {
        const BREAK_IS_OFF: u8 = 6;
        let before = self.lines;
        let told = match wanted {
            0 => self.outbound,
            1..=3 | 17 | 19 => {
                self.outbound = wanted;
                wanted
            }
            4..=6 => BREAK_IS_OFF,
            7 => 9 - u8::from(self.lines.data_terminal_ready),
            8 | 9 => {
                self.lines.data_terminal_ready = wanted == 8;
                wanted
            }
            10 => 12 - u8::from(self.lines.request_to_send),
            11 | 12 => {
                self.lines.request_to_send = wanted == 11;
                wanted
            }
            13 => self.inbound,
            14..=16 | 18 => {
                self.inbound = wanted;
                wanted
            }
            _ => return (Vec::new(), None),
        };
        let wish = (self.lines != before).then_some(Wish::Lines(self.lines));
        (answer(SET_CONTROL, &[told]), wish)
    }
}

/// Takes a setting over if it can be meant, and gives the one that holds; 0 is a question.
fn keep(setting: &mut u8, wanted: u8, possible: std::ops::RangeInclusive<u8>) -> u8 {
    if possible.contains(&wanted) {
        *setting = wanted;
    }
    *setting
}

fn answer(command: u8, value: &[u8]) -> Vec<u8> {
    subnegotiation(COM_PORT, &[&[command + OF_SERVER], value].concat())
}
