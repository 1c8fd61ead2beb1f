//! The DHCP server (RFC 2131): one client, one address.

use smoltcp::socket::udp::{PacketBuffer, PacketMetadata, Socket, UdpMetadata};
use smoltcp::wire::{IpAddress, IpEndpoint, Ipv4Address};

use super::{CLIENT, STICK};

const SERVER_PORT: u16 = 67;
const CLIENT_PORT: u16 = 68;
const BROADCAST: [u8; 4] = [255; 4];
const NETMASK: [u8; 4] = [255, 255, 255, 0];
/// One day, in seconds.
const LEASE: u32 = 24 * 60 * 60;

/// The fields of a message before its options, and the four bytes that begin those.
const FIXED: usize = 236;
const COOKIE: [u8; 4] = [0x63, 0x82, 0x53, 0x63];
/// The length of a BOOTP message, below which some clients take none.
const LEAST: usize = 300;
const REQUEST: u8 = 1;
const REPLY: u8 = 2;

const SUBNET_MASK: u8 = 1;
const ROUTER: u8 = 3;
const DNS: u8 = 6;
const REQUESTED_ADDRESS: u8 = 50;
const LEASE_TIME: u8 = 51;
const MESSAGE_TYPE: u8 = 53;
const SERVER: u8 = 54;
const END: u8 = 255;

const DISCOVER: u8 = 1;
const OFFER: u8 = 2;
const WANT: u8 = 3;
const ACKNOWLEDGE: u8 = 5;
const REFUSE: u8 = 6;
const INFORM: u8 = 8;

/// A socket that hears what clients without an address say to everybody.
pub(super) fn socket() -> Socket<'static> {
    let buffer = || PacketBuffer::new(vec![PacketMetadata::EMPTY; 4], vec![0; 4096]);
    let mut socket = Socket::new(buffer(), buffer());
    // Fails for port 0 and for a socket that is open already.
    let _ = socket.bind(SERVER_PORT);
    socket
}

/// Answers everything that came.
pub(super) fn serve(socket: &mut Socket<'_>) {
    while let Ok((message, _)) = socket.recv() {
        let Some((reply, to)) = answer(message) else { continue };
        let endpoint = IpEndpoint::new(IpAddress::Ipv4(Ipv4Address::from(to)), CLIENT_PORT);
        let local_address = Some(IpAddress::Ipv4(Ipv4Address::from(STICK)));
        // A full buffer drops the answer, as a network may: the client asks again.
        let _ = socket.send_slice(&reply, UdpMetadata { local_address, ..endpoint.into() });
    }
}

/// The answer to a message, and the address that it goes to. `None`: it is none of a client's, or needs no answer.
fn answer(message: &[u8]) -> Option<(Vec<u8>, [u8; 4])> {
    let (fixed, options) = (message.get(..FIXED)?, message.get(FIXED..)?.strip_prefix(&COOKIE)?);
    let ethernet = fixed[1] == 1 && fixed[2] == 6;
    if fixed[0] != REQUEST || !ethernet {
        return None;
    }
    let has: [u8; 4] = fixed[12..16].try_into().ok()?;
    let asked = option(options, REQUESTED_ADDRESS).and_then(|value| value.try_into().ok()).unwrap_or(has);
    let chosen = option(options, SERVER).is_none_or(|server| server == STICK);
    let kind = match option(options, MESSAGE_TYPE)? {
        [DISCOVER] => OFFER,
        // It chose another server.
        [WANT] if !chosen => return None,
        [WANT] if asked == CLIENT => ACKNOWLEDGE,
        [WANT] => REFUSE,
        [INFORM] => ACKNOWLEDGE,
        _ => return None,
    };
    let informs = option(options, MESSAGE_TYPE)? == [INFORM];
    let to = if kind == REFUSE || has == [0; 4] { BROADCAST } else { has };
    Some((reply(fixed, kind, informs), to))
}

