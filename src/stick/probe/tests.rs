use balong_mocks::{Bus, Effect, Event, Fault, Hand, Mode as MockMode, Model, Moment, Pace, Stick, StickOptions};

use super::*;
use crate::protocol::Interrupt;
use crate::stick::at_path;
use crate::usb::PortPath;
use crate::usb::simulated::SimulatedBus;
use crate::web::SimulatedWeb;

const PORT: &str = "1-1.4";

fn probed(bus: &Bus) -> Probed {
    probed_as(bus, |device| device)
}

/// The same, of a device that says something else of itself.
fn probed_as(bus: &Bus, disguise: impl FnOnce(Attached) -> Attached) -> Probed {
    let (seam, web) = (SimulatedBus::new(bus.clone()), SimulatedWeb::new(bus.clone()));
    let host = Host { bus: &seam, web: &web, interrupt: Interrupt::new() };
    let path: PortPath = PORT.parse().expect("a path");
    let device = at_path(&seam, &path).expect("a bus").expect("a stick");
    probe(&host, &disguise(device)).expect("it can be asked")
}

fn stick(mode: MockMode) -> (Bus, Hand) {
    let bus = Bus::new(Pace::Virtual);
    let model = Model::named("e3372h").expect("a model");
    let hand = bus.plug(PORT, Stick::new(model, mode, StickOptions::default()).expect("a mode that it has"));
    (bus, hand)
}

fn found(probed: &Probed) -> Vec<(Role, Evidence)> {
    probed.roles.iter().map(|found| (found.role, found.by)).collect()
}

fn asked(hand: &Hand) -> Vec<(u8, String)> {
    let words = |event| match event {
        Event::At { interface, command } => Some((interface, command)),
        _ => None,
    };
    hand.transcript().into_iter().filter_map(words).collect()
}

#[test]
fn three_ports_that_look_alike_are_named_by_the_first_that_answers() {
    let (bus, hand) = stick(MockMode::Serial);
    let probed = probed(&bus);
    let by = Evidence::PortMode;
    assert_eq!(found(&probed), [(Role::Modem, by), (Role::Diagnostic, by), (Role::Pcui, by)]);
    assert_eq!(probed.silent, [1]);
    let names = |(_, command): &(u8, String)| command == "AT^GETPORTMODE";
    assert_eq!(asked(&hand).iter().filter(|one| names(one)).count(), 1, "{:?}", asked(&hand));
}

#[test]
fn without_names_the_ports_that_answer_are_told_by_that() {
    let (bus, hand) = stick(MockMode::Serial);
    for _ in 0..2 {
        hand.inject(Fault::At(Moment::At("AT^GETPORTMODE".to_owned()), Effect::Refuse(0)));
    }
    let (at, place) = (Evidence::AnswersAt, Evidence::Place);
    assert_eq!(found(&probed(&bus)), [(Role::Modem, at), (Role::Diagnostic, place), (Role::Pcui, at)]);
}

#[test]
fn names_that_contradict_what_a_port_answers_count_for_nothing() {
    let (bus, hand) = stick(MockMode::Serial);
    let lie = b"\r\nTYPE: WCDMA: huawei,,a_shell:0,3g_diag:1,pcui:2\r\n\r\nOK\r\n";
    for _ in 0..2 {
        hand.inject(Fault::At(Moment::At("AT^GETPORTMODE".to_owned()), Effect::Garbage(lie.as_slice().into())));
    }
    let at = Evidence::AnswersAt;
    assert_eq!(found(&probed(&bus))[0], (Role::Modem, at));
}

#[test]
fn the_flashing_port_is_found_and_no_port_is_asked_more_than_it_must() {
    let (bus, hand) = stick(MockMode::Download);
    let probed = probed(&bus);
    let daemon = probed.roles.iter().filter(|found| found.by == Evidence::AnswersDownload).count();
    assert_eq!(daemon, 1, "{probed:?}");
    assert!(asked(&hand).iter().all(|(_, command)| command == "AT^DLOADVER?"), "{:?}", asked(&hand));
}

#[test]
fn what_the_descriptors_tell_is_not_asked() {
    let (bus, hand) = stick(MockMode::Stick);
    let probed = probed(&bus);
    assert!(probed.roles.iter().all(|found| found.by == Evidence::Descriptors), "{probed:?}");
    assert!(asked(&hand).is_empty(), "{:?}", asked(&hand));
}

#[test]
fn where_nothing_answers_nothing_is_asked() {
    for mode in [MockMode::BootRom, MockMode::Cd, MockMode::Fastboot, MockMode::HiLink] {
        let (bus, hand) = stick(mode);
        let _ = probed(&bus);
        let said: Vec<_> = hand.transcript().into_iter().filter(Event::is_message).collect();
        assert!(said.is_empty(), "{mode}: {said:?}");
    }
}

#[test]
fn a_device_that_crashes_at_the_question_for_names_is_never_asked_it() {
    let (bus, hand) = stick(MockMode::Serial);
    // The ME909u-521 under its own id, with ports that look alike.
    let probed = probed_as(&bus, |device| Attached { product_id: 0x1573, ..device });
    // Without a place and without names, nothing tells the modem's port from the one for programs.
    let answering: Vec<_> = probed.roles.iter().filter(|found| found.by == Evidence::AnswersAt).collect();
    assert!(answering.len() == 2 && answering.iter().all(|found| found.role == Role::Serial), "{probed:?}");
    assert!(asked(&hand).iter().all(|(_, command)| command == "AT"), "{:?}", asked(&hand));
}

#[test]
fn a_port_that_another_program_holds_is_passed_over_and_named() {
    let (bus, hand) = stick(MockMode::Serial);
    hand.hold(0, "minicom");
    let probed = probed(&bus);
    assert_eq!(probed.held, [(0, "minicom".to_owned())]);
    assert_eq!(probed.roles[2].role, Role::Pcui);
}
