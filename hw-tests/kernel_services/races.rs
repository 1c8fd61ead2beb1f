//! `switch` and `convert` on a stick that the system's own switcher wants to lead elsewhere at the same time.

use std::time::Duration;

use balong_mocks::{Mode, Model, Stick, StickOptions};
use hw_tests::Ran;
use hw_tests::guest::{MODE_SWITCH, Program, UDEV};
use hw_tests::images::images;
use hw_tests::scenarios::assert_flash_holds;

use crate::desk::{Desk, Rules};
use crate::{BACKENDS, job};

const ROUNDS: usize = 10;
/// What the program says when the operator is needed, and when it waits for a stick to be plugged in.
const PAD: &str = "The boot pad is needed now";
const CATCHING: &str = "\"event\":\"waiting\"";

fn desk(model: &str) -> Desk {
    Desk::with(&[UDEV, MODE_SWITCH], Rules::Installed, &[(model, Mode::Cd)])
}

fn backend(round: usize) -> &'static str {
    BACKENDS[round % BACKENDS.len()]
}

/// When the program is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    /// As soon as the kernel knows the stick.
    AfterPlugIn,
    /// Before, so that it waits for the stick to be plugged in.
    BeforePlugIn,
    /// Once the system's switcher has led the stick into HiLink mode: the way out leads over its virtual CD again, under
    /// the switcher's hands.
    AfterTheSwitcher,
}

/// Puts a fresh stick in its virtual CD into the port, and runs the program on it; somebody is there who plugs it in and
/// shorts its boot pad when asked.
fn run(desk: &mut Desk, model: &str, round: usize, start: Start, arguments: &[&str]) -> Ran {
    let of_model = Model::named(model).expect("a model");
    let stick = Stick::new(of_model, Mode::Cd, StickOptions::default()).expect("every model has its virtual CD");
    let hand = desk.hand(1).clone();
    hand.exchange(stick);
    match start {
        Start::AfterPlugIn => desk.0.until("the kernel knows the stick", |_| hand.was_configured()),
        Start::BeforePlugIn => {
            hand.unplug();
            desk.0.until("the port is empty", |sticks| {
                sticks.shell("[ ! -e /sys/bus/usb/devices/1-1 ]").status() == Some(0)
            });
        }
        Start::AfterTheSwitcher => desk.0.until("usb_modeswitch has switched the stick", |_| {
            hand.mode() == Some(Mode::HiLink) && hand.was_configured()
        }),
    }
    let program = Program::new(env!("CARGO_BIN_EXE_balong"))
        .arguments(["--backend", backend(round), "--format", "json", "--port", "1-1"])
        .arguments(arguments);
    let (mut is_plugged, mut needles) = (start != Start::BeforePlugIn, 0);
    desk.0.run_watched(&program, |said| {
        if !is_plugged && said.contains(CATCHING) {
            is_plugged = true;
            hand.plug();
        }
        let asked = said.matches(PAD).count();
        if asked > needles {
            needles = asked;
            hand.needle(Duration::from_secs(8));
        }
    })
}

fn note(round: usize, what: &str, ran: &Ran) {
    let stages: Vec<_> = ran.events_named("stage").iter().map(|stage| format!("{}", stage["stage"])).collect();
    eprintln!("round {round}, {}, {what}: {}", backend(round), stages.join(" "));
}

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it, udev and usb_modeswitch: needs qemu-system-x86 and kmod on a Debian"]
fn switch_lands_where_asked_ten_times_out_of_ten_with_the_systems_switcher_active() {
    let mut desk = desk("e3372h");
    desk.0.until("usb_modeswitch has switched the stick", |sticks| sticks.hand(1).mode() == Some(Mode::HiLink));
    for round in 0..ROUNDS {
        let start = [Start::AfterPlugIn, Start::BeforePlugIn, Start::AfterTheSwitcher][round % 3];
        let catch: &[&str] = if start == Start::BeforePlugIn { &["--catch"] } else { &[] };
        let arguments = [&["switch", "--to", "serial"], catch].concat();
        let ran = run(&mut desk, "e3372h", round, start, &arguments).expect_exit(0);
        assert_eq!(ran.only("result")["mode"], "serial", "round {round}\n{ran}");
        assert_eq!(desk.hand(1).mode(), Some(Mode::Serial), "round {round}\n{ran}");
        note(round, &format!("started {start:?}"), &ran);
    }
}

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it, udev and usb_modeswitch: needs qemu-system-x86 and kmod on a Debian"]
fn convert_lands_where_asked_ten_times_out_of_ten_with_the_systems_switcher_active() {
    let mut desk = desk("e3372h-open");
    desk.0.until("usb_modeswitch has switched the stick", |sticks| sticks.hand(1).mode() == Some(Mode::HiLink));
    for round in 0..ROUNDS {
        // Three of them with the boot pad, because that firmware is closed.
        let (model, what) = if round % 4 == 3 || round == 2 {
            ("e3372h", "closed firmware, by the pad")
        } else {
            ("e3372h-open", "open firmware, by software")
        };
        let ran = run(&mut desk, model, round, Start::AfterPlugIn, &job()).expect_exit(0);
        let result = ran.only("result");
        assert_eq!((&result["mode"], &result["software"]), (&"stick".into(), &"21.180.01.00.00".into()), "{ran}");
        assert_eq!(ran.err.contains(PAD), model == "e3372h", "the pad is for closed firmware alone\n{ran}");
        assert_flash_holds(desk.hand(1), &images().stick.description);
        note(round, what, &ran);
    }
}
