//! Each way of telling, to a simulated stick.

use balong_mocks::{Bus, Effect, Ending, Fault, Hand, Mode, Model, Moment, Pace, Stick, StickOptions};

use super::*;
use crate::protocol::Interrupt;
use crate::protocol::mode_switch::{CommandWrapper, VendorSwitch};
use crate::stick::waiting;
use crate::usb::UsbBus;
use crate::usb::simulated::SimulatedBus;
use crate::web::SimulatedWeb;

const LONG: Duration = Duration::from_secs(90);
const NEW_MODE: SwitchMethod = SwitchMethod::Message(VendorSwitch::new_mode().wrapper());

struct Desk {
    bus: SimulatedBus,
    web: SimulatedWeb,
    hand: Hand,
}

impl Desk {
    fn with(mode: Mode) -> Self {
        Self::with_model("e3372h", mode)
    }

    fn with_model(model: &str, mode: Mode) -> Self {
        let stick = Stick::new(Model::named(model).expect("a model"), mode, StickOptions::default());
        let bus = Bus::new(Pace::Virtual);
        let hand = bus.plug("1-1.4", stick.expect("it has that mode"));
        Self { web: SimulatedWeb::new(bus.clone()), bus: SimulatedBus::new(bus), hand }
    }

    /// With stick firmware, freshly plugged in.
    fn with_stick_firmware_in_its_cd() -> Self {
        let desk = Self::with(Mode::Stick);
        desk.hand.unplug();
        desk.hand.plug();
        assert!(desk.hand.wait_for(Mode::Cd, LONG), "every firmware comes up in its CD stage");
        desk
    }

    fn host(&self) -> Host<'_> {
        Host { bus: &self.bus, web: &self.web, interrupt: Interrupt::new() }
    }

    fn here(&self) -> Attached {
        let mut devices = self.bus.attached().expect("a bus");
        assert_eq!(devices.len(), 1, "one stick is attached");
        devices.remove(0)
    }

    fn tell(&self, method: &SwitchMethod) -> Result<Reaction, PortError> {
        tell_to_switch(&self.host(), &self.here(), method)
    }

    /// The product id under which it comes back, or stays.
    fn lands(&self) -> u16 {
        self.bus.sleep(LONG);
        self.here().product_id
    }
}

#[test]
fn the_method_of_the_table_takes_each_cd_stage_to_where_the_table_says() {
    for (desk, cd) in [(Desk::with(Mode::Cd), 0x1f01), (Desk::with_stick_firmware_in_its_cd(), 0x14fe)] {
        let known = waiting(&desk.here()).expect("it waits for its switch");
        assert_eq!(known.product_id, cd);
        desk.tell(known.method().expect("there is a way")).expect("it can be told");
        let landed = desk.lands();
        assert!(known.lands.admits(&desk.here()), "{cd:04x} came back as {landed:04x}");
        assert!(waiting(&desk.here()).is_none());
    }
}

#[test]
fn messages_for_other_compositions_lead_there() {
    let messages = [
        (VendorSwitch::gateway_modem(), 0x1001),
        (VendorSwitch::gateway_ndis(), 0x155e),
        (VendorSwitch::alternative_mode(), 0x155e),
        (VendorSwitch::hilink(), 0x14dc),
        (VendorSwitch::hilink_short(), 0x14dc),
        (VendorSwitch::project(), 0x1442),
    ];
    for (message, product) in messages {
        // Closed firmware ignores the last of them.
        let desk = Desk::with_model("e3372h-open", Mode::Cd);
        desk.tell(&SwitchMethod::Message(message.wrapper())).expect("it can be told");
        assert_eq!(desk.lands(), product, "{message:?}");
    }
}

#[test]
fn a_message_that_is_ignored_is_answered_all_the_same_so_that_the_answer_proves_nothing() {
    let desk = Desk::with(Mode::Cd);
    let told = desk.tell(&SwitchMethod::Message(VendorSwitch::old_modem().wrapper()));
    assert_eq!(told.expect("it can be told"), Reaction::Answered);
    assert_eq!(desk.lands(), 0x1f01, "HiLink firmware of a V7R11 ignores it");
}

#[test]
fn an_eject_is_answered_and_not_obeyed() {
    let desk = Desk::with(Mode::Cd);
    assert_eq!(desk.tell(&SwitchMethod::Eject).expect("it can be told"), Reaction::Answered);
    assert_eq!(desk.lands(), 0x1f01);
}

