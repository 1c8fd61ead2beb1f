//! Telling a device to take another composition: the ways that are known, and the conversations behind them.
//!
//! A stick in its CD stage (12d1:1f01, 12d1:14fe) is a mass storage device that waits for its driver to be installed from a
//! virtual CD. A message in a bulk-only command wrapper, an eject, or a request to the device makes a modem or a network
//! card of it. None of the answers proves that it obeys: only its return in another composition does.

mod command_wrapper;
mod eject;
mod inquiry;
mod leave_cd;
mod vendor_switch;

use std::fmt;
use std::time::Duration;

use super::{Conversation, Event, Step};
use crate::usb::{ControlKind, ControlRequest, Direction, Recipient};

pub use command_wrapper::{CommandWrapper, WRAPPER_LENGTH};
pub use eject::Eject;
pub use inquiry::{Drive, Inquiry};
pub use leave_cd::LeaveCd;
pub use vendor_switch::{HostSystem, Profile, VendorSwitch};

/// How long the stick may take to accept a message.
const SEND_WITHIN: Duration = Duration::from_secs(3);
/// How long to wait for a status that mostly never comes.
const STATUS_WITHIN: Duration = Duration::from_secs(1);

/// One way of telling a device to take another composition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SwitchMethod {
    /// A message to the storage interface.
    Message(CommandWrapper),
    /// The virtual CD is ejected.
    Eject,
    /// The vendor request 40/A1 to the device, by which Huawei's software for the Mac leads a stick out of its CD. On an
    /// E8372h-153 with firmware 21.328 nothing else works.
    MacRequest,
    /// The standard request SET_FEATURE (00/03) with the value 1, for the E220 and its contemporaries.
    SetFeature,
    /// SET_CONFIGURATION with this value.
    Configuration(u8),
}

impl SwitchMethod {
    /// The request behind [`SwitchMethod::MacRequest`]. It has no data.
    pub const MAC_REQUEST: ControlRequest = Self::to_device(ControlKind::Vendor, 0xa1, 0);

    /// The request behind [`SwitchMethod::SetFeature`]. It has no data.
    pub const SET_FEATURE: ControlRequest = Self::to_device(ControlKind::Standard, 0x03, 1);

    const fn to_device(kind: ControlKind, request: u8, value: u16) -> ControlRequest {
        let (direction, recipient) = (Direction::Out, Recipient::Device);
        ControlRequest { direction, kind, recipient, request, value, index: 0, length: 0 }
    }
}

impl fmt::Display for SwitchMethod {
    /// In words, as they follow "by", such as "Huawei's switching message".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(CommandWrapper { block: [0x11, 0x06, fields @ ..], unit, .. }) => {
                f.write_str("Huawei's switching message (11 06")?;
                fields[..7].iter().try_for_each(|byte| write!(f, " {byte:02x}"))?;
                if *unit > 0 { write!(f, " to unit {unit})") } else { f.write_str(")") }
            }
            Self::Message(CommandWrapper { block: [operation, ..], .. }) => {
                write!(f, "the SCSI command {operation:02x} to its storage interface")
            }
            Self::Eject => f.write_str("ejecting its virtual CD"),
            Self::MacRequest => f.write_str("the vendor request 40/a1 of Huawei's software for the Mac"),
            Self::SetFeature => f.write_str("the request SET_FEATURE with the value 1"),
            Self::Configuration(value) => write!(f, "selecting its USB configuration {value}"),
        }
    }
}

/// How the stick reacted. None of this tells whether it switches: only its return in another mode does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It answered something, mostly a command status, or carried out the request.
    Answered,
    /// It took the message and said nothing, or let the request wait until it was given up.
    Silent,
    /// It did not take the whole message in time.
    NotTaken,
    /// It stalled an endpoint, or refused the request.
    Stalled,
    /// It left the bus.
    Left,
}

impl fmt::Display for Reaction {
    /// In words, as they follow "the stick".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Answered => "answered",
            Self::Silent => "said nothing",
            Self::NotTaken => "did not take the message",
            Self::Stalled => "stalled",
            Self::Left => "left the bus",
        })
    }
}

/// The message was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sent {
    /// How the stick reacted.
    pub reaction: Reaction,
}

/// Whether a chunk is a command status wrapper: 13 bytes with their signature (Bulk-Only Transport 1.0, section 5.2).
fn is_status(chunk: &[u8]) -> bool {
    chunk.len() == 13 && chunk.starts_with(b"USBS")
}

#[cfg(test)]
mod tests;
