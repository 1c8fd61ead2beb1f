use super::*;
use proptest::prelude::*;

/// The boot ROM's device descriptor and its 32 bytes of configuration, read statically from the first USB stack of the
/// V7R11 boot ROM: OUT is listed before IN.
pub(crate) const BOOT_ROM: [u8; 50] = [
    0x12, 0x01, 0x10, 0x01, 0x02, 0x00, 0x00, 0x40, 0xd1, 0x12, 0x43, 0x14, 0x01, 0x00, 0x04, 0x14, 0x00, 0x01, //
    0x09, 0x02, 0x20, 0x00, 0x01, 0x01, 0x00, 0x80, 0xfa, //
    0x09, 0x04, 0x00, 0x00, 0x02, 0xff, 0xff, 0xff, 0x00, //
    0x07, 0x05, 0x01, 0x02, 0x00, 0x02, 0x00, //
    0x07, 0x05, 0x81, 0x02, 0x00, 0x02, 0x00,
];

fn setting(interface: u8, number: u8, endpoints: &[(u8, u8, u16)]) -> AlternateSetting {
    AlternateSetting {
        interface,
        number,
        class: ClassTriple::new(0xff, 0x03, 0x16),
        endpoints: endpoints
            .iter()
            .map(|&(address, attributes, size)| Endpoint::new(address, attributes, size))
            .collect(),
    }
}

#[test]
fn the_boot_rom_reads_as_one_vendor_interface_with_endpoint_1_both_ways() {
    let read = parse(&BOOT_ROM).expect("whole descriptors");
    assert_eq!((read.usb_version, read.device_version, read.class), (0x0110, 0x0001, ClassTriple::new(2, 0, 0)));
    let (value, settings) = &read.configurations[0];
    assert_eq!(*value, 1);
    assert_eq!(bulk_pair(settings, 0).expect("a bulk pair"), endpoint_1_in_packets_of(512));
}

fn endpoint_1_in_packets_of(input_packet: usize) -> BulkPair {
    BulkPair { alternate: 0, output: 0x01, input: 0x81, input_length: 4096, input_packet, notices: None }
}

#[test]
fn in_listed_before_out_gives_the_same_pair() {
    let swapped = [setting(0, 0, &[(0x81, 2, 1024), (0x01, 2, 1024)])];
    assert_eq!(bulk_pair(&swapped, 0).expect("a bulk pair"), endpoint_1_in_packets_of(1024));
}

#[test]
fn an_interrupt_endpoint_before_the_bulk_pair_is_not_taken_for_it_but_found_beside_it() {
    for packet in [10, 16, 64] {
        let serial = [setting(0, 0, &[(0x82, 3, packet), (0x81, 2, 512), (0x01, 2, 512)])];
        let pair = bulk_pair(&serial, 0).expect("a bulk pair");
        let notices = NoticeEndpoint { address: 0x82, packet: packet.into() };
        assert_eq!((pair.input, pair.notices), (0x81, Some(notices)));
    }
}

#[test]
fn an_interrupt_endpoint_out_or_without_room_or_of_another_setting_announces_nothing() {
    let settings = |extra: (u8, u8, u16)| [setting(0, 0, &[extra]), setting(0, 1, &[(0x81, 2, 512), (0x01, 2, 512)])];
    assert_eq!(bulk_pair(&settings((0x82, 3, 16)), 0).expect("a bulk pair").notices, None);
    for extra in [(0x02, 3, 16), (0x82, 3, 0), (0x82, 1, 16)] {
        let serial = [setting(0, 0, &[extra, (0x81, 2, 512), (0x01, 2, 512)])];
        assert_eq!(bulk_pair(&serial, 0).expect("a bulk pair").notices, None, "{extra:02x?}");
    }
}

#[test]
fn an_ethernet_function_has_its_bulk_pair_in_alternate_setting_1() {
    let settings = [
        setting(1, 0, &[(0x83, 2, 512), (0x02, 2, 512)]),
        setting(2, 0, &[(0x85, 3, 16)]),
        setting(2, 1, &[(0x85, 3, 16), (0x84, 2, 512), (0x03, 2, 512)]),
    ];
    let pair = bulk_pair(&settings, 2).expect("a bulk pair");
    assert_eq!((pair.alternate, pair.output, pair.input), (1, 0x03, 0x84));
    assert_eq!(pair.notices, Some(NoticeEndpoint { address: 0x85, packet: 16 }));
}

#[test]
fn half_a_pair_and_a_missing_interface_are_told_apart() {
    let settings = [setting(0, 0, &[(0x81, 2, 512)])];
    let why = |interface| match bulk_pair(&settings, interface) {
        Err(UsbError::Unsuitable { why, .. }) => why,
        other => panic!("interface {interface} must be unsuitable, not {other:?}"),
    };
    assert!(why(0).contains("bulk"), "{}", why(0));
    assert!(why(1).contains("no such interface"), "{}", why(1));
}

#[test]
fn the_in_transfer_is_a_whole_number_of_packets_of_64_of_512_and_of_an_odd_48() {
    for (packet, length) in [(64, 4096), (512, 4096), (1024, 4096), (48, 4080)] {
        let settings = [setting(0, 0, &[(0x81, 2, packet), (0x01, 2, packet)])];
        assert_eq!(bulk_pair(&settings, 0).expect("a bulk pair").input_length, length, "packets of {packet}");
    }
}

#[test]
fn an_endpoint_that_can_carry_nothing_is_no_part_of_a_pair() {
    assert!(bulk_pair(&[setting(0, 0, &[(0x81, 2, 0), (0x01, 2, 512)])], 0).is_err());
}

#[test]
fn interfaces_are_listed_once_each_by_their_first_alternate_setting() {
    let mut ethernet = setting(2, 1, &[]);
    ethernet.class = ClassTriple::new(0x0a, 0, 1);
    let listed = interfaces(&[setting(2, 0, &[]), ethernet, setting(0, 0, &[])]);
    let numbers: Vec<u8> = listed.iter().map(|interface| interface.number).collect();
    assert_eq!(numbers, [0, 2]);
    assert_eq!(listed[1].class, ClassTriple::new(0xff, 0x03, 0x16));
}

#[test]
fn descriptors_cut_off_at_any_byte_never_show_an_endpoint_that_is_not_all_there() {
    for length in 0..BOOT_ROM.len() {
        let endpoints: usize = parse(&BOOT_ROM[..length])
            .map(|read| {
                read.configurations.iter().flat_map(|(_, settings)| settings).map(|it| it.endpoints.len()).sum()
            })
            .unwrap_or(0);
        assert_eq!(endpoints, usize::from(length >= 43), "{length} bytes");
    }
}

proptest! {
    #[test]
    fn no_bytes_whatever_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let read = parse(&bytes);
        prop_assert!(read.is_none() || bytes.len() >= 18);
    }

    #[test]
    fn noise_behind_a_device_descriptor_is_read_without_a_panic(noise in prop::collection::vec(any::<u8>(), 0..200)) {
        let bytes = [&BOOT_ROM[..18], &noise].concat();
        prop_assert!(parse(&bytes).is_some());
    }
}
