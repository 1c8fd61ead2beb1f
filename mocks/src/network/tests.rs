//! The network behind the card, seen from a host with a network stack of its own.

use std::time::Duration;

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::socket::{dhcpv4, icmp, tcp};
use smoltcp::wire::{
    ArpOperation, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr, HardwareAddress,
    Icmpv4Packet, Icmpv4Repr, IpAddress, IpCidr, Ipv4Address, Ipv4Cidr,
};

use super::wire::Wire;
use super::{CLIENT, STICK, duration, instant};
use crate::model::{Mode, Model, StickOptions};
use crate::stick::{In, Out, Setup, Stick};
use crate::transcript::Event;
use crate::web::{WebOrder, WebVariant};

/// The bulk pair of 14dc's network card, and its interrupt endpoint.
const OUT: u8 = 0x02;
const IN: u8 = 0x82;
const INTERRUPT: u8 = 0x83;

fn stick(web: WebVariant) -> Stick {
    let model = Model::named("e3372h").expect("a model");
    let options = StickOptions { web, ..StickOptions::default() };
    let mut stick = Stick::new(model, Mode::HiLink, options).expect("a mode of the model");
    stick.plug();
    stick
}

/// A host that has one stick.
struct Host {
    stick: Stick,
    now: Duration,
    wire: Wire,
    interface: Interface,
    sockets: SocketSet<'static>,
}

impl Host {
    /// A host that has no address yet.
    fn new(web: WebVariant) -> Self {
        let stick = stick(web);
        let mut wire = Wire::default();
        let hardware = HardwareAddress::Ethernet(EthernetAddress(stick.addresses().host()));
        let interface = Interface::new(Config::new(hardware), &mut wire, instant(Duration::ZERO));
        Self { stick, now: Duration::ZERO, wire, interface, sockets: SocketSet::new(Vec::new()) }
    }

    /// A host that has the address which it would be given.
    fn with_address(web: WebVariant) -> Self {
        let mut host = Self::new(web);
        let own = IpCidr::new(IpAddress::Ipv4(Ipv4Address::from(CLIENT)), 24);
        host.interface.update_ip_addrs(|addresses| addresses.push(own).expect("room for one"));
        host
    }

