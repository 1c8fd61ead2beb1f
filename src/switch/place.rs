//! Where a stick is on the map: its mode, and the kind of firmware behind it.

use std::time::Duration;

use crate::failure::Cause;
use crate::follow::{Follower, Waiting};
use crate::stick::{HUAWEI, KnownDevice, Landing, Leaving, Mode, known_device};
use crate::usb::Attached;

/// The two kinds of firmware that the sticks of this family are sold with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Firmware {
    /// 22.x: a little router.
    HiLink,
    /// 21.x: a modem.
    Stick,
}

/// What a device shows of where it is.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Its mode.
    pub mode: Mode,
    /// The firmware that runs there, where the composition belongs to one kind alone.
    pub firmware: Option<Firmware>,
    /// The row of the table of known devices.
    pub known: Option<&'static KnownDevice>,
}

/// Working compositions, by the firmware that alone has them (the compositions in Huawei's published gadget sources).
const HILINK_PRODUCTS: [u16; 6] = [0x14db, 0x14dc, 0x1566, 0x1441, 0x1567, 0x1565];
const STICK_PRODUCTS: [u16; 2] = [0x1506, 0x15b6];

impl Place {
    /// Where a device is, by its ids and interfaces.
    #[must_use]
    pub fn of(device: &Attached) -> Self {
        let known = known_device(device.vendor_id, device.product_id);
        let mode = Mode::of(device).unwrap_or(Mode::Unknown);
        let by_table = known.filter(|_| mode == Mode::Cd).and_then(Self::of_known);
        let is_huawei = device.vendor_id == HUAWEI;
        let firmware = match device.product_id {
            product if is_huawei && HILINK_PRODUCTS.contains(&product) => Some(Firmware::HiLink),
            product if is_huawei && STICK_PRODUCTS.contains(&product) => Some(Firmware::Stick),
            _ => by_table,
        };
        Self { mode, firmware, known }
    }

    /// The firmware behind a virtual CD, by where the table says that it leads.
    pub(super) fn of_known(known: &KnownDevice) -> Option<Firmware> {
        let Landing::Products(products) = known.lands else { return None };
        let all = |of: &[u16]| !products.is_empty() && products.iter().all(|product| of.contains(product));
        if all(&HILINK_PRODUCTS) {
            Some(Firmware::HiLink)
        } else if products.contains(&0x1506) && matches!(known.leave, Leaving::By(_)) {
            Some(Firmware::Stick)
        } else {
            None
        }
    }

    /// The same place under other firmware or in another mode, for a route that is only thought of.
    pub(super) fn elsewhere(self, mode: Mode, firmware: Option<Firmware>) -> Self {
        Self { mode, firmware: firmware.or(self.firmware), known: None }
    }
}

/// How long the port may be empty at first: a stick is away for about four seconds while the system's own switcher leads
/// it out of its virtual CD.
const BACK_WITHIN: Duration = Duration::from_secs(10);

/// The stick in the follower's port, if it is one that this program may speak to. One that is away for a moment is waited
/// for.
///
/// # Errors
///
/// [`Cause::NoStick`] when the port stays empty or holds something else, a Brovi stick by its name.
pub(crate) fn present(follower: &Follower<'_>, waiting: &mut dyn Waiting) -> Result<Attached, Cause> {
    let path = follower.path();
    let found = follower
        .once_present(BACK_WITHIN, waiting)?
        .ok_or_else(|| Cause::NoStick(format!("there is no stick at {path}")))?;
    match Mode::of(&found) {
        Some(Mode::Unsupported) => Err(Cause::NoStick(format!(
            "at {path} is {} ({}): this program knows nothing of that chip, and sends it nothing",
            Mode::Unsupported,
            found.id()
        ))),
        Some(_) => Ok(found),
        None => Err(Cause::NoStick(format!("at {path} is {}, which is not for this program", found.id()))),
    }
}
