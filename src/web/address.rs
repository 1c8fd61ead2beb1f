//! Where the web server of one stick is.

use std::net::{Ipv4Addr, SocketAddr};

use super::WebError;
use crate::usb::Attached;

/// The way to the web server of one stick.
///
/// Two sticks of a kind have the same server address; the interface tells them apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAddress {
    /// The web server, such as 192.168.8.1, port 80.
    pub server: SocketAddr,
    /// The network interface that leads to this stick. `None`: the system's routes decide.
    pub interface: Option<String>,
    /// This host's own address on that interface, where it leads to no other stick. It stands in for the interface
    /// where the system does not permit to bind to one.
    pub local: Option<Ipv4Addr>,
}

/// Finds the web server of a stick.
pub trait WebReach: Send + Sync {
    /// The way to the web server of this very stick.
    ///
    /// # Errors
    ///
    /// [`WebError::NoInterface`] or [`WebError::NoAddress`] while the stick is no network card that is up yet,
    /// [`WebError::Gone`] when another incarnation sits in its port, [`WebError::NotAvailable`] on a system where this
    /// cannot be looked up.
    fn reach(&self, stick: &Attached) -> Result<WebAddress, WebError>;

    /// Whether this system has made a network interface of this very stick's card: its driver has asked the card then, and
    /// got its answers. `false` where that cannot be looked up, too.
    fn has_interface(&self, _stick: &Attached) -> bool {
        false
    }
}
