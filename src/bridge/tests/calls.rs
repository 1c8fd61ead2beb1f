//! Calls on the modem's port, and how they end.

use std::os::fd::AsFd;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

use super::*;
use crate::protocol::hdlc;

/// The links of both ports, modem and pcui.
fn both(running: &Running<'_>) -> (PathBuf, PathBuf) {
    let links = [running.ready(), running.ready()];
    let link = |name| links.iter().find(|link| link.ends_with(format!("balong-1-1.4-{name}"))).expect("a link").clone();
    (link("modem"), link("pcui"))
}

/// A program in a call.
fn dial(modem: &Path) -> File {
    let mut program = open(modem);
    program.write_all(b"ATE0&C1D*99#\r").expect("written");
    hear(&mut program, b"CONNECT 100000000\r\n");
    program
}

/// Ends the call from outside of it, as the network does.
fn end_the_call(pcui: &Path) {
    let mut pcui = open(pcui);
    pcui.write_all(b"AT+CGACT=0,1\r").expect("written");
    hear(&mut pcui, b"OK\r\n");
}

/// Waits until the bridge has hung up on a program.
fn hung_up(running: &Running<'_>) {
    match running.event() {
        Event::Remark { text, .. } => assert!(text.contains("the carrier at modem is lost"), "{text}"),
        other => panic!("no remark, but {other:?}"),
    }
}

#[test]
fn a_stick_that_is_pulled_is_a_hang_up_on_the_modem_port_and_its_name_works_again_afterwards() {
    bridged(balong_mocks::Mode::Stick, &["modem"], |running, hand| {
        let link = running.ready();
        let mut program = open(&link);
        program.write_all(b"AT\r").expect("written");
        hear(&mut program, b"OK\r\n");
        hand.unplug();
        assert!(matches!(running.event(), Event::Gone(_)));
        assert_eq!(running.ready(), link);
        let mut byte = [0];
        assert!(matches!(program.read(&mut byte), Ok(0) | Err(_)), "it was hung up");
        hand.plug();
        // It comes up in its CD stage, and nothing here leads it out of there but the bridge.
        assert!(matches!(running.event(), Event::Back(_)));
        let mut program = open(&link);
        program.write_all(b"AT\r").expect("written");
        hear(&mut program, b"OK\r\n");
    });
}

#[test]
fn a_call_that_ends_hangs_up_on_the_program_at_the_modem_port_and_it_can_dial_again_by_the_same_name() {
    bridged(balong_mocks::Mode::Stick, &["modem", "pcui"], |running, hand| {
        let (modem, pcui) = both(running);
        for _ in 0..2 {
            let mut program = dial(&modem);
            end_the_call(&pcui);
            hung_up(running);
            assert_eq!(running.ready(), modem);
            let mut byte = [0];
            assert!(matches!(program.read(&mut byte), Ok(0) | Err(_)), "it was hung up");
        }
        assert_eq!(hand.mode(), Some(balong_mocks::Mode::Stick), "it was there all the time");
    });
}

#[test]
fn a_program_that_does_not_read_is_hung_up_on_when_its_call_ends() {
    bridged(balong_mocks::Mode::Stick, &["modem", "pcui"], |running, _| {
        let (modem, pcui) = both(running);
        let mut program = dial(&modem);
        let flags = fcntl_getfl(program.as_fd()).expect("flags");
        fcntl_setfl(program.as_fd(), flags | OFlags::NONBLOCK).expect("set");
        // Echo requests of LCP (RFC 1661, section 5.8), each of which has an answer of its length: more than a pty holds.
        let request = [&[0xff, 0x03, 0xc0, 0x21, 9, 1, 0x04, 0x04][..], &[0; 1024]].concat();
        let request = hdlc::encode(&request);
        let begun = Instant::now();
        let (mut said, mut at) = (0, 0);
        while said < 256 << 10 && begun.elapsed() < Duration::from_secs(5) {
            match program.write(request.get(at..).expect("a part")) {
                Ok(length) => (said, at) = (said + length, (at + length) % request.len()),
                // The stick takes no more, for what it says is not read.
                Err(_) => thread::sleep(Duration::from_millis(5)),
            }
        }
        assert!(said > 64 << 10, "it said {said} bytes");
        end_the_call(&pcui);
        hung_up(running);
    });
}

/// It shows its ports in its second configuration, which it takes up without leaving the bus again.
#[test]
fn a_device_that_is_led_to_its_ports_in_place_has_them_back() {
    bridged_model("12d1:1d50", balong_mocks::Mode::Serial, &["serial-0"], |running, hand| {
        let link = running.ready();
        hand.unplug();
        assert!(matches!(running.event(), Event::Gone(_)));
        hand.plug();
        assert!(matches!(running.event(), Event::Back(_)));
        let mut program = open(&link);
        program.write_all(b"AT\r").expect("written");
        hear(&mut program, b"OK\r\n");
    });
}
