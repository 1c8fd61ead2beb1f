//! A host that has one stick, with a network stack of its own.

use std::time::Duration;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr, Ipv4Address};

use super::super::wire::Wire;
use super::super::{CLIENT, STICK, duration, instant};
use crate::model::{Mode, Model, StickOptions};
use crate::stick::{In, Out, Stick};
use crate::web::WebVariant;

/// The bulk pair of 14dc's network card, and its interrupt endpoint.
pub(super) const OUT: u8 = 0x02;
pub(super) const IN: u8 = 0x82;
pub(super) const INTERRUPT: u8 = 0x83;

pub(super) fn stick(web: WebVariant) -> Stick {
    let model = Model::named("e3372h").expect("a model");
    let options = StickOptions { web, ..StickOptions::default() };
    let mut stick = Stick::new(model, Mode::HiLink, options).expect("a mode of the model");
    stick.plug();
    stick
}

/// A host that has one stick.
pub(super) struct Host {
    pub(super) stick: Stick,
    pub(super) now: Duration,
    wire: Wire,
    interface: Interface,
    pub(super) sockets: SocketSet<'static>,
}

impl Host {
    /// A host that has no address yet.
    pub(super) fn new(web: WebVariant) -> Self {
        let stick = stick(web);
        let mut wire = Wire::default();
        let hardware = HardwareAddress::Ethernet(EthernetAddress(stick.addresses().host()));
        let interface = Interface::new(Config::new(hardware), &mut wire, instant(Duration::ZERO));
        Self { stick, now: Duration::ZERO, wire, interface, sockets: SocketSet::new(Vec::new()) }
    }

    /// A host that has the address which it would be given.
    pub(super) fn with_address(web: WebVariant) -> Self {
        let mut host = Self::new(web);
        let own = IpCidr::new(IpAddress::Ipv4(Ipv4Address::from(CLIENT)), 24);
        host.interface.update_ip_addrs(|addresses| addresses.push(own).expect("room for one"));
        host
    }

    /// Everything that host and stick have to say to each other until `is_so`, within five minutes.
    pub(super) fn until(&mut self, is_so: impl Fn(&mut Self) -> bool) {
        let give_up = self.now + Duration::from_secs(300);
        loop {
            self.interface.poll(instant(self.now), &mut self.wire, &mut self.sockets);
            let frames = std::mem::take(&mut self.wire.outward);
            let quiet = frames.is_empty();
            frames.iter().for_each(|frame| send(&mut self.stick, frame));
            let heard = frames_from(&mut self.stick);
            let quiet = quiet && heard.is_empty();
            self.wire.inward.extend(heard);
            if is_so(self) {
                return;
            }
            assert!(self.now < give_up, "not so within five minutes");
            if quiet {
                self.pass();
            }
        }
    }

    /// To the next moment at which one of both does something.
    fn pass(&mut self) {
        let own = self.interface.poll_at(instant(self.now), &self.sockets).map(duration);
        let next = [own, self.stick.next_change()].into_iter().flatten().min();
        let step = self.now + Duration::from_millis(1);
        self.now = next.unwrap_or(step + Duration::from_secs(1)).max(step);
        self.stick.advance(self.now);
    }

    fn connect(&mut self, local: u16) -> SocketHandle {
        let buffer = || tcp::SocketBuffer::new(vec![0; 8192]);
        let handle = self.sockets.add(tcp::Socket::new(buffer(), buffer()));
        let socket = self.sockets.get_mut::<tcp::Socket>(handle);
        let server = (IpAddress::Ipv4(Ipv4Address::from(STICK)), 80);
        socket.connect(self.interface.context(), server, local).expect("a free socket");
        handle
    }

    /// Sends a request and gives the answer, up to the end of the connection.
    pub(super) fn http(&mut self, local: u16, request: &str) -> String {
        let handle = self.connect(local);
        self.until(|host| host.sockets.get_mut::<tcp::Socket>(handle).can_send());
        let socket = self.sockets.get_mut::<tcp::Socket>(handle);
        assert_eq!(socket.send_slice(request.as_bytes()), Ok(request.len()));
        self.until(|host| {
            let state = host.sockets.get_mut::<tcp::Socket>(handle).state();
            matches!(state, tcp::State::CloseWait | tcp::State::Closed)
        });
        let socket = self.sockets.get_mut::<tcp::Socket>(handle);
        let mut answer = vec![0; socket.recv_queue()];
        if !answer.is_empty() {
            socket.recv_slice(&mut answer).expect("what is there");
        }
        self.sockets.get_mut::<tcp::Socket>(handle).close();
        String::from_utf8(answer).expect("a text")
    }

    /// Session and token.
    pub(super) fn session(&mut self) -> (String, String) {
        let answer = self.http(40_000, "GET /api/webserver/SesTokInfo HTTP/1.1\r\nHost: x\r\n\r\n");
        let field = |name: &str| {
            let (_, rest) = answer.split_once(&format!("<{name}>")).expect("the field");
            rest.split_once('<').expect("its end").0.to_owned()
        };
        (field("SesInfo"), field("TokInfo"))
    }

    pub(super) fn switch(&mut self, kind: u8) -> SocketHandle {
        let (session, token) = self.session();
        let body = format!(
            "<api version=\"1.0\"><header><function>switchMode</function></header>\
             <body><request><switchType>{kind}</switchType></request></body></api>"
        );
        let length = body.len();
        let head = format!("Cookie: {session}\r\n__RequestVerificationToken: {token}\r\nContent-Length: {length}");
        let handle = self.connect(41_000);
        self.until(|host| host.sockets.get_mut::<tcp::Socket>(handle).can_send());
        let request = format!("POST /CGI HTTP/1.1\r\n{head}\r\n\r\n{body}");
        self.sockets.get_mut::<tcp::Socket>(handle).send_slice(request.as_bytes()).expect("room for it");
        handle
    }
}

/// A frame in one transfer, and an empty one behind it where it fills its last packet.
pub(super) fn send(stick: &mut Stick, frame: &[u8]) {
    if stick.descriptors().is_none() {
        return;
    }
    assert_eq!(stick.bulk_out(OUT, frame), Out::Taken(frame.len()));
    if frame.len().is_multiple_of(512) {
        assert_eq!(stick.bulk_out(OUT, &[]), Out::Taken(0));
    }
}

/// Packets, each frame ended by one that is not full.
pub(super) fn packets(stick: &mut Stick) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    while let In::Packet(packet) = stick.bulk_in(IN, 512) {
        packets.push(packet.to_vec());
    }
    packets
}

pub(super) fn frames_from(stick: &mut Stick) -> Vec<Vec<u8>> {
    let (mut frames, mut frame) = (Vec::new(), Vec::new());
    for packet in packets(stick) {
        let ends = packet.len() < 512;
        frame.extend(packet);
        if ends {
            frames.push(std::mem::take(&mut frame));
        }
    }
    assert_eq!(frame, [0; 0], "every frame is ended by a packet that is not full");
    frames
}
