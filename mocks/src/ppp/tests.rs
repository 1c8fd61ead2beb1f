//! The far end of a call, by what goes over the wire.

use super::client::{Host, frame, packet};
use super::*;

const NOW: Duration = Duration::ZERO;
const MAGIC: u32 = 0xdead_beef;

fn hear(peer: &mut Peer, bytes: &[u8]) -> Vec<Vec<u8>> {
    bytes.iter().filter_map(|byte| peer.take(*byte, NOW)).collect()
}

/// What it says, as protocols and packets.
fn said(peer: &mut Peer) -> Vec<(u16, Vec<u8>)> {
    let mut receiver = Receiver::new();
    receiver.control_characters = 0;
    let frames = peer.output().into_iter().filter_map(|byte| receiver.push(byte)).collect::<Vec<_>>();
    frames.into_iter().map(|frame| (frame.protocol, frame.information)).collect()
}

/// Both ends talk until neither has anything more to say.
fn talk(peer: &mut Peer, host: &mut Host) {
    loop {
        hear(peer, &std::mem::take(&mut host.said));
        let answer = peer.output();
        if answer.is_empty() && host.said.is_empty() {
            return;
        }
        host.hear(&answer);
    }
}

fn connected(wants_login: bool) -> (Peer, Host) {
    let (mut peer, mut host) = (Peer::new(MAGIC, wants_login, NOW), Host::dialling());
    talk(&mut peer, &mut host);
    assert!(peer.is_up() && host.is_up(), "{host:?}");
    host.control.clear();
    (peer, host)
}

/// The bytes that pppd 2.4.9 is known to send, with asynchronous map, magic number, and both compressions, and those
/// that it gets: all control characters escaped.
#[test]
fn the_first_words_of_pppd_are_answered_byte_by_byte() {
    let mut peer = Peer::new(MAGIC, false, NOW);
    let request = frame(LCP, &[1, 1, 0, 20, 2, 6, 0, 0, 0, 0, 5, 6, 0x21, 0x43, 0x65, 0x87, 7, 2, 8, 2]);
    let written = b"\x7e\xff\x7d\x23\xc0\x21\x7d\x21\x7d\x21\x7d\x20\x7d\x34\x7d\x22\x7d\x26\x7d\x20\x7d\x20\x7d\x20\
\x7d\x20\x7d\x25\x7d\x26\x21\x43\x65\x87\x7d\x27\x7d\x22\x7d\x28\x7d\x22";
    assert_eq!(&request[..written.len()], written);
    hear(&mut peer, &request);
    let own = [1, 1, 0, 20, 2, 6, 0, 0, 0, 0, 5, 6, 0xde, 0xad, 0xbe, 0xef, 7, 2, 8, 2];
    let agreed = [2, 1, 0, 20, 2, 6, 0, 0, 0, 0, 5, 6, 0x21, 0x43, 0x65, 0x87, 7, 2, 8, 2];
    assert_eq!(peer.output(), [frame(LCP, &own), frame(LCP, &agreed)].concat());
    hear(&mut peer, &frame(LCP, &[&[2], &own[1..]].concat()));
    // The link is up: the address goes out in the short form that pppd agreed to.
    let ipcp = peer.output();
    assert_eq!(&ipcp[..13], [0x7e, 0x80, 0x21, 1, 1, 0, 10, 3, 6, 10, 64, 64, 1]);
    // pppd asks for an address and for compressed headers, and learns that there are none; then for name servers.
    hear(&mut peer, &frame(IPCP, &[1, 1, 0, 16, 3, 6, 0, 0, 0, 0, 2, 6, 0, 0x2d, 0x0f, 1]));
    assert_eq!(said(&mut peer), [(IPCP, vec![4, 1, 0, 10, 2, 6, 0, 0x2d, 0x0f, 1])]);
    hear(&mut peer, &frame(IPCP, &[1, 2, 0, 22, 3, 6, 0, 0, 0, 0, 129, 6, 0, 0, 0, 0, 131, 6, 0, 0, 0, 0]));
    let right = [3, 6, 10, 64, 64, 64, 129, 6, 10, 64, 64, 2, 131, 6, 10, 64, 64, 3];
    assert_eq!(said(&mut peer), [(IPCP, [&[3, 2, 0, 22][..], &right].concat())]);
    hear(&mut peer, &frame(IPCP, &[&[1, 3, 0, 22][..], &right].concat()));
    assert_eq!(said(&mut peer), [(IPCP, [&[2, 3, 0, 22][..], &right].concat())]);
    hear(&mut peer, &frame(IPCP, &[2, 1, 0, 10, 3, 6, 10, 64, 64, 1]));
    assert!(peer.is_up());
    assert_eq!(hear(&mut peer, &frame(IP, b"E packet")), [b"E packet"]);
}

