//! The option negotiation automaton (RFC 1661, section 4), one for each control protocol.
//!
//! The lower layer of each is up for as long as the automaton exists, so that the states Initial and Starting are not
//! needed.

use std::time::Duration;

use super::negotiation::{Change, Negotiation, Verdict};
use super::packet::{self, Packet};

/// The restart timer.
pub(super) const RESTART: Duration = Duration::from_secs(3);
/// How often a Configure-Request is sent without an answer.
pub(super) const MAX_CONFIGURE: u32 = 10;
/// How often a Terminate-Request is sent without an answer.
pub(super) const MAX_TERMINATE: u32 = 2;
/// How many Configure-Naks in a row are sent before the same is rejected.
pub(super) const MAX_FAILURE: u32 = 5;

/// The states that have a name in the RFC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    Closed,
    Stopped,
    Closing,
    Stopping,
    RequestSent,
    AckReceived,
    AckSent,
    Opened,
}

/// One control protocol.
#[derive(Debug)]
pub(super) struct Automaton<N> {
    pub(super) negotiation: N,
    state: State,
    identifier: u8,
    /// The Configure-Request that waits for an answer.
    asked: Option<Packet>,
    /// The restart counter.
    counter: u32,
    timer: Option<Duration>,
    /// Configure-Naks since the last Configure-Ack.
    failures: u32,
    outward: Vec<Packet>,
    changes: Vec<Change>,
}

impl<N: Negotiation> Automaton<N> {
    /// One that waits for the other end to speak first.
    pub(super) fn stopped(negotiation: N) -> Self {
        Self {
            negotiation,
            state: State::Stopped,
            identifier: 0,
            asked: None,
            counter: 0,
            timer: None,
            failures: 0,
            outward: Vec::new(),
            changes: Vec::new(),
        }
    }

    pub(super) fn state(&self) -> State {
        self.state
    }

    pub(super) fn is_open(&self) -> bool {
        self.state == State::Opened
    }

    /// When the restart timer ends.
    pub(super) fn next(&self) -> Option<Duration> {
        self.timer
    }

    /// Packets to the other end, in order.
    pub(super) fn packets(&mut self) -> Vec<Packet> {
        std::mem::take(&mut self.outward)
    }

    /// What the layers above are to be told, in order.
    pub(super) fn changes(&mut self) -> Vec<Change> {
        std::mem::take(&mut self.changes)
    }

    /// Speaks first.
    pub(super) fn open(&mut self, now: Duration) {
        if matches!(self.state, State::Stopped | State::Closed) {
            self.counter = MAX_CONFIGURE;
            self.request(now);
            self.enter(State::RequestSent);
        }
    }

    /// Ends what was negotiated.
    pub(super) fn close(&mut self, now: Duration) {
        match self.state {
            State::Closed | State::Closing => {}
            State::Stopped => self.enter(State::Closed),
            State::Stopping => self.state = State::Closing,
            _ => self.terminate(now, State::Closing),
        }
    }

    /// The other end does not know the protocol.
    pub(super) fn refused(&mut self, now: Duration) {
        match self.state {
            State::Opened => self.terminate(now, State::Stopping),
            State::Closed | State::Closing => self.finish(State::Closed),
            _ => self.finish(State::Stopped),
        }
    }

    /// Does what is due.
    pub(super) fn tick(&mut self, now: Duration) {
        if self.timer.take_if(|due| *due <= now).is_none() {
            return;
        }
        match self.state {
            State::Closing | State::Stopping if self.counter > 0 => self.ask_to_end(now),
            State::Closing => self.finish(State::Closed),
            State::Stopping => self.finish(State::Stopped),
            State::RequestSent | State::AckSent if self.counter > 0 => self.request(now),
            State::AckReceived if self.counter > 0 => {
                self.request(now);
                self.enter(State::RequestSent);
            }
            State::RequestSent | State::AckReceived | State::AckSent => self.finish(State::Stopped),
            State::Closed | State::Stopped | State::Opened => {}
        }
    }

    /// Takes a packet. `false`: its code is none of those that every control protocol has.
    pub(super) fn receive(&mut self, packet: &Packet, now: Duration) -> bool {
        match packet.code {
            packet::CONFIGURE_REQUEST => self.hear_request(packet, now),
            packet::CONFIGURE_ACK | packet::CONFIGURE_NAK | packet::CONFIGURE_REJECT => self.hear_answer(packet, now),
            packet::TERMINATE_REQUEST => self.hear_end(packet, now),
            packet::TERMINATE_ACK => match self.state {
                State::Closing => self.finish(State::Closed),
                State::Stopping => self.finish(State::Stopped),
                State::AckReceived => self.enter(State::RequestSent),
                State::Opened => {
                    self.changes.push(Change::Down);
                    self.counter = MAX_CONFIGURE;
                    self.request(now);
                    self.enter(State::RequestSent);
                }
                _ => {}
            },
            // The codes up to 7 are what every implementation must know.
            packet::CODE_REJECT if packet.data.first().is_some_and(|code| *code <= packet::CODE_REJECT) => {
                self.refused(now);
            }
            packet::CODE_REJECT => {}
            _ => return false,
        }
        true
    }

    /// Says that the code of a packet is not known.
    pub(super) fn reject_code(&mut self, packet: &Packet) {
        let mut rejected = packet.bytes();
        rejected.truncate(super::framing::LARGEST - 4);
        let identifier = self.fresh_identifier();
        self.outward.push(Packet::new(packet::CODE_REJECT, identifier, rejected));
    }

