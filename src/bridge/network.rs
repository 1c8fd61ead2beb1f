//! A port for one program on the network: RFC 2217, the telnet protocol for serial ports.
//!
//! A connected client is what an open tty is: its arrival raises DTR and RTS, its end drops them, and in between it may
//! drive them itself. A stick that leaves takes the carrier with it, which the client is told; the connection stays.

mod client;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::event::PollFlags;

use super::Place;
use super::program::{Act, Program};
use super::wake::Wake;
use crate::serial::Lines;
use client::Client;

/// What a second client reads before it is shown out.
const REFUSAL: &[u8] = b"This port is in use by another client. One at a time can be at a serial port.\r\n";

/// The place of one port.
pub(super) struct Network {
    wake: Wake,
    listener: TcpListener,
    address: SocketAddr,
    is_present: AtomicBool,
    client: Mutex<Option<Arc<Client>>>,
    /// What the client did and nobody asked for yet.
    acts: Mutex<VecDeque<Act>>,
}

impl Network {
    /// Listens there, for one client at a time.
    pub(super) fn new(address: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        Ok(Self {
            wake: Wake::new()?,
            listener,
            address,
            is_present: AtomicBool::new(false),
            client: Mutex::new(None),
            acts: Mutex::new(VecDeque::new()),
        })
    }

    fn client(&self) -> Option<Arc<Client>> {
        lock(&self.client).clone()
    }

    /// Takes whoever waits at the door: the first one in, and shows any other one out.
    fn accept(&self) -> io::Result<()> {
        let stream = match self.listener.accept() {
            Ok((stream, address)) => {
                tracing::info!(%address, port = %self.address, "a client came");
                stream
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::ConnectionAborted) => return Ok(()),
            Err(error) => return Err(error),
        };
        if self.client().is_some() {
            refuse(&stream);
            return Ok(());
        }
        let client = Arc::new(Client::new(stream, self.is_present.load(Ordering::SeqCst))?);
        *lock(&self.client) = Some(Arc::clone(&client));
        lock(&self.acts).push_back(Act::Opened);
        client.greet(&self.wake)
    }

    fn end(&self) -> Act {
        *lock(&self.client) = None;
        Act::Closed
    }
}

impl Program for Network {
    fn next(&self) -> io::Result<Act> {
        loop {
            if self.wake.is_rung() {
                return Ok(Act::Stopped);
            }
            if let Some(act) = lock(&self.acts).pop_front() {
                return Ok(act);
            }
            let Some(client) = self.client() else {
                self.wake.wait([(&self.listener, PollFlags::IN)], None)?;
                self.accept()?;
                continue;
            };
            let [said, knocks] =
                self.wake.wait([(client.stream(), PollFlags::IN), (&self.listener, PollFlags::IN)], None)?;
            if knocks.contains(PollFlags::IN) {
                self.accept()?;
            }
            if !said.is_empty() {
                match client.read(&self.wake) {
                    Ok(Some(acts)) => lock(&self.acts).extend(acts),
                    Ok(None) => return Ok(self.end()),
                    Err(error) => {
                        tracing::info!(port = %self.address, %error, "a client was lost");
                        return Ok(self.end());
                    }
                }
            }
        }
    }

    fn hear(&self, bytes: &[u8]) -> io::Result<()> {
        if let Some(client) = self.client()
            && let Err(error) = client.hear(bytes, &self.wake)
        {
            // The other thread learns of its end where it reads.
            tracing::debug!(port = %self.address, %error, "a client was lost");
        }
        Ok(())
    }

    fn lines(&self) -> Lines {
        self.client().map_or(Lines::DOWN, |client| client.lines())
    }

    fn arrived(&self) -> io::Result<()> {
        self.carrier(true);
        Ok(())
    }

    fn departed(&self) -> io::Result<bool> {
        self.carrier(false);
        Ok(false)
    }

    fn stop(&self) {
        self.wake.ring();
        if let Some(client) = self.client() {
            client.stop();
        }
    }

    fn resume(&self) {
        self.wake.silence();
    }

    fn place(&self) -> Place {
        Place::Network { address: self.address }
    }
}

impl Network {
    fn carrier(&self, is_present: bool) {
        self.is_present.store(is_present, Ordering::SeqCst);
        if let Some(client) = self.client() {
            client.carrier(is_present);
        }
    }
}

/// Says why, as far as that goes without waiting.
fn refuse(stream: &TcpStream) {
    let mut stream = stream;
    if let Err(error) = stream.write_all(REFUSAL) {
        tracing::debug!(%error, "a second client was shown out without a word");
    }
}

/// What is kept between two calls is never left half changed.
fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
