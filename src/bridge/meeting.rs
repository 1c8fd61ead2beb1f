//! Where programs meet the ports, and what is told of that.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::serial::SerialFunction;
use crate::usb::{Attached, PortPath};

/// Where programs meet the ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// A pty for each port, under the name `balong-PATH-NAME` in this folder, such as `balong-1-1.4-modem`. Whoever makes such
    /// a bridge has the stick in that port for himself: names of a bridge that was killed are taken over, or removed.
    Ptys {
        /// The folder.
        links: PathBuf,
        /// For a simulated stick, whose names are others: `balong-simulated-PATH-NAME`.
        simulated: bool,
    },
    /// This address for the first port, and the next port numbers for the next ones; with number 0 any that are free.
    Network {
        /// The first address.
        first: SocketAddr,
    },
}

/// Where a program meets one port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A pty.
    Pty {
        /// The slave, such as `/dev/pts/5`.
        path: PathBuf,
        /// The name that stays.
        link: Option<PathBuf>,
    },
    /// A telnet server that speaks RFC 2217.
    Network {
        /// Where it listens.
        address: SocketAddr,
    },
}

/// What happens to a bridge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A port can be opened by a program, or is to be met elsewhere from now on.
    Ready {
        /// The stick's port.
        port: PortPath,
        /// Which of its serial ports.
        function: SerialFunction,
        /// Where.
        place: Place,
    },
    /// The stick left. It is waited for.
    Gone(Attached),
    /// It is back, and its ports go on.
    Back(Attached),
    /// Something that the person who waits should know.
    Remark {
        /// The stick's port.
        port: PortPath,
        /// The sentence.
        text: String,
    },
}
