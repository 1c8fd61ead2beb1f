//! The web server of a stick with HiLink firmware: what it answers, and a server for it on the loopback interface.
//!
//! It answers as the firmware does: XML in both directions, refusals under HTTP status 200, a session before anything
//! else, a token for each request that changes something. What it answers follows the facts of the moment, so a stick
//! that left, or that runs other firmware by now, is another web server from the next request on.
//!
//! The same answers are given at 192.168.8.1 behind the stick's network card.

mod api;
mod hash;
mod http;
mod server;
mod sessions;
mod switching;
#[cfg(test)]
mod tests;
mod variant;
mod xml;

use std::time::Duration;

pub(crate) use api::Api;
pub(crate) use http::{Heard, Response, parse};
pub use server::WebServer;
pub use variant::{WebVariant, WebVariantError};

/// How much the firmware tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebAccess {
    /// Everything, to whoever has a session.
    Open,
    /// The public part; the rest is refused with 100003 (no rights) before a login.
    LoginNeeded,
    /// Nothing but a session; the rest is refused with 125002 (blocked).
    Closed,
}

/// What the firmware says of the stick, and how it behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebFacts {
    /// `DeviceName`.
    pub device_name: String,
    /// `HardwareVersion`.
    pub hardware_version: String,
    /// `SoftwareVersion`.
    pub software_version: String,
    /// `WebUIVersion`.
    pub web_ui_version: String,
    /// `Imei`; a made-up one.
    pub imei: String,
    /// `SerialNumber`; a made-up one.
    pub serial_number: String,
    /// How much of it the firmware tells.
    pub access: WebAccess,
    /// Which switching requests the firmware obeys.
    pub variant: WebVariant,
    /// How often the stick was enumerated: with a new number it has forgotten its sessions.
    pub incarnation: u32,
}

impl WebFacts {
    /// An E3372h with HiLink firmware that tells everything and switches nothing. The IMEI is of the range that is set
    /// aside for tests.
    #[must_use]
    pub fn e3372h() -> Self {
        Self {
            device_name: "E3372".to_owned(),
            hardware_version: "CL2E3372HM".to_owned(),
            software_version: "22.200.15.00.00".to_owned(),
            web_ui_version: "17.100.13.01.03".to_owned(),
            imei: "004999010640000".to_owned(),
            serial_number: "G4P0000000000000".to_owned(),
            access: WebAccess::Open,
            variant: WebVariant::Closed,
            incarnation: 1,
        }
    }
}

/// What the web server lets the stick do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebOrder {
    /// Become the debug composition, 12d1:1566.
    Debug,
    /// Become the project composition, 12d1:1442, in download mode.
    Project,
    /// Become the working composition of HiLink firmware again.
    Normal,
    /// Restart, and decide by what the flash holds.
    Restart,
    /// Power off until it is plugged in anew.
    PowerOff,
}

/// The stick behind a web server.
pub trait WebDevice: Send + Sync {
    /// The facts of the moment; `None` while no stick with HiLink firmware is there.
    fn facts(&self) -> Option<WebFacts>;

    /// Carries something out after so much of the stick's own time. `false`: it cannot now, as it is leaving already or
    /// is nothing that obeys.
    fn order(&self, order: WebOrder, after: Duration) -> bool;
}

/// A closure is a device that only tells: every order finds it busy.
impl<F: Fn() -> Option<WebFacts> + Send + Sync> WebDevice for F {
    fn facts(&self) -> Option<WebFacts> {
        self()
    }

    fn order(&self, _: WebOrder, _: Duration) -> bool {
        false
    }
}
