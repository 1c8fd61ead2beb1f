//! Whole switches of a simulated stick.

use std::time::Duration;

use balong_mocks::{Bus, Hand, Mode as Simulated, Model, Pace, Stick, StickOptions};

use crate::interrupt::Interrupt;
use crate::protocol::mode_switch::{SwitchMethod, VendorSwitch};
use crate::stick::{Host, Mode, at_path, tell_to_switch};
use crate::switch::prove::STAYS;
use crate::switch::{Observer, Plan, Target, run};
use crate::usb::simulated::SimulatedBus;
use crate::usb::{Attached, PortPath, UsbBus};
use crate::web::{WebAddress, WebError, WebReach};

/// Says yes.
struct Agreeable;

impl Observer for Agreeable {
    fn agrees(&mut self, _: &Plan) -> bool {
        true
    }
}

/// A system that has made a network interface of a stick's card, or has not.
struct Card {
    is_used: bool,
}

impl WebReach for Card {
    fn reach(&self, stick: &Attached) -> Result<WebAddress, WebError> {
        Err(WebError::NoInterface { port: stick.path.clone() })
    }

    fn has_interface(&self, _: &Attached) -> bool {
        self.is_used
    }
}

/// A bus in virtual time, with a stick in its virtual CD.
fn with_stick_in_cd() -> (SimulatedBus, Hand) {
    let bus = Bus::new(Pace::Virtual);
    let model = Model::named("e3372h").expect("a model");
    let hand = bus.plug("1-1.4", Stick::new(model, Simulated::Cd, StickOptions::default()).expect("a mode"));
    (SimulatedBus::new(bus), hand)
}

fn port() -> PortPath {
    "1-1.4".parse().expect("a port path")
}

/// As right after plug-in on a desktop: the system's switcher was faster than the program.
#[test]
fn a_stick_that_another_program_has_just_switched_is_waited_for() {
    let (bus, _hand) = with_stick_in_cd();
    let host = Host { bus: &bus, web: &Card { is_used: false }, interrupt: Interrupt::new() };
    let here = || at_path(&bus, &port()).expect("a bus");
    let new_mode = SwitchMethod::Message(VendorSwitch::new_mode().wrapper());
    tell_to_switch(&host, &here().expect("a stick"), &new_mode).expect("it can be told");
    bus.sleep(Duration::from_secs(1));
    assert!(here().is_none(), "it is away");
    let outcome = run(&host, &port(), Target::HiLink, &mut Agreeable).expect("it comes back");
    assert_eq!(outcome.mode, Mode::HiLink);
}

/// The driver that uses the card has asked it; where none does, only that the stick stays can be seen.
#[test]
fn a_network_card_in_use_proves_hilink_mode_at_once_and_any_other_has_to_stay() {
    let time_into_hilink = |is_used| {
        let (bus, _hand) = with_stick_in_cd();
        let host = Host { bus: &bus, web: &Card { is_used }, interrupt: Interrupt::new() };
        let outcome = run(&host, &port(), Target::HiLink, &mut Agreeable).expect("it is led there");
        assert_eq!(outcome.mode, Mode::HiLink);
        bus.now()
    };
    assert_eq!(time_into_hilink(false) - time_into_hilink(true), STAYS);
}
