//! The web server of a stick with HiLink firmware, on the loopback interface.
//!
//! It answers as the firmware does: XML in both directions, refusals under HTTP status 200, a session before anything
//! else. What it answers follows the facts of the moment, so a stick that left, or that runs other firmware by now, is
//! another web server from the next request on.

mod api;
mod http;

use std::io;
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use api::Api;

/// How much the firmware tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebAccess {
    /// Everything, to whoever has a session.
    Open,
    /// The public part; the rest is refused with 100003 (no rights).
    LoginNeeded,
    /// Nothing but a session; the rest is refused with 125002 (blocked).
    Closed,
}

/// What the firmware says of the stick.
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
}

impl WebFacts {
    /// An E3372h with HiLink firmware that tells everything. The IMEI is of the range that is set aside for tests.
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
        }
    }
}

/// What tells the facts of the moment; `None` while no stick with HiLink firmware is there.
pub type TellFacts = Box<dyn Fn() -> Option<WebFacts> + Send + Sync>;

/// A running web server. It ends when it is dropped.
pub struct WebServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    /// The connection that is being served, to be cut when the server ends.
    current: Mutex<Option<TcpStream>>,
}

impl WebServer {
    /// Starts a server on a free port of 127.0.0.1, with one thread.
    ///
    /// `facts` is asked once a connection, on that thread. The server must not be dropped while a lock is held that
    /// `facts` waits for.
    ///
    /// # Errors
    ///
    /// When the system has no port or no thread left.
    pub fn start(facts: TellFacts) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let serve = move || theirs.serve(&listener, &facts);
        let thread = thread::Builder::new().name("simulated web server".to_owned()).spawn(serve)?;
        Ok(Self { address, shared, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Shared {
    fn serve(&self, listener: &TcpListener, facts: &TellFacts) {
        let mut api = Api::default();
        for stream in listener.incoming() {
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            // A connection that broke before it was accepted concerns nobody.
            let Ok(stream) = stream else { continue };
            let Some(facts) = facts() else {
                api = Api::default();
                continue;
            };
            *self.current() = stream.try_clone().ok();
            // Looked at again: an end that came in between found no connection to cut.
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            // A client that hangs up, or says nothing, gets no answer; the next one is served all the same.
            let _ = http::answer(&stream, |request| api.answer(request, &facts));
            *self.current() = None;
        }
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Option<TcpStream>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(stream) = self.shared.current().take() {
            // Only fails when the client hung up already, which ends the wait as well.
            let _ = stream.shutdown(Shutdown::Both);
        }
        // A connection wakes the thread. Without one (no sockets left) the thread ends at its next client instead.
        let woken = TcpStream::connect(self.address).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            // A panic in `facts` was reported on that thread; a second one here would abort the program.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests;
