//! Ports, addresses, claims and time.

use super::*;
use crate::faults::{Fault, Return};
use crate::model::{Mode, Model, StickOptions};
use crate::pipes::Ending;

const SHORT: Duration = Duration::from_millis(100);
const LONG: Duration = Duration::from_secs(60);

fn stick(mode: Mode) -> Stick {
    Stick::new(Model::named("e3372h").expect("a model"), mode, StickOptions::default()).expect("it has that mode")
}

fn bus_with(mode: Mode) -> (Bus, Hand, u8) {
    let bus = Bus::new(Pace::Virtual);
    let hand = bus.plug("1-1.4", stick(mode));
    let address = bus.devices()[0].address;
    (bus, hand, address)
}

#[test]
fn waiting_costs_virtual_time_only_and_exactly_what_was_asked_for() {
    let (bus, _, address) = bus_with(Mode::Download);
    let mut port = bus.claim("1-1.4", address, 2).expect("it is free");
    let before = bus.now();
    assert_eq!(port.receive(LONG), Ok(None));
    assert_eq!(bus.now() - before, LONG);
}

#[test]
fn an_answer_comes_back_and_costs_little_time() {
    let (bus, _, address) = bus_with(Mode::Download);
    let mut port = bus.claim("1-1.4", address, 2).expect("it is free");
    port.send(b"AT^DLOADVER?\r", SHORT).expect("it is taken");
    let answer = port.receive(SHORT).expect("no fault").expect("an answer");
    assert_eq!(&answer[..], b"\r\n2.0\r\n\r\nOK\r\n");
    assert!(bus.now() > Duration::ZERO && bus.now() < SHORT);
}

#[test]
fn a_restart_gives_a_new_address_at_the_same_port_and_ends_the_old_claim() {
    let (bus, hand, address) = bus_with(Mode::Stick);
    let mut port = bus.claim("1-1.4", address, 1).expect("it is free");
    port.send(b"AT^RESET\r", SHORT).expect("it is taken");
    bus.sleep(LONG);
    let device = bus.devices().pop().expect("it is back");
    assert_eq!((device.port.as_str(), hand.mode()), ("1-1.4", Some(Mode::Cd)));
    assert!(device.address > address);
    assert_eq!(port.receive(SHORT), Err(TransferError::Gone));
    assert_eq!(bus.claim("1-1.4", address, 1).err(), Some(Refusal::Gone));
}

#[test]
fn an_interface_is_claimed_once_and_free_after_the_drop() {
    let (bus, _, address) = bus_with(Mode::Download);
    let first = bus.claim("1-1.4", address, 2).expect("it is free");
    assert_eq!(bus.claim("1-1.4", address, 2).err(), Some(Refusal::Busy("this program".to_owned())));
    assert!(bus.claim("1-1.4", address, 1).is_ok());
    assert_eq!(bus.set_configuration("1-1.4", address, 1), Err(Refusal::Busy("this program".to_owned())));
    drop(first);
    assert!(bus.claim("1-1.4", address, 2).is_ok());
    assert_eq!(bus.set_configuration("1-1.4", address, 1), Ok(()));
    assert_eq!(bus.claim("1-1.4", address, 9).err(), Some(Refusal::Unsuitable));
}

#[test]
fn permission_may_come_later_than_the_stick() {
    let (bus, hand, _) = bus_with(Mode::Stick);
    hand.deny_access_for(Duration::from_secs(2));
    hand.unplug();
    hand.plug();
    assert_eq!(hand.wait_until_attached(), Some(Mode::Cd));
    let address = bus.devices()[0].address;
    assert_eq!(bus.claim("1-1.4", address, 0).err(), Some(Refusal::Denied));
    bus.sleep(Duration::from_secs(2));
    assert!(bus.claim("1-1.4", address, 0).is_ok());
}

