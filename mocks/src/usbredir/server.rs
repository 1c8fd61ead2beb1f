//! A stick on a Unix socket.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::Violation;
use super::session::Session;
use crate::hand::Hand;
use crate::socket::Socket;

/// How long the stick is watched before the watch begins anew. Anything that happens ends it.
const WATCH: Duration = Duration::from_secs(3600);
/// Commands of mass storage and frames of every protocol here fit into a fraction of this.
const BUFFER: usize = 64 << 10;

/// Serves one stick to one guest at a time. It ends when it is dropped; the guest then sees the stick leave.
///
/// The bus of the stick should run in scaled time ([`crate::Pace::Scaled`]): in virtual time it jumps ahead whenever
/// nobody in this process is busy, and a guest's time never jumps.
#[derive(Debug)]
pub struct Server {
    socket: Socket,
    trouble: Arc<Mutex<Option<String>>>,
}

impl Server {
    /// Starts to listen. The stick may be unplugged and plugged by its hand at any time, with a guest or without.
    ///
    /// # Errors
    ///
    /// When the socket cannot be made there, as when another process listens at that path, or no thread can be started.
    pub fn start(socket: &Path, hand: &Hand) -> io::Result<Self> {
        let hand = hand.clone();
        let trouble = Arc::new(Mutex::new(None));
        let noted = Arc::clone(&trouble);
        let serve = move |stream: &UnixStream| {
            let ended = Connection::new(&hand, stream).serve();
            *lock(&noted) = ended.err().map(|error| error.to_string());
        };
        let socket = Socket::listen(socket, "stick for a virtual machine", Box::new(serve))?;
        Ok(Self { socket, trouble })
    }

    /// Where it listens.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.socket.path()
    }

    /// Whether a guest is connected.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.socket.is_connected()
    }

    /// What was wrong with the last guest when its connection ended; nothing if it simply left.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        lock(&self.trouble).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One guest.
///
/// Two threads drive it: this one hands over what the guest sends, the other follows the stick. Locks are always taken in
/// the order writer, bus, session.
struct Connection<'a> {
    hand: &'a Hand,
    stream: &'a UnixStream,
    session: Mutex<Session>,
    /// Held while packets are taken from the session and sent, so that they stay in order.
    sending: Mutex<()>,
    over: AtomicBool,
}

impl<'a> Connection<'a> {
    fn new(hand: &'a Hand, stream: &'a UnixStream) -> Self {
        let session = Mutex::new(Session::new());
        Self { hand, stream, session, sending: Mutex::new(()), over: AtomicBool::new(false) }
    }

    /// Until the guest goes, or says something that no guest says.
    fn serve(&self) -> io::Result<()> {
        thread::scope(|scope| {
            scope.spawn(|| self.follow());
            let ended = self.listen();
            self.over.store(true, Ordering::SeqCst);
            // All that the protocol can say of an end. It wakes a sender that waits for a guest that does not read, and
            // fails only where the guest was first.
            let _ = self.stream.shutdown(Shutdown::Both);
            self.hand.with(|_| ());
            ended
        })
    }

    fn listen(&self) -> io::Result<()> {
        self.send()?;
        let mut buffer = vec![0; BUFFER];
        let mut stream = self.stream;
        loop {
            let length = match stream.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(length) => length,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let heard = self.hand.with(|stick| self.session().receive(&buffer[..length], stick));
            self.send()?;
            heard.map_err(|violation: Violation| io::Error::new(ErrorKind::InvalidData, violation))?;
        }
    }

    /// Sends what the stick has to say when nobody asks: late answers, its departure and its return.
    fn follow(&self) {
        loop {
            self.hand.watch(WATCH, |stick| {
                let mut session = self.session();
                session.service(stick);
                (session.has_output() || self.over.load(Ordering::SeqCst)).then_some(())
            });
            if self.over.load(Ordering::SeqCst) || self.send().is_err() {
                return;
            }
        }
    }

    fn send(&self) -> io::Result<()> {
        let _sending = lock(&self.sending);
        let mut stream = self.stream;
        loop {
            let output = self.session().take_output();
            if output.is_empty() {
                return Ok(());
            }
            stream.write_all(&output)?;
        }
    }

    fn session(&self) -> MutexGuard<'_, Session> {
        lock(&self.session)
    }
}
