//! What can go wrong on the seam, as things that a caller can do something about.

use std::error::Error;
use std::time::Duration;

use super::Direction;

/// A failure of the USB layer.
#[derive(Debug, thiserror::Error)]
pub enum UsbError {
    /// This machine has no USB bus, or none that this program can see.
    #[error("this machine has no USB bus that this program can see")]
    NoUsb {
        /// What the library said.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The stick left the bus, or this incarnation of it did.
    #[error("the stick left the bus")]
    Gone,
    /// A transfer did not complete in time.
    #[error("the stick took {sent} bytes and then no more within {} ms", within.as_millis())]
    TimedOut {
        /// Bytes that the stick acknowledged before the deadline.
        sent: usize,
        /// The deadline.
        within: Duration,
    },
    /// The stick refused a transfer.
    #[error("the stick stalled its {} endpoint", match .0 { Direction::In => "IN", Direction::Out => "OUT" })]
    Stalled(Direction),
    /// This user may not open the device.
    #[error("no permission to open {what}")]
    Denied {
        /// The device node, where the system has one, else a description.
        what: String,
        /// Its vendor and product id, where they are known: a rule that lets the user in names them.
        id: Option<(u16, u16)>,
    },
    /// The interface is open already, here or in another program.
    #[error("interface {interface} is held by {holder}")]
    Busy {
        /// The interface number.
        interface: u8,
        /// Who holds it, as far as known.
        holder: String,
    },
    /// The interface does not exist, or has no pair of bulk endpoints.
    #[error("interface {interface} cannot be used: {why}")]
    Unsuitable {
        /// The interface number.
        interface: u8,
        /// What is missing.
        why: &'static str,
    },
    /// Anything else that the library reports.
    #[error("{doing} failed")]
    Failed {
        /// What was being done, such as "claiming interface 2".
        doing: String,
        /// What the library said.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}
