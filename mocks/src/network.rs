//! The network behind a HiLink stick's network card: one host, 192.168.8.1, that gives the guest its address and serves
//! the web page.
//!
//! Ethernet frames go in and come out, one a transfer, as the CDC Ethernet model has it. ARP, ping, UDP and TCP are
//! those of the crate smoltcp; the DHCP server is ours. There is no clock in here: whoever drives it says what time it is.

mod address;
mod assembler;
mod dhcp;
mod doors;
#[cfg(test)]
mod tests;
mod wire;

use std::fmt;
use std::time::Duration;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::udp;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr, Ipv4Address};

pub(crate) use address::CardAddresses;
use assembler::Assembler;
use doors::Doors;
use wire::Wire;

use crate::web::{Api, WebDevice};

/// The stick's own address.
const STICK: [u8; 4] = [192, 168, 8, 1];
/// What the only client gets.
const CLIENT: [u8; 4] = [192, 168, 8, 100];
const PREFIX: u8 = 24;

/// The soonest that it is run again by the clock: what is due at once was done.
const SOONEST: Duration = Duration::from_millis(1);
/// How often a run goes round: each round lets what was read be answered, and sends the answer.
const ROUNDS: usize = 8;

/// The host behind one incarnation's network card.
pub(crate) struct Network {
    assembler: Assembler,
    wire: Wire,
    interface: Interface,
    sockets: SocketSet<'static>,
    dhcp: SocketHandle,
    doors: Doors,
    api: Api,
    next: Option<Duration>,
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").field("api", &self.api).field("next", &self.next).finish_non_exhaustive()
    }
}

impl Network {
    pub(crate) fn new(addresses: CardAddresses, now: Duration) -> Self {
        let mut wire = Wire::default();
        let hardware = HardwareAddress::Ethernet(EthernetAddress(addresses.stick()));
        let mut config = Config::new(hardware);
        // Sequence numbers need not be unpredictable here, but two sticks shall not have the same.
        config.random_seed = u64::from(addresses.number());
        let mut interface = Interface::new(config, &mut wire, instant(now));
        interface.update_ip_addrs(|own| {
            // Room for one is always there.
            let _ = own.push(IpCidr::new(IpAddress::Ipv4(Ipv4Address::from(STICK)), PREFIX));
        });
        let mut sockets = SocketSet::new(Vec::new());
        let dhcp = sockets.add(dhcp::socket());
        let doors = Doors::new(&mut sockets);
        let (assembler, api) = (Assembler::default(), Api::default());
        Self { assembler, wire, interface, sockets, dhcp, doors, api, next: None }
    }

    /// Takes one bulk transfer of the host's. Nothing happens before the next run.
    pub(crate) fn take(&mut self, transfer: &[u8], max_packet: usize) {
        self.wire.inward.extend(self.assembler.push(transfer, max_packet));
    }

    /// Lets everything happen that is due. The device is asked for what the web page shows.
    pub(crate) fn run(&mut self, now: Duration, device: &dyn WebDevice) {
        let at = instant(now);
        for _ in 0..ROUNDS {
            self.interface.poll(at, &mut self.wire, &mut self.sockets);
            dhcp::serve(self.sockets.get_mut::<udp::Socket>(self.dhcp));
            let answered = self.doors.serve(&mut self.sockets, &mut self.api, device);
            let due = self.interface.poll_at(at, &self.sockets).is_some_and(|due| due <= at);
            if !answered && !due {
                break;
            }
        }
        let next = self.interface.poll_at(at, &self.sockets);
        self.next = next.map(|next| duration(next).max(now + SOONEST));
    }

    /// When it wants to be run again, if nothing comes before.
    pub(crate) fn next(&self) -> Option<Duration> {
        self.next
    }

    /// Frames to the host, in order.
    pub(crate) fn frames(&mut self) -> Vec<Vec<u8>> {
        std::mem::take(&mut self.wire.outward)
    }
}

fn instant(at: Duration) -> Instant {
    Instant::from_micros(i64::try_from(at.as_micros()).unwrap_or(i64::MAX))
}

fn duration(at: Instant) -> Duration {
    Duration::from_micros(u64::try_from(at.total_micros()).unwrap_or(0))
}
