//! The stick as a whole, at its endpoints.

use std::time::Duration;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::crc;
use crate::faults::{Effect, Moment, Return};
use crate::hdlc;
use crate::loader::tests::usbldr;
use crate::model::Chip;

mod known_devices;
mod switching;

fn stick(name: &str, mode: Mode) -> Stick {
    let mut stick =
        Stick::new(Model::named(name).expect("a model"), mode, StickOptions::default()).expect("it has that mode");
    stick.plug();
    stick
}

/// Sends to an interface, waits as long as needed, and gives what comes back within a minute.
fn ask(stick: &mut Stick, interface: u8, transfer: &[u8]) -> Option<Bytes> {
    let (out, inward) = stick.pair(interface).expect("a bulk pair");
    let deadline = stick.now + Duration::from_secs(60);
    let mut taken = stick.bulk_out(out, transfer);
    while taken == Out::NotNow && stick.now < deadline {
        step(stick, deadline);
        taken = stick.bulk_out(out, transfer);
    }
    if taken != Out::Taken(transfer.len()) {
        return None;
    }
    listen(stick, inward, deadline)
}

fn listen(stick: &mut Stick, inward: u8, deadline: Duration) -> Option<Bytes> {
    loop {
        match stick.bulk_in(inward, 4096) {
            In::Packet(packet) => return Some(packet),
            In::Stall => return None,
            In::NotNow if stick.now >= deadline => return None,
            In::NotNow => step(stick, deadline),
        }
    }
}

fn step(stick: &mut Stick, deadline: Duration) {
    let next = stick.next_change().unwrap_or(deadline).min(deadline);
    stick.advance(next);
}

fn wait_for(stick: &mut Stick, mode: Mode) {
    let deadline = stick.now + Duration::from_secs(90);
    while stick.mode() != Some(mode) && stick.now < deadline {
        step(stick, deadline);
    }
    assert_eq!(stick.mode(), Some(mode));
}

fn id(stick: &Stick) -> u16 {
    stick.descriptors().expect("it is attached").product_id
}

fn rom_message(bytes: &[u8]) -> Vec<u8> {
    [bytes, &crc::xmodem(bytes).to_be_bytes()].concat()
}

fn load(stick: &mut Stick, mode: u8, address: u32, content: &[u8]) {
    let size = content.len() as u32;
    let header = [&[0xfe, 0, 0xff, mode][..], &size.to_be_bytes(), &address.to_be_bytes()].concat();
    assert_eq!(ask(stick, 0, &rom_message(&header)).as_deref(), Some(&[0xaa][..]));
    let mut number = 0u8;
    for payload in content.chunks(1024) {
        number += 1;
        let data = [&[0xda, number, !number], payload].concat();
        assert_eq!(ask(stick, 0, &rom_message(&data)).as_deref(), Some(&[0xaa][..]));
    }
    assert_eq!(ask(stick, 0, &rom_message(&[0xed, number + 1, !(number + 1)])).as_deref(), Some(&[0xaa][..]));
}

fn load_both(stick: &mut Stick, patched: bool) {
    load(stick, 1, 0x1000_0000, &[0x11; 700]);
    let chip = stick.model.chip;
    load(stick, 2, 0x5790_0000, &usbldr(chip, patched));
}

fn flash(stick: &mut Stick, interface: u8, code: u32, content: &[u8]) {
    let size = (content.len() as u32).to_be_bytes();
    let start = [&[0x41], &code.to_be_bytes()[..], &size, &[0; 3]].concat();
    let data = [&[0x42, 0, 0, 0, 1], &(content.len() as u16).to_be_bytes()[..], content].concat();
    let end = [&[0x43], &size[..], &[0; 3], &code.to_be_bytes(), &[0; 11]].concat();
    for payload in [start, data, end] {
        assert_eq!(ask(stick, interface, &hdlc::frame(&payload)), Some(hdlc::frame(&[0x02])));
    }
}

#[test]
fn a_loaded_stick_is_flashed_restarts_and_runs_what_was_written() {
    let mut stick = stick("e3372h", Mode::BootRom);
    load_both(&mut stick, true);
    assert_eq!(stick.ram_images().len(), 2);
    wait_for(&mut stick, Mode::Download);
    assert_eq!(id(&stick), 0x1c05);
    assert_eq!(ask(&mut stick, 0, b"AT^DLOADVER?\r"), None, "the shell is silent");
    assert_eq!(ask(&mut stick, 2, b"AT^DATAMODE\r").as_deref(), Some(&b"\r\nOK\r\n"[..]));
    flash(&mut stick, 2, 0x22_0000, b"VxWorks 21.180.01.00.00 and more");
    assert_eq!(ask(&mut stick, 2, &hdlc::frame(&[0x0a])), Some(hdlc::frame(&[0x02])));
    wait_for(&mut stick, Mode::Cd);
    assert_eq!((id(&stick), stick.flash().software()), (0x14fe, Some("21.180.01.00.00")));
    assert!(!stick.flash().erased_by_loader());
}

