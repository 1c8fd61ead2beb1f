//! What a conversation with a stick stands on.

use crate::protocol::Interrupt;
use crate::usb::UsbBus;
use crate::web::WebReach;

/// What everything about a stick stands on: the bus, the way to a HiLink stick's web server, and the wish to stop.
#[derive(Clone)]
pub struct Host<'a> {
    /// The bus.
    pub bus: &'a dyn UsbBus,
    /// How to reach a HiLink stick.
    pub web: &'a dyn WebReach,
    /// Set when somebody wants to stop.
    pub interrupt: Interrupt,
}
