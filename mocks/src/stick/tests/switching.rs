//! Out of the virtual CD, and what decides where that leads.

use super::*;

pub(super) const NEW_MODE: [u8; 9] = [0x11, 0x06, 0x20, 0, 0, 1, 1, 0, 1];
pub(super) const PROJECT: [u8; 2] = [0x11, 0x06];
pub(super) const EJECT: [u8; 5] = [0x1b, 0, 0, 0, 2];

pub(super) fn in_cd(name: &str, options: StickOptions) -> Stick {
    let mut stick = Stick::new(Model::named(name).expect("a model"), Mode::Cd, options).expect("it has a CD");
    stick.plug();
    stick
}

pub(super) fn wrapper(block: &[u8]) -> Vec<u8> {
    let mut wrapper = b"USBC\x12\x34\x56\x78\0\0\0\0\0\0\x11".to_vec();
    wrapper.extend(block);
    wrapper.resize(31, 0);
    wrapper
}

pub(super) fn request(stick: &mut Stick, request_type: u8, request: u8, value: u16) -> Response {
    stick.control(Setup { request_type, request, value, index: 0, length: 255 }, &[])
}

/// 40/A1 to the device.
pub(super) fn ask_to_leave(stick: &mut Stick) -> Response {
    request(stick, 0x40, 0xa1, 0)
}

/// The id under which it is there a minute later.
pub(super) fn later(stick: &mut Stick) -> u16 {
    stick.advance(stick.now + Duration::from_secs(60));
    id(stick)
}

/// The answer of an AT port, without what it said unasked before.
pub(super) fn command(stick: &mut Stick, interface: u8, line: &str) -> String {
    let (_, inward) = stick.pair(interface).expect("a bulk pair");
    while let In::Packet(_) = stick.bulk_in(inward, 4096) {}
    let answer = ask(stick, interface, format!("{line}\r").as_bytes()).expect("an answer");
    String::from_utf8_lossy(&answer).into_owned()
}

/// Restarts it by an AT command, and waits until it shows in that mode.
fn restart(stick: &mut Stick, interface: u8, mode: Mode) {
    command(stick, interface, "AT^RESET");
    stick.advance(stick.now + Duration::from_secs(1));
    assert_eq!(stick.mode(), None);
    wait_for(stick, mode);
}

pub(super) fn done() -> Response {
    Response::Done(Bytes::new())
}

#[test]
fn the_switching_message_leads_out_of_the_cd_and_is_refused_at_work() {
    let mut stick = stick("e3372h", Mode::Cd);
    assert_eq!(id(&stick), 0x1f01);
    ask(&mut stick, 0, &wrapper(&NEW_MODE));
    wait_for(&mut stick, Mode::HiLink);
    let status = ask(&mut stick, 2, &wrapper(&NEW_MODE)).expect("a status");
    assert_eq!((status.last(), later(&mut stick)), (Some(&1), 0x14dc));
}

#[test]
fn the_project_message_is_obeyed_by_open_firmware_and_answered_by_closed_firmware() {
    let mut open = stick("e3372h-open", Mode::Cd);
    ask(&mut open, 0, &wrapper(&PROJECT));
    assert_eq!(later(&mut open), 0x1442);
    assert!(ask(&mut open, 0, b"AT^DLOADVER?\r").is_some());
    let mut closed = stick("e3372h", Mode::Cd);
    let status = ask(&mut closed, 0, &wrapper(&PROJECT)).expect("a status");
    assert_eq!((status.last(), later(&mut closed)), (Some(&0), 0x1f01));
}

#[test]
fn without_a_card_reader_hilink_works_as_14db_and_its_cd_has_one_unit() {
    let options = StickOptions { card_reader: false, ..StickOptions::default() };
    let mut stick = in_cd("e3372h", options.clone());
    assert_eq!(request(&mut stick, 0xa1, 0xfe, 0), Response::Done(Bytes::from_static(&[0])));
    ask_to_leave(&mut stick);
    assert_eq!((later(&mut stick), stick.mode()), (0x14db, Some(Mode::HiLink)));
    let mut at_work = Stick::new(stick.model(), Mode::HiLink, options).expect("a mode of the model");
    at_work.plug();
    assert_eq!(id(&at_work), 0x14db);
}

#[test]
fn the_vendor_request_leads_out_of_the_cd_and_nowhere_else_even_where_it_stalls() {
    for (stalls, answer) in [(false, done()), (true, Response::Stall)] {
        let options = StickOptions { stalls_leave_request: stalls, ..StickOptions::default() };
        let mut stick = in_cd("e3372h", options);
        assert_eq!(ask_to_leave(&mut stick), answer);
        assert_eq!(later(&mut stick), 0x14dc);
        assert_eq!(ask_to_leave(&mut stick), Response::Stall);
        assert_eq!(later(&mut stick), 0x14dc);
    }
    let mut other = stick("e3372h", Mode::Cd);
    assert_eq!(request(&mut other, 0x40, 0xa1, 1), Response::Stall);
    assert_eq!(later(&mut other), 0x1f01);
}

