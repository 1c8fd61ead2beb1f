//! The far end of a dial-up call: PPP (RFC 1661) up to the point where IP packets flow.
//!
//! It waits for the host to speak first, as what is sent before a host has changed to PPP is lost, and begins by itself
//! after two seconds. There is no clock in here: whoever drives it says what time it is.
//!
//! | module | what it is |
//! |---|---|
//! | `framing` | flags, escapes and check sequences around a packet |
//! | `packet` | codes, identifiers and configuration options |
//! | `automaton` | the negotiation, the same for every control protocol |
//! | `negotiation` | what it asks each of them |
//! | `link` | what LCP negotiates |
//! | `address` | what IPCP negotiates |
//! | `authentication` | PAP |

mod address;
mod authentication;
mod automaton;
#[cfg(test)]
pub(crate) mod client;
mod framing;
mod link;
mod negotiation;
mod packet;
#[cfg(test)]
mod tests;

use std::time::Duration;

pub(crate) use address::STICK;

use address::Addresses;
use automaton::Automaton;
use framing::{Frame, Framing, LARGEST, Receiver};
use link::{Link, unit_to};
use negotiation::Change;
use packet::Packet;

const IP: u16 = 0x0021;
const IPCP: u16 = 0x8021;
const LCP: u16 = 0xc021;
const PAP: u16 = 0xc023;

/// How long the host may take to speak first.
const SILENT: Duration = Duration::from_secs(2);
/// How long the carrier stays once the host has ended the link: it shall find the acknowledgement, not a dead line.
const FAREWELL: Duration = Duration::from_millis(500);

/// The far end of one call.
#[derive(Debug)]
pub(crate) struct Peer {
    receiver: Receiver,
    link: Automaton<Link>,
    /// There once the link is up and the host has said who it is, if it was asked to.
    addresses: Option<Automaton<Addresses>>,
    /// When it speaks first.
    begins: Option<Duration>,
    /// When the call is over because the host has ended the link.
    ends: Option<Duration>,
    over: bool,
    /// Bytes to the host.
    outward: Vec<u8>,
}

impl Peer {
    /// `magic` tells this end from others. With `wants_login` the host is asked for a name and a password.
    pub(crate) fn new(magic: u32, wants_login: bool, now: Duration) -> Self {
        Self {
            receiver: Receiver::new(),
            link: Automaton::stopped(Link::new(magic, wants_login)),
            addresses: None,
            begins: Some(now + SILENT),
            ends: None,
            over: false,
            outward: Vec::new(),
        }
    }

    /// Takes one byte of the host's; gives the IP packet that it completes, if IP packets may flow.
    pub(crate) fn take(&mut self, byte: u8, now: Duration) -> Option<Vec<u8>> {
        let Frame { protocol, information } = self.receiver.push(byte)?;
        match protocol {
            LCP => self.hear_link(&information, now),
            // Until the link is up nothing else may come, and what comes is dropped without a word.
            _ if !self.link.is_open() => {}
            PAP => self.hear_login(&information, now),
            IPCP if self.addresses.is_some() => self.hear_addresses(&information, now),
            IP if self.is_up() => return Some(information),
            // The host is early: it has yet to say who it is, or to get its address.
            IP | IPCP => {}
            _ => self.refuse_protocol(protocol, &information),
        }
        self.settle(now);
        None
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self, now: Duration) {
        if self.begins.take_if(|due| *due <= now).is_some() {
            self.link.open(now);
        }
        self.over |= self.ends.take_if(|due| *due <= now).is_some();
        self.link.tick(now);
        if let Some(addresses) = &mut self.addresses {
            addresses.tick(now);
        }
        self.settle(now);
    }

    /// When something is due.
    pub(crate) fn next(&self) -> Option<Duration> {
        let addresses = self.addresses.as_ref().and_then(Automaton::next);
        [self.begins, self.ends, self.link.next(), addresses].into_iter().flatten().min()
    }

    /// Ends the call from this side. It is over once the host has acknowledged it, or did not in time.
    pub(crate) fn close(&mut self, now: Duration) {
        self.begins = None;
        self.link.close(now);
        self.over |= self.link.state() == automaton::State::Closed;
        self.settle(now);
    }

    /// Whether IP packets flow.
    pub(crate) fn is_up(&self) -> bool {
        self.link.is_open() && self.addresses.as_ref().is_some_and(Automaton::is_open)
    }

