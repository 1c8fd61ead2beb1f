//! A port for one program on the network: RFC 2217, the telnet protocol for serial ports.
//!
//! A connected client is what an open tty is: its arrival raises DTR and RTS, its end drops them, and in between it may
//! drive them itself. It is told of the lines that the stick drives, and a stick that leaves drops them all; the connection
//! stays.
//!
//! Nothing that a client does, or fails to do, ends the bridge: it is dropped, and the next one may come.

mod client;
mod door;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use rustix::event::PollFlags;

use super::Place;
use super::program::{Act, Program};
use super::telnet::com_port::Seen;
use super::wake::Wake;
use crate::serial::{Lines, Signals};
use client::Client;
use door::Door;

/// The most acts of a client that wait for the stick before the client has to.
const MOST_AHEAD: usize = 16;

/// The place of one port.
pub(super) struct Network {
    wake: Wake,
    door: Door,
    seen: Mutex<Seen>,
    client: Mutex<Option<Arc<Client>>>,
    /// What the client did and nobody asked for yet.
    acts: Mutex<VecDeque<Act>>,
}

impl Network {
    /// Listens there, for one client at a time.
    pub(super) fn new(address: SocketAddr) -> io::Result<Self> {
        Ok(Self {
            wake: Wake::new()?,
            door: Door::new(address)?,
            seen: Mutex::new(Seen::Absent),
            client: Mutex::new(None),
            acts: Mutex::new(VecDeque::new()),
        })
    }

    fn client(&self) -> Option<Arc<Client>> {
        lock(&self.client).clone()
    }

    /// Takes whoever waits at the door: the first one in, and shows any other one out.
    fn accept(&self) {
        let Some(stream) = self.door.open() else { return };
        if self.client().is_some() {
            door::refuse(&stream);
            return;
        }
        if let Err(error) = self.take_in(stream) {
            tracing::info!(port = %self.door.address(), %error, "a client was lost at the door");
        }
    }

    fn take_in(&self, stream: TcpStream) -> io::Result<()> {
        let client = Arc::new(Client::new(stream, *lock(&self.seen))?);
        client.greet()?;
        *lock(&self.client) = Some(Arc::clone(&client));
        // What was seen in between found no client to be told to.
        client.see(*lock(&self.seen));
        lock(&self.acts).push_back(Act::Opened);
        Ok(())
    }

    /// Waits until something happens at the door or at the client, or for a stop, and takes in what it was.
    fn look(&self) -> io::Result<()> {
        let (at_door, at_most) = self.door.watched();
        let Some(client) = self.client() else {
            let [knocks] = self.wake.wait([(self.door.listener(), at_door)], at_most)?;
            if knocks.contains(PollFlags::IN) {
                self.accept();
            }
            return Ok(());
        };
        let at_client = self.watched(&client);
        let [does, knocks] =
            self.wake.wait([(client.stream(), at_client), (self.door.listener(), at_door)], at_most)?;
        if knocks.contains(PollFlags::IN) {
            self.accept();
        }
        if does.contains(PollFlags::OUT) {
            client.catch_up();
        }
        if does.intersects(at_client.difference(PollFlags::OUT) | PollFlags::HUP | PollFlags::ERR) {
            self.read(&client);
        }
        Ok(())
    }

    /// Takes what the client did, as far as it is here. A client that ended is none any more.
    fn read(&self, client: &Client) {
        match client.read() {
            Ok(Some(acts)) => return lock(&self.acts).extend(acts),
            Ok(None) => {}
            Err(error) => tracing::info!(port = %self.door.address(), %error, "a client was lost"),
        }
        client.end();
        *lock(&self.client) = None;
        lock(&self.acts).push_back(Act::Closed);
    }

    /// Takes in what the client did while nobody asked for it, without waiting.
    fn read_ahead(&self) {
        while let Some(client) = self.client().filter(|client| client.has_more(self.watched(client))) {
            self.read(&client);
        }
    }

    /// What is to be watched for at the client: with much of it waiting here already, only that it leaves.
    fn watched(&self, client: &Client) -> PollFlags {
        if lock(&self.acts).len() < MOST_AHEAD { client.watched() } else { client::LEAVES }
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
            self.look()?;
        }
    }

    fn overtakes(&self) -> io::Result<Option<Act>> {
        self.read_ahead();
        let mut acts = lock(&self.acts);
        if let Some(at) = acts.iter().rposition(|act| *act == Act::Closed) {
            acts.drain(..=at);
            return Ok(Some(Act::Closed));
        }
        let at = acts.iter().position(|act| matches!(act, Act::Drives(_)));
        Ok(at.and_then(|at| acts.remove(at)))
    }

    fn take_back(&self, untaken: Bytes) {
        lock(&self.acts).push_front(Act::Said(untaken));
    }

    fn mind(&self) -> io::Result<()> {
        loop {
            // A stop ends this only after a last look.
            let is_stopped = self.wake.is_rung();
            self.read_ahead();
            // Whoever left took along what it had said. Whoever came since is seen by the lines.
            let mut acts = lock(&self.acts);
            if let Some(at) = acts.iter().rposition(|act| *act == Act::Closed) {
                acts.drain(..=at);
            }
            drop(acts);
            if is_stopped {
                return Ok(());
            }
            self.look()?;
        }
    }

    fn hear(&self, bytes: &[u8]) -> io::Result<bool> {
        self.client().map_or(Ok(true), |client| client.hear(bytes, &self.wake))
    }

    fn signalled(&self, now: Signals) -> io::Result<()> {
        self.see(Seen::Signals(now));
        Ok(())
    }

    fn lines(&self) -> Lines {
        self.client().map_or(Lines::DOWN, |client| client.lines())
    }

    fn arrived(&self) -> io::Result<()> {
        self.see(Seen::Present);
        Ok(())
    }

    fn departed(&self) -> io::Result<bool> {
        self.see(Seen::Absent);
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
        Place::Network { address: self.door.address() }
    }
}

impl Network {
    fn see(&self, now: Seen) {
        *lock(&self.seen) = now;
        if let Some(client) = self.client() {
            client.see(now);
        }
    }
}

/// What is kept between two calls is never left half changed.
fn lock<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
