//! Where clients knock.

use std::io::{self, ErrorKind, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::event::PollFlags;

use super::lock;

/// What a second client reads before it is shown out.
pub(super) const REFUSAL: &[u8] = b"This port is in use by another client. One at a time can be at a serial port.\r\n";

/// How long the door stays shut where the system lets nobody in, such as without a file descriptor to spare: who knocks then
/// goes on knocking.
const SHUT_FOR: Duration = Duration::from_secs(1);

/// The listening socket of one port.
pub(super) struct Door {
    listener: TcpListener,
    address: SocketAddr,
    shut_until: Mutex<Option<Instant>>,
}

impl Door {
    pub(super) fn new(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self { listener, address, shut_until: Mutex::new(None) })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn listener(&self) -> &TcpListener {
        &self.listener
    }

    /// What is to be watched for at the listener now, and for how long at most.
    pub(super) fn watched(&self) -> (PollFlags, Option<Duration>) {
        let mut shut_until = lock(&self.shut_until);
        let left = shut_until.map(|until| until.saturating_duration_since(Instant::now()));
        match left.filter(|left| !left.is_zero()) {
            Some(left) => (PollFlags::empty(), Some(left)),
            None => {
                *shut_until = None;
                (PollFlags::IN, None)
            }
        }
    }

    /// Whoever stands there.
    pub(super) fn open(&self) -> Option<TcpStream> {
        match self.listener.accept() {
            Ok((stream, address)) => {
                tracing::info!(%address, port = %self.address, "a client came");
                Some(stream)
            }
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::WouldBlock | ErrorKind::Interrupted | ErrorKind::ConnectionAborted
                ) =>
            {
                None
            }
            Err(error) => {
                tracing::warn!(port = %self.address, %error, "nobody can be let in for a moment");
                *lock(&self.shut_until) = Some(Instant::now() + SHUT_FOR);
                None
            }
        }
    }
}

/// Says why, as far as that goes without waiting.
pub(super) fn refuse(stream: &TcpStream) {
    let mut stream = stream;
    if let Err(error) = stream.write_all(REFUSAL) {
        tracing::debug!(%error, "a second client was shown out without a word");
    }
}