    /// Whether the link was ended, by either side.
    pub(crate) fn is_over(&self) -> bool {
        self.over
    }

    /// The largest IP packet that the host takes.
    pub(crate) fn unit(&self) -> usize {
        unit_to(self.link.negotiation.host_unit)
    }

    /// Sends an IP packet to the host.
    pub(crate) fn send(&mut self, ip: &[u8]) {
        if self.is_up() {
            self.link.negotiation.framing.write(IP, ip, &mut self.outward);
        }
    }

    /// Bytes to the host, in order.
    pub(crate) fn output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.outward)
    }

    fn hear_link(&mut self, information: &[u8], now: Duration) {
        self.begins = None;
        let Some(packet) = Packet::parse(information) else { return };
        // Whoever ends the link is about to leave; its modem hangs up.
        if packet.code == packet::TERMINATE_REQUEST {
            self.ends.get_or_insert(now + FAREWELL);
        }
        if self.link.receive(&packet, now) {
            return;
        }
        let magic = self.link.negotiation.magic().to_be_bytes();
        match packet.code {
            packet::PROTOCOL_REJECT => match packet.data.first_chunk::<2>().map(|bytes| u16::from_be_bytes(*bytes)) {
                Some(LCP) => self.link.refused(now),
                Some(IPCP) => {
                    if let Some(addresses) = &mut self.addresses {
                        addresses.refused(now);
                    }
                }
                _ => {}
            },
            packet::ECHO_REQUEST if self.link.is_open() => {
                if let Some((_, data)) = packet.data.split_first_chunk::<4>() {
                    self.link.say(packet::ECHO_REPLY, Some(packet.identifier), [&magic, data].concat());
                }
            }
            packet::ECHO_REQUEST | packet::ECHO_REPLY | packet::DISCARD_REQUEST => {}
            _ => self.link.reject_code(&packet),
        }
    }

    fn hear_addresses(&mut self, information: &[u8], now: Duration) {
        if let (Some(packet), Some(addresses)) = (Packet::parse(information), &mut self.addresses)
            && !addresses.receive(&packet, now)
        {
            addresses.reject_code(&packet);
        }
    }

    fn hear_login(&mut self, information: &[u8], now: Duration) {
        if let Some(answer) = authentication::answer(information) {
            self.write(PAP, &answer);
            self.begin_addresses(now);
        }
    }

    /// RFC 1661, section 5.7: the protocol that was refused, and as much of the packet as fits.
    fn refuse_protocol(&mut self, protocol: u16, information: &[u8]) {
        let mut data = [&protocol.to_be_bytes()[..], information].concat();
        data.truncate(self.unit().min(LARGEST) - 4);
        self.link.say(packet::PROTOCOL_REJECT, None, data);
    }

    fn begin_addresses(&mut self, now: Duration) {
        if self.addresses.is_none() {
            let mut addresses = Automaton::stopped(Addresses::default());
            addresses.open(now);
            self.addresses = Some(addresses);
        }
    }

    /// Sends what the protocols have to say, and lets each change of the link have its consequences.
    fn settle(&mut self, now: Duration) {
        let ended = self.addresses.as_mut().map(Automaton::changes).unwrap_or_default();
        if ended.contains(&Change::Finished) {
            // A link without IP is of no use.
            self.link.close(now);
        }
        for packet in self.link.packets() {
            self.write(LCP, &packet);
        }
        for change in self.link.changes() {
            match change {
                Change::Up => {
                    self.receiver.control_characters = self.link.negotiation.noise;
                    if !self.link.negotiation.login_agreed {
                        self.begin_addresses(now);
                    }
                }
                Change::Down => {
                    self.receiver.control_characters = framing::EVERY_CONTROL_CHARACTER;
                    self.addresses = None;
                }
                Change::Finished => self.over = true,
            }
        }
        let said = self.addresses.as_mut().map(Automaton::packets).unwrap_or_default();
        for packet in said {
            self.write(IPCP, &packet);
        }
    }

    fn write(&mut self, protocol: u16, packet: &Packet) {
        let framing = if protocol == LCP { Framing::PLAIN } else { self.link.negotiation.framing };
        framing.write(protocol, &packet.bytes(), &mut self.outward);
    }
}
