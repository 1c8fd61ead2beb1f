//! The roles of interfaces that all report `ff/ff/ff`, by their place in a composition that is known.
//!
//! The orders are those of Huawei's published gadget sources; 1566 and 1442 were seen on a real E8372h. A build may differ,
//! and other products have some of these ids too, so a place is a hint: nothing is written to a port on its account.

use super::HUAWEI;
use super::Role::{self, Diagnostic, Gps, Modem, Network, Pcui, Shell};
use crate::usb::{Attached, ClassTriple, Interface};

/// What a serial function reports in every composition whose protocol bytes tell nothing.
const TELLS_NOTHING: ClassTriple = ClassTriple::new(0xff, 0xff, 0xff);

/// Product id, and the roles of its `ff/ff/ff` interfaces in order. Builds of one id differ in how many they have.
const ORDERS: &[(u16, &[Role])] = &[
    (0x1442, &[Pcui]),
    (0x1568, &[Pcui]),
    (0x1c05, &[Shell, Pcui]),
    (0x1c05, &[Shell, Diagnostic, Pcui]),
    (0x1566, &[Pcui, Shell, Shell, Diagnostic, Gps, Diagnostic]),
    (0x1567, &[Pcui, Shell, Shell, Diagnostic, Gps, Diagnostic]),
    (0x1567, &[Network, Pcui, Shell, Shell, Diagnostic, Gps, Diagnostic]),
    (0x1001, &[Modem, Diagnostic, Pcui]),
    (0x155e, &[Modem, Diagnostic, Pcui]),
    (0x155e, &[Modem, Diagnostic, Pcui, Network]),
];

/// The role of each interface by its place, in the order of the interfaces; `None` where its place tells nothing.
pub(super) fn roles_by_place(device: &Attached) -> Vec<Option<Role>> {
    let silent = |class: ClassTriple| class == TELLS_NOTHING;
    let count = device.interfaces.iter().filter(|interface| silent(interface.class)).count();
    let fits = |(product, order): &&(u16, &[Role])| {
        (HUAWEI, *product) == (device.vendor_id, device.product_id) && order.len() == count
    };
    let mut order = ORDERS.iter().find(fits).map_or(&[][..], |(_, order)| order).iter().copied();
    let role = |interface: &Interface| if silent(interface.class) { order.next() } else { None };
    device.interfaces.iter().map(role).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use super::{Diagnostic as D, Modem as M, Network as N, Pcui as P, Shell as S};

    const SERIAL: (u8, u8, u8) = (0xff, 0xff, 0xff);
    const STORAGE: (u8, u8, u8) = (8, 6, 0x50);

    fn roles(product_id: u16, classes: &[(u8, u8, u8)]) -> Vec<Option<Role>> {
        let interfaces = classes.iter().zip(0..).map(|(&(class, subclass, protocol), number)| Interface {
            number,
            class: ClassTriple::new(class, subclass, protocol),
            driver: None,
        });
        roles_by_place(&Attached { interfaces: interfaces.collect(), ..Attached::bare("1-1", 1, product_id) })
    }

    #[test]
    fn both_builds_of_download_mode_are_told_by_their_number_of_ports() {
        assert_eq!(roles(0x1c05, &[SERIAL, STORAGE, SERIAL]), [Some(S), None, Some(P)]);
        assert_eq!(roles(0x1c05, &[SERIAL; 3]), [Some(S), Some(D), Some(P)]);
        assert_eq!(roles(0x1c05, &[SERIAL; 5]), [None; 5], "an order of that length is not known");
    }

    #[test]
    fn network_and_storage_interfaces_take_no_place_of_a_serial_function() {
        let debug = [&[(2, 6, 0), (0x0a, 6, 0)][..], &[SERIAL; 6], &[STORAGE]].concat();
        let expected = [None, None, Some(P), Some(S), Some(S), Some(D), Some(Role::Gps), Some(D), None];
        assert_eq!(roles(0x1566, &debug), expected);
        assert_eq!(roles(0x155e, &[SERIAL; 4]), [Some(M), Some(D), Some(P), Some(N)]);
    }

    #[test]
    fn a_protocol_byte_that_tells_and_an_id_that_is_not_known_have_no_places() {
        assert_eq!(roles(0x1001, &[(0xff, 2, 0x12), (0xff, 2, 0x10)]), [None; 2]);
        assert_eq!(roles(0x1506, &[SERIAL; 3]), [None; 3]);
    }
}
