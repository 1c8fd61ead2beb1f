//! The table as a whole, and against the published list where that is at hand.

mod published;

use std::collections::BTreeSet;

use super::*;
use crate::protocol::mode_switch::{CommandWrapper, VendorSwitch};
use crate::usb::{ClassTriple, Interface};

const STORAGE: u8 = 0x08;
const ETHERNET: u8 = 0x02;
const VENDOR: u8 = 0xff;

fn device(product_id: u16, classes: &[u8]) -> Attached {
    let interfaces = classes.iter().zip(0..).map(|(&class, number)| Interface {
        number,
        class: ClassTriple::new(class, 0xff, 0xff),
        driver: None,
    });
    Attached { interfaces: interfaces.collect(), ..Attached::bare("1-1", 1, product_id) }
}

fn entry(product_id: u16) -> &'static KnownDevice {
    known_device(HUAWEI, product_id).expect("an entry")
}

fn huaweis() -> impl Iterator<Item = &'static KnownDevice> {
    known_devices().filter(|known| known.vendor_id == HUAWEI)
}

#[test]
fn every_one_of_the_84_huawei_entries_has_a_method_or_a_reason_and_they_are_as_many_as_published() {
    let count = |wanted: &dyn Fn(&Leaving) -> bool| huaweis().filter(|known| wanted(&known.leave)).count();
    let new_mode = SwitchMethod::Message(VendorSwitch::new_mode().wrapper());
    assert_eq!(huaweis().count(), 84);
    assert_eq!(count(&|leave| *leave == Leaving::By(new_mode)), 62, "HuaweiNewMode");
    assert_eq!(count(&|leave| *leave == Leaving::By(SwitchMethod::SetFeature)), 7, "HuaweiMode");
    let other_message =
        |leave: &Leaving| matches!(leave, Leaving::By(way @ SwitchMethod::Message(_)) if *way != new_mode);
    assert_eq!(count(&other_message), 4, "MessageContent");
    assert_eq!(count(&|leave| *leave == Leaving::By(SwitchMethod::Eject)), 1, "StandardEject");
    assert_eq!(count(&|leave| *leave == Leaving::By(SwitchMethod::Configuration(2))), 1, "Configuration 2");
    assert_eq!(count(&|leave| matches!(leave, Leaving::LeaveAlone { why } if !why.is_empty())), 9, "Configuration 0");
}

#[test]
fn an_id_has_one_entry_and_a_name() {
    let ids: BTreeSet<_> = known_devices().map(|known| (known.vendor_id, known.product_id)).collect();
    assert_eq!(ids.len(), known_devices().count());
    assert!(known_devices().all(|known| !known.name.is_empty()));
    let products: BTreeSet<_> = known_compositions().map(|known| known.product_id).collect();
    assert_eq!(products.len(), known_compositions().count());
}

#[test]
fn an_id_that_names_a_mode_is_the_start_of_a_switch_only_where_the_interfaces_tell_both_apart() {
    let both: Vec<_> = known_compositions().filter(|known| known_device(HUAWEI, known.product_id).is_some()).collect();
    assert_eq!(both.iter().map(|known| known.product_id).collect::<Vec<_>>(), [0x1001, 0x1003]);
    assert!(both.iter().all(|known| entry(known.product_id).lands == Landing::Class(VENDOR)));
}

#[test]
fn the_ids_of_the_main_job_are_told_by_the_new_mode_message_and_land_where_dumps_show_them() {
    let message = Leaving::By(SwitchMethod::Message(VendorSwitch::new_mode().wrapper()));
    assert_eq!((entry(0x1f01).leave, entry(0x1f01).lands), (message, Landing::Products(&[0x14db, 0x14dc])));
    assert_eq!(entry(0x14fe).leave, message);
    assert!(entry(0x14fe).lands.admits(&device(0x1506, &[VENDOR, VENDOR])));
}

#[test]
fn configuration_0_is_left_alone_for_a_reason_and_configuration_2_is_selected() {
    let Leaving::LeaveAlone { why } = entry(0x1573).leave else { panic!("an ME909u needs no switching") };
    assert!(why.contains("needs no switching"), "{why}");
    assert_eq!(entry(0x1573).method(), None);
    assert_eq!(entry(0x1d50).method(), Some(&SwitchMethod::Configuration(2)));
}

#[test]
fn a_brovi_is_known_and_left_alone_for_its_chip() {
    let brovi = known_device(0x3566, 0x2001).expect("an entry");
    assert_eq!(brovi.leave, Leaving::LeaveAlone { why: BROVI_REASON });
    assert!(BROVI_REASON.contains("E3372-325") && BROVI_REASON.contains("another chip"));
}

