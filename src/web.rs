//! The HTTP API of HiLink firmware: who is this stick, while it runs as a router on the host's network.
//!
//! A HiLink stick is a network card with a web server behind it, most often at 192.168.8.1. Its API answers in XML, and
//! its refusals are XML too, under HTTP status 200. Every stick of a kind has the same address, so an address alone
//! never names a stick: a [`WebReach`] finds the network interface that belongs to one physical port, and the sockets
//! opened here are bound to that interface.
//!
//! Reading asks nothing that changes the stick. The few requests that do (another composition, a restart) are methods of
//! their own: [`WebApi::switch`] and [`WebApi::restart`]. None of them touches the flash, and no login is ever done.

mod address;
mod answer;
mod change;
mod error;
mod exchange;
mod information;
mod network;
mod refusal;
#[cfg(test)]
pub(crate) mod scripted;
mod session;
#[cfg(feature = "simulate")]
mod simulated;
#[cfg(test)]
mod tests;
mod text;
mod token;
mod transport;

use std::fmt;
use std::time::Duration;

pub use address::{WebAddress, WebReach};
use answer::Answer;
pub use change::{SwitchWay, WebMode, WebOutcome};
pub use error::WebError;
use exchange::Exchange;
pub use information::DeviceInformation;
pub use network::OsNetwork;
pub use refusal::{LoginRefusal, Refusal};
use session::Session;
#[cfg(feature = "simulate")]
pub use simulated::SimulatedWeb;

/// The total deadline of one request, unless another is given.
pub const REQUEST_DEADLINE: Duration = Duration::from_secs(3);

/// The longest body that is read, in bytes. Real answers are below 4 KiB.
pub const BODY_LIMIT: u64 = 64 * 1024;

const INFORMATION_PATH: &str = "/api/device/information";
const BASIC_INFORMATION_PATH: &str = "/api/device/basic_information";

/// A conversation with the web server of one stick.
pub struct WebApi {
    exchange: Exchange,
    session: Session,
}

impl WebApi {
    /// Opens a session with the stick at `address`, with [`REQUEST_DEADLINE`] for each request.
    ///
    /// # Errors
    ///
    /// As [`WebApi::connect_within`].
    pub fn connect(address: &WebAddress) -> Result<Self, WebError> {
        Self::connect_within(address, REQUEST_DEADLINE)
    }

    /// Opens a session with the stick at `address`; each request must be answered in full `within` this time.
    ///
    /// Firmware that knows no sessions is no failure: it answers reading requests without one.
    ///
    /// # Errors
    ///
    /// [`WebError::Unreachable`], [`WebError::TimedOut`] or [`WebError::NoAnswer`] when nothing answers,
    /// [`WebError::NotHttp`] or [`WebError::TooLarge`] when something else does, and [`WebError::Refused`] when the
    /// stick gives no session to anyone.
    pub fn connect_within(address: &WebAddress, within: Duration) -> Result<Self, WebError> {
        let exchange = Exchange::new(address, within);
        let session = Session::open(&exchange)?;
        tracing::debug!(session = session.cookie().is_some(), "web server answered");
        Ok(Self { exchange, session })
    }

    /// Asks the stick who it is.
    ///
    /// Where the full answer needs a login, the part that is public is returned and marked as
    /// [`basic_only`](DeviceInformation::basic_only).
    ///
    /// # Errors
    ///
    /// [`WebError::NotHiLink`] or [`WebError::Status`] when the server has no such API, [`WebError::Refused`] when the
    /// stick says neither, and those of [`WebApi::connect_within`].
    pub fn information(&self) -> Result<DeviceInformation, WebError> {
        let refused = match self.get(INFORMATION_PATH) {
            Ok(answer) => return Ok(DeviceInformation::from_answer(&answer, false)),
            Err(WebError::Refused { path, refusal: refusal @ (Refusal::NoRights | Refusal::WrongSession) }) => {
                WebError::Refused { path, refusal }
            }
            Err(error) => return Err(error),
        };
        match self.get(BASIC_INFORMATION_PATH) {
            Ok(answer) => Ok(DeviceInformation::from_answer(&answer, true)),
            // The refusal of the full answer is the one that says what is missing.
            Err(WebError::Refused { .. } | WebError::Status { .. }) => Err(refused),
            Err(error) => Err(error),
        }
    }

    fn get(&self, path: &'static str) -> Result<Answer, WebError> {
        self.exchange.get(path, self.session.cookie())
    }
}

impl fmt::Debug for WebApi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let session = self.session.cookie().is_some();
        f.debug_struct("WebApi").field("address", self.exchange.address()).field("session", &session).finish()
    }
}
