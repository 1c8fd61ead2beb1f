//! Leaving the CD stage: Huawei's vendor command in a bulk-only command wrapper.
//!
//! A stick in its CD stage (12d1:1f01, 12d1:14fe) is a mass storage device. It takes a SCSI command 11 06 of Huawei's
//! own as the wish to become a modem. The layout of its fields is the one read in the published USB gadget source of a
//! V7R11 router; the wrapper is USB Mass Storage Class Bulk-Only Transport 1.0, section 5.1.

use std::convert::Infallible;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};

use super::{Conversation, Event, Step};

/// How long the stick may take to accept the message.
const SEND_WITHIN: Duration = Duration::from_secs(3);
/// How long to wait for a status that mostly never comes.
const STATUS_WITHIN: Duration = Duration::from_secs(1);
/// Any number does; this is the one that today's tools send.
const TAG: [u8; 4] = [0x12, 0x34, 0x56, 0x78];

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
}

impl VendorSwitch {
    /// The message that usb_modeswitch knows as HuaweiNewMode: 1f01 becomes 14dc, 14fe becomes 1506.
    #[must_use]
    pub const fn new_mode() -> Self {
        Self {
            host: HostSystem::Linux,
            product_id_flag: false,
            new_product_id: true,
            cd_support: true,
            profile: Profile::Modem,
            green_mode: true,
        }
    }

    /// The 16 bytes of the command block.
    #[must_use]
    pub fn command_block(&self) -> [u8; 16] {
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
        let flag = u8::from;
        let mut block = [0; 16];
        block[..9].copy_from_slice(&[
            0x11,
            0x06,
            host,
            0,
            flag(self.product_id_flag),
            flag(self.new_product_id),
            flag(self.cd_support),
            profile,
            flag(self.green_mode),
        ]);
        block
    }

    /// The 31 bytes that go over the wire. No data stage, unit 0; the length of the block is stated as 0, as today's
    /// tools do, and the whole block is read nonetheless.
    #[must_use]
    pub fn transfer(&self) -> Bytes {
        let mut wrapper = BytesMut::with_capacity(31);
        wrapper.put_slice(b"USBC");
        wrapper.put_slice(&TAG);
        wrapper.put_bytes(0, 7);
        wrapper.put_slice(&self.command_block());
        wrapper.freeze()
    }
}

/// How the stick reacted. None of this tells whether it switches: only its return in another mode does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It answered something, mostly a command status.
    Answered,
    /// It took the message and said nothing.
    Silent,
    /// It did not take the whole message in time.
    NotTaken,
    /// It stalled an endpoint.
    Stalled,
    /// It left the bus.
    Left,
}

/// The message was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// How the stick reacted.
    pub reaction: Reaction,
}

/// The conversation that asks a stick to leave its CD stage.
///
/// A missing status, a stall, a departure and a timeout are all normal: the stick may be gone before it answers.
#[derive(Debug)]
pub struct LeaveCd {
    message: Option<Bytes>,
    reaction: Option<Reaction>,
}

impl LeaveCd {
    /// A conversation that sends this message once.
    #[must_use]
    pub fn new(switch: VendorSwitch) -> Self {
        Self { message: Some(switch.transfer()), reaction: None }
    }
}

impl Conversation for LeaveCd {
    type Output = Sent;
    type Error = Infallible;

    fn next(&mut self) -> Step<Sent> {
        if let Some(reaction) = self.reaction {
            return Step::Finished(Sent { reaction });
        }
        match self.message.take() {
            Some(bytes) => Step::Send { bytes, within: SEND_WITHIN },
            None => Step::Receive { within: STATUS_WITHIN },
        }
    }

    fn handle(&mut self, event: Event<'_>) -> Result<(), Infallible> {
        self.reaction = match event {
            // An empty transfer means nothing.
            Event::Received([]) => None,
            Event::Received(_) => Some(Reaction::Answered),
            Event::TimedOut => Some(Reaction::Silent),
            Event::SendTimedOut { .. } => Some(Reaction::NotTaken),
            Event::Stalled(_) => Some(Reaction::Stalled),
            Event::Gone => Some(Reaction::Left),
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests;
