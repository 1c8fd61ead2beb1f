//! Where programs meet the ports, and what is told of that.

use std::net::SocketAddr;
use std::path::PathBuf;

use crate::failure::Cause;
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

/// Where a program will meet one port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Planned {
    /// The name of a pty that stays.
    Link(PathBuf),
    /// Where a telnet server will listen; number 0 stands for any port that is free.
    Address(SocketAddr),
}

impl Meeting {
    /// Where a program will meet a port of the stick in `path`. The ports of one stick are numbered from 0 on, in the order
    /// in which they were chosen.
    ///
    /// # Errors
    ///
    /// [`Cause::Usage`] where no port number is left for it.
    pub fn planned(&self, path: &PortPath, function: &SerialFunction, number: u16) -> Result<Planned, Cause> {
        match self {
            Self::Ptys { links, simulated } => {
                Ok(Planned::Link(links.join(link_name(path, &function.name, *simulated))))
            }
            Self::Network { first } => nth(*first, number).map(Planned::Address),
        }
    }
}

/// What the link of a port is called.
pub(super) fn link_name(path: &PortPath, function: &str, simulated: bool) -> String {
    format!("balong-{}{path}-{function}", if simulated { "simulated-" } else { "" })
}

fn nth(first: SocketAddr, number: u16) -> Result<SocketAddr, Cause> {
    if first.port() == 0 {
        return Ok(first);
    }
    let port = first.port().checked_add(number);
    let port = port.ok_or_else(|| Cause::Usage(format!("there is no port number behind {first} for every port")))?;
    Ok(SocketAddr::new(first.ip(), port))
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
