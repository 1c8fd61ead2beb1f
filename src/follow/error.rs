//! Why a stick could not be followed.

use std::time::Duration;

use crate::usb::{PortPath, UsbError};

/// Why a stick could not be followed.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// Nothing came, or not what was waited for, before the deadline.
    #[error("the stick at {path} did not come back {awaited} within {} s{seen}", within.as_secs())]
    NeverCame {
        /// The port.
        path: PortPath,
        /// What was waited for, such as "in download mode".
        awaited: String,
        /// The deadline.
        within: Duration,
        /// What was seen instead, as the end of a sentence; may be empty.
        seen: String,
    },
    /// Something came that cannot be it.
    #[error("at {path} appeared {found}: {why}")]
    Unexpected {
        /// The port.
        path: PortPath,
        /// Ids and mode of what came.
        found: String,
        /// Why it is refused.
        why: String,
    },
    /// The bus could not be looked at.
    #[error("the bus could not be looked at")]
    Usb(#[source] UsbError),
    /// A stop was asked for while waiting.
    #[error("stopped on request while waiting for the stick at {path}")]
    Interrupted {
        /// The port.
        path: PortPath,
    },
}