#[test]
fn where_only_the_vendor_request_works_nothing_else_does() {
    let options = StickOptions { leaves_by_request_only: true, ..StickOptions::default() };
    let mut stick = in_cd("e3372h-open", options);
    for block in [&NEW_MODE[..], &PROJECT, &[0x11, 0x06, 0x30], &EJECT] {
        let status = ask(&mut stick, 0, &wrapper(block)).expect("a status");
        assert_eq!((status.last(), later(&mut stick)), (Some(&0), 0x1f01), "{block:02x?}");
    }
    assert_eq!(request(&mut stick, 0x00, 9, 0), done());
    assert_eq!(request(&mut stick, 0x00, 3, 1), Response::Stall);
    assert_eq!(later(&mut stick), 0x1f01);
    ask_to_leave(&mut stick);
    assert_eq!(later(&mut stick), 0x14dc);
}

#[test]
fn the_unit_count_leads_out_once_windows_asked_for_its_descriptors() {
    let options = StickOptions { leaves_by_unit_count: true, ..StickOptions::default() };
    let unit_count = |stick: &mut Stick| request(stick, 0xa1, 0xfe, 0);
    let mut stick = in_cd("e3372h", options);
    unit_count(&mut stick);
    assert_eq!(later(&mut stick), 0x1f01);
    request(&mut stick, 0xc0, 0xee, 0);
    assert_eq!(later(&mut stick), 0x1f01);
    unit_count(&mut stick);
    assert_eq!(later(&mut stick), 0x14dc);
    let mut ordinary = in_cd("e3372h", StickOptions::default());
    request(&mut ordinary, 0xc0, 0xee, 0);
    unit_count(&mut ordinary);
    assert_eq!(later(&mut ordinary), 0x1f01);
}

#[test]
fn questions_of_other_systems_are_answered_and_change_nothing() {
    let mut stick = stick("e3372h", Mode::Cd);
    for (code, value) in [(0x9a, 0x0100), (0x9a, 0x0110), (0xee, 0), (0xde, 0), (0xfe, 0), (0x20, 0)] {
        assert!(matches!(request(&mut stick, 0xc0, code, value), Response::Done(_)), "{code:02x}");
        assert_eq!(later(&mut stick), 0x1f01);
    }
    assert_eq!(request(&mut stick, 0xc0, 0x9a, 0x0200), Response::Stall);
    assert_eq!(request(&mut stick, 0xc0, 0x77, 0), Response::Stall);
}

#[test]
fn older_commands_lead_out_where_the_firmware_knows_them() {
    for code in [0xbb, 0xa2] {
        let mut old = in_cd("e3372h", StickOptions { without_autorun: true, ..StickOptions::default() });
        ask(&mut old, 0, &wrapper(&[code]));
        assert_eq!(later(&mut old), 0x14dc);
    }
}

#[test]
fn u2diag_256_makes_hilink_work_as_1566_after_a_restart() {
    let software = Some("22.200.15.00.00".to_owned());
    let model = Model::named("e3372h").expect("a model");
    let options = StickOptions { software, ..StickOptions::default() };
    let mut stick = Stick::new(model, Mode::Serial, options).expect("a mode of the model");
    stick.plug();
    assert!(command(&mut stick, 2, "AT^U2DIAG=256").ends_with("\r\nOK\r\n"));
    assert_eq!(later(&mut stick), 0x1001, "nothing happens before a restart");
    restart(&mut stick, 2, Mode::Cd);
    ask_to_leave(&mut stick);
    assert_eq!((later(&mut stick), stick.mode()), (0x1566, Some(Mode::Serial)));
    assert_eq!(ask(&mut stick, 3, b"AT\r"), None, "the C-shell is silent");
    let ports = command(&mut stick, 2, "AT^GETPORTMODE");
    assert!(ports.contains("TYPE: WCDMA: huawei,,ecm:0,pcui:1,c_shell:2,a_shell:3,3g_diag:4,gps:5"), "{ports}");
    stick.unplug();
    stick.plug();
    wait_for(&mut stick, Mode::Cd);
    ask(&mut stick, 0, &wrapper(&NEW_MODE));
    assert_eq!(later(&mut stick), 0x1566, "the flash remembers");
}

#[test]
fn setport_decides_the_interfaces_of_1506_and_whether_a_cd_comes_first() {
    let mut stick = stick("e3372h", Mode::Stick);
    command(&mut stick, 1, "AT^SETPORT=\"FF;12,13\"");
    assert_eq!(stick.descriptors().expect("it is there").interfaces.len(), 5, "nothing happens before a restart");
    restart(&mut stick, 1, Mode::Stick);
    let classes = |stick: &Stick| -> Vec<[u8; 3]> {
        let facts = stick.descriptors().expect("it is there");
        facts.interfaces.iter().map(|interface| interface.settings[0].class).collect()
    };
    assert_eq!(classes(&stick), [[0xff, 0x03, 0x12], [0xff, 0x03, 0x13]]);
    assert!(!stick.transcript().iter().any(|(_, event)| matches!(event, Event::Attached { mode: Mode::Cd, .. })));
    command(&mut stick, 0, "AT^SETPORT=\"A1;12\"");
    restart(&mut stick, 0, Mode::Cd);
    assert_eq!(request(&mut stick, 0xa1, 0xfe, 0), Response::Done(Bytes::from_static(&[0])), "a CD and no card");
    ask(&mut stick, 0, &wrapper(&NEW_MODE));
    wait_for(&mut stick, Mode::Stick);
    assert_eq!(classes(&stick), [[0xff, 0x03, 0x12]]);
}

