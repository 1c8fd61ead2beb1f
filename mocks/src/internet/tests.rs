//! What is behind a call, as a host's network stack meets it.

use sha2::{Digest, Sha256};

use super::client::{Client, is_answer, ping};
use super::*;

const NOW: Duration = Duration::ZERO;

fn internet() -> Internet {
    Internet::new([10, 64, 64, 1], 1500, 7, NOW)
}

/// Lets both ends talk, as long as anything happens and for at most a minute.
fn talk(internet: &mut Internet, client: &mut Client) {
    let (mut now, mut farewells) = (NOW, 0);
    while now < Duration::from_secs(60) && farewells < 30 && client.heard.len() < client.enough {
        farewells += u32::from(client.is_told_everything());
        let mut packets = client.run(now).into_iter().peekable();
        loop {
            while internet.has_room()
                && let Some(packet) = packets.next()
            {
                internet.take(packet);
            }
            internet.run(now);
            while let Some(packet) = internet.packet() {
                client.hear(packet);
            }
            if packets.peek().is_none() {
                break;
            }
        }
        now += Duration::from_millis(1);
    }
}

#[test]
fn every_address_answers_a_ping() {
    for (number, address) in [(1, [10, 64, 64, 1]), (2, [10, 64, 64, 2]), (3, [192, 0, 2, 1]), (4, [8, 8, 8, 8])] {
        let mut internet = internet();
        internet.take(ping(address, number));
        internet.run(NOW);
        let answer = internet.packet().expect("an answer");
        assert!(is_answer(&answer, address, number), "{answer:02x?}");
        assert_eq!(internet.packet(), None);
    }
}

#[test]
fn port_7_sends_everything_back_and_closes_after_the_host() {
    let (mut internet, sent) = (internet(), vec![0xa5; 300_000]);
    let mut client = Client::connecting([192, 0, 2, 1], 7, &sent);
    client.hangs_up = true;
    talk(&mut internet, &mut client);
    assert!(client.heard == sent && client.is_told_everything());
}

#[test]
fn port_9_takes_everything_and_says_nothing() {
    let mut internet = internet();
    let mut client = Client::connecting([192, 0, 2, 1], 9, &[1; 300_000]);
    client.hangs_up = true;
    talk(&mut internet, &mut client);
    assert!(client.heard.is_empty() && client.to_say.is_empty() && client.is_told_everything());
}

#[test]
fn port_19_sends_the_known_stream_for_as_long_as_it_is_read() {
    let mut internet = internet();
    let mut client = Client::connecting([10, 64, 64, 1], 19, b"");
    client.enough = 1_000_000;
    talk(&mut internet, &mut client);
    let mut expected = vec![0; client.heard.len()];
    stream::fill(0, &mut expected);
    assert!(client.heard.len() >= client.enough && client.heard == expected);
}

#[test]
fn port_80_has_a_file_with_its_digest() {
    let mut internet = internet();
    let mut client = Client::connecting([203, 0, 113, 9], 80, b"GET /1M HTTP/1.1\r\nHost: x\r\n\r\n");
    talk(&mut internet, &mut client);
    let end = client.heard.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head") + 4;
    let (head, body) = client.heard.split_at(end);
    let digest: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(body.len(), 1 << 20);
    assert!(String::from_utf8_lossy(head).contains(&format!("X-SHA256: {digest}\r\n")), "{head:?}");
}

#[test]
fn connections_one_after_the_other_find_an_open_door() {
    let mut internet = internet();
    for round in 0..10 {
        let mut client = Client::connecting([192, 0, 2, 1], 80, b"GET / HTTP/1.0\r\n\r\n");
        client.hangs_up = true;
        talk(&mut internet, &mut client);
        assert!(client.heard.starts_with(b"HTTP/1.1 200 OK\r\n"), "round {round}");
    }
}

#[test]
fn a_host_that_takes_no_packets_stops_the_stream_and_the_clock() {
    let mut internet = internet();
    let mut client = Client::connecting([192, 0, 2, 1], 19, b"");
    for _ in 0..3 {
        for packet in client.run(NOW) {
            internet.take(packet);
        }
        internet.run(NOW);
        for _ in 0..2 {
            if let Some(packet) = internet.packet() {
                client.hear(packet);
            }
        }
    }
    for second in 0..100 {
        internet.run(Duration::from_secs(second));
    }
    let waiting = std::iter::from_fn(|| internet.packet()).count();
    assert!((1..=40).contains(&waiting), "{waiting} packets wait");
}

#[test]
fn packets_are_no_larger_than_the_hosts_unit() {
    let mut internet = Internet::new([10, 64, 64, 1], 576, 7, NOW);
    let mut client = Client::connecting([192, 0, 2, 1], 19, b"");
    let mut largest = 0;
    for millisecond in 0..50 {
        let now = Duration::from_millis(millisecond);
        for packet in client.run(now) {
            internet.take(packet);
        }
        internet.run(now);
        while let Some(packet) = internet.packet() {
            largest = largest.max(packet.len());
            client.hear(packet);
        }
    }
    assert!((500..=576).contains(&largest), "{largest} bytes");
}