    /// Everything that host and stick have to say to each other until `is_so`, within five minutes.
    fn until(&mut self, is_so: impl Fn(&mut Self) -> bool) {
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
    fn http(&mut self, local: u16, request: &str) -> String {
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
    fn session(&mut self) -> (String, String) {
        let answer = self.http(40_000, "GET /api/webserver/SesTokInfo HTTP/1.1\r\nHost: x\r\n\r\n");
        let field = |name: &str| {
            let (_, rest) = answer.split_once(&format!("<{name}>")).expect("the field");
            rest.split_once('<').expect("its end").0.to_owned()
        };
        (field("SesInfo"), field("TokInfo"))
    }

    fn switch(&mut self, kind: u8) -> SocketHandle {
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
fn send(stick: &mut Stick, frame: &[u8]) {
    if stick.descriptors().is_none() {
        return;
    }
    assert_eq!(stick.bulk_out(OUT, frame), Out::Taken(frame.len()));
    if frame.len().is_multiple_of(512) {
        assert_eq!(stick.bulk_out(OUT, &[]), Out::Taken(0));
    }
}

/// Packets, each frame ended by one that is not full.
fn packets(stick: &mut Stick) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    while let In::Packet(packet) = stick.bulk_in(IN, 512) {
        packets.push(packet.to_vec());
    }
    packets
}

fn frames_from(stick: &mut Stick) -> Vec<Vec<u8>> {
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

fn arp_request(stick: &Stick) -> Vec<u8> {
    let host = EthernetAddress(stick.addresses().host());
    let arp = ArpRepr::EthernetIpv4 {
        operation: ArpOperation::Request,
        source_hardware_addr: host,
        source_protocol_addr: Ipv4Address::from(CLIENT),
        target_hardware_addr: EthernetAddress([0; 6]),
        target_protocol_addr: Ipv4Address::from(STICK),
    };
    let ethernet =
        EthernetRepr { src_addr: host, dst_addr: EthernetAddress::BROADCAST, ethertype: EthernetProtocol::Arp };
    let mut frame = vec![0; 14 + arp.buffer_len()];
    ethernet.emit(&mut EthernetFrame::new_unchecked(&mut frame));
    arp.emit(&mut smoltcp::wire::ArpPacket::new_unchecked(&mut frame[14..]));
    frame
}

/// An echo request whose frame has this length, after the host's address is known.
fn ping(host: &mut Host, length: usize) -> SocketHandle {
    let buffer = || icmp::PacketBuffer::new(vec![icmp::PacketMetadata::EMPTY; 4], vec![0; 4096]);
    let handle = host.sockets.add(icmp::Socket::new(buffer(), buffer()));
    let socket = host.sockets.get_mut::<icmp::Socket>(handle);
    socket.bind(icmp::Endpoint::Ident(7)).expect("a free socket");
    let data = vec![0xa5; length - 14 - 20 - 8];
    let echo = Icmpv4Repr::EchoRequest { ident: 7, seq_no: 1, data: &data };
    let to = IpAddress::Ipv4(Ipv4Address::from(STICK));
    let payload = socket.send(echo.buffer_len(), to).expect("room for it");
    echo.emit(&mut Icmpv4Packet::new_unchecked(payload), &ChecksumCapabilities::default());
    handle
}

#[test]
fn arp_names_the_sticks_own_hardware_address() {
    let mut stick = stick(WebVariant::OfModel);
    let request = arp_request(&stick);
    send(&mut stick, &request);
    let [reply] = <[Vec<u8>; 1]>::try_from(frames_from(&mut stick)).expect("one reply");
    assert_eq!(&reply[..6], stick.addresses().host());
    assert_eq!((&reply[22..28], &reply[28..32]), (&stick.addresses().stick()[..], &STICK[..]));
}

#[test]
fn a_dhcp_client_gets_address_router_and_dns() {
    let mut host = Host::new(WebVariant::OfModel);
    let handle = host.sockets.add(dhcpv4::Socket::new());
    host.until(|host| {
        let event = host.sockets.get_mut::<dhcpv4::Socket>(handle).poll();
        let Some(dhcpv4::Event::Configured(given)) = event else { return false };
        assert_eq!(given.address, Ipv4Cidr::new(Ipv4Address::from(CLIENT), 24));
        assert_eq!(given.router, Some(Ipv4Address::from(STICK)));
        assert_eq!(given.dns_servers.as_slice(), [Ipv4Address::from(STICK)]);
        true
    });
    assert!(host.now < Duration::from_secs(10), "it took {:?}", host.now);
}

#[test]
fn pings_are_answered_and_a_frame_that_fills_its_packet_is_ended_by_an_empty_one() {
    for length in [60, 511, 512, 513, 1024, 1514] {
        let mut host = Host::with_address(WebVariant::OfModel);
        let handle = ping(&mut host, length);
        host.until(|host| host.sockets.get_mut::<icmp::Socket>(handle).can_recv());
        let socket = host.sockets.get_mut::<icmp::Socket>(handle);
        let (payload, from) = socket.recv().expect("an answer");
        let answer = Icmpv4Repr::parse(&Icmpv4Packet::new_unchecked(payload), &ChecksumCapabilities::default());
        assert_eq!(from, IpAddress::Ipv4(Ipv4Address::from(STICK)));
        assert!(matches!(answer, Ok(Icmpv4Repr::EchoReply { data, .. }) if data.len() == length - 42), "{answer:?}");
    }
}

#[test]
fn the_web_page_is_served_over_tcp_at_port_80() {
    let mut host = Host::with_address(WebVariant::OfModel);
    let (session, _) = host.session();
    let request = format!("GET /api/device/information HTTP/1.1\r\nHost: x\r\nCookie: {session}\r\n\r\n");
    let answer = host.http(40_001, &request);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    for field in ["<HardwareVersion>CL2E3372HM<", "<SoftwareVersion>22.200.15.00.00<"] {
        assert!(answer.contains(field), "{field} is missing\n{answer}");
    }
}

#[test]
fn a_hundred_requests_in_a_row_find_an_open_door_each() {
    let mut host = Host::with_address(WebVariant::OfModel);
    for port in 0..100 {
        let answer = host.http(50_000 + port, "GET / HTTP/1.1\r\n\r\n");
        assert!(answer.contains("<title>"), "request {port}: {answer}");
    }
    assert!(host.now < Duration::from_secs(60), "no door had to be waited for, but it took {:?}", host.now);
}

#[test]
fn what_is_no_request_is_answered_so() {
    let mut host = Host::with_address(WebVariant::OfModel);
    assert!(host.http(40_000, "nonsense\r\n\r\n").starts_with("HTTP/1.1 400 "));
}

#[test]
fn frames_that_nobody_fetches_are_dropped_and_the_card_goes_on() {
    let mut stick = stick(WebVariant::OfModel);
    let request = arp_request(&stick);
    for _ in 0..1000 {
        send(&mut stick, &request);
    }
    let kept = frames_from(&mut stick).len();
    assert!((1..1000).contains(&kept), "{kept} frames were kept");
    send(&mut stick, &request);
    assert_eq!(frames_from(&mut stick).len(), 1);
}

#[test]
fn the_link_is_announced_once_and_again_after_a_configuration() {
    let mut stick = stick(WebVariant::OfModel);
    let up = In::Packet(vec![0xa1, 0, 1, 0, 0, 0, 0, 0].into());
    assert_eq!((stick.interrupt_in(INTERRUPT), stick.interrupt_in(INTERRUPT)), (up.clone(), In::NotNow));
    let select = |value| Setup { request_type: 0, request: 9, value, index: 0, length: 0 };
    stick.control(select(0), &[]);
    assert_eq!(stick.interrupt_in(INTERRUPT), In::Packet(vec![0xa1, 0, 0, 0, 0, 0, 0, 0].into()));
    assert_eq!(stick.bulk_out(OUT, &[0; 60]), Out::Stall, "nothing flows without a configuration");
    stick.control(select(1), &[]);
    assert_eq!((stick.interrupt_in(INTERRUPT), stick.interrupt_in(INTERRUPT)), (up, In::NotNow));
    assert_eq!(stick.interrupt_in(IN), In::Stall, "that is no interrupt endpoint");
}

#[test]
fn frames_flow_only_in_the_setting_that_has_the_endpoints() {
    let model = Model::named("e3372h").expect("a model");
    let mut stick = Stick::new(model, Mode::Stick, StickOptions::default()).expect("a mode of the model");
    stick.plug();
    assert_eq!((stick.bulk_out(0x03, &[0; 60]), stick.bulk_in(0x84, 512)), (Out::Stall, In::Stall));
    stick.control(Setup { request_type: 1, request: 11, value: 1, index: 2, length: 0 }, &[]);
    assert_eq!((stick.bulk_out(0x03, &[0; 60]), stick.bulk_in(0x84, 512)), (Out::Taken(60), In::NotNow));
}

#[test]
fn a_switch_by_the_web_page_is_answered_and_leads_to_1566_or_to_1442() {
    for (kind, order, id) in [(1, WebOrder::Debug, 0x1566), (0, WebOrder::Project, 0x1442)] {
        let mut host = Host::with_address(WebVariant::Cgi);
        let handle = host.switch(kind);
        host.until(|host| host.sockets.get_mut::<tcp::Socket>(handle).can_recv());
        assert_eq!(host.stick.mode(), Some(Mode::HiLink), "it answers before it leaves");
        host.until(|host| host.stick.descriptors().is_none());
        host.until(|host| host.stick.descriptors().is_some());
        assert_eq!(host.stick.descriptors().map(|facts| facts.product_id), Some(id));
        let at = |wanted: &Event| {
            let found = host.stick.transcript().iter().find(|(_, event)| event == wanted);
            found.expect("it happened").0
        };
        assert_eq!(at(&Event::Left) - at(&Event::Web { order }), Duration::from_millis(500));
    }
}

#[test]
fn a_silent_stick_is_gone_before_it_answers() {
    let mut host = Host::with_address(WebVariant::Silent);
    let handle = host.switch(1);
    host.until(|host| host.stick.descriptors().is_none());
    assert!(!host.sockets.get_mut::<tcp::Socket>(handle).can_recv());
    host.until(|host| host.stick.descriptors().is_some_and(|facts| facts.product_id == 0x1566));
}
