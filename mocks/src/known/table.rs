//! The rows, by product id. All of them are Huawei's: vendor 12d1.

use super::{KnownDevice, Message, Method, Target};

/// The message to nearly every virtual CD of Huawei's: vendor command 11, for Linux, go to work.
const NEW_MODE: Method =
    Method::Block(Message { length: 0, inward: false, unit: 0, block: block([0x11, 0x06, 0x20, 0, 0, 1, 1, 0, 1]) });
/// REZERO UNIT with six bytes to the host, which no such command has: old phones leave their CD by it.
const REZERO: Method =
    Method::Transfer(Message { length: 6, inward: true, unit: 0, block: block([0x01, 0, 0, 0, 0, 0, 0, 0, 0]) });
/// Vendor command 11 to the second unit with six bytes to the host: Android phones.
const VENDOR_UNIT_1: Method =
    Method::Transfer(Message { length: 6, inward: true, unit: 1, block: block([0x11, 0x06, 0, 0, 0, 0, 0, 0, 0]) });

const fn block(start: [u8; 9]) -> [u8; 16] {
    let [a, b, c, d, e, f, g, h, i] = start;
    [a, b, c, d, e, f, g, h, i, 0, 0, 0, 0, 0, 0, 0]
}

const fn row(
    name: &'static str,
    product_id: u16,
    description: &'static str,
    method: Method,
    target: Target,
) -> KnownDevice {
    KnownDevice { name, vendor_id: 0x12d1, product_id, description, method, target }
}