    /// Says something that only this protocol says.
    pub(super) fn say(&mut self, code: u8, identifier: Option<u8>, data: Vec<u8>) {
        let identifier = identifier.unwrap_or_else(|| self.fresh_identifier());
        self.outward.push(Packet::new(code, identifier, data));
    }

    fn hear_request(&mut self, packet: &Packet, now: Duration) {
        let Some(choices) = packet::choices(&packet.data) else { return };
        match self.state {
            State::Closed => return self.acknowledge_end(packet.identifier),
            State::Closing | State::Stopping => return,
            _ => {}
        }
        let verdict = match self.negotiation.judge(&choices) {
            // Negotiation that does not converge is ended by what cannot be argued with.
            Verdict::Suggest(values) if self.failures >= MAX_FAILURE => {
                let kinds: Vec<u8> = values.iter().map(|choice| choice.kind).collect();
                Verdict::Refuse(choices.iter().filter(|choice| kinds.contains(&choice.kind)).cloned().collect())
            }
            other => other,
        };
        if self.state == State::Opened {
            self.changes.push(Change::Down);
        }
        if matches!(self.state, State::Opened | State::Stopped) {
            self.counter = MAX_CONFIGURE;
            self.request(now);
        }
        let agrees = verdict == Verdict::Agree;
        let (code, data) = match verdict {
            Verdict::Agree => (packet::CONFIGURE_ACK, packet.data.clone()),
            Verdict::Suggest(values) => (packet::CONFIGURE_NAK, packet::bytes(&values)),
            Verdict::Refuse(values) => (packet::CONFIGURE_REJECT, packet::bytes(&values)),
        };
        self.failures = match code {
            packet::CONFIGURE_ACK => 0,
            packet::CONFIGURE_NAK => self.failures + 1,
            _ => self.failures,
        };
        self.outward.push(Packet::new(code, packet.identifier, data));
        let next = match (self.state, agrees) {
            (State::AckReceived, true) => State::Opened,
            (State::AckReceived, false) => State::AckReceived,
            (_, true) => State::AckSent,
            (_, false) => State::RequestSent,
        };
        self.enter(next);
    }

    fn hear_answer(&mut self, packet: &Packet, now: Duration) {
        match self.state {
            State::Closed | State::Stopped => return self.acknowledge_end(packet.identifier),
            State::Closing | State::Stopping => return,
            _ => {}
        }
        let asked = self.asked.as_ref().filter(|asked| asked.identifier == packet.identifier);
        let Some(asked) = asked else { return };
        let agrees = packet.code == packet::CONFIGURE_ACK;
        if agrees && asked.data != packet.data {
            return;
        }
        let Some(choices) = packet::choices(&packet.data) else { return };
        match packet.code {
            packet::CONFIGURE_NAK => self.negotiation.suggested(&choices),
            packet::CONFIGURE_REJECT => self.negotiation.refused(&choices),
            _ => self.negotiation.agreed(),
        }
        self.asked = None;
        match self.state {
            State::RequestSent | State::AckSent => {
                self.counter = MAX_CONFIGURE;
                match (self.state, agrees) {
                    (State::RequestSent, true) => self.enter(State::AckReceived),
                    (_, true) => self.enter(State::Opened),
                    (_, false) => self.request(now),
                }
            }
            // Crossed: something went wrong on the way, and all begins anew.
            State::AckReceived | State::Opened => {
                if self.state == State::Opened {
                    self.changes.push(Change::Down);
                }
                self.request(now);
                self.enter(State::RequestSent);
            }
            _ => {}
        }
    }

    fn hear_end(&mut self, packet: &Packet, now: Duration) {
        match self.state {
            State::RequestSent | State::AckReceived | State::AckSent => self.enter(State::RequestSent),
            State::Opened => {
                self.changes.push(Change::Down);
                self.counter = 0;
                self.timer = Some(now + RESTART);
                self.enter(State::Stopping);
            }
            _ => {}
        }
        self.acknowledge_end(packet.identifier);
    }

    fn terminate(&mut self, now: Duration, next: State) {
        if self.state == State::Opened {
            self.changes.push(Change::Down);
        }
        self.counter = MAX_TERMINATE;
        self.ask_to_end(now);
        self.enter(next);
    }

    fn ask_to_end(&mut self, now: Duration) {
        self.counter = self.counter.saturating_sub(1);
        self.timer = Some(now + RESTART);
        self.say(packet::TERMINATE_REQUEST, None, Vec::new());
    }

    fn request(&mut self, now: Duration) {
        self.counter = self.counter.saturating_sub(1);
        self.timer = Some(now + RESTART);
        let identifier = self.fresh_identifier();
        let asked = Packet::new(packet::CONFIGURE_REQUEST, identifier, packet::bytes(&self.negotiation.wanted()));
        self.asked = Some(asked.clone());
        self.outward.push(asked);
    }

    fn acknowledge_end(&mut self, identifier: u8) {
        self.outward.push(Packet::new(packet::TERMINATE_ACK, identifier, Vec::new()));
    }

    fn finish(&mut self, state: State) {
        self.enter(state);
        self.changes.push(Change::Finished);
    }

    fn enter(&mut self, state: State) {
        if state == State::Opened && self.state != State::Opened {
            self.changes.push(Change::Up);
        }
        if matches!(state, State::Opened | State::Closed | State::Stopped) {
            self.timer = None;
        }
        self.state = state;
    }

    fn fresh_identifier(&mut self) -> u8 {
        self.identifier = self.identifier.wrapping_add(1);
        self.identifier
    }
}

#[cfg(test)]
mod tests;