#[test]
fn a_host_gets_its_address_and_its_name_servers() {
    let (_, host) = connected(false);
    assert_eq!(host.address, [10, 64, 64, 64]);
    assert_eq!(host.name_servers, [[10, 64, 64, 2], [10, 64, 64, 3]]);
}

#[test]
fn it_speaks_first_only_after_two_seconds_and_repeats_itself_every_three() {
    let mut peer = Peer::new(MAGIC, false, NOW);
    assert_eq!(peer.next(), Some(SILENT));
    peer.tick(SILENT - Duration::from_millis(1));
    assert_eq!(said(&mut peer), []);
    for (identifier, at) in [(1, 2), (2, 5), (3, 8)] {
        peer.tick(Duration::from_secs(at));
        let requests = said(&mut peer);
        assert_eq!((requests.len(), requests[0].0, requests[0].1[..2].to_vec()), (1, LCP, vec![1, identifier]));
    }
    let mut at = Duration::from_secs(8);
    while let Some(due) = peer.next() {
        at = due;
        peer.tick(due);
    }
    assert!(peer.is_over(), "nobody is there");
    assert_eq!(at, Duration::from_secs(2 + 10 * 3));
}

#[test]
fn a_host_that_is_asked_for_a_name_gets_no_address_before_it_gave_one() {
    let mut peer = Peer::new(MAGIC, true, NOW);
    let own = [2, 6, 0, 0, 0, 0, 3, 4, 0xc0, 0x23, 5, 6, 0xde, 0xad, 0xbe, 0xef, 7, 2, 8, 2];
    hear(&mut peer, &frame(LCP, &packet(1, 1, &[])));
    assert_eq!(said(&mut peer)[0], (LCP, packet(1, 1, &own)));
    hear(&mut peer, &frame(LCP, &packet(2, 1, &own)));
    hear(&mut peer, &frame(IPCP, &packet(1, 1, &[3, 6, 0, 0, 0, 0])));
    assert_eq!(said(&mut peer), [], "too early");
    hear(&mut peer, &frame(PAP, &packet(1, 9, &[1, b'x', 0])));
    assert_eq!(said(&mut peer), [(PAP, vec![2, 9, 0, 5, 0]), (IPCP, packet(1, 1, &[3, 6, 10, 64, 64, 1]))]);
    connected(true);
}

#[test]
fn a_host_that_would_rather_not_say_who_it_is_need_not() {
    for answer in [packet(4, 1, &[3, 4, 0xc0, 0x23]), packet(3, 1, &[3, 5, 0xc2, 0x23, 5])] {
        let mut peer = Peer::new(MAGIC, true, NOW);
        hear(&mut peer, &frame(LCP, &packet(1, 1, &[])));
        hear(&mut peer, &frame(LCP, &answer));
        let asked = said(&mut peer).pop().expect("another request").1;
        assert!(!asked.windows(2).any(|bytes| bytes == [0xc0, 0x23]), "{asked:02x?}");
        hear(&mut peer, &frame(LCP, &[&[2], &asked[1..]].concat()));
        assert_eq!(said(&mut peer)[0].0, IPCP);
    }
}

#[test]
fn options_that_a_modem_does_not_have_are_refused() {
    let mut peer = Peer::new(MAGIC, false, NOW);
    // CHAP, quality, callback, multilink endpoint.
    let options = [3, 5, 0xc2, 0x23, 5, 4, 4, 0xc0, 0x25, 13, 3, 6, 19, 3, 0];
    hear(&mut peer, &frame(LCP, &packet(1, 7, &[&options[..], &[7, 2]].concat())));
    assert_eq!(said(&mut peer)[1], (LCP, packet(4, 7, &options)));
}

#[test]
fn the_same_magic_number_none_and_a_tiny_unit_are_answered_by_better_ones() {
    for options in [[5, 6, 0xde, 0xad, 0xbe, 0xef], [5, 6, 0, 0, 0, 0]] {
        let mut peer = Peer::new(MAGIC, false, NOW);
        hear(&mut peer, &frame(LCP, &packet(1, 1, &options)));
        let (_, nak) = said(&mut peer).pop().expect("an answer");
        assert_eq!((nak[0], nak.len()), (3, 10));
        assert!(nak[6..] != options[2..] && nak[6..] != [0; 4], "{nak:02x?}");
    }
    let mut peer = Peer::new(MAGIC, false, NOW);
    hear(&mut peer, &frame(LCP, &packet(1, 1, &[1, 4, 0, 20])));
    assert_eq!(said(&mut peer).pop(), Some((LCP, packet(3, 1, &[1, 4, 0, 128]))));
}

