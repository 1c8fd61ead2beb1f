//! The table, by method.

mod new_mode;
mod other;

use super::{BROVI, BROVI_REASON, KnownDevice, Landing, Leaving, NEEDS_NO_SWITCH};
use crate::protocol::mode_switch::{SwitchMethod, VendorSwitch};
use crate::stick::HUAWEI;

/// Every entry, in parts.
pub(super) const TABLES: &[&[KnownDevice]] = &[
    new_mode::NEW_MODE,
    other::SET_FEATURE,
    other::MESSAGES,
    other::EJECT,
    other::CONFIGURATION,
    other::LEFT_ALONE,
    &[BROVI_ENTRY],
];

const BROVI_ENTRY: KnownDevice = KnownDevice {
    vendor_id: BROVI.0,
    product_id: BROVI.1,
    name: "Brovi E3372-325",
    models: None,
    leave: Leaving::LeaveAlone { why: BROVI_REASON },
    lands: Landing::Anything,
};

const fn known(product_id: u16, name: &'static str, method: SwitchMethod, lands: Landing) -> KnownDevice {
    KnownDevice { vendor_id: HUAWEI, product_id, name, models: None, leave: Leaving::By(method), lands }
}

const fn new_mode(product_id: u16, name: &'static str, products: &'static [u16]) -> KnownDevice {
    let message = SwitchMethod::Message(VendorSwitch::new_mode().wrapper());
    known(product_id, name, message, Landing::Products(products))
}

const fn left_alone(product_id: u16, name: &'static str) -> KnownDevice {
    let leave = Leaving::LeaveAlone { why: NEEDS_NO_SWITCH };
    KnownDevice { vendor_id: HUAWEI, product_id, name, models: None, leave, lands: Landing::Anything }
}

impl KnownDevice {
    /// With the Balong models that show this id.
    const fn shown_by(self, models: &'static str) -> Self {
        Self { models: Some(models), ..self }
    }
}
