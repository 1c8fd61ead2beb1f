//! What can go wrong between the host and the web server of a stick.

use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::Refusal;
use crate::usb::PortPath;

/// A failure of the web layer.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// This program cannot look up a stick's network interface here.
    #[error("finding the network interface of a stick is not available on this system, only on Linux")]
    NotAvailable,
    /// Another incarnation sits in the port by now.
    #[error("the stick at {port} left and came back; address {was} is now {is}")]
    Gone {
        /// The physical port.
        port: PortPath,
        /// The device address that was asked for.
        was: u8,
        /// What the system shows instead.
        is: String,
    },
    /// The stick is no network card, or its driver is not loaded.
    #[error("the system shows no network interface for the stick at {port}")]
    NoInterface {
        /// The physical port.
        port: PortPath,
    },
    /// The interface is down, or DHCP is not done.
    #[error("network interface {interface} has no IPv4 network yet; bring it up and let it ask for an address (DHCP)")]
    NoAddress {
        /// The name of the interface, or of all that the stick has.
        interface: String,
    },
    /// The system does not tell what is needed.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Other interfaces lead to the same address, and the system does not permit to name one.
    #[error(
        "no permission to bind to network interface {interface}, and its address does not tell it from other \
         interfaces; run this as root, or unplug the other sticks"
    )]
    Ambiguous {
        /// The name of the interface.
        interface: String,
    },
    /// A socket could not be tied to where the stick is.
    #[error("cannot bind to {what}")]
    Bind {
        /// The interface or the local address.
        what: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// No connection.
    #[error("the web server at {server} cannot be reached")]
    Unreachable {
        /// The web server.
        server: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The deadline passed.
    #[error("the web server at {server} did not answer {path} in full within {} ms", within.as_millis())]
    TimedOut {
        /// The web server.
        server: SocketAddr,
        /// What was asked for.
        path: &'static str,
        /// The deadline.
        within: Duration,
    },
    /// The server hung up.
    #[error("the web server at {server} closed the connection before its answer to {path} was complete")]
    NoAnswer {
        /// The web server.
        server: SocketAddr,
        /// What was asked for.
        path: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Something listens there that does not speak HTTP.
    #[error("what answers at {server} does not speak HTTP/1.1")]
    NotHttp {
        /// The web server.
        server: SocketAddr,
        /// What was wrong.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// The server has no such page.
    #[error("the web server at {server} answered {path} with HTTP status {status}; expected 200")]
    Status {
        /// The web server.
        server: SocketAddr,
        /// What was asked for.
        path: &'static str,
        /// The HTTP status.
        status: u16,
    },
    /// The firmware does not have the page of a changing request.
    #[error("this firmware has no {path} (HTTP status {status} from {server})")]
    MissingPage {
        /// The web server.
        server: SocketAddr,
        /// The page that was looked for.
        path: &'static str,
        /// The HTTP status; one from 300 to 399 leads to another page.
        status: u16,
    },
    /// That request does not know that mode. Nothing was sent.
    #[error("{path} knows no way into the {mode} mode")]
    NoSuchWay {
        /// The request.
        path: &'static str,
        /// The mode that was asked for.
        mode: &'static str,
    },
    /// The answer is not the XML that HiLink firmware sends.
    #[error("the web server at {server} is no HiLink stick: its answer to {path} is {why}")]
    NotHiLink {
        /// The web server.
        server: SocketAddr,
        /// What was asked for.
        path: &'static str,
        /// What is wrong with the answer.
        why: String,
    },
    /// The answer is longer than any real one.
    #[error("the web server at {server} answered {path} with more than {limit} bytes")]
    TooLarge {
        /// The web server.
        server: SocketAddr,
        /// What was asked for.
        path: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The stick gave a session that cannot be sent back.
    #[error("the stick gave a session id with characters that no cookie may hold")]
    BadSession,
    /// The stick gave a token that cannot be sent back. Nothing was changed.
    #[error(
        "the stick gave a request verification token with characters that no header may hold, or one that is too long"
    )]
    BadToken,
    /// The stick refused.
    #[error("the stick refused {path} with code {refusal}")]
    Refused {
        /// What was asked for.
        path: &'static str,
        /// Its code, explained.
        refusal: Refusal,
    },
    /// Anything else.
    #[error("asking {server} for {path} failed")]
    Failed {
        /// The web server.
        server: SocketAddr,
        /// What was asked for.
        path: &'static str,
        /// What went wrong.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
}

impl WebError {
    /// Whether the request was sent and no answer says yes or no: the stick may be doing it.
    pub(super) fn may_have_been_heard(&self) -> bool {
        matches!(
            self,
            Self::TimedOut { .. }
                | Self::NoAnswer { .. }
                | Self::NotHttp { .. }
                | Self::NotHiLink { .. }
                | Self::TooLarge { .. }
                | Self::Failed { .. }
        )
    }

    /// What to do about it, as sentences; nothing where the message says all there is.
    #[must_use]
    pub fn advice(&self) -> Option<String> {
        Some(match self {
            Self::NotAvailable => "Run this on Linux, or take the stick into another mode first: the others are asked over \
                                   USB."
                .to_owned(),
            Self::Gone { .. } => "Run the command again: it asks the one that is there now.".to_owned(),
            Self::NoInterface { .. } => "A HiLink stick is asked over the network, through the network card that it is. \
                                         Let the system load its driver (on Linux cdc_ether, cdc_ncm or rndis_host) and \
                                         look with `ip link` whether an interface appears."
                .to_owned(),
            Self::NoAddress { interface } => format!(
                "Let the network manager of this machine connect {interface}, or do it by hand, as root: ip link set \
                 {interface} up, and then a DHCP client on it."
            ),
            Self::Unreachable { server, .. } | Self::TimedOut { server, .. } | Self::NoAnswer { server, .. } => format!(
                "Look with a browser on this machine whether http://{}/ shows the stick's page. A stick that just came \
                 takes up to a minute. If the page stays away, unplug the stick and plug it in again.",
                server.ip()
            ),
            Self::NotHttp { server, .. } | Self::NotHiLink { server, .. } | Self::TooLarge { server, .. } => format!(
                "Something else than a HiLink stick may have the address {} in this network; unplug or disconnect it.",
                server.ip()
            ),
            Self::Refused { refusal, .. } => return refusal.advice().map(str::to_owned),
            _ => return None,
        })
    }
}
