//! Where each switching message leads a virtual CD, on a real Linux kernel over each backend.
//!
//! The sticks run in this process and reach a guest over QEMU's `usb-redir`; the program `tell` of this package says one
//! thing to each of them, inside. It fetches a kernel and boots it, so it runs only when it is asked for:
//! `cargo test -p hw-tests --test switching_on_kernel -- --ignored --nocapture` shows the whole table.

#![cfg(target_os = "linux")]

use std::time::Duration;

use balong_mocks::{Event, Hand, Mode, Model, Stick, StickOptions};
use hw_tests::guest::Program;
use hw_tests::sticks_in_guest::SticksInGuest;

/// How much faster than a real stick the virtual ones act.
const SPEED: u32 = 20;
/// How long the kernel may take to enumerate a stick, on a busy machine.
const ENUMERATED_WITHIN: Duration = Duration::from_secs(30);
/// A stick that obeys has left by then, in its own time: the slowest takes a second and a half.
const LEFT_WITHIN: Duration = Duration::from_secs(5);

const BACKENDS: &[&str] = &[
    #[cfg(feature = "nusb")]
    "nusb",
    #[cfg(feature = "libusb")]
    "libusb",
];

/// The virtual CDs, by port from 1 on: HiLink firmware that obeys every message, HiLink firmware that does not, and stick
/// firmware.
const STICKS: [(&str, &str); 3] =
    [("e3372h-open", "1f01, open"), ("e3372h", "1f01, closed"), ("e3372s", "14fe, stick firmware")];

/// Stays what it is.
const STAYS: Option<u16> = None;

/// What each message makes of each of them: the product id, by the published gadget source of such a stick and, for the
/// request and the eject, by what was measured on sticks.
const TABLE: [(&str, [Option<u16>; 3]); 11] = [
    ("new-mode", [Some(0x14dc), Some(0x14dc), Some(0x1506)]),
    ("alternative-mode", [Some(0x155e), Some(0x155e), Some(0x155e)]),
    ("gateway-ndis", [Some(0x155e), Some(0x155e), Some(0x155e)]),
    ("gateway-modem", [Some(0x1001), Some(0x1001), Some(0x1001)]),
    ("hilink", [Some(0x14dc), Some(0x14dc), Some(0x1506)]),
    ("hilink-short", [Some(0x14dc), Some(0x14dc), Some(0x1506)]),
    ("project", [Some(0x1442), STAYS, Some(0x1506)]),
    ("old-modem", [STAYS, STAYS, Some(0x1506)]),
    ("mac-request", [Some(0x14dc), Some(0x14dc), Some(0x1506)]),
    ("set-feature", [STAYS, STAYS, STAYS]),
    ("eject", [STAYS, STAYS, STAYS]),
];

#[test]
#[ignore = "boots a Linux kernel in QEMU, after fetching it (70 MB): needs qemu-system-x86 and kmod on a Debian"]
fn each_message_leads_each_virtual_cd_where_the_table_says_over_each_backend() {
    let mut sticks = SticksInGuest::boot(&[], SPEED, &STICKS.map(|(model, _)| (model, Mode::Cd)));
    let mut wrong = Vec::new();
    for &backend in BACKENDS {
        println!("{backend:<17} | {}", STICKS.map(|(_, title)| format!("{title:<21}")).join(" | "));
        for (message, expected) in TABLE {
            let landed = tell(&mut sticks, backend, message);
            println!("{message:<17} | {}", landed.map(|product| format!("{:<21}", shown(product))).join(" | "));
            for (number, (_, title)) in STICKS.iter().enumerate() {
                if landed[number] != expected[number] {
                    let (landed, expected) = (shown(landed[number]), shown(expected[number]));
                    wrong
                        .push(format!("{backend}: {message} to {title} must lead to: {expected}; it led to: {landed}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn shown(product: Option<u16>) -> String {
    product.map_or_else(|| "stays".to_owned(), |product| format!("{product:04x}"))
}

/// Fresh sticks, each told the same: the product ids under which they come back, or that they stay.
fn tell(sticks: &mut SticksInGuest, backend: &str, message: &str) -> [Option<u16>; 3] {
    let ports = [1, 2, 3];
    sticks.settle();
    for (port, (model, _)) in ports.into_iter().zip(STICKS) {
        let model = Model::named(model).expect("a model");
        let stick = Stick::new(model, Mode::Cd, StickOptions::default()).expect("every model has its virtual CD");
        sticks.hand(port).exchange(stick);
    }
    for port in ports {
        enumerated(sticks.hand(port));
    }
    let program = Program::new(env!("CARGO_BIN_EXE_tell"))
        .arguments(["--backend", backend, "--message", message])
        .arguments(ports.iter().flat_map(|port| ["--port".to_owned(), format!("1-{port}")]));
    let told = sticks.run(&program).expect_exit(0);
    assert_eq!(told.out.lines().count(), ports.len(), "each of them was told\n{told}");
    sticks.hand(1).bus().sleep(LEFT_WITHIN);
    ports.map(|port| {
        let hand = sticks.hand(port);
        let has_left = hand.transcript().contains(&Event::Left);
        has_left.then(|| enumerated(hand))
    })
}

/// The product id of a stick, once the kernel knows it.
fn enumerated(hand: &Hand) -> u16 {
    assert!(hand.wait_until_configured(ENUMERATED_WITHIN * SPEED), "the kernel has not enumerated {}", hand.port());
    let shown = hand.transcript().into_iter().rev().find_map(|event| match event {
        Event::Attached { product_id, .. } => Some(product_id),
        _ => None,
    });
    shown.expect("it is attached")
}
