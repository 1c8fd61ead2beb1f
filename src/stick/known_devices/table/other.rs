//! Devices that are told in another way than by HuaweiNewMode, and those that are left alone.

use super::{KnownDevice, known, left_alone};
use crate::protocol::mode_switch::{CommandWrapper, SwitchMethod, VendorSwitch};
use crate::stick::known_devices::Landing;

const REZERO_UNIT: SwitchMethod = SwitchMethod::Message(CommandWrapper::rezero_unit());
const ANDROID: SwitchMethod = SwitchMethod::Message(VendorSwitch::android());

/// The E220 and its contemporaries (HuaweiMode).
pub(super) const SET_FEATURE: &[KnownDevice] = &[
    known(0x1001, "Huawei E169", SwitchMethod::SetFeature, Landing::Class(0xff)),
    known(0x1003, "Huawei E220, E230, E270, E870", SwitchMethod::SetFeature, Landing::Class(0xff)),
    known(0x1009, "Huawei V725 Phone (aka Vodafone 725)", SwitchMethod::SetFeature, Landing::Class(0xff)),
    known(0x1010, "Huawei ETS1201", SwitchMethod::SetFeature, Landing::Class(0xff)),
    known(0x1413, "Huawei EC168", SwitchMethod::SetFeature, Landing::Class(0xff)),
    known(0x1414, "Huawei E180", SwitchMethod::SetFeature, Landing::Class(0xff)),
    known(0x1da1, "Huawei ET8282, Huawei ET127", SwitchMethod::SetFeature, Landing::Products(&[0x1d09])),
];

/// Phones with messages of their own (MessageContent).
pub(super) const MESSAGES: &[KnownDevice] = &[
    known(0x101e, "Huawei U7510 / U7517", REZERO_UNIT, Landing::Class(0xff)),
    known(0x1030, "Huawei U8220, T-Mobile Pulse (Android smartphone)", ANDROID, Landing::Products(&[0x1034])),
    known(0x1031, "Huawei U8110 / Joy, Vodafone 845 (Android smartphone)", ANDROID, Landing::Products(&[0x1035])),
    known(0x1805, "Huawei U2800 Phone", REZERO_UNIT, Landing::Class(0xff)),
];

/// A CD that is ejected (StandardEject).
pub(super) const EJECT: &[KnownDevice] =
    &[known(0x380b, "Huawei BM358 WiMAX", SwitchMethod::Eject, Landing::Class(0x02))];

/// A configuration that is selected (Configuration).
pub(super) const CONFIGURATION: &[KnownDevice] =
    &[known(0x1d50, "Huawei ET302", SwitchMethod::Configuration(2), Landing::Anything)];

/// Modems that need no switching (Configuration 0).
pub(super) const LEFT_ALONE: &[KnownDevice] = &[
    left_alone(0x1570, "Huawei ME906E"),
    left_alone(0x1571, "Huawei EM820W"),
    left_alone(0x1572, "Huawei MU733"),
    left_alone(0x1573, "Huawei ME909u-521 (MBIM, dummy config)"),
    left_alone(0x15bb, "Huawei ME936"),
    left_alone(0x15c0, "Huawei ME906C"),
    left_alone(0x15c1, "Huawei ME906, ME909 (MBIM, dummy config)"),
    left_alone(0x15f0, "Huawei MU736"),
    left_alone(0x1c25, "Huawei MU709s-2 Module"),
];