/// Every device of Huawei's that a widely used table of mode switches lists.
#[rustfmt::skip]
pub(super) static ROWS: [KnownDevice; 84] = [
    row("12d1:1001", 0x1001, "Huawei E169", Method::SetFeature, Target::Class(0xff)),
    row("12d1:1003", 0x1003, "Huawei E220, E230, E270, E870", Method::SetFeature, Target::Class(0xff)),
    row("12d1:1009", 0x1009, "Huawei V725 Phone (aka Vodafone 725)", Method::SetFeature, Target::Class(0xff)),
    row("12d1:1010", 0x1010, "Huawei ETS1201", Method::SetFeature, Target::Class(0xff)),
    row("12d1:101e", 0x101e, "Huawei U7510 / U7517", REZERO, Target::Class(0xff)),
    row("12d1:1030", 0x1030, "Huawei U8220, T-Mobile Pulse (Android smartphone)", VENDOR_UNIT_1, Target::Ids(&[0x1034])),
    row("12d1:1031", 0x1031, "Huawei U8110 / Joy, Vodafone 845 (Android smartphone)", VENDOR_UNIT_1, Target::Ids(&[0x1035])),
    row("12d1:1413", 0x1413, "Huawei EC168", Method::SetFeature, Target::Class(0xff)),
    row("12d1:1414", 0x1414, "Huawei E180", Method::SetFeature, Target::Class(0xff)),
    row("12d1:1446", 0x1446, "Huawei, newer modems, and rebrandings", NEW_MODE, Target::Ids(&[0x1001, 0x1404, 0x1406, 0x140b, 0x140c, 0x1412, 0x1417, 0x141b, 0x1429, 0x1432, 0x1433, 0x1436, 0x14ac, 0x1506, 0x150c, 0x1511])),
    row("12d1:1449", 0x1449, "Huawei E352", NEW_MODE, Target::Ids(&[0x1444])),
    row("12d1:14ad", 0x14ad, "Vodafone (Huawei) K3806", NEW_MODE, Target::Ids(&[0x14ae])),
    row("12d1:14b5", 0x14b5, "Huawei E173 (Viettel 3G)", NEW_MODE, Target::Ids(&[0x14a8, 0x14aa])),
    row("12d1:14b7", 0x14b7, "Vodafone (Huawei) K4511", NEW_MODE, Target::Ids(&[0x14cc])),
    row("12d1:14ba", 0x14ba, "Huawei E173u-2, E177", NEW_MODE, Target::Ids(&[0x14d2])),
    row("12d1:14c1", 0x14c1, "Vodafone (Huawei) K4605", NEW_MODE, Target::Ids(&[0x14c6])),
    row("12d1:14c3", 0x14c3, "K5005 Vodafone/Huawei", NEW_MODE, Target::Ids(&[0x14c8])),
    row("12d1:14c4", 0x14c4, "Vodafone/Huawei K3771", NEW_MODE, Target::Ids(&[0x14ca])),
    row("12d1:14c5", 0x14c5, "Vodafone (Huawei) K4510", NEW_MODE, Target::Ids(&[0x14cb])),
    row("12d1:14d1", 0x14d1, "Vodafone / Huawei K3770", NEW_MODE, Target::Ids(&[0x14c9])),
    row("12d1:14fe", 0x14fe, "Huawei E352 (T-Mobile NL), E173s (Variant)", NEW_MODE, Target::Ids(&[0x1506, 0x150f, 0x151d, 0x1c1e])),
    row("12d1:1505", 0x1505, "Huawei EC156, Huawei E372u-8", NEW_MODE, Target::Ids(&[0x140b, 0x140c, 0x1506, 0x150f, 0x150a])),
    row("12d1:151a", 0x151a, "Huawei E392u-12, E3131 (Variant)", NEW_MODE, Target::Ids(&[0x151b, 0x151d, 0x151e])),
    row("12d1:1520", 0x1520, "Huawei K3765", NEW_MODE, Target::Ids(&[0x1465])),
    row("12d1:1521", 0x1521, "Huawei K4505", NEW_MODE, Target::Ids(&[0x1464])),
    row("12d1:1523", 0x1523, "Huawei R201", NEW_MODE, Target::Ids(&[0x1491])),
    row("12d1:1526", 0x1526, "Vodafone / Huawei K3772", NEW_MODE, Target::Ids(&[0x14cf])),
    row("12d1:1527", 0x1527, "Vodafone / Huawei R206 Router", NEW_MODE, Target::Ids(&[0x1594])),
    row("12d1:1553", 0x1553, "Huawei E1553", NEW_MODE, Target::Ids(&[0x1001])),
    row("12d1:1557", 0x1557, "Huawei E173", NEW_MODE, Target::Ids(&[0x14a5])),
    row("12d1:155a", 0x155a, "Vodafone (Huawei) R205", NEW_MODE, Target::Ids(&[0x14cd])),
    row("12d1:155b", 0x155b, "Huawei E171", NEW_MODE, Target::Ids(&[0x1506])),
    row("12d1:156a", 0x156a, "Huawei E3276s-151 and E3251", NEW_MODE, Target::Ids(&[0x156b, 0x156c])),
    row("12d1:1570", 0x1570, "Huawei ME906E", Method::Configuration(0), Target::Unknown),
    row("12d1:1571", 0x1571, "Huawei EM820W", Method::Configuration(0), Target::Unknown),
    row("12d1:1572", 0x1572, "Huawei MU733", Method::Configuration(0), Target::Unknown),
    row("12d1:1573", 0x1573, "Huawei ME909u-521 (MBIM, dummy config)", Method::Configuration(0), Target::Unknown),
    row("12d1:157c", 0x157c, "Huawei E3276-s150", NEW_MODE, Target::Ids(&[0x1506])),
    row("12d1:157d", 0x157d, "Huawei E3331, E3372", NEW_MODE, Target::Ids(&[0x14db, 0x14dc])),
    row("12d1:1580", 0x1580, "Vodafone / Huawei R210 Router", NEW_MODE, Target::Ids(&[0x1585])),
    row("12d1:1581", 0x1581, "Vodafone / Huawei R208 Router", NEW_MODE, Target::Ids(&[0x1587])),
    row("12d1:1582", 0x1582, "Vodafone / Huawei R215 Router", NEW_MODE, Target::Ids(&[0x1588])),
    row("12d1:1583", 0x1583, "Vodafone / Huawei W5101 Router", NEW_MODE, Target::Ids(&[0x1589])),
    row("12d1:1597", 0x1597, "Huawei E327s-150 (Variant)", NEW_MODE, Target::Ids(&[0x1598])),
    row("12d1:15bb", 0x15bb, "Huawei ME936", Method::Configuration(0), Target::Unknown),
    row("12d1:15c0", 0x15c0, "Huawei ME906C", Method::Configuration(0), Target::Unknown),
    row("12d1:15c1", 0x15c1, "Huawei ME906, ME909 (MBIM, dummy config)", Method::Configuration(0), Target::Unknown),
    row("12d1:15ca", 0x15ca, "Huawei E3131", NEW_MODE, Target::Ids(&[0x1506])),
    row("12d1:15cd", 0x15cd, "Huawei E3372", NEW_MODE, Target::Ids(&[0x1506])),
    row("12d1:15ce", 0x15ce, "Huawei E3531s-2, E3131 (Variant)", NEW_MODE, Target::Ids(&[0x15b1, 0x15b3])),
    row("12d1:15cf", 0x15cf, "Huawei E3372s-153", NEW_MODE, Target::Ids(&[0x1506])),
    row("12d1:15d0", 0x15d0, "Huawei E3131 (Variant)", NEW_MODE, Target::Ids(&[0x15d1])),
    row("12d1:15d2", 0x15d2, "Huawei E3531 (Variant)", NEW_MODE, Target::Ids(&[0x15d3])),
    row("12d1:15e7", 0x15e7, "Huawei E3531", NEW_MODE, Target::Ids(&[0x1506])),
    row("12d1:15ec", 0x15ec, "Vodafone/Huawei K5150", NEW_MODE, Target::Ids(&[0x1c26])),
    row("12d1:15ee", 0x15ee, "Vodafone/Huawei K5160", NEW_MODE, Target::Ids(&[0x1c28])),
    row("12d1:15f0", 0x15f0, "Huawei MU736", Method::Configuration(0), Target::Unknown),
    row("12d1:1805", 0x1805, "Huawei U2800 Phone", REZERO, Target::Class(0xff)),
    row("12d1:1c0b", 0x1c0b, "Huawei E173s", NEW_MODE, Target::Ids(&[0x1c05, 0x1c06, 0x1c07, 0x1c08, 0x1c10])),
    row("12d1:1c1b", 0x1c1b, "Huawei GP02 (E587 Variant)", NEW_MODE, Target::Ids(&[0x1506])),
    row("12d1:1c24", 0x1c24, "Huawei E173 (Moviestar), E173s (Variant)", NEW_MODE, Target::Ids(&[0x1c12, 0x1c23])),
    row("12d1:1c25", 0x1c25, "Huawei MU709s-2 Module", Method::Configuration(0), Target::Unknown),
    row("12d1:1d50", 0x1d50, "Huawei ET302", Method::Configuration(2), Target::Unknown),
    row("12d1:1da1", 0x1da1, "Huawei ET8282, Huawei ET127", Method::SetFeature, Target::Ids(&[0x1d09])),
    row("12d1:1f01", 0x1f01, "Huawei E353 (3.se) and others", NEW_MODE, Target::Ids(&[0x14db, 0x14dc])),
    row("12d1:1f02", 0x1f02, "Huawei E5377", NEW_MODE, Target::Ids(&[0x14dc])),
    row("12d1:1f03", 0x1f03, "KDDI (Huawei) HWD12 LTE", NEW_MODE, Target::Ids(&[0x14db])),
    row("12d1:1f04", 0x1f04, "Vodafone / Huawei R206_MR Router", NEW_MODE, Target::Ids(&[0x15bc])),
    row("12d1:1f05", 0x1f05, "Vodafone / Huawei R207 Router", NEW_MODE, Target::Ids(&[0x15bd])),
    row("12d1:1f06", 0x1f06, "Vodafone / Huawei R215_MR Router", NEW_MODE, Target::Ids(&[0x15c7])),
    row("12d1:1f07", 0x1f07, "Huawei/Vodafone R226", NEW_MODE, Target::Ids(&[0x15bf])),
    row("12d1:1f09", 0x1f09, "Huawei/Vodafone R216", NEW_MODE, Target::Ids(&[0x1c50])),
    row("12d1:1f0a", 0x1f0a, "Vodafone/Huawei R218h (lkly compat. to E5573cs)", NEW_MODE, Target::Ids(&[0x1c51])),
    row("12d1:1f11", 0x1f11, "Vodafone / Huawei K3773", NEW_MODE, Target::Ids(&[0x14bc])),
    row("12d1:1f15", 0x1f15, "Vodafone K4305", NEW_MODE, Target::Ids(&[0x1400, 0x14f7])),
    row("12d1:1f16", 0x1f16, "Vodafone K5150", NEW_MODE, Target::Ids(&[0x14f8, 0x1575])),
    row("12d1:1f17", 0x1f17, "Vodafone K4201", NEW_MODE, Target::Ids(&[0x1576])),
    row("12d1:1f18", 0x1f18, "Vodafone K4202", NEW_MODE, Target::Ids(&[0x1577])),
    row("12d1:1f19", 0x1f19, "Vodafone K4606", NEW_MODE, Target::Ids(&[0x14fa, 0x1575, 0x1578])),
    row("12d1:1f1b", 0x1f1b, "Vodafone / Huawei Kxxxx", NEW_MODE, Target::Ids(&[0x1579])),
    row("12d1:1f1c", 0x1f1c, "Vodafone / Huawei K4203", NEW_MODE, Target::Ids(&[0x157a, 0x1590])),
    row("12d1:1f1d", 0x1f1d, "Vodafone / Huawei Kxxxx", NEW_MODE, Target::Ids(&[0x157b, 0x1591])),
    row("12d1:1f1e", 0x1f1e, "Vodafone / Huawei K5160", NEW_MODE, Target::Ids(&[0x157f, 0x1592])),
    row("12d1:380b", 0x380b, "Huawei BM358 WiMAX", Method::Eject, Target::Class(0x02)),
];

/// Not of that table, and no Balong V7: Brovi's E3372-325 has one id for every mode. It obeys the message that asks for
/// the serial ports of a gateway.
pub(super) static BROVI: KnownDevice = KnownDevice {
    name: "brovi",
    vendor_id: 0x3566,
    product_id: 0x2001,
    description: "E3372-325",
    method: Method::Block(Message {
        length: 0,
        inward: false,
        unit: 0,
        block: block([0x11, 0x06, 0x30, 0, 0, 0, 0, 1, 0]),
    }),
    target: Target::Class(0xff),
};
