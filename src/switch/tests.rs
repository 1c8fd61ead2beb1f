#[cfg(feature = "simulate")]
mod simulated;

use super::plan::NoRoute;
use super::{Firmware, Place, Plan, Target, Way, may_lead};
use crate::protocol::mode_switch::SwitchMethod;
use crate::stick::{Landing, Leaving, Mode, known_devices};
use crate::usb::{Attached, ClassTriple, Interface};

const STORAGE: (u8, u8, u8) = (8, 6, 0x50);
const SERIAL: (u8, u8, u8) = (0xff, 0xff, 0xff);
const ETHERNET: (u8, u8, u8) = (2, 6, 0);

fn device(product_id: u16, classes: &[(u8, u8, u8)]) -> Attached {
    let interfaces = classes.iter().zip(0..).map(|(&(class, subclass, protocol), number)| Interface {
        number,
        class: ClassTriple::new(class, subclass, protocol),
        driver: None,
    });
    Attached { interfaces: interfaces.collect(), ..Attached::bare("1-1", 1, product_id) }
}

/// The words of the route, or why there is none.
fn route(here: &Attached, target: Target) -> String {
    match Plan::new(here, target, &[]) {
        Ok(plan) => plan.ways.iter().map(Way::word).collect::<Vec<_>>().join(" "),
        Err(why) => format!("{why:?}"),
    }
}

#[test]
fn each_mode_has_its_shortest_route_to_each_other_or_a_reason() {
    let targets = [Target::HiLink, Target::Stick, Target::Serial, Target::Download, Target::Fastboot];
    for (here, expected) in [
        (device(0x1f01, &[STORAGE]), ["message", "OtherFirmware(HiLink)", "message", "message", "NoWay"]),
        (device(0x14fe, &[STORAGE]), ["message", "message", "message", "message godload", "NoWay"]),
        (device(0x14dc, &[ETHERNET, STORAGE]), ["", "OtherFirmware(HiLink)", "web", "web", "NoWay"]),
        (device(0x1566, &[ETHERNET, SERIAL]), ["restart message", "OtherFirmware(HiLink)", "", "godload", "NoWay"]),
        (device(0x1506, &[(0xff, 3, 0x12)]), ["OtherFirmware(Stick)", "", "restart message", "godload", "NoWay"]),
        (device(0x1001, &[SERIAL]), ["restart message", "restart message", "", "godload", "NoWay"]),
        (device(0x1442, &[SERIAL, STORAGE]), ["restart message", "restart message", "restart message", "", "NoWay"]),
        (
            device(0x36dd, &[(0xff, 0x42, 3)]),
            ["restart message", "restart message", "restart message", "restart message godload", ""],
        ),
        (device(0x1443, &[SERIAL]), ["NoWay", "NoWay", "NoWay", "NoWay", "NoWay"]),
    ] {
        for (target, expected) in targets.into_iter().zip(expected) {
            assert_eq!(route(&here, target), expected, "from {} to {target}", here.id());
        }
    }
}

#[test]
fn a_closed_way_is_gone_round() {
    let here = device(0x14dc, &[ETHERNET, STORAGE]);
    let mut closed = Vec::new();
    let mut routes = Vec::new();
    while let Ok(plan) = Plan::new(&here, Target::Serial, &closed) {
        routes.push(plan.ways.iter().map(Way::word).collect::<Vec<_>>().join(" "));
        closed.push((plan.ways[0], String::new()));
    }
    assert_eq!(routes, ["web", "restart message"]);
}

/// Every row of the table of known devices has a plan, or a named reason why not.
#[test]
fn every_known_device_has_a_plan_or_a_named_reason() {
    let (mut planned, mut left_alone) = (0, 0);
    for known in known_devices() {
        let here = Attached { vendor_id: known.vendor_id, ..device(known.product_id, &[STORAGE]) };
        let place = Place::of(&here);
        let target = if place.firmware == Some(Firmware::HiLink) { Target::HiLink } else { Target::Stick };
        match (&known.leave, Plan::new(&here, target, &[])) {
            (Leaving::By(method), Ok(plan)) => {
                assert_eq!(plan.ways, [Way::Tell(*method)], "{}", known.name);
                planned += 1;
            }
            (Leaving::LeaveAlone { why }, Err(NoRoute::LeaveAlone(named))) => {
                assert_eq!(*why, named);
                assert!(!why.is_empty(), "{}", known.name);
                left_alone += 1;
            }
            (leave, plan) => panic!("{} ({}): {leave:?} gives {plan:?}", known.name, here.id()),
        }
    }
    assert!(planned >= 75 && left_alone >= 9, "{planned} are told, {left_alone} are left alone");
}

