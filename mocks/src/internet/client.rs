//! The host's own network stack, for tests: one TCP connection, and pings by hand.

use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};
use smoltcp::wire::{HardwareAddress, IpAddress, IpCidr, Ipv4Address};

use super::cable::Cable;
use super::instant;

const HOST: [u8; 4] = [10, 64, 64, 64];

/// A host that downloads something.
pub(crate) struct Client {
    cable: Cable,
    interface: Interface,
    sockets: SocketSet<'static>,
    handle: SocketHandle,
    /// What it has yet to say.
    pub(crate) to_say: Vec<u8>,
    /// What it was told.
    pub(crate) heard: Vec<u8>,
    /// It stops to take anything after so many bytes.
    pub(crate) enough: usize,
    /// It closes its side once it has said everything.
    pub(crate) hangs_up: bool,
}

impl Client {
    pub(crate) fn connecting(to: [u8; 4], port: u16, says: &[u8]) -> Self {
        let mut cable = Cable::new(1500);
        let mut interface = Interface::new(Config::new(HardwareAddress::Ip), &mut cable, instant(Duration::ZERO));
        let host = Ipv4Address::from(HOST);
        interface.update_ip_addrs(|own| own.push(IpCidr::new(IpAddress::Ipv4(host), 32)).expect("room for one"));
        interface.routes_mut().add_default_ipv4_route(host).expect("room for one");
        let buffer = || SocketBuffer::new(vec![0; 65_536]);
        let mut socket = Socket::new(buffer(), buffer());
        let to = (IpAddress::Ipv4(Ipv4Address::from(to)), port);
        // No two connections of a host have the same port.
        static PORT: AtomicU16 = AtomicU16::new(49_152);
        let port = PORT.fetch_add(1, Ordering::Relaxed);
        socket.connect(interface.context(), to, port).expect("a socket that is not yet open");
        let mut sockets = SocketSet::new(Vec::new());
        let handle = sockets.add(socket);
        let (to_say, heard) = (says.to_vec(), Vec::new());
        Self { cable, interface, sockets, handle, to_say, heard, enough: usize::MAX, hangs_up: false }
    }

    /// Takes a packet, unless it has too many already.
    pub(crate) fn hear(&mut self, packet: Vec<u8>) {
        if self.cable.has_room() {
            self.cable.push(packet);
        }
    }

    /// Does what is due; gives the packets that it sends.
    pub(crate) fn run(&mut self, now: Duration) -> Vec<Vec<u8>> {
        self.interface.poll(instant(now), &mut self.cable, &mut self.sockets);
        let socket = self.sockets.get_mut::<Socket>(self.handle);
        while socket.can_recv() && self.heard.len() < self.enough {
            let heard = &mut self.heard;
            socket.recv(|bytes| (bytes.len(), heard.extend_from_slice(bytes))).expect("something to receive");
        }
        if socket.can_send() {
            let said = socket.send_slice(&self.to_say).expect("room");
            self.to_say.drain(..said);
        }
        if self.hangs_up && self.to_say.is_empty() && socket.may_send() {
            socket.close();
        }
        self.interface.poll(instant(now), &mut self.cable, &mut self.sockets);
        std::iter::from_fn(|| self.cable.pop()).collect()
    }

    /// Whether the other side has said everything.
    pub(crate) fn is_told_everything(&self) -> bool {
        let socket = self.sockets.get::<Socket>(self.handle);
        let open = [State::SynSent, State::Established, State::FinWait1, State::FinWait2].contains(&socket.state());
        !open && !socket.can_recv()
    }
}

fn checksum(bytes: &[u8]) -> [u8; 2] {
    let sum: u32 = bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0))).sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    (!((folded & 0xffff) + (folded >> 16)) as u16).to_be_bytes()
}

/// An echo request (RFC 792) from the host.
pub(crate) fn ping(to: [u8; 4], number: u16) -> Vec<u8> {
    let mut message = vec![8, 0, 0, 0, 0, 7];
    message.extend(number.to_be_bytes());
    message.extend(b"abcdefgh");
    let sum = checksum(&message);
    message[2..4].copy_from_slice(&sum);
    let mut packet = vec![0x45, 0, 0, 36, 0, 0, 0x40, 0, 64, 1, 0, 0];
    packet.extend(HOST);
    packet.extend(to);
    let sum = checksum(&packet);
    packet[10..12].copy_from_slice(&sum);
    [packet, message].concat()
}

/// Whether that is the answer to that ping.
pub(crate) fn is_answer(packet: &[u8], from: [u8; 4], number: u16) -> bool {
    packet.len() == 36
        && (packet[9], packet[20]) == (1, 0)
        && packet[12..16] == from
        && packet[26..28] == number.to_be_bytes()
        && packet[28..] == *b"abcdefgh"
}
