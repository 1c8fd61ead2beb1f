//! The web server on the loopback interface of this machine.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::{Api, Heard, Response, WebDevice, parse};

/// How long a client may be silent.
const PATIENCE: Duration = Duration::from_secs(2);
/// What one look at a connection takes in.
const CHUNK: usize = 4096;

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
    /// The device is asked on that thread, at the beginning of a connection and for each request. The server must not be
    /// dropped while a lock is held that the device waits for.
    ///
    /// # Errors
    ///
    /// When the system has no port or no thread left.
    pub fn start(device: Box<dyn WebDevice>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let theirs = Arc::clone(&shared);
        let serve = move || theirs.serve(&listener, &*device);
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
    fn serve(&self, listener: &TcpListener, device: &dyn WebDevice) {
        let mut api = Api::default();
        for stream in listener.incoming() {
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            // A connection that broke before it was accepted concerns nobody.
            let Ok(stream) = stream else { continue };
            if device.facts().is_none() {
                api = Api::default();
                continue;
            }
            *self.current() = stream.try_clone().ok();
            // Looked at again: an end that came in between found no connection to cut.
            if self.stop.load(Ordering::SeqCst) {
                return;
            }
            // A client that hangs up, or says nothing, gets no answer; the next one is served all the same.
            let _ = converse(&stream, &mut api, device);
            *self.current() = None;
        }
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Option<TcpStream>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads one request, has it answered, and closes. A stick that left meanwhile answers nothing.
fn converse(mut stream: &TcpStream, api: &mut Api, device: &dyn WebDevice) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let (mut heard, mut chunk) = (Vec::new(), [0; CHUNK]);
    let response = loop {
        match parse(&heard) {
            Heard::Request(request) => break api.answer(&request, device),
            Heard::Nonsense => break Some(Response::bad_request()),
            Heard::Incomplete => match stream.read(&mut chunk)? {
                0 => break Some(Response::bad_request()),
                length => heard.extend_from_slice(&chunk[..length]),
            },
        }
    };
    response.map_or(Ok(()), |response| stream.write_all(&response.bytes()))
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
            // A panic in the device was reported on that thread; a second one here would abort the program.
            let _ = thread.join();
        }
    }
}
