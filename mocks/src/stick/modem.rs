//! The AT ports at their endpoints: lines and data that come, what a call has to say, and the signals of the line.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;

use super::arrival::CHATTER;
use super::endpoints::{Heard, Out};
use super::{Running, Stick};
use crate::at::{AtPort, Ground, Radio, Taken};
use crate::composition::{Composition, Role};
use crate::faults::Moment;
use crate::pipes::Ending;
use crate::reaction::{Reaction, Then};
use crate::transcript::Event;

/// Packets that wait for the host before the port takes no more and says no more: a host that does not read stalls it.
const QUEUE: usize = 128;
/// So many packets are left when the call goes on.
const LOW: usize = QUEUE / 2;
/// How much data is taken before the call is let say what it has to say to it.
const PORTION: usize = 4096;
/// CDC notification SERIAL_STATE (PSTN 1.20, section 6.5.4): request type and code.
const SERIAL_STATE: [u8; 2] = [0xa1, 0x20];
/// SET_CONTROL_LINE_STATE: the host's terminal is ready.
const READY: u16 = 1 << 0;

/// The ports of running firmware by interface, and what they share.
#[derive(Debug)]
pub(super) struct Modem {
    pub(super) ports: BTreeMap<u8, AtPort>,
    pub(super) radio: Radio,
}

impl Modem {
    pub(super) fn of(composition: &Composition) -> Self {
        let numbered = (0u8..).zip(&composition.roles).filter(|(_, role)| **role == Role::At);
        Self { ports: numbered.map(|(number, _)| (number, AtPort::new())).collect(), radio: Radio::default() }
    }
}

impl Stick {
    fn modem(&mut self) -> Option<&mut Modem> {
        match &mut self.running {
            Running::Firmware(modem) => Some(modem),
            _ => None,
        }
    }

    fn at_port(&mut self, interface: u8) -> Option<&mut AtPort> {
        self.modem()?.ports.get_mut(&interface)
    }

    /// Takes as much of a transfer as the port has room for.
    pub(super) fn at_port_takes(&mut self, interface: u8, transfer: &[u8]) -> Out {
        let mut at = 0;
        while at < transfer.len() && !self.deaf && self.busy_until <= self.now {
            let now = self.now;
            let Some((_, inward)) = self.pair(interface) else { return Out::Taken(transfer.len()) };
            if self.pipes.packets(inward) >= QUEUE {
                break;
            }
            let Some(port) = self.at_port(interface) else { return Out::Taken(transfer.len()) };
            let limit = if port.is_in_data_mode() { PORTION } else { usize::MAX };
            let rest = &transfer[at..transfer.len().min(at.saturating_add(limit))];
            match port.take(rest, now) {
                Taken::Data(taken) => {
                    at += taken;
                    self.run_port(interface);
                    if taken == 0 {
                        break;
                    }
                }
                Taken::Line(taken, line) => {
                    at += taken;
                    if self.at_line(interface, &line) == Heard::Stalled {
                        return Out::Stall;
                    }
                }
                Taken::Part(echo) => {
                    at += rest.len();
                    self.say_on(interface, echo);
                }
            }
        }
        // A port that was pulled, or that hears nothing any more, took what it had.
        if at == 0 && !transfer.is_empty() { Out::NotNow } else { Out::Taken(at) }
    }

    fn at_line(&mut self, interface: u8, line: &[u8]) -> Heard {
        let moment = Moment::At(String::from_utf8_lossy(line).into_owned());
        let event = Event::At { interface, command: line.escape_ascii().to_string() };
        let refusal = |_| Bytes::from_static(b"\r\nERROR\r\n");
        let heard =
            self.hear(interface, Some(moment), Some(event), refusal, |stick| stick.at_port_answers(interface, line));
        if self.modem().is_some_and(|modem| modem.radio.takes_calls_down()) {
            self.end_calls();
        }
        self.run_port(interface);
        heard
    }

    fn at_port_answers(&mut self, interface: u8, line: &[u8]) -> Reaction {
        let facts = self.firmware();
        let functions = self.composition.as_ref().map(|composition| composition.functions.clone()).unwrap_or_default();
        let settings = self.flash.settings_mut();
        let Running::Firmware(modem) = &mut self.running else {
            return Reaction::silence();
        };
        let Modem { ports, radio } = &mut **modem;
        let mut ground = Ground {
            variant: self.model.variant,
            facts,
            functions,
            settings,
            radio,
            calls: ports.values().filter(|port| port.has_call()).count(),
            seed: self.addresses.number(),
            wants_login: self.options.wants_login,
            now: self.now,
            then: Then::Stay,
        };
        ports.get_mut(&interface).map_or_else(Reaction::silence, |port| port.answer(line, &mut ground))
    }

