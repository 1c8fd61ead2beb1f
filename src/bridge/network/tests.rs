use std::io::{Read, Write};
use std::net::Shutdown;
use std::thread;
use std::time::{Duration, Instant};

use super::door::REFUSAL;
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
    let mut stream = TcpStream::connect(network.door.address()).expect("it listens");
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

/// How long a test waits for what must happen.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until this is so.
fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(1));
    }
}

/// Hands the program this, until it has it all or the bridge is to stop.
fn hear(network: &Network, bytes: &[u8]) {
    let mut is_taken = network.hear(bytes).expect("no trouble");
    while !is_taken && !network.wake.is_rung() {
        is_taken = network.hear(&[]).expect("no trouble");
    }
}

/// Has the client hear nothing from now on.
fn suspend(network: &Network, stream: &mut TcpStream) {
    stream.write_all(b"\xff\xfa\x2c\x08\xff\xf0x").expect("sent");
    assert_eq!(next(network), Act::Said(Bytes::from_static(b"x")));
}

/// Waits until somebody tries to tell a suspended client so many bytes.
fn until_held(network: &Network, length: usize) {
    let client = network.client().expect("a client");
    until("it is held back", || client.held() == length);
}

/// Ends the connection at once, as a port scan does.
fn reset(stream: TcpStream) {
    socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO)).expect("set");
}

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
    hear(&network, &all);
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
    let mut second = TcpStream::connect(network.door.address()).expect("the door opens");
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
    suspend(&network, &mut stream);
    thread::scope(|scope| {
        let hearing = scope.spawn(|| hear(&network, b"later"));
        until_held(&network, 5);
        stream.set_nonblocking(true).expect("set");
        assert!(stream.read(&mut [0; 1]).is_err(), "it is suspended");
        stream.set_nonblocking(false).expect("set");
        stream.write_all(b"\xff\xfa\x2c\x09\xff\xf0y").expect("sent");
        assert_eq!(next(&network), Act::Said(Bytes::from_static(b"y")));
        assert_eq!(read(&mut stream, 5), b"later");
        hearing.join().expect("heard");
    });
}

#[test]
fn a_stop_ends_every_wait_of_a_suspended_client_too_and_what_it_did_not_want_comes_first_afterwards() {
    let network = network();
    let mut stream = client(&network);
    suspend(&network, &mut stream);
    thread::scope(|scope| {
        let (hearing, waiting) = (scope.spawn(|| hear(&network, b"later")), scope.spawn(|| next(&network)));
        until_held(&network, 5);
        network.stop();
        hearing.join().expect("stopped");
        assert_eq!(waiting.join().expect("no panic"), Act::Stopped);
    });
    network.resume();
    stream.write_all(b"\xff\xfa\x2c\x09\xff\xf0y").expect("sent");
    assert_eq!(next(&network), Act::Said(Bytes::from_static(b"y")));
    hear(&network, &[]);
    hear(&network, b"!");
    assert_eq!(read(&mut stream, 6), b"later!");
}

#[test]
fn a_suspended_client_that_leaves_keeps_nobody_waiting_and_the_next_one_hears() {
    let network = network();
    let mut stream = client(&network);
    suspend(&network, &mut stream);
    thread::scope(|scope| {
        let hearing = scope.spawn(|| hear(&network, b"for nobody"));
        until_held(&network, 10);
        drop(stream);
        assert_eq!(next(&network), Act::Closed);
        hearing.join().expect("given up");
    });
    let mut stream = client(&network);
    hear(&network, b"hello");
    assert_eq!(read(&mut stream, 5), b"hello");
}

#[test]
fn a_connection_that_is_reset_at_the_door_ends_nothing() {
    let network = network();
    for _ in 0..3 {
        reset(TcpStream::connect(network.door.address()).expect("it listens"));
    }
    let _stream = client(&network);
}

#[test]
fn a_client_that_speaks_first_and_reads_later_is_heard_meanwhile() {
    let network = network();
    let mut stream = client(&network);
    let whole = vec![b'.'; 16 << 20];
    thread::scope(|scope| {
        let hearing = scope.spawn(|| whole.chunks(4096).for_each(|chunk| hear(&network, chunk)));
        let here = network.client().expect("a client");
        until("more is said than the system holds", || here.unread() > 0);
        for said in [&b"ATI\r"[..], b"AT\r"] {
            // With a question about the speed, which has an answer.
            stream.write_all(&[&b"\xff\xfa\x2c\x01\0\0\0\0\xff\xf0"[..], said].concat()).expect("sent");
            assert_eq!(next(&network), Act::Said(Bytes::copy_from_slice(said)));
        }
        let answer = b"\xff\xfa\x2c\x65\x00\x01\xc2\x00\xff\xf0";
        let heard = read(&mut stream, whole.len() + 2 * answer.len());
        hearing.join().expect("heard");
        assert_eq!(heard.iter().filter(|byte| **byte == b'.').count(), whole.len());
        assert_eq!(heard.windows(answer.len()).filter(|found| found == answer).count(), 2, "the answers in between");
        let waiting = scope.spawn(|| next(&network));
        drop(stream);
        assert_eq!(waiting.join().expect("no panic"), Act::Closed);
    });
}