/// Repeats what identifies the client, and adds what it gets.
fn reply(fixed: &[u8], kind: u8, informs: bool) -> Vec<u8> {
    let mut reply = vec![0; FIXED];
    reply[..3].copy_from_slice(&[REPLY, 1, 6]);
    // The transaction, the flags, the relay and the client's hardware address.
    for range in [4..8, 10..12, 24..44] {
        reply[range.clone()].copy_from_slice(&fixed[range]);
    }
    if kind != REFUSE {
        reply[12..16].copy_from_slice(&fixed[12..16]);
    }
    reply.extend(COOKIE);
    let mut add = |code: u8, value: &[u8]| {
        // Addresses, numbers, single bytes.
        reply.extend([code, value.len() as u8]);
        reply.extend(value);
    };
    add(MESSAGE_TYPE, &[kind]);
    add(SERVER, &STICK);
    if kind != REFUSE {
        if !informs {
            add(LEASE_TIME, &LEASE.to_be_bytes());
        }
        add(SUBNET_MASK, &NETMASK);
        add(ROUTER, &STICK);
        add(DNS, &STICK);
    }
    reply.push(END);
    if kind != REFUSE && !informs {
        reply[16..20].copy_from_slice(&CLIENT);
    }
    reply.resize(reply.len().max(LEAST), 0);
    reply
}

/// The value of an option: code, length, value; 0 is filler, 255 the end.
fn option(mut options: &[u8], wanted: u8) -> Option<&[u8]> {
    loop {
        match options {
            [0, rest @ ..] => options = rest,
            [END, ..] | [] | [_] => return None,
            [code, length, rest @ ..] => {
                let (value, after) = rest.split_at_checked(usize::from(*length))?;
                if *code == wanted {
                    return Some(value);
                }
                options = after;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A message of a client without an address, with these options.
    fn message(options: &[&[u8]]) -> Vec<u8> {
        let mut message = vec![0; FIXED];
        message[..8].copy_from_slice(&[REQUEST, 1, 6, 0, 1, 2, 3, 4]);
        message[28..34].copy_from_slice(&[2, 0, 0, 0, 0, 9]);
        [&message, &COOKIE[..], &options.concat(), &[END]].concat()
    }

    fn kind(message: &[u8]) -> Option<u8> {
        let (reply, _) = answer(message)?;
        option(&reply[FIXED + 4..], MESSAGE_TYPE).map(|kind| kind[0])
    }

    #[test]
    fn a_discover_is_answered_with_an_offer_of_address_router_and_dns() {
        let (reply, to) = answer(&message(&[&[0], &[MESSAGE_TYPE, 1, DISCOVER]])).expect("an offer");
        assert_eq!((reply[0], &reply[4..8], to), (REPLY, &[1, 2, 3, 4][..], BROADCAST));
        assert_eq!((&reply[16..20], &reply[28..34]), (&CLIENT[..], &[2, 0, 0, 0, 0, 9][..]));
        let options = &reply[FIXED + 4..];
        for (code, value) in
            [(ROUTER, &STICK[..]), (DNS, &STICK), (SUBNET_MASK, &NETMASK), (LEASE_TIME, &[0, 1, 0x51, 0x80])]
        {
            assert_eq!(option(options, code), Some(value), "option {code}");
        }
        assert_eq!(option(options, MESSAGE_TYPE), Some(&[OFFER][..]));
    }

    #[test]
    fn a_request_is_acknowledged_for_the_offered_address_alone() {
        let wants = |address: [u8; 4], server: [u8; 4]| {
            let asked = [&[REQUESTED_ADDRESS, 4][..], &address].concat();
            message(&[&[MESSAGE_TYPE, 1, WANT], &asked, &[&[SERVER, 4][..], &server].concat()])
        };
        assert_eq!(kind(&wants(CLIENT, STICK)), Some(ACKNOWLEDGE));
        assert_eq!(kind(&wants([10, 0, 0, 1], STICK)), Some(REFUSE));
        assert_eq!(kind(&wants(CLIENT, [10, 0, 0, 1])), None, "it chose another server");
        let mut renews = message(&[&[MESSAGE_TYPE, 1, WANT]]);
        renews[12..16].copy_from_slice(&CLIENT);
        assert_eq!(answer(&renews).map(|(_, to)| to), Some(CLIENT), "who has its address is spoken to there");
    }

    #[test]
    fn what_needs_no_answer_gets_none() {
        for kind in [2, 4, 7, 99] {
            assert_eq!(answer(&message(&[&[MESSAGE_TYPE, 1, kind]])), None, "type {kind}");
        }
        let mut reply = message(&[&[MESSAGE_TYPE, 1, DISCOVER]]);
        reply[0] = REPLY;
        assert_eq!(answer(&reply), None);
        assert_eq!(answer(&message(&[&[MESSAGE_TYPE, 200]])), None, "an option that is cut off");
    }

    proptest! {
        #[test]
        fn any_bytes_are_answered_or_not_but_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = answer(&message(&[&bytes]));
            let _ = answer(&bytes);
        }
    }
}
