//! Huawei's own SCSI command 11 06, by its fields, and every message of it that is known from the field.
//!
//! The layout of the fields, and what the stick makes of them, are those read in the published USB gadget source of a V7R11
//! router. A message is obeyed only in the CD stage.

use bytes::Bytes;

use super::CommandWrapper;
use crate::usb::Direction;

/// What the stick is to believe of the host (byte 2 of the command block).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostSystem {
    /// 00.
    Windows,
    /// 10.
    Mac,
    /// 20.
    Linux,
    /// 30: a router; the stick becomes a plain modem with serial ports.
    Gateway,
}

/// How the stick is to carry data (byte 7 of the command block).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// 0: a modem that is dialled.
    Modem,
    /// 1: a network interface.
    Ndis,
}

/// The fields of Huawei's command block 11 06. What the stick makes of them depends on its firmware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VendorSwitch {
    /// Byte 2.
    pub host: HostSystem,
    /// Byte 4: the flag named bPID in the gadget source.
    pub product_id_flag: bool,
    /// Byte 5: the flag for a new product id.
    pub new_product_id: bool,
    /// Byte 6: the host can use the CD.
    pub cd_support: bool,
    /// Byte 7.
    pub profile: Profile,
    /// Byte 8: go to the HiLink working composition.
    pub green_mode: bool,
    /// What the wrapper states as the length of the block: 00 in most messages, 0a in some. It makes no difference.
    pub stated_length: u8,
}

impl VendorSwitch {
    /// Every field zero but for the host.
    const fn plain(host: HostSystem) -> Self {
        Self {
            host,
            product_id_flag: false,
            new_product_id: false,
            cd_support: false,
            profile: Profile::Modem,
            green_mode: false,
            stated_length: 0,
        }
    }

    /// The message that usb_modeswitch knows as HuaweiNewMode: 1f01 becomes 14dc (or 14db), 14fe becomes 1506. Almost every
    /// CD id takes it.
    #[must_use]
    pub const fn new_mode() -> Self {
        Self { new_product_id: true, cd_support: true, green_mode: true, ..Self::plain(HostSystem::Linux) }
    }

    /// The message that usb_modeswitch knows as HuaweiAltMode: a gateway with a network interface, 155e or the like.
    #[must_use]
    pub const fn alternative_mode() -> Self {
        Self { profile: Profile::Ndis, ..Self::plain(HostSystem::Gateway) }
    }

    /// A gateway with a network interface and a new product id: 1f01 becomes 155e, by the gadget source, or 1001, as users
    /// report. Both are to be accepted.
    #[must_use]
    pub const fn gateway_ndis() -> Self {
        Self { new_product_id: true, ..Self::alternative_mode() }
    }

    /// A gateway that dials: 1f01 becomes 1001.
    #[must_use]
    pub const fn gateway_modem() -> Self {
        Self { new_product_id: true, ..Self::plain(HostSystem::Gateway) }
    }

    /// The HiLink working composition as for Windows (RNDIS): 1f01 becomes 14dc (or 14db).
    #[must_use]
    pub const fn hilink() -> Self {
        Self { new_product_id: true, green_mode: true, ..Self::plain(HostSystem::Windows) }
    }

    /// Every field zero. HiLink firmware takes it as the wish for project (download) mode: 1f01 becomes 1442.
    #[must_use]
    pub const fn project() -> Self {
        Self::plain(HostSystem::Windows)
    }

    /// The message for modem families before 2012 (12d1:1446). An E3131 becomes 1001 by it; HiLink firmware of a V7R11
    /// ignores it.
    #[must_use]
    pub const fn old_modem() -> Self {
        Self { new_product_id: true, ..Self::plain(HostSystem::Linux) }
    }

    /// The HiLink working composition as for Linux (ECM), by the green mode alone, with the length of the block stated as
    /// 0a: 1f01 becomes 14dc (or 14db).
    #[must_use]
    pub const fn hilink_short() -> Self {
        Self { green_mode: true, stated_length: 0x0a, ..Self::plain(HostSystem::Linux) }
    }

    /// The 16 bytes of the command block.
    #[must_use]
    pub const fn command_block(&self) -> [u8; 16] {
        let host = match self.host {
            HostSystem::Windows => 0x00,
            HostSystem::Mac => 0x10,
            HostSystem::Linux => 0x20,
            HostSystem::Gateway => 0x30,
        };
        let profile = match self.profile {
            Profile::Modem => 0,
            Profile::Ndis => 1,
        };
        let (product_id, new_product_id) = (self.product_id_flag as u8, self.new_product_id as u8);
        let (cd, green) = (self.cd_support as u8, self.green_mode as u8);
        [0x11, 0x06, host, 0, product_id, new_product_id, cd, profile, green, 0, 0, 0, 0, 0, 0, 0]
    }

    /// The fields of a command block, or `None` when it is another command, or holds what no field can hold. The stated
    /// length is not in the block; it is given as 0.
    #[must_use]
    pub fn of_block(block: &[u8; 16]) -> Option<Self> {
        let flag = |byte: u8| match byte {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        };
        let &[0x11, 0x06, host, 0, product_id, new_product_id, cd, profile, green, 0, 0, 0, 0, 0, 0, 0] = block else {
            return None;
        };
        Some(Self {
            host: match host {
                0x00 => HostSystem::Windows,
                0x10 => HostSystem::Mac,
                0x20 => HostSystem::Linux,
                0x30 => HostSystem::Gateway,
                _ => return None,
            },
            product_id_flag: flag(product_id)?,
            new_product_id: flag(new_product_id)?,
            cd_support: flag(cd)?,
            profile: if flag(profile)? { Profile::Ndis } else { Profile::Modem },
            green_mode: flag(green)?,
            stated_length: 0,
        })
    }

    /// The command in its wrapper: unit 0, no data stage.
    #[must_use]
    pub const fn wrapper(&self) -> CommandWrapper {
        CommandWrapper {
            transfer_length: 0,
            direction: Direction::Out,
            unit: 0,
            stated_length: self.stated_length,
            block: self.command_block(),
        }
    }

    /// The message for Huawei's first Android phones: every field zero, to unit 1, and six bytes expected.
    #[must_use]
    pub const fn android() -> CommandWrapper {
        CommandWrapper {
            transfer_length: 6,
            direction: Direction::In,
            unit: 1,
            stated_length: 0x0a,
            ..Self::project().wrapper()
        }
    }

    /// The 31 bytes that go over the wire.
    #[must_use]
    pub fn transfer(&self) -> Bytes {
        self.wrapper().transfer()
    }
}

impl From<VendorSwitch> for CommandWrapper {
    fn from(switch: VendorSwitch) -> Self {
        switch.wrapper()
    }
}