#[test]
fn what_a_client_said_is_heard_though_its_answers_cannot_be_given_any_more() {
    let network = network();
    let mut stream = client(&network);
    network.client().expect("a client").stream().shutdown(Shutdown::Write).expect("shut");
    stream.write_all(b"ATH\r\xff\xfa\x2c\x01\0\0\0\0\xff\xf0").expect("sent");
    assert_eq!([next(&network), next(&network)], [Act::Said(Bytes::from_static(b"ATH\r")), Act::Closed]);
}

#[test]
fn a_client_that_leaves_or_drives_the_lines_overtakes_what_it_said_before() {
    let network = network();
    let mut stream = client(&network);
    let overtakes = || network.overtakes().expect("no trouble");
    stream.write_all(b"AT+CGDATA\r\xff\xfa\x2c\x05\x09\xff\xf0").expect("sent");
    let down = Lines { data_terminal_ready: false, request_to_send: true };
    let here = network.client().expect("a client");
    until("it comes", || here.has_more(PollFlags::IN));
    assert_eq!((overtakes(), overtakes()), (Some(Act::Drives(down)), None));
    assert_eq!(next(&network), Act::Said(Bytes::from_static(b"AT+CGDATA\r")));
    stream.write_all(&[b'.'; 100_000]).expect("sent");
    drop(stream);
    until("its end comes", || here.has_more(client::LEAVES));
    assert_eq!((overtakes(), overtakes()), (Some(Act::Closed), None));
    client(&network);
}

#[test]
fn what_the_stick_did_not_take_is_said_first_the_next_time() {
    let network = network();
    let mut stream = client(&network);
    network.take_back(Bytes::from_static(b"before"));
    stream.write_all(b"after").expect("sent");
    let said = |text: &'static [u8]| Act::Said(Bytes::from_static(text));
    assert_eq!([next(&network), next(&network)], [said(b"before"), said(b"after")]);
}

#[test]
fn while_the_stick_is_away_what_a_client_said_goes_with_it_and_the_next_ones_words_stay() {
    let network = network();
    thread::scope(|scope| {
        let minding = scope.spawn(|| network.mind());
        let mut gone = TcpStream::connect(network.door.address()).expect("it listens");
        gone.write_all(b"AT^RESET\r").expect("sent");
        until("it is in", || network.client().is_some());
        drop(gone);
        until("it is out", || network.client().is_none());
        let mut stays = TcpStream::connect(network.door.address()).expect("it listens");
        stays.write_all(b"ATI\r").expect("sent");
        until("the next one is in", || network.client().is_some());
        network.stop();
        minding.join().expect("no panic").expect("minded");
        network.resume();
        assert_eq!(network.lines(), Lines::UP);
        assert_eq!([next(&network), next(&network)], [Act::Opened, Act::Said(Bytes::from_static(b"ATI\r"))]);
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

#[test]
fn the_lines_of_the_stick_are_told_at_once_but_to_a_suspended_client_once_it_resumes() {
    let state = |data_carrier_detect| Signals { data_carrier_detect, data_set_ready: true, ring_indicator: false };
    let network = network();
    let mut stream = client(&network);
    network.signalled(state(false)).expect("told");
    assert_eq!(read(&mut stream, 7), b"\xff\xfa\x2c\x6b\x38\xff\xf0", "there is no carrier");
    suspend(&network, &mut stream);
    network.signalled(state(true)).expect("told");
    network.signalled(state(false)).expect("told");
    stream.set_nonblocking(true).expect("set");
    assert!(stream.read(&mut [0; 1]).is_err(), "it is suspended");
    stream.set_nonblocking(false).expect("set");
    stream.write_all(b"\xff\xfa\x2c\x09\xff\xf0y").expect("sent");
    assert_eq!(next(&network), Act::Said(Bytes::from_static(b"y")));
    assert_eq!(read(&mut stream, 7), b"\xff\xfa\x2c\x6b\x38\xff\xf0", "the newest state, and that it changed");
}
