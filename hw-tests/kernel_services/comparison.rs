//! `switch` beside usb_modeswitch, run by hand on the same virtual sticks under the same kernel.
//!
//! Each is measured on the host, from the moment it is started in the guest: until the stick leaves its virtual CD, until
//! the kernel has configured what it is then, and until the command ends. usb_modeswitch gets the configuration of its own
//! data package and is to check its success, as its dispatcher does; without that it ends as soon as it has sent. The end is
//! when whoever gave the command may use the new mode: ours has asked the AT port by then, where there is one, and has seen
//! that the kernel uses a network card.
//!
//! The end is what is promised: for every device, and over each backend, ours must come first.

use std::fmt::Write as _;
use std::time::Duration;

use balong_mocks::{Event, Hand, Mode, Model, Stick, StickOptions};
use hw_tests::guest::{MODE_SWITCH, Program, UDEV};
use hw_tests::sticks_in_guest::SticksInGuest;

use crate::BACKENDS;
use crate::desk::{Desk, Rules};

const ROUNDS: usize = 5;
/// The sticks take as long as in life: who looks at the bus how often is part of what is compared.
const SPEED: u32 = 1;
/// How long the kernel may take for what it does by itself, on a busy machine.
const BY_ITSELF_WITHIN: Duration = Duration::from_secs(60);

/// How long the kernel goes on looking at a drive after its first question.
const KERNEL_LOOKS_FOR: Duration = Duration::from_secs(2);

/// How many seconds usb_modeswitch looks for what came of it, as its dispatcher lets it. It does so once a second. Where its
/// data package names a class in place of ids it does not find it here at all; where that names neither, it asks for the
/// configuration that it selected, waits one such second, and says that more than this would need a target.
const CHECKS_FOR: &str = "20";

/// Where usb_modeswitch's configurations are unpacked in the guest.
const CONFIGURATIONS: &str = "/run/configurations";
/// The SCSI command by which the kernel asks what a unit is: its driver is bound, and at work.
const INQUIRY: u8 = 0x12;

/// One device of each way that a virtual CD is left by: the model, its product id, what usb_modeswitch calls the way, and
/// the mode that it is wanted in.
const DEVICES: [(&str, &str, &str, &str); 6] = [
    ("e3372h", "1f01", "HuaweiNewMode", "hilink"),
    ("e3372s", "14fe", "HuaweiNewMode", "stick"),
    ("12d1:1003", "1003", "HuaweiMode", "stick"),
    ("12d1:1030", "1030", "MessageContent", "stick"),
    ("12d1:380b", "380b", "StandardEject", "stick"),
    ("12d1:1d50", "1d50", "Configuration", "stick"),
];

/// One run, in real time from its start.
#[derive(Clone, Copy, Debug)]
struct Measured {
    left: Duration,
    configured: Duration,
    ended: Duration,
}

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it and usb_modeswitch: needs qemu-system-x86 and kmod on a Debian"]
fn both_switchers_land_in_the_same_mode_and_ours_ends_first() {
    let Desk(mut sticks) = Desk::at_speed(SPEED, &[UDEV, MODE_SWITCH], Rules::Missing, &[("e3372h", Mode::Cd)]);
    // Nobody but the program that is measured switches the stick. And the kernel waits a second before it looks at a new
    // disk: nobody who types a command is faster than that.
    let prepared = sticks.shell(&format!(
        "set -e; rm /lib/udev/rules.d/40-usb_modeswitch.rules; udevadm control --reload; udevadm settle
         echo 0 >/sys/module/usb_storage/parameters/delay_use
         mkdir {CONFIGURATIONS}; tar -xzf /usr/share/usb_modeswitch/configPack.tar.gz -C {CONFIGURATIONS}"
    ));
    assert_eq!(prepared.status(), Some(0), "{prepared}");
    let mut late = Vec::new();
    let mut table = format!("medians of {ROUNDS} rounds, in ms: left / configured / ended\n");
    for (model, product, way, target) in DEVICES {
        let mut switchers = vec![("usb_modeswitch", usb_modeswitch(product))];
        switchers.extend(BACKENDS.iter().map(|&backend| (backend, balong(backend, target))));
        let mut measured = vec![Vec::new(); switchers.len()];
        let mut landed = Vec::new();
        for _ in 0..ROUNDS {
            for ((switcher, program), measured) in switchers.iter().zip(&mut measured) {
                let (times, product, mode) = switch(&mut sticks, model, program);
                measured.push(times);
                landed.push((*switcher, product, mode));
            }
        }
        let (_, first, mode) = landed[0];
        let is_as_the_first = |(_, product, landed): &(_, u16, Mode)| (*product, *landed) == (first, mode);
        assert!(landed.iter().all(is_as_the_first), "{model}, {way}: {landed:04x?}");
        write!(table, "{product} {way:<14} -> {first:04x}, {mode}").expect("a string takes it");
        for ((switcher, _), measured) in switchers.iter().zip(&measured) {
            let [left, configured, ended] = medians(measured);
            write!(table, " | {switcher} {left:>4} / {configured:>4} / {ended:>4}").expect("a string takes it");
        }
        table.push('\n');
        let ours = switchers.iter().zip(&measured).skip(1);
        let why = ours.filter_map(|((backend, _), ours)| why_late(backend, ours, &measured[0]));
        late.extend(why.map(|why| format!("{product} {way}: {why}")));
    }
    eprint!("{table}");
    assert!(late.is_empty(), "usb_modeswitch was not slower:\n{}\n{table}", late.join("\n"));
}