#[test]
fn the_mac_request_needs_no_claim_and_leads_out_of_the_cd() {
    let desk = Desk::with(Mode::Cd);
    desk.hand.hold(0, "usb-storage");
    assert_eq!(desk.tell(&SwitchMethod::MacRequest).expect("it can be told"), Reaction::Answered);
    assert_eq!(desk.lands(), 0x14dc);
}

#[test]
fn a_request_that_is_stalled_is_a_normal_reaction() {
    let desk = Desk::with(Mode::HiLink);
    for method in [SwitchMethod::MacRequest, SwitchMethod::SetFeature, SwitchMethod::Configuration(2)] {
        assert_eq!(desk.tell(&method).expect("it can be told"), Reaction::Stalled, "{method}");
    }
    assert_eq!(desk.lands(), 0x14dc);
}

#[test]
fn a_stick_that_left_before_or_while_it_was_told_has_left() {
    for method in [NEW_MODE, SwitchMethod::Eject, SwitchMethod::MacRequest, SwitchMethod::Configuration(1)] {
        let desk = Desk::with(Mode::Cd);
        let here = desk.here();
        desk.hand.unplug();
        let told = tell_to_switch(&desk.host(), &here, &method);
        assert_eq!(told.expect("it is gone, which is no failure"), Reaction::Left, "{method}");
    }
    let desk = Desk::with(Mode::Cd);
    desk.hand.inject(Fault::At(Moment::Switch, Effect::UnplugBefore));
    assert_eq!(desk.tell(&NEW_MODE).expect("it can be told"), Reaction::Left);
}

#[test]
fn a_lost_status_and_a_halt_are_normal_and_the_stick_switches_all_the_same() {
    for effect in [Effect::LoseAnswer, Effect::StallIn, Effect::StallOut] {
        let desk = Desk::with(Mode::Cd);
        desk.hand.inject(Fault::At(Moment::Switch, effect.clone()));
        desk.tell(&NEW_MODE).expect("it can be told");
        assert_eq!(desk.lands(), 0x14dc, "{effect:?}");
    }
}

#[test]
fn a_status_that_another_program_left_unread_does_not_keep_the_message_from_the_stick() {
    let desk = Desk::with(Mode::Cd);
    desk.hand.say(Duration::ZERO, 0, &b"USBS\x01\0\0\0\0\0\0\0\0"[..], Ending::Nothing);
    desk.bus.sleep(Duration::from_secs(1));
    assert_eq!(desk.tell(&NEW_MODE).expect("it can be told"), Reaction::Answered);
    assert_eq!(desk.lands(), 0x14dc);
}

#[test]
fn a_storage_that_another_program_holds_or_that_is_not_there_is_an_error() {
    let desk = Desk::with(Mode::Cd);
    desk.hand.hold(0, "a file manager");
    assert!(matches!(desk.tell(&NEW_MODE), Err(PortError::Usb(UsbError::Busy { interface: 0, .. }))));
    assert!(matches!(Desk::with(Mode::BootRom).tell(&NEW_MODE), Err(PortError::NoInterface("storage"))));
}

#[test]
fn a_stop_that_was_asked_for_sends_nothing() {
    let desk = Desk::with(Mode::Cd);
    let host = desk.host();
    host.interrupt.request();
    let told = tell_to_switch(&host, &desk.here(), &NEW_MODE);
    assert!(matches!(told, Err(PortError::Interrupted)), "{told:?}");
    assert_eq!(desk.lands(), 0x1f01);
}

#[test]
fn the_drive_behind_the_storage_says_who_it_is_and_nothing_changes() {
    for (mode, is_virtual_cd) in [(Mode::Cd, true), (Mode::HiLink, false)] {
        let desk = Desk::with(mode);
        let drive = ask_drive(&desk.host(), &desk.here()).expect("it can be asked").expect("it says");
        assert_eq!((drive.vendor.as_str(), drive.is_virtual_cd()), ("HUAWEI", is_virtual_cd), "{mode}: {drive:?}");
        assert_eq!(desk.hand.mode(), Some(mode));
    }
}

#[test]
fn a_message_that_promises_data_ends_as_well() {
    let desk = Desk::with(Mode::Cd);
    let told = desk.tell(&SwitchMethod::Message(CommandWrapper::rezero_unit()));
    assert_eq!(told.expect("it can be told"), Reaction::Answered);
}
