use std::io::Read;
use std::net::Shutdown;
use std::thread;
use std::time::Duration;

use super::*;

/// What a client that wants all of it says, and what it is answered: the greeting, and an agreement on control.
const WANTS: &[u8] = b"\xff\xfd\x00\xff\xfb\x00\xff\xfd\x03\xff\xfb\x03\xff\xfb\x2c";
const GREETING: &[u8] = b"\xff\xfb\x00\xff\xfd\x00\xff\xfb\x03\xff\xfd\x03";
const AGREES: &[u8] = b"\xff\xfd\x2c\xff\xfa\x2c\x6b\xb0\xff\xf0";

fn network() -> Network {
    let network = Network::new("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    network.arrived().expect("told");
    network
}

fn read(stream: &mut TcpStream, length: usize) -> Vec<u8> {
    let mut heard = vec![0; length];
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
    stream.read_exact(&mut heard).expect("it comes");
    heard
}

/// A client that has agreed on everything; its next acts are its own.
fn client(network: &Network) -> TcpStream {
    let mut stream = TcpStream::connect(network.address).expect("it listens");
    assert_eq!(next(network), Act::Opened);
    stream.write_all(&[WANTS, b"AT\r"].concat()).expect("sent");
    assert_eq!(read(&mut stream, GREETING.len()), GREETING);
    assert_eq!(next(network), Act::Said(Bytes::from_static(b"AT\r")));
    assert_eq!(read(&mut stream, AGREES.len()), AGREES);
    stream
}

fn next(network: &Network) -> Act {
    network.next().expect("no trouble")
}

use bytes::Bytes;

#[test]
fn a_client_is_an_open_port_until_it_leaves() {
    let network = network();
    assert_eq!(network.lines(), Lines::DOWN);
    for _ in 0..2 {
        let stream = client(&network);
        assert_eq!(network.lines(), Lines::UP);
        stream.shutdown(Shutdown::Both).expect("left");
        assert_eq!((next(&network), network.lines()), (Act::Closed, Lines::DOWN));
    }
}

#[test]
fn every_byte_passes_both_ways() {
    let network = network();
    let mut stream = client(&network);
    let all: Vec<u8> = (0..=255).collect();
    stream.write_all(&crate::bridge::telnet::escape(&all, true)).expect("sent");
    assert_eq!(next(&network), Act::Said(Bytes::from(all.clone())));
    network.hear(&all).expect("heard");
    assert_eq!(read(&mut stream, 257), crate::bridge::telnet::escape(&all, true));
}

#[test]
fn the_lines_are_the_clients_to_drive() {
    let network = network();
    let mut stream = client(&network);
    stream.write_all(b"\xff\xfa\x2c\x05\x09\xff\xf0").expect("sent");
    let down = Lines { data_terminal_ready: false, request_to_send: true };
    assert_eq!((next(&network), network.lines()), (Act::Drives(down), down));
    assert_eq!(read(&mut stream, 7), b"\xff\xfa\x2c\x69\x09\xff\xf0");
}

#[test]
fn a_second_client_is_shown_out_with_a_sentence_and_the_first_one_is_unharmed() {
    let network = network();
    let mut first = client(&network);
    let mut second = TcpStream::connect(network.address).expect("the door opens");
    first.write_all(b"x").expect("sent");
    assert_eq!(next(&network), Act::Said(Bytes::from_static(b"x")));
    let mut told = Vec::new();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| next(&network));
        second.set_read_timeout(Some(Duration::from_secs(10))).expect("set");
        second.read_to_end(&mut told).expect("shown out");
        first.write_all(b"still here").expect("sent");
        assert_eq!(waiting.join().expect("no panic"), Act::Said(Bytes::from_static(b"still here")));
    });
    assert_eq!(told, REFUSAL);
}

#[test]
fn a_client_that_suspends_hears_nothing_until_it_resumes_and_then_everything() {
    let network = network();
    let mut stream = client(&network);
    stream.write_all(b"\xff\xfa\x2c\x08\xff\xf0x").expect("sent");
    assert_eq!(next(&network), Act::Said(Bytes::from_static(b"x")));
    thread::scope(|scope| {
        let hearing = scope.spawn(|| network.hear(b"later"));
        stream.set_read_timeout(Some(Duration::from_millis(50))).expect("set");
        assert!(stream.read(&mut [0; 1]).is_err(), "it is suspended");
        stream.write_all(b"\xff\xfa\x2c\x09\xff\xf0y").expect("sent");
        assert_eq!(next(&network), Act::Said(Bytes::from_static(b"y")));
        assert_eq!(read(&mut stream, 5), b"later");
        hearing.join().expect("no panic").expect("heard");
    });
}

#[test]
fn a_stop_ends_every_wait_of_a_suspended_client_too() {
    let network = network();
    let mut stream = client(&network);
    stream.write_all(b"\xff\xfa\x2c\x08\xff\xf0x").expect("sent");
    assert_eq!(next(&network), Act::Said(Bytes::from_static(b"x")));
    thread::scope(|scope| {
        let (hearing, waiting) = (scope.spawn(|| network.hear(b"later")), scope.spawn(|| next(&network)));
        thread::sleep(Duration::from_millis(20));
        network.stop();
        hearing.join().expect("no panic").expect("stopped");
        assert_eq!(waiting.join().expect("no panic"), Act::Stopped);
    });
}

#[test]
fn a_stick_that_leaves_takes_the_carrier_and_not_the_connection() {
    let network = network();
    let mut stream = client(&network);
    assert!(!network.departed().expect("told"));
    assert_eq!(read(&mut stream, 7), b"\xff\xfa\x2c\x6b\x0b\xff\xf0");
    network.arrived().expect("told");
    assert_eq!(read(&mut stream, 7), b"\xff\xfa\x2c\x6b\xbb\xff\xf0");
}