/// By their interfaces such modules look like sticks; the table alone says that they are none.
#[test]
fn what_the_table_leaves_alone_is_left_alone_in_every_composition() {
    for product in [0x1570, 0x1573, 0x15c1] {
        let module = device(product, &[SERIAL, (0xff, 3, 0x12)]);
        for target in [Target::HiLink, Target::Stick, Target::Serial, Target::Download] {
            assert!(route(&module, target).starts_with("LeaveAlone"), "{product:04x} to {target}");
        }
        assert!(!may_lead(&module, Target::Download));
    }
}

#[test]
fn firmware_is_told_by_where_the_table_says_that_its_virtual_cd_leads() {
    let place = |product| Place::of(&device(product, &[STORAGE]));
    assert_eq!(place(0x1f01).firmware, Some(Firmware::HiLink));
    let shared = place(0x14fe);
    assert_eq!((shared.firmware, shared.likely), (None, Some(Firmware::Stick)), "an E3276 with HiLink shows it too");
    assert!(!place(0x14b5).is_balong, "an E173 is of another family");
    let lands = known_devices().find(|known| known.product_id == 0x1f01).map(|known| known.lands);
    assert_eq!(lands, Some(Landing::Products(&[0x14db, 0x14dc])));
}

#[test]
fn an_unknown_virtual_cd_gets_the_usual_message_and_a_word_of_doubt() {
    let here = device(0xabcd, &[STORAGE]);
    let plan = Plan::new(&here, Target::Stick, &[]).expect("a plan");
    assert!(matches!(plan.ways[..], [Way::Tell(SwitchMethod::Message(_))]), "{:?}", plan.ways);
    assert!(plan.doubts()[0].contains("12d1:abcd is not in the table"), "{:?}", plan.doubts());
    let known = Plan::new(&device(0x1f01, &[STORAGE]), Target::HiLink, &[]).expect("a plan");
    assert_eq!(known.doubts(), [""; 0]);
}

/// Where the way back needs a hand, the plan says so, unless the stick comes up where it is wanted anyhow.
#[test]
fn a_plan_that_leaves_download_mode_or_fastboot_warns_of_the_way_back() {
    let (download, fastboot) = (device(0x1442, &[SERIAL, STORAGE]), device(0x36dd, &[(0xff, 0x42, 3)]));
    let doubts = |firmware, here: &Attached, target| {
        Plan::knowing(firmware, here, target, &[]).expect("a plan").doubts().join("\n")
    };
    for (here, loader) in [(&download, "`balong load LOADER`"), (&fastboot, "`balong load LOADER --fastboot`")] {
        for target in [Target::HiLink, Target::Stick, Target::Serial] {
            let doubts = doubts(None, here, target);
            assert!(doubts.contains("boot pad") && doubts.contains(loader), "{doubts}");
            assert_eq!(doubts.contains("does not say here which firmware"), target != Target::Serial, "{doubts}");
        }
    }
    assert_eq!(doubts(None, &download, Target::Download), "", "it stays there");
    assert_eq!(doubts(Some(Firmware::HiLink), &download, Target::HiLink), "");
    assert!(doubts(Some(Firmware::HiLink), &download, Target::Serial).contains("boot pad"));
    assert_eq!(doubts(None, &device(0x1001, &[SERIAL]), Target::HiLink), "", "software leads back into serial mode");
    let refused = Plan::knowing(Some(Firmware::HiLink), &download, Target::Stick, &[]).expect_err("it has none");
    assert_eq!(refused, NoRoute::OtherFirmware(Firmware::HiLink));
}

#[test]
fn nothing_leads_out_of_a_device_of_another_chip() {
    let brovi = Attached { vendor_id: 0x3566, ..device(0x2001, &[STORAGE]) };
    assert_eq!(Place::of(&brovi).mode, Mode::Unsupported);
    assert!(!may_lead(&brovi, Target::Stick) && !may_lead(&brovi, Target::Serial));
}
