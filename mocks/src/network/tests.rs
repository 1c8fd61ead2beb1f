//! The network behind the card, seen from a host with a network stack of its own.

mod host;

use std::time::Duration;

use smoltcp::iface::SocketHandle;
use smoltcp::phy::ChecksumCapabilities;
use smoltcp::socket::{dhcpv4, icmp, tcp};
use smoltcp::wire::{
    ArpOperation, ArpRepr, EthernetAddress, EthernetFrame, EthernetProtocol, EthernetRepr, Icmpv4Packet, Icmpv4Repr,
    IpAddress, Ipv4Address, Ipv4Cidr,
};

use super::{CLIENT, STICK};
use crate::model::{Mode, Model, StickOptions};
use crate::stick::{In, Out, Setup, Stick};
use crate::transcript::Event;
use crate::web::{WebOrder, WebVariant};
use host::{Host, IN, INTERRUPT, OUT, frames_from, packets, send, stick};

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

/// RFC 1071.
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let sum: u32 = words.sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    !((folded & 0xffff) + (folded >> 16)) as u16
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
fn pings_of_every_length_around_a_packet_are_answered() {
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
fn a_frame_of_exactly_512_bytes_comes_as_a_full_packet_and_an_empty_one() {
    let mut stick = stick(WebVariant::OfModel);
    let mut request = arp_request(&stick);
    send(&mut stick, &request);
    assert_eq!(frames_from(&mut stick).len(), 1, "the stick knows the host from here on");
    // An echo request: a fixed header, its check sums, and nothing but zeros behind it.
    request.splice(12.., [0x08, 0x00]);
    request[..6].copy_from_slice(&stick.addresses().stick());
    let mut header = [0x45, 0, 0x01, 0xf2, 0, 0, 0, 0, 64, 1, 0, 0, 192, 168, 8, 100, 192, 168, 8, 1];
    let sum = checksum(&header);
    header[10..12].copy_from_slice(&sum.to_be_bytes());
    request.extend(header);
    request.extend([8, 0, 0xf7, 0xff]);
    request.resize(512, 0);
    send(&mut stick, &request);
    let lengths: Vec<usize> = packets(&mut stick).iter().map(Vec::len).collect();
    assert_eq!(lengths, [512, 0]);
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