    fn end_calls(&mut self) {
        let now = self.now;
        let Some(modem) = self.modem() else { return };
        let said: Vec<(u8, Vec<u8>)> =
            modem.ports.iter_mut().map(|(interface, port)| (*interface, port.end_call(now))).collect();
        for (interface, said) in said {
            self.say_on(interface, said);
            self.run_port(interface);
        }
    }

    fn say_on(&mut self, interface: u8, said: Vec<u8>) {
        if let Some((_, inward)) = self.pair(interface).filter(|_| !said.is_empty()) {
            self.pipes.say(inward, self.now, &Bytes::from(said), Ending::ZeroLengthPacket);
        }
    }

    /// Lets a port say what it has to say, as long as there is room.
    pub(super) fn run_port(&mut self, interface: u8) {
        let Some((_, inward)) = self.pair(interface) else { return };
        let now = self.now;
        loop {
            let room = self.pipes.packets(inward) < QUEUE;
            let Some(port) = self.at_port(interface) else { return };
            let said = if room { port.run(now) } else { port.escape(now) };
            if said.is_empty() {
                return;
            }
            self.say_on(interface, said);
        }
    }

    /// The host fetched something from an endpoint.
    pub(super) fn was_read(&mut self, interface: u8, inward: u8) {
        let waits = self.at_port(interface).is_some_and(|port| port.is_in_data_mode());
        if waits && self.pipes.packets(inward) < LOW {
            self.run_port(interface);
        }
    }

    /// Lets all ports do what is due.
    pub(super) fn run_ports(&mut self) {
        let interfaces: Vec<u8> = self.modem().map(|modem| modem.ports.keys().copied().collect()).unwrap_or_default();
        for interface in interfaces {
            self.run_port(interface);
        }
    }

    /// When a port has something to do.
    pub(super) fn next_of_ports(&self) -> Option<Duration> {
        let Running::Firmware(modem) = &self.running else { return None };
        let next = |(interface, port): (&u8, &AtPort)| {
            let (_, inward) = self.pair(*interface)?;
            port.next(self.pipes.packets(inward) < QUEUE)
        };
        modem.ports.iter().filter_map(next).min()
    }

    /// Firmware reports the signal now and then, on the last of its AT ports, unless nobody reads what it says.
    pub(super) fn say_unasked(&mut self) {
        let Some(modem) = self.modem() else { return };
        let last = modem.ports.iter().next_back().filter(|(_, port)| !port.has_call()).map(|(number, _)| *number);
        let report = modem.radio.report();
        let quiet = |number: &u8| self.pair(*number).is_some_and(|(_, inward)| !self.pipes.unread(inward));
        if let Some((interface, report)) = last.filter(quiet).zip(report) {
            self.say_on(interface, report.into_bytes());
        }
        self.chatter = Some(self.now + CHATTER);
    }

    /// SET_CONTROL_LINE_STATE to a serial port.
    pub(super) fn set_line(&mut self, interface: u8, value: u16) {
        let Some(port) = self.at_port(interface) else { return };
        let hung_up = port.has_call();
        let Some(said) = port.set_ready(value & READY != 0) else { return };
        let hung_up = hung_up && !port.has_call();
        // What a call that was hung up had left to say is of no use to the next program.
        if let Some((_, inward)) = self.pair(interface).filter(|_| hung_up) {
            self.pipes.forget(inward);
        }
        self.say_on(interface, said);
    }

    /// The notification of an interrupt endpoint that belongs to an AT port.
    pub(super) fn line_notification(&mut self, endpoint: u8) -> Option<Bytes> {
        let interface = self.descriptors()?.interface_of(endpoint)?;
        let state = self.at_port(interface)?.line_state()?.to_le_bytes();
        let [code, request] = SERIAL_STATE;
        Some(Bytes::copy_from_slice(&[code, request, 0, 0, interface, 0, 2, 0, state[0], state[1]]))
    }

    /// The host begins anew, and knows nothing of the lines.
    pub(super) fn forget_lines(&mut self) {
        for port in self.modem().into_iter().flat_map(|modem| modem.ports.values_mut()) {
            port.forget_line_state();
        }
    }

    /// A port with a plug that connects its two data lines: every byte comes back.
    pub(super) fn loopback_takes(&mut self, interface: u8, transfer: &[u8]) -> Out {
        let Some((_, inward)) = self.pair(interface) else { return Out::Stall };
        let room = QUEUE.saturating_sub(self.pipes.packets(inward)) * self.pipes.max_packet();
        let taken = transfer.len().min(room);
        if taken == 0 && !transfer.is_empty() {
            return Out::NotNow;
        }
        // Where the host's transfer goes on, what comes back goes on too: pieces would only become more and smaller.
        let ending = if taken < transfer.len() { Ending::Nothing } else { Ending::ZeroLengthPacket };
        if taken > 0 {
            self.pipes.say(inward, self.now, &Bytes::copy_from_slice(&transfer[..taken]), ending);
        }
        Out::Taken(taken)
    }
}

#[cfg(test)]
mod tests;