#[test]
fn an_unpatched_loader_erases_everything_and_the_boot_rom_is_all_that_is_left() {
    let mut stick = stick("e3372h", Mode::BootRom);
    load_both(&mut stick, false);
    wait_for(&mut stick, Mode::Download);
    assert!(stick.flash().erased_by_loader() && stick.flash().calibration().is_empty());
    stick.unplug();
    stick.plug();
    wait_for(&mut stick, Mode::BootRom);
}

#[test]
fn a_message_before_the_last_reply_was_read_makes_the_boot_rom_deaf() {
    let mut stick = stick("e3372h", Mode::BootRom);
    let header = rom_message(&[0xfe, 0, 0xff, 1, 0, 0, 0, 4, 0, 0, 0, 0]);
    assert_eq!(stick.bulk_out(0x01, &header), Out::Taken(14));
    stick.bulk_out(0x01, &header);
    assert_eq!(stick.bulk_out(0x01, &header), Out::NotNow);
    stick.unplug();
    stick.short_pad(true);
    stick.plug();
    wait_for(&mut stick, Mode::BootRom);
    assert_eq!(ask(&mut stick, 0, &header).as_deref(), Some(&[0xaa][..]));
}

#[test]
fn while_raminit_runs_the_boot_rom_takes_nothing() {
    let mut stick = stick("e3372h", Mode::BootRom);
    load(&mut stick, 1, 0x1000_0000, &[0x11; 700]);
    let header = rom_message(&[0xfe, 0, 0xff, 2, 0, 0, 0, 4, 0x57, 0x90, 0, 0]);
    assert_eq!(stick.bulk_out(0x01, &header), Out::NotNow);
    assert_eq!(ask(&mut stick, 0, &header).as_deref(), Some(&[0xaa][..]));
}

#[test]
fn a_loader_for_another_chip_never_comes_back() {
    let mut stick = stick("e3372h", Mode::BootRom);
    load(&mut stick, 1, 0x1000_0000, &[0x11; 700]);
    load(&mut stick, 2, 0x5790_0000, &usbldr(Chip::V7R2, true));
    stick.advance(stick.now + Duration::from_secs(600));
    assert_eq!(stick.mode(), None);
}

#[test]
fn an_interrupted_flash_comes_back_in_download_mode_after_a_power_cut() {
    let mut stick = stick("e3372h", Mode::Download);
    ask(&mut stick, 2, b"AT^DATAMODE\r");
    let start = [&[0x41], &0x59_0000u32.to_be_bytes()[..], &4u32.to_be_bytes(), &[0; 3]].concat();
    assert_eq!(ask(&mut stick, 2, &hdlc::frame(&start)), Some(hdlc::frame(&[0x02])));
    stick.unplug();
    stick.plug();
    wait_for(&mut stick, Mode::Download);
    assert_eq!(id(&stick), 0x1c05);
    assert!(ask(&mut stick, 2, b"AT^DLOADVER?\r").is_some(), "a new daemon listens to AT");
}

#[test]
fn old_stick_firmware_goes_into_download_mode_on_command() {
    let mut stick = stick("e3372h", Mode::Stick);
    let answer = ask(&mut stick, 1, b"AT^GODLOAD\r").expect("an answer");
    assert!(answer.ends_with(b"\r\nOK\r\n"));
    wait_for(&mut stick, Mode::Download);
    assert_eq!(id(&stick), 0x1442);
    assert!(ask(&mut stick, 0, b"AT^DLOADVER?\r").is_some());
}

#[test]
fn the_diagnostic_port_answers_a_version_request_with_something_else() {
    let mut stick = stick("e3372h", Mode::Download);
    let answer = ask(&mut stick, 1, &hdlc::frame(&[0x0c])).expect("diag speaks HDLC");
    assert_ne!(answer.first(), Some(&0x0d));
    assert_ne!(answer.get(1), Some(&0x0d));
}

#[test]
fn line_states_are_taken_by_serial_interfaces_and_by_no_others() {
    let raise = |index| Setup { request_type: 0x21, request: 0x22, value: 3, index, length: 0 };
    let mut serial = stick("e3372h", Mode::Download);
    assert_eq!(serial.control(raise(2), &[]), Response::Done(Bytes::new()));
    let mut cd = stick("e3372h", Mode::Cd);
    assert_eq!(cd.control(raise(0), &[]), Response::Stall);
}