fn usb_modeswitch(product: &str) -> Program {
    let configuration = format!("{CONFIGURATIONS}/12d1:{product}");
    Program::new("/usr/sbin/usb_modeswitch").arguments([
        "-v",
        "12d1",
        "-p",
        product,
        "-s",
        CHECKS_FOR,
        "-c",
        &configuration,
    ])
}

fn balong(backend: &str, target: &str) -> Program {
    Program::new(env!("CARGO_BIN_EXE_balong")).arguments(["--backend", backend, "switch", "--to", target])
}

/// One fresh stick in its virtual CD, told by one program: the times, its product id, and its mode.
fn switch(sticks: &mut SticksInGuest, model: &str, program: &Program) -> (Measured, u16, Mode) {
    let of_model = Model::named(model).expect("a model");
    let stick = Stick::new(of_model, Mode::Cd, StickOptions::default()).expect("every model has its virtual CD");
    sticks.settle();
    sticks.hand(1).exchange(stick);
    sticks.until("the kernel has looked at the virtual CD", |sticks| {
        let inquiry = |event: &Event| matches!(event, Event::CommandBlock { block: [INQUIRY, ..], .. });
        sticks.hand(1).transcript().iter().any(inquiry)
    });
    let bus = sticks.hand(1).bus().clone();
    // Whoever comes while the kernel still looks at the drive waits for the kernel, whichever program it is.
    bus.sleep(KERNEL_LOOKS_FOR * SPEED);
    let began = bus.now();
    let ran = sticks.run(program).expect_exit(0);
    let ended = bus.now();
    let hand = sticks.hand(1);
    assert_ne!(hand.mode(), Some(Mode::Cd), "{model} is not out of its virtual CD\n{ran}");
    assert!(hand.wait_until_configured(BY_ITSELF_WITHIN * SPEED), "{model} is not back\n{ran}");
    let mode = hand.mode().expect("it is there");
    let (left, configured, product) = departure_and_return(hand, began);
    let real = |moment: Duration| moment.saturating_sub(began) / SPEED;
    (Measured { left: real(left), configured: real(configured), ended: real(ended) }, product, mode)
}

/// When the stick left its virtual CD, when what it is since then was configured, and its product id. One that works in
/// another configuration stays on the bus for it: it is out, and configured, in the same moment.
fn departure_and_return(hand: &Hand, began: Duration) -> (Duration, Duration, u16) {
    let transcript = hand.timed_transcript();
    let told: Vec<_> = transcript.iter().skip_while(|(at, _)| *at < began).collect();
    let departure = told.iter().position(|(_, event)| *event == Event::Left);
    let mut since = told[departure.unwrap_or(0)..].iter();
    let configured = since.find(|(_, event)| matches!(event, Event::SetConfiguration { value } if *value != 0));
    let (configured, _) = *configured.expect("a configuration is selected");
    let left = departure.map_or(*configured, |at| told[at].0);
    let product = transcript.iter().rev().find_map(|(_, event)| match event {
        Event::Attached { product_id, .. } => Some(*product_id),
        _ => None,
    });
    (left, *configured, product.expect("it was attached"))
}

/// Of each time, in milliseconds.
fn medians(measured: &[Measured]) -> [u128; 3] {
    let of = |time: fn(&Measured) -> Duration| {
        let mut times: Vec<_> = measured.iter().map(time).collect();
        times.sort_unstable();
        times[times.len() / 2].as_millis()
    };
    [of(|run| run.left), of(|run| run.configured), of(|run| run.ended)]
}

/// Why ours does not come first, over one backend: its median time to the end is not below that of usb_modeswitch.
fn why_late(backend: &str, ours: &[Measured], usb_modeswitch: &[Measured]) -> Option<String> {
    let [.., ours] = medians(ours);
    let [.., usb_modeswitch] = medians(usb_modeswitch);
    (ours >= usb_modeswitch)
        .then(|| format!("over {backend} it ended after {ours} ms, usb_modeswitch after {usb_modeswitch} ms"))
}

/// Rounds that ended after so many milliseconds, with the stick gone and back at the same moments.
fn ended_after<const N: usize>(times: [u64; N]) -> Vec<Measured> {
    let (left, configured) = (Duration::from_millis(10), Duration::from_millis(20));
    times.map(|ended| Measured { left, configured, ended: Duration::from_millis(ended) }).to_vec()
}

#[test]
fn ours_comes_first_only_where_its_median_end_is_below() {
    let usb_modeswitch = ended_after([1000, 1200, 1100, 9000, 900]);
    let late = |times| why_late("nusb", &ended_after(times), &usb_modeswitch);
    assert_eq!(late([1000, 1050, 1099, 1099, 20_000]), None, "one slow round is no slow median");
    let equal = late([1100; 5]).expect("no earlier is not first");
    assert_eq!(equal, "over nusb it ended after 1100 ms, usb_modeswitch after 1100 ms");
    let late = late([1, 2, 1101, 1102, 1103]).expect("two fast rounds are no fast median");
    assert_eq!(late, "over nusb it ended after 1101 ms, usb_modeswitch after 1100 ms");
}
