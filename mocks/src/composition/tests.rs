//! Compositions against published dumps.

use super::interfaces::MASS_STORAGE;
use super::*;
use crate::{known, settings};

const ALL: [Shape; 13] = [
    Shape::CdOfHiLink,
    Shape::CdOfStick,
    Shape::HiLink,
    Shape::HiLinkWithoutCard,
    Shape::Stick,
    Shape::Serial,
    Shape::SerialAndNetwork,
    Shape::Debug,
    Shape::BootRom,
    Shape::DownloadFactory,
    Shape::DownloadProject,
    Shape::Fastboot,
    Shape::Conformance,
];

#[test]
fn no_endpoint_belongs_to_two_interfaces() {
    for shape in ALL {
        let descriptors = Composition::of(shape, false).descriptors;
        assert_each_endpoint_has_one_owner(&descriptors, shape);
    }
    for device in known::devices().iter().chain([known::brovi()]) {
        for shape in [Shape::KnownCd(device), Shape::KnownWorking(device)] {
            assert_each_endpoint_has_one_owner(&Composition::of(shape, false).descriptors, shape);
        }
    }
}

#[test]
fn every_port_at_once_fits_into_one_configuration() {
    let mut settings = settings::Settings::default();
    settings.set_ports("\"FF;1,10,2,12,3,13,5,14,A,16,A1,A2\"").expect("it is a set");
    let composition = Composition::with_ports(Shape::Stick, settings.working(), false);
    assert_eq!(composition.descriptors.interfaces.len(), 12);
    assert_each_endpoint_has_one_owner(&composition.descriptors, Shape::Stick);
    let ends = composition.descriptors.interfaces.iter().flat_map(|interface| &interface.settings);
    let last = ends.flat_map(|setting| &setting.endpoints).map(|end| end.address).max();
    assert_eq!(last, Some(0x8f), "USB has no endpoint behind it");
}

fn assert_each_endpoint_has_one_owner(descriptors: &Descriptors, shape: Shape) {
    for interface in &descriptors.interfaces {
        for end in interface.settings.iter().flat_map(|setting| &setting.endpoints) {
            assert_eq!(descriptors.interface_of(end.address), Some(interface.number), "{shape:?}");
        }
    }
}

#[test]
fn the_ports_of_a_new_stick_have_the_endpoints_of_the_published_dump() {
    let descriptors = Composition::of(Shape::Stick, false).descriptors;
    let seen: Vec<([u8; 3], Vec<u8>)> = descriptors
        .interfaces
        .iter()
        .flat_map(|interface| &interface.settings)
        .map(|setting| (setting.class, setting.endpoints.iter().map(|end| end.address).collect()))
        .collect();
    let published = [
        ([0xff, 0x03, 0x10], vec![0x82, 0x81, 0x01]),
        ([0xff, 0x03, 0x12], vec![0x83, 0x02]),
        ([0xff, 0x03, 0x16], vec![0x85]),
        ([0xff, 0x03, 0x16], vec![0x85, 0x84, 0x03]),
        (MASS_STORAGE, vec![0x86, 0x04]),
        (MASS_STORAGE, vec![0x87, 0x05]),
    ];
    assert_eq!(seen, published);
}

#[test]
fn functions_are_counted_and_not_interfaces() {
    let functions = Composition::of(Shape::Debug, false).functions;
    assert_eq!(functions, ["ecm", "pcui", "c_shell", "a_shell", "3g_diag", "gps", "4g_diag", "mass"]);
}

#[test]
fn brovi_has_one_id_for_every_mode_and_names_of_its_own() {
    for shape in [Shape::KnownCd(known::brovi()), Shape::KnownWorking(known::brovi())] {
        let facts = Composition::of(shape, false).descriptors;
        let seen = (facts.vendor_id, facts.product_id, facts.device_version, facts.manufacturer);
        assert_eq!(seen, (0x3566, 0x2001, 0xffff, Some("Mobile")));
    }
}

#[test]
fn the_network_card_of_1506_has_its_bulk_pair_in_the_second_setting() {
    let descriptors = Composition::of(Shape::Stick, false).descriptors;
    let (setting, out, inward) = descriptors.interfaces[2].bulk_pair().expect("a pair");
    assert_eq!((setting, out.address, inward.address), (1, 0x03, 0x84));
}

#[test]
fn debug_mode_is_1566_and_its_only_at_port_is_interface_2() {
    let composition = Composition::of(Shape::Debug, false);
    let ports: Vec<usize> = (0..9).filter(|number| composition.roles[*number] == Role::At).collect();
    assert_eq!((composition.descriptors.product_id, composition.roles.len(), ports), (0x1566, 9, vec![2]));
    let pair = |number: usize| composition.descriptors.interfaces[number].bulk_pair().expect("a pair");
    let addresses: Vec<(u8, u8)> = (2..9).map(pair).map(|(_, out, inward)| (inward.address, out.address)).collect();
    let published = [(0x83, 0x02), (0x84, 0x03), (0x85, 0x04), (0x86, 0x05), (0x87, 0x06), (0x88, 0x07), (0x89, 0x08)];
    assert_eq!(addresses, published);
    assert!(composition.descriptors.string_bytes(4).is_some(), "the address that the Ethernet descriptor names");
}

#[test]
fn behind_a_full_speed_hub_packets_are_64_bytes() {
    assert_eq!(Composition::of(Shape::BootRom, true).descriptors.max_packet(), 64);
}