#[test]
fn another_program_holds_an_interface_until_it_lets_go() {
    let (bus, hand, address) = bus_with(Mode::Download);
    hand.hold(2, "ModemManager");
    assert_eq!(bus.claim("1-1.4", address, 2).err(), Some(Refusal::Busy("ModemManager".to_owned())));
    hand.let_go(2);
    assert!(bus.claim("1-1.4", address, 2).is_ok());
}

#[test]
fn a_needle_leads_into_the_boot_rom_and_a_clumsy_one_does_not() {
    let (bus, hand, _) = bus_with(Mode::HiLink);
    hand.clumsy_needle(SHORT);
    bus.sleep(LONG);
    assert_eq!(hand.mode(), Some(Mode::Cd));
    hand.needle(SHORT);
    bus.sleep(LONG);
    assert_eq!(hand.mode(), Some(Mode::BootRom));
    hand.unplug();
    hand.plug();
    bus.sleep(LONG);
    assert_eq!(hand.mode(), Some(Mode::Cd), "the pad was let go");
}

#[test]
fn a_hand_follows_its_stick_into_another_port() {
    let (bus, hand, _) = bus_with(Mode::HiLink);
    hand.inject(Fault::OnReturn(Return::OnPort("1-2".to_owned())));
    hand.unplug();
    hand.plug();
    bus.sleep(LONG);
    assert_eq!((hand.port().as_str(), bus.devices()[0].port.as_str()), ("1-2", "1-2"));
}

#[test]
fn two_threads_on_two_sticks_do_not_outrun_each_other() {
    let bus = Bus::new(Pace::Virtual);
    bus.plug("1-1", stick(Mode::Download));
    bus.plug("1-2", stick(Mode::Download));
    let work = |port: &'static str| {
        let bus = bus.clone();
        std::thread::spawn(move || {
            let address = bus.devices().iter().find(|device| device.port == port).expect("it is there").address;
            let mut claim = bus.claim(port, address, 2).expect("it is free");
            (0..200).all(|_| {
                claim.send(b"AT^DLOADVER?\r", SHORT).expect("it is taken");
                matches!(claim.receive(SHORT), Ok(Some(_))) && claim.receive(SHORT) == Ok(None)
            })
        })
    };
    let threads = [work("1-1"), work("1-2")];
    assert!(threads.into_iter().all(|thread| thread.join().expect("no panic")));
}

#[test]
fn scaled_time_really_passes() {
    let bus = Bus::new(Pace::Scaled { speed: 1000 });
    let hand = bus.plug("1-1.4", stick(Mode::Download));
    let address = bus.devices()[0].address;
    let mut claim = bus.claim("1-1.4", address, 2).expect("it is free");
    hand.say(Duration::from_secs(1), 2, &b"late"[..], Ending::Nothing);
    let said = claim.receive(LONG).expect("no fault").expect("it comes");
    assert_eq!(&said[..], b"late");
    assert!(bus.now() >= Duration::from_secs(1));
}

#[test]
fn behind_a_full_speed_hub_the_boot_rom_takes_a_message_in_packets_of_64() {
    let options = StickOptions { full_speed: true, ..StickOptions::default() };
    let bus = Bus::new(Pace::Virtual);
    bus.plug("1-1.4", Stick::new(Model::named("e3372h").expect("a model"), Mode::BootRom, options).expect("a mode"));
    let address = bus.devices()[0].address;
    let mut port = bus.claim("1-1.4", address, 0).expect("it is free");
    let checked = |bytes: Vec<u8>| [&bytes[..], &crate::crc::xmodem(&bytes).to_be_bytes()].concat();
    let header = checked(vec![0xfe, 0, 0xff, 1, 0, 0, 4, 0, 0x10, 0, 0, 0]);
    let data = checked([&[0xda, 1, 0xfe][..], &[0x5a; 1024]].concat());
    for message in [header, data, checked(vec![0xed, 2, 0xfd])] {
        port.send(&message, SHORT).expect("it is taken");
        let reply = port.receive(SHORT).expect("no fault");
        assert_eq!(reply.as_deref(), Some(&[0xaa][..]), "{} bytes", message.len());
    }
}
