//! Modem ports at their endpoints: dialling, data, signals, and hosts that do not read.

use sha2::{Digest, Sha256};

use super::*;
use crate::internet::client::{Client, is_answer, ping};
use crate::model::{Mode, Model, StickOptions};
use crate::ppp::client::{Host, frame, packet};
use crate::stick::{In, Response, Setup};

mod signals;
mod stalls;

const MODEM: u8 = 0;

fn stick_with(mode: Mode, options: StickOptions) -> Stick {
    let mut stick = Stick::new(Model::named("e3372h").expect("a model"), mode, options).expect("a mode of the model");
    stick.plug();
    stick
}

fn stick() -> Stick {
    stick_with(Mode::Stick, StickOptions::default())
}

/// Everything that waits at an interface.
fn read(stick: &mut Stick, interface: u8) -> Vec<u8> {
    let (_, inward) = stick.pair(interface).expect("a bulk pair");
    let mut heard = Vec::new();
    while let In::Packet(packet) = stick.bulk_in(inward, 4096) {
        heard.extend_from_slice(&packet);
    }
    heard
}

fn send(stick: &mut Stick, interface: u8, bytes: &[u8]) {
    let (out, _) = stick.pair(interface).expect("a bulk pair");
    assert_eq!(stick.bulk_out(out, bytes), Out::Taken(bytes.len()));
}

fn ask(stick: &mut Stick, interface: u8, line: &str) -> String {
    send(stick, interface, format!("{line}\r").as_bytes());
    String::from_utf8(read(stick, interface)).expect("text")
}

fn pass(stick: &mut Stick, time: Duration) {
    let now = stick.now + time;
    stick.advance(now);
}

fn set_line(stick: &mut Stick, value: u16) {
    let setup = Setup { request_type: 0x21, request: 0x22, value, index: MODEM.into(), length: 0 };
    assert_eq!(stick.control(setup, &[]), Response::Done(Bytes::new()));
}

/// Dials, and lets host and stick negotiate.
fn dial(stick: &mut Stick) -> Host {
    ask(stick, MODEM, "ATE0^CURC=0");
    assert_eq!(ask(stick, MODEM, "ATD*99#"), "\r\nCONNECT 100000000\r\n");
    let mut host = Host::dialling();
    talk(stick, &mut host);
    assert!(host.is_up(), "{host:?}");
    host
}

fn talk(stick: &mut Stick, host: &mut Host) {
    for _ in 0..20 {
        let said = std::mem::take(&mut host.said);
        send(stick, MODEM, &said);
        let heard = read(stick, MODEM);
        host.hear(&heard);
    }
}

fn escape(stick: &mut Stick) -> String {
    pass(stick, Duration::from_secs(1));
    send(stick, MODEM, b"+++");
    pass(stick, Duration::from_secs(1));
    String::from_utf8_lossy(&read(stick, MODEM)).into_owned()
}

const PATIENCE: usize = 100_000;

/// Lets a host's network stack and what is behind the stick talk, until the client has what it wants.
fn converse(stick: &mut Stick, host: &mut Host, client: &mut Client) {
    for _ in 0..PATIENCE {
        if client.is_told_everything() || client.heard.len() >= client.enough {
            return;
        }
        for packet in client.run(stick.now) {
            host.send(&packet);
        }
        let said = std::mem::take(&mut host.said);
        send(stick, MODEM, &said);
        let heard = read(stick, MODEM);
        host.hear(&heard);
        for packet in std::mem::take(&mut host.packets) {
            client.hear(packet);
        }
        pass(stick, Duration::from_millis(1));
    }
    panic!("after {} bytes nothing came any more", client.heard.len());
}

#[test]
fn a_dialled_stick_gives_an_address_and_answers_pings() {
    let mut stick = stick();
    let mut host = dial(&mut stick);
    assert_eq!(host.address, [10, 64, 64, 64]);
    for (number, address) in [(1, [10, 64, 64, 1]), (2, [192, 0, 2, 1])] {
        host.send(&ping(address, number));
        talk(&mut stick, &mut host);
        let answer = host.packets.pop().expect("an answer");
        assert!(is_answer(&answer, address, number), "{answer:02x?}");
    }
}

#[test]
fn ten_megabytes_come_down_whole() {
    let mut stick = stick();
    let mut host = dial(&mut stick);
    let mut client = Client::connecting([192, 0, 2, 1], 80, b"GET /10M HTTP/1.1\r\nHost: x\r\n\r\n");
    converse(&mut stick, &mut host, &mut client);
    let end = client.heard.windows(4).position(|bytes| bytes == b"\r\n\r\n").expect("a head") + 4;
    let (head, body) = client.heard.split_at(end);
    let digest: String = Sha256::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(body.len(), 10 << 20);
    assert!(String::from_utf8_lossy(head).contains(&digest));
}

#[test]
fn what_goes_up_comes_back_from_port_7() {
    let mut stick = stick();
    let mut host = dial(&mut stick);
    let sent: Vec<u8> = (0..500_000_u32).map(|number| (number.wrapping_mul(0x9e37_79b1) >> 24) as u8).collect();
    let mut client = Client::connecting([192, 0, 2, 1], 7, &sent);
    client.hangs_up = true;
    converse(&mut stick, &mut host, &mut client);
    assert!(client.heard == sent);
}

#[test]
fn the_other_port_takes_commands_while_data_flows() {
    let mut stick = stick();
    let _host = dial(&mut stick);
    assert!(ask(&mut stick, 1, "AT+CGACT?").ends_with("+CGACT: 1,1\r\n\r\nOK\r\n"));
    assert!(ask(&mut stick, 1, "ATD*99#").ends_with("\r\nNO CARRIER\r\n"), "the one call is there already");
}