#[test]
fn a_loader_that_erases_takes_the_stored_compositions_with_it() {
    let mut stick = stick("e3372h", Mode::Serial);
    command(&mut stick, 2, "AT^U2DIAG=276");
    assert_eq!(stick.flash().settings().u2diag(stick.flash().kind()), 276);
    stick.unplug();
    stick.short_pad(true);
    stick.plug();
    wait_for(&mut stick, Mode::BootRom);
    load_both(&mut stick, false);
    wait_for(&mut stick, Mode::Download);
    assert_eq!(stick.flash().settings().u2diag(stick.flash().kind()), 0);
}

#[test]
fn the_transcript_tells_of_every_way_out_that_was_tried() {
    let mut stick = stick("e3372h", Mode::Cd);
    request(&mut stick, 0x00, 9, 0);
    request(&mut stick, 0x00, 3, 1);
    ask(&mut stick, 0, &wrapper(&EJECT));
    ask_to_leave(&mut stick);
    let told: Vec<Event> = stick.transcript().iter().skip(1).map(|(_, event)| event.clone()).collect();
    let control = |request_type, request, value| Event::Control { request_type, request, value, index: 0 };
    let mut block = [0; 16];
    block[..5].copy_from_slice(&EJECT);
    let expected = [
        Event::SetConfiguration { value: 0 },
        control(0x00, 3, 1),
        Event::CommandBlock { interface: 0, block },
        control(0x40, 0xa1, 0),
    ];
    assert_eq!(told, expected);
}

#[test]
fn the_return_from_a_switch_can_go_wrong_in_each_way() {
    let back = |fault: Return| {
        let mut stick = stick("e3372h", Mode::Cd);
        stick.inject(Fault::OnReturn(fault));
        ask_to_leave(&mut stick);
        stick.advance(stick.now + Duration::from_secs(90));
        stick
    };
    assert_eq!(back(Return::Never).mode(), None);
    assert_eq!(back(Return::Late(Duration::from_secs(300))).mode(), None);
    assert_eq!(id(&back(Return::WithProductId(0x155e))), 0x155e);
    assert_eq!(back(Return::OnPort("1-2".to_owned())).moved(), Some("1-2".to_owned()));
    assert_eq!(back(Return::AsModel(Model::named("e3372s").expect("a model"))).model().device, "E3372s");
    assert_eq!(ids(&back(Return::Twice)), [0x1f01, 0x14dc, 0x14dc]);
    assert_eq!(ids(&back(Return::Through(Mode::Serial))), [0x1f01, 0x1001, 0x14dc]);
    let mut pulled = back(Return::Unplugged);
    pulled.plug();
    wait_for(&mut pulled, Mode::Cd);
}

#[test]
fn a_message_that_is_lost_or_pulled_away_leaves_the_stick_where_such_a_message_does() {
    let after = |effect: Effect| {
        let mut stick = stick("e3372h", Mode::Cd);
        stick.inject(Fault::At(Moment::Switch, effect));
        ask(&mut stick, 0, &wrapper(&NEW_MODE));
        stick.advance(stick.now + Duration::from_secs(60));
        stick
    };
    assert_eq!(id(&after(Effect::LoseAnswer)), 0x14dc);
    assert_eq!(id(&after(Effect::SilenceForGood)), 0x1f01);
    assert_eq!(id(&after(Effect::StallOut)), 0x1f01);
    assert_eq!(after(Effect::UnplugBefore).mode(), None);
    let mut stalled = stick("e3372h", Mode::Cd);
    stalled.inject(Fault::StallControl);
    assert_eq!(ask_to_leave(&mut stalled), Response::Stall);
    assert_eq!(later(&mut stalled), 0x1f01, "a stall by a fault means that nothing was heard");
}

/// Every product id that it showed, in order.
fn ids(stick: &Stick) -> Vec<u16> {
    let attached = |(_, event): &(Duration, Event)| match event {
        Event::Attached { product_id, .. } => Some(*product_id),
        _ => None,
    };
    stick.transcript().iter().filter_map(attached).collect()
}

#[test]
fn fastboot_comes_back_on_request_and_firmware_starts_on_another() {
    let mut stick = stick("e3372h", Mode::Fastboot);
    assert_eq!(ask(&mut stick, 0, b"reboot-bootloader").as_deref(), Some(&b"OKAY"[..]));
    assert_eq!((later(&mut stick), stick.incarnation()), (0x36dd, 2));
    assert_eq!(ask(&mut stick, 0, b"reboot").as_deref(), Some(&b"OKAY"[..]));
    assert_eq!(later(&mut stick), 0x1f01);
}