#[test]
fn an_id_of_both_sides_of_a_switch_waits_while_storage_is_all_it_shows() {
    for product in [0x1001, 0x1003] {
        let before = device(product, &[STORAGE]);
        assert!(entry(product).waits(&before) && Mode::of(&before) == Some(Mode::Cd), "{product:04x}");
        for at_work in [&[VENDOR, VENDOR, VENDOR][..], &[VENDOR, VENDOR, STORAGE], &[STORAGE, VENDOR], &[]] {
            let at_work = device(product, at_work);
            assert!(!entry(product).waits(&at_work), "{at_work:?}");
            assert_eq!(Mode::of(&at_work), Some(Mode::Serial), "{at_work:?}");
        }
    }
}

#[test]
fn a_cd_id_waits_only_while_storage_is_its_first_interface() {
    for (classes, waits) in [(&[STORAGE][..], true), (&[STORAGE, STORAGE], true), (&[VENDOR, STORAGE], false)] {
        let shown = device(0x1c0b, classes);
        assert_eq!(entry(0x1c0b).waits(&shown), waits, "{classes:?}");
        assert_eq!(Mode::of(&shown) == Some(Mode::Cd), waits, "{classes:?}");
    }
    assert!(!entry(0x1c0b).waits(&device(0x14fe, &[STORAGE])), "another id");
    assert!(waiting(&device(0x1c05, &[VENDOR, STORAGE])).is_none(), "no entry starts at 1c05");
    assert!(waiting(&device(0x1573, &[STORAGE])).is_none(), "it is left alone");
}

#[test]
fn a_landing_by_ids_admits_these_ids_of_huaweis_alone() {
    let lands = entry(0x1f01).lands;
    assert!(lands.admits(&device(0x14db, &[ETHERNET])) && lands.admits(&device(0x14dc, &[ETHERNET, STORAGE])));
    assert!(!lands.admits(&device(0x1f01, &[STORAGE])) && !lands.admits(&device(0x1506, &[VENDOR])));
    assert!(!lands.admits(&Attached { vendor_id: 0x1d6b, ..device(0x14dc, &[ETHERNET]) }));
}

#[test]
fn a_landing_by_class_admits_that_class_but_no_boot_rom_and_no_download_mode() {
    let lands = entry(0x1003).lands;
    assert!(lands.admits(&device(0x1003, &[VENDOR, VENDOR, STORAGE])));
    assert!(!lands.admits(&device(0x1003, &[STORAGE])));
    for maintenance in [0x1443, 0x1442, 0x1c05, 0x36dd] {
        assert!(!lands.admits(&device(maintenance, &[VENDOR])), "{maintenance:04x}");
        assert!(!entry(0x1d50).lands.admits(&device(maintenance, &[VENDOR])), "{maintenance:04x}");
    }
    assert!(entry(0x1d50).lands.admits(&device(0x1d50, &[ETHERNET])));
}

#[test]
fn a_device_that_waits_for_a_switch_has_not_landed() {
    let lands = entry(0x1446).lands;
    assert!(lands.admits(&device(0x1001, &[VENDOR, VENDOR, VENDOR])));
    assert!(!lands.admits(&device(0x1001, &[STORAGE])), "an E169 before its switch");
    assert!(!entry(0x1d50).lands.admits(&device(0x1d50, &[STORAGE])), "it is where it was");
}

#[test]
fn a_device_is_known_by_what_it_is_being() {
    let called = |product, classes| known_as(&device(product, classes)).unwrap_or_else(|| "nothing".to_owned());
    assert!(called(0x1f01, &[STORAGE]).contains("E3372h"));
    assert_eq!(called(0x1523, &[STORAGE]), "Huawei R201");
    assert_eq!(called(0x1001, &[STORAGE]), "Huawei E169");
    assert!(called(0x1001, &[VENDOR]).contains("gateway modem"));
    assert_eq!(called(0x1573, &[ETHERNET]), "Huawei ME909u-521 (MBIM, dummy config)");
    assert_eq!(called(0x1491, &[ETHERNET]), "Huawei R201, after its switch");
    let several = called(0x151d, &[VENDOR]);
    assert!(several.contains("E3131") && several.contains(" or ") && several.contains("E3372h"), "{several}");
    assert_eq!(called(0xabcd, &[STORAGE]), "nothing");
    let foreign = Attached { vendor_id: 0x1d6b, ..device(0x1491, &[ETHERNET]) };
    assert_eq!(known_as(&foreign), None);
}

#[test]
fn the_messages_are_those_published_byte_for_byte() {
    let message = |product| match entry(product).method() {
        Some(SwitchMethod::Message(message)) => published::hex(&message.transfer()),
        other => panic!("{product:04x} is told by {other:?}"),
    };
    assert_eq!(message(0x1f01), "55534243123456780000000000000011062000000101000100000000000000");
    assert_eq!(message(0x101e), "55534243123456780600000080000601000000000000000000000000000000");
    assert_eq!(message(0x1805), "55534243123456780600000080000601000000000000000000000000000000");
    assert_eq!(message(0x1030), "55534243123456780600000080010a11060000000000000000000000000000");
    assert_eq!(message(0x1031), "55534243123456780600000080010a11060000000000000000000000000000");
    assert_eq!(CommandWrapper::rezero_unit().block[0], 0x01, "REZERO UNIT");
}