#[test]
fn the_hosts_unit_and_its_map_decide_how_packets_go_to_it() {
    let mut peer = Peer::new(MAGIC, false, NOW);
    hear(&mut peer, &frame(LCP, &packet(1, 1, &[1, 4, 2, 0x40, 2, 6, 0, 0x0a, 0, 0])));
    assert_eq!(peer.unit(), 0x240);
    let framing = peer.link.negotiation.framing;
    let compresses = (framing.compresses_address, framing.compresses_protocol);
    assert_eq!((framing.control_characters, compresses), (0x000a_0000, (false, false)));
    hear(&mut peer, &frame(LCP, &packet(1, 2, &[1, 4, 0xff, 0xff])));
    assert_eq!(peer.unit(), 1500, "a larger one is no reason to send larger packets");
}

#[test]
fn an_echo_comes_back_with_the_own_magic_number_once_the_link_is_up() {
    let mut early = Peer::new(MAGIC, false, NOW);
    hear(&mut early, &frame(LCP, &packet(9, 1, &[0, 0, 0, 0])));
    assert_eq!(said(&mut early), []);
    let (mut peer, _) = connected(false);
    hear(&mut peer, &frame(LCP, &packet(9, 33, b"\x12\x34\x56\x78data")));
    hear(&mut peer, &frame(LCP, &packet(11, 34, b"\x12\x34\x56\x78to be thrown away")));
    assert_eq!(said(&mut peer), [(LCP, packet(10, 33, b"\xde\xad\xbe\xefdata"))]);
}

#[test]
fn compression_and_version_6_are_no_protocols_here() {
    let (mut peer, _) = connected(false);
    for (protocol, request) in
        [(0x80fd, packet(1, 1, &[26, 4, 0x78, 0])), (0x8057, packet(1, 1, &[1, 10, 0, 0, 0, 0, 0, 0, 0, 1]))]
    {
        hear(&mut peer, &frame(protocol, &request));
        let (through, rejected) = said(&mut peer).pop().expect("an answer");
        assert_eq!((through, rejected[0]), (LCP, 8));
        assert_eq!(rejected[4..], [&protocol.to_be_bytes()[..], &request].concat());
    }
    assert!(peer.is_up());
}

#[test]
fn a_code_that_lcp_does_not_have_is_sent_back() {
    let (mut peer, _) = connected(false);
    hear(&mut peer, &frame(LCP, &packet(99, 5, &[1])));
    let (protocol, rejected) = said(&mut peer).pop().expect("an answer");
    assert_eq!((protocol, rejected[0], &rejected[4..]), (LCP, 7, &[99, 5, 0, 5, 1][..]));
}

#[test]
fn a_host_that_ends_the_link_gets_its_answer_and_the_call_is_over() {
    let (mut peer, _) = connected(false);
    hear(&mut peer, &frame(LCP, &packet(5, 2, b"User request")));
    assert_eq!(said(&mut peer), [(LCP, packet(6, 2, &[]))]);
    assert!(!peer.is_over() && !peer.is_up());
    assert_eq!(peer.next(), Some(FAREWELL));
    peer.tick(FAREWELL);
    assert!(peer.is_over(), "the host had time to read the answer");
}

#[test]
fn an_end_from_the_network_is_over_once_the_host_has_agreed_to_it() {
    let (mut peer, _) = connected(false);
    peer.close(NOW);
    let (protocol, end) = said(&mut peer).pop().expect("a request");
    assert_eq!((protocol, end[0], peer.is_over()), (LCP, 5, false));
    hear(&mut peer, &frame(LCP, &packet(6, end[1], &[])));
    assert!(peer.is_over());
}

#[test]
fn a_host_without_ip_has_no_use_for_the_link() {
    let (mut peer, _) = connected(false);
    hear(&mut peer, &frame(LCP, &packet(8, 2, &[0x80, 0x21])));
    let protocols: Vec<(u16, u8)> =
        said(&mut peer).into_iter().map(|(protocol, packet)| (protocol, packet[0])).collect();
    assert_eq!(protocols, [(IPCP, 5)], "IPCP says goodbye first");
    peer.tick(Duration::from_secs(3));
    peer.tick(Duration::from_secs(6));
    assert_eq!(said(&mut peer).last().map(|(protocol, packet)| (*protocol, packet[0])), Some((LCP, 5)));
}

#[test]
fn a_link_that_is_negotiated_anew_carries_nothing_until_it_is_up_again() {
    let (mut peer, _) = connected(false);
    hear(&mut peer, &frame(LCP, &packet(1, 9, &[])));
    assert!(!peer.is_up() && !peer.is_over());
    assert_eq!(hear(&mut peer, &frame(IP, b"E packet")), Vec::<Vec<u8>>::new());
    peer.send(b"E packet");
    assert!(said(&mut peer).iter().all(|(protocol, _)| *protocol == LCP));
}

#[test]
fn noise_before_the_first_flag_does_not_matter() {
    let mut peer = Peer::new(MAGIC, false, NOW);
    hear(&mut peer, b"\r\nAT\r\xff\x7d");
    let mut host = Host::dialling();
    talk(&mut peer, &mut host);
    assert!(peer.is_up());
}
