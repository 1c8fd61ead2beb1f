//! Where a stick is on the map: its mode, and the kind of firmware behind it.

use std::fmt;
use std::time::Duration;

use super::Target;
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

impl Firmware {
    /// The mode that it works in, and that the other kind has not.
    #[must_use]
    pub const fn works_in(self) -> Target {
        match self {
            Self::HiLink => Target::HiLink,
            Self::Stick => Target::Stick,
        }
    }
}

impl fmt::Display for Firmware {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HiLink => "HiLink firmware",
            Self::Stick => "stick firmware",
        })
    }
}

/// What a device shows of where it is.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Its mode.
    pub mode: Mode,
    /// The firmware that runs there, where the composition belongs to one kind alone.
    pub firmware: Option<Firmware>,
    /// The firmware that most devices with this id run.
    pub likely: Option<Firmware>,
    /// Whether the sticks of this family show this virtual CD, so that the messages of theirs are worth a try.
    pub is_balong: bool,
    /// The row of the table of known devices.
    pub known: Option<&'static KnownDevice>,
}

/// Working compositions of HiLink firmware (Huawei's published gadget sources).
const HILINK_PRODUCTS: [u16; 6] = [0x14db, 0x14dc, 0x1566, 0x1441, 0x1567, 0x1565];
/// Working compositions of stick firmware (the same; 15b6 is seen in one published dump).
const STICK_PRODUCTS: [u16; 2] = [0x1506, 0x15b6];
/// The virtual CDs of HiLink firmware. Those of routers (1f09, 1f0a) lead to network cards under ids of their own.
const HILINK_CDS: [u16; 3] = [0x1f01, 0x1f02, 0x1f03];
/// Virtual CDs that both kinds of firmware show: most often that of a stick, but an E3272 or E3276 with HiLink firmware is
/// known to show 14fe or 1446, and an E3372h with stick firmware 157d.
const SHARED_CDS: [u16; 8] = [0x14fe, 0x15cd, 0x15cf, 0x15ca, 0x157c, 0x157d, 0x1446, 0x156a];

impl Place {
    /// Where a device is, by its ids and interfaces.
    #[must_use]
    pub fn of(device: &Attached) -> Self {
        let known = known_device(device.vendor_id, device.product_id);
        let mode = Mode::of(device).unwrap_or(Mode::Unknown);
        let among = |products: &[u16]| device.vendor_id == HUAWEI && products.contains(&device.product_id);
        let is_cd = mode == Mode::Cd;
        let firmware = if among(&HILINK_PRODUCTS) || is_cd && among(&HILINK_CDS) {
            Some(Firmware::HiLink)
        } else {
            among(&STICK_PRODUCTS).then_some(Firmware::Stick)
        };
        let by_table = known.filter(|_| is_cd).and_then(Self::of_known);
        let is_balong = is_cd && (among(&HILINK_CDS) || among(&SHARED_CDS));
        Self { mode, firmware, likely: firmware.or(by_table), is_balong, known }
    }

    /// The firmware that is likely behind a virtual CD, by where the table says that it leads.
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

    /// The firmware that a device shows to be certain of, outside its virtual CD.
    pub(super) fn proves(&self) -> Option<Firmware> {
        self.firmware.filter(|_| self.mode != Mode::Cd)
    }

    /// The same place, where it is known what firmware runs or is held there although it does not show it.
    pub(super) fn with(self, known: Option<Firmware>) -> Self {
        let firmware = self.firmware.or(known);
        Self { firmware, likely: firmware.or(self.likely), ..self }
    }

    /// The same stick in another mode, for a route that is only thought of.
    pub(super) fn elsewhere(self, mode: Mode, firmware: Option<Firmware>) -> Self {
        let firmware = firmware.or(self.firmware);
        Self { mode, firmware, likely: firmware.or(self.likely), is_balong: mode == Mode::Cd, known: None }
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
/// [`Cause::NoStick`] when the port stays empty or holds something else; [`Cause::OtherChip`] for a Brovi stick.
pub(crate) fn present(follower: &Follower<'_>, waiting: &mut dyn Waiting) -> Result<Attached, Cause> {
    let path = follower.path();
    let found = follower
        .once_present(BACK_WITHIN, waiting)?
        .ok_or_else(|| Cause::NoStick(format!("there is no stick at {path}")))?;
    match Mode::of(&found) {
        Some(Mode::Unsupported) => Err(Cause::OtherChip(format!(
            "at {path} is {} ({}): this program knows nothing of that chip, and sends it nothing",
            Mode::Unsupported,
            found.id()
        ))),
        Some(_) => Ok(found),
        None => Err(Cause::NoStick(format!("at {path} is {}, which is not for this program", found.id()))),
    }
}