#[test]
fn three_plus_signs_lead_out_of_data_mode_and_ato_back_into_the_same_call() {
    let mut stick = stick();
    let mut host = dial(&mut stick);
    assert_eq!(escape(&mut stick), "\r\nOK\r\n");
    assert_eq!(ask(&mut stick, MODEM, "AT+CSQ"), "\r\n+CSQ: 17,99\r\n\r\nOK\r\n");
    assert_eq!(ask(&mut stick, MODEM, "ATD*99#"), "\r\nERROR\r\n");
    assert_eq!(ask(&mut stick, MODEM, "ATO"), "\r\nCONNECT 100000000\r\n");
    host.send(&ping([192, 0, 2, 1], 5));
    talk(&mut stick, &mut host);
    assert_eq!(host.packets.len(), 1, "the link is as it was");
}

#[test]
fn plus_signs_without_silence_around_them_are_data() {
    let mut stick = stick();
    let _host = dial(&mut stick);
    pass(&mut stick, Duration::from_millis(990));
    send(&mut stick, MODEM, b"+++");
    pass(&mut stick, Duration::from_secs(5));
    assert_eq!(read(&mut stick, MODEM), b"");
    send(&mut stick, MODEM, b"+++");
    pass(&mut stick, Duration::from_millis(990));
    send(&mut stick, MODEM, b"AT\r");
    pass(&mut stick, Duration::from_secs(5));
    assert_eq!(read(&mut stick, MODEM), b"");
}

#[test]
fn ath_after_the_escape_ends_the_call() {
    let mut stick = stick();
    let _host = dial(&mut stick);
    escape(&mut stick);
    assert_eq!(ask(&mut stick, MODEM, "ATH"), "\r\nOK\r\n");
    assert_eq!(ask(&mut stick, MODEM, "ATO"), "\r\nNO CARRIER\r\n");
    let again = dial(&mut stick);
    assert!(again.is_up());
}

#[test]
fn a_host_that_ends_the_link_is_answered_and_then_there_is_no_carrier() {
    let mut stick = stick();
    let mut host = dial(&mut stick);
    send(&mut stick, MODEM, &frame(0xc021, &packet(5, 9, b"User request")));
    let heard = read(&mut stick, MODEM);
    host.control.clear();
    host.hear(&heard);
    assert_eq!(host.control, [(0xc021, packet(6, 9, b""))]);
    pass(&mut stick, Duration::from_millis(500));
    assert_eq!(read(&mut stick, MODEM), b"\r\nNO CARRIER\r\n");
    assert_eq!(ask(&mut stick, MODEM, "AT"), "\r\nOK\r\n");
}

#[test]
fn a_context_that_is_deactivated_elsewhere_ends_the_link_politely() {
    let mut stick = stick();
    let mut host = dial(&mut stick);
    host.control.clear();
    ask(&mut stick, 1, "AT+CGACT=0,1");
    let heard = read(&mut stick, MODEM);
    host.hear(&heard);
    let (protocol, request) = host.control.pop().expect("a request");
    assert_eq!((protocol, request[0]), (0xc021, 5));
    send(&mut stick, MODEM, &frame(0xc021, &packet(6, request[1], b"")));
    assert_eq!(read(&mut stick, MODEM), b"\r\nNO CARRIER\r\n");
}

#[test]
fn a_host_that_never_speaks_ppp_is_hung_up() {
    let mut stick = stick();
    ask(&mut stick, MODEM, "ATE0^CURC=0");
    ask(&mut stick, MODEM, "ATD*99#");
    let mut heard = Vec::new();
    for _ in 0..60 {
        pass(&mut stick, Duration::from_secs(1));
        heard.extend(read(&mut stick, MODEM));
    }
    assert!(heard.starts_with(&[0x7e, 0xff]) && heard.ends_with(b"\r\nNO CARRIER\r\n"), "{heard:02x?}");
}

#[test]
fn a_whole_session_in_one_transfer_is_taken_line_by_line_and_the_rest_is_data() {
    let mut stick = stick();
    let mut host = Host::dialling();
    let said = std::mem::take(&mut host.said);
    send(&mut stick, MODEM, &[b"ATE0\rATD*99#\r", &said[..]].concat());
    let heard = read(&mut stick, MODEM);
    let connected = b"\r\nCONNECT 100000000\r\n";
    let at = heard.windows(connected.len()).position(|bytes| bytes == connected).expect("a connection");
    host.hear(&heard[at + connected.len()..]);
    talk(&mut stick, &mut host);
    assert!(host.is_up());
}

#[test]
fn a_stick_that_wants_a_login_gets_one_from_the_host() {
    let mut stick = stick_with(Mode::Serial, StickOptions { wants_login: true, ..Default::default() });
    let host = dial(&mut stick);
    assert!(host.control.iter().any(|(protocol, packet)| (*protocol, packet[0]) == (0xc023, 2)));
}

#[test]
fn reports_stay_out_of_a_call_and_can_be_turned_off() {
    let mut stick = stick_with(Mode::Serial, StickOptions::default());
    pass(&mut stick, Duration::from_secs(21));
    assert_eq!(read(&mut stick, 2), b"\r\n^RSSI: 17\r\n");
    ask(&mut stick, 2, "AT^CURC=0");
    pass(&mut stick, Duration::from_secs(60));
    assert_eq!(read(&mut stick, 2), b"");
    ask(&mut stick, 2, "ATE0^CURC=1;D*99#");
    let mut host = Host::dialling();
    for _ in 0..10 {
        let said = std::mem::take(&mut host.said);
        send(&mut stick, 2, &said);
        host.hear(&read(&mut stick, 2));
    }
    assert!(host.is_up());
    pass(&mut stick, Duration::from_secs(120));
    assert_eq!(read(&mut stick, 2), b"");
}
