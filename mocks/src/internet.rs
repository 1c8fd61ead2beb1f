//! What a dialled stick is connected to, in place of the internet: every address answers.
//!
//! The host has 10.64.64.64. The stick's own address, 10.64.64.1, and every other one, such as 192.0.2.1, answers pings
//! and serves TCP: port 7 sends back what comes, port 9 swallows it, port 19 sends a known stream for ever, port 80 has
//! a page, and files of that stream such as `/10M` with their SHA-256 in the header `X-SHA256`. No name is resolved, and
//! nothing here ever reaches a real network. IP and TCP are those of the crate smoltcp. There is no clock in here:
//! whoever drives it says what time it is.

mod cable;
#[cfg(test)]
pub(crate) mod client;
mod page;
mod servers;
mod stream;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

use smoltcp::iface::{Config, Interface, SocketSet};
use smoltcp::time::Instant;
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr, Ipv4Address};

use cable::Cable;
use servers::Servers;

/// The soonest that it is run again by the clock: what is due at once was done.
const SOONEST: Duration = Duration::from_millis(1);
/// How often a run goes round: each round lets what was read be answered, and sends the answer.
const ROUNDS: usize = 8;
const PREFIX: u8 = 24;

/// Everything behind one call.
pub(crate) struct Internet {
    cable: Cable,
    interface: Interface,
    sockets: SocketSet<'static>,
    servers: Servers,
    next: Option<Duration>,
}

impl fmt::Debug for Internet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Internet").field("cable", &self.cable).field("next", &self.next).finish_non_exhaustive()
    }
}

impl Internet {
    /// `own` is the address of the far end; no packet to the host is larger than `unit`.
    pub(crate) fn new(own: [u8; 4], unit: usize, seed: u64, now: Duration) -> Self {
        let mut cable = Cable::new(unit);
        let mut config = Config::new(HardwareAddress::Ip);
        config.random_seed = seed;
        let mut interface = Interface::new(config, &mut cable, instant(now));
        let own = Ipv4Address::from(own);
        interface.update_ip_addrs(|addresses| {
            // Room for one is always there.
            let _ = addresses.push(IpCidr::new(IpAddress::Ipv4(own), PREFIX));
        });
        // Every address is this end's: smoltcp takes for its own what it would route over itself.
        interface.set_any_ip(true);
        // The table is empty.
        let _ = interface.routes_mut().add_default_ipv4_route(own);
        let mut sockets = SocketSet::new(Vec::new());
        let servers = Servers::new(&mut sockets);
        Self { cable, interface, sockets, servers, next: None }
    }

    /// Whether it takes one more packet from the host.
    pub(crate) fn has_room(&self) -> bool {
        self.cable.has_room()
    }

    /// Takes an IP packet from the host. Nothing happens before the next run.
    pub(crate) fn take(&mut self, packet: Vec<u8>) {
        self.cable.push(packet);
    }

    /// Lets everything happen that is due and that there is room for.
    pub(crate) fn run(&mut self, now: Duration) {
        let at = instant(now);
        for _ in 0..ROUNDS {
            self.interface.poll(at, &mut self.cable, &mut self.sockets);
            let served = self.servers.serve(&mut self.sockets);
            let due = self.interface.poll_at(at, &self.sockets).is_some_and(|due| due <= at) || self.cable.is_due();
            if !self.cable.is_open() || (!served && !due) {
                break;
            }
        }
        let next = self.interface.poll_at(at, &self.sockets).map(|next| duration(next).max(now + SOONEST));
        let next = if self.cable.is_due() { Some(now + SOONEST) } else { next };
        // A full cable waits for whoever empties it, not for the clock.
        self.next = next.filter(|_| self.cable.is_open());
    }

    /// When it wants to be run again, if nothing comes before.
    pub(crate) fn next(&self) -> Option<Duration> {
        self.next
    }

    /// The next packet to the host.
    pub(crate) fn packet(&mut self) -> Option<Vec<u8>> {
        self.cable.pop()
    }
}

fn instant(at: Duration) -> Instant {
    Instant::from_micros(i64::try_from(at.as_micros()).unwrap_or(i64::MAX))
}

fn duration(at: Instant) -> Duration {
    Duration::from_micros(u64::try_from(at.total_micros()).unwrap_or(0))
}