#[test]
fn there_is_no_hilink_firmware_for_the_e3372s() {
    let refused = Stick::new(Model::named("e3372s").expect("a model"), Mode::HiLink, StickOptions::default());
    assert!(refused.is_err_and(|error| error.to_string().contains("E3372s")));
}

#[test]
fn each_effect_changes_one_answer_and_the_next_is_good() {
    let moment = || Moment::At("AT^DLOADVER?".to_owned());
    let good = Bytes::from_static(b"\r\n2.0\r\n\r\nOK\r\n");
    for (effect, expected) in [
        (Effect::LoseAnswer, None),
        (Effect::Garbage(Bytes::from_static(b"?")), Some(Bytes::from_static(b"?"))),
        (Effect::Refuse(7), Some(Bytes::from_static(b"\r\nERROR\r\n"))),
        (Effect::Split(5), Some(good.slice(..5))),
        (Effect::DelayAnswer(Duration::from_secs(9)), Some(good.clone())),
        (Effect::UnplugBefore, None),
    ] {
        let mut stick = stick("e3372h", Mode::Download);
        stick.inject(Fault::At(moment(), effect.clone()));
        let (before, answer) = (stick.now, ask(&mut stick, 2, b"AT^DLOADVER?\r"));
        assert_eq!(answer, expected, "{effect:?}");
        match effect {
            Effect::UnplugBefore => assert_eq!(stick.mode(), None),
            Effect::DelayAnswer(by) => assert_eq!(stick.now - before, by),
            Effect::Split(_) => {}
            _ => assert_eq!(ask(&mut stick, 2, b"AT^DLOADVER?\r"), Some(good.clone()), "after {effect:?}"),
        }
    }
}

#[test]
fn a_stalled_endpoint_works_again_once_it_is_cleared() {
    for (effect, endpoint) in [(Effect::StallOut, 0x03), (Effect::StallIn, 0x83)] {
        let mut stick = stick("e3372h", Mode::Download);
        stick.inject(Fault::At(Moment::At("AT".to_owned()), effect));
        assert_eq!(ask(&mut stick, 2, b"AT^DLOADVER?\r"), None);
        stick.clear_halt(endpoint);
        assert!(ask(&mut stick, 2, b"AT^DLOADVER?\r").is_some());
    }
}

#[test]
fn a_return_can_go_wrong_in_each_way() {
    let back = |fault: Return| {
        let mut stick = stick("e3372h", Mode::Stick);
        stick.inject(Fault::OnReturn(fault));
        ask(&mut stick, 1, b"AT^RESET\r");
        stick.advance(stick.now + Duration::from_secs(90));
        stick
    };
    assert_eq!(back(Return::Never).mode(), None);
    assert_eq!(id(&back(Return::WithProductId(0x1c20))), 0x1c20);
    assert_eq!(back(Return::WithVersion("21.999.00.00.00".to_owned())).flash().software(), Some("21.999.00.00.00"));
    assert_eq!(back(Return::AsModel(Model::named("e3372s").expect("a model"))).model().device, "E3372s");
    assert_eq!(back(Return::OnPort("1-2".to_owned())).moved(), Some("1-2".to_owned()));
    assert_eq!(back(Return::Late(Duration::from_secs(300))).mode(), None);
    assert_eq!((back(Return::Twice).incarnation(), back(Return::Through(Mode::Fastboot)).incarnation()), (3, 3));
    let mut pulled = back(Return::Unplugged);
    pulled.plug();
    wait_for(&mut pulled, Mode::Cd);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_bytes_at_any_endpoint_make_a_stick_panic(
        mode in prop::sample::select(vec![Mode::Cd, Mode::HiLink, Mode::Stick, Mode::Serial, Mode::BootRom, Mode::Download, Mode::Fastboot]),
        transfers in prop::collection::vec((0u8..6, prop::collection::vec(any::<u8>(), 0..700)), 0..12),
        requests in prop::collection::vec(any::<(u8, u8, u16, u16, u16)>(), 0..6),
    ) {
        let mut stick = stick("e3372h", mode);
        for (endpoint, transfer) in transfers {
            stick.bulk_out(endpoint, &transfer);
            stick.bulk_in(0x80 | endpoint, 512);
            stick.advance(stick.now + Duration::from_secs(1));
        }
        for (request_type, request, value, index, length) in requests {
            stick.control(Setup { request_type, request, value, index, length }, &[]);
        }
    }
}
