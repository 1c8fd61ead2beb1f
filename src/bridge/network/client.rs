//! One connected client.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::{Condvar, Mutex, PoisonError};

use bytes::Bytes;
use rustix::event::PollFlags;

use super::lock;
use crate::bridge::program::{AT_ONCE, Act};
use crate::bridge::telnet::com_port::{ComPort, Wish};
use crate::bridge::telnet::{BINARY, COM_PORT, Decoder, Options, Received, escape};
use crate::bridge::wake::Wake;
use crate::serial::Lines;

/// A client: one thread reads, another one writes.
pub(super) struct Client {
    stream: TcpStream,
    decoder: Mutex<Decoder>,
    agreed: Mutex<Agreed>,
    /// What is on its way to the client. Whoever writes holds it, so that no command falls into the middle of another.
    unheard: Mutex<Vec<u8>>,
    suspended: Mutex<bool>,
    resumed: Condvar,
}

/// What both threads need to know.
struct Agreed {
    options: Options,
    com_port: ComPort,
    lines: Lines,
}

impl Client {
    pub(super) fn new(stream: TcpStream, is_present: bool) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let agreed = Agreed { options: Options::default(), com_port: ComPort::new(is_present), lines: Lines::UP };
        Ok(Self {
            stream,
            decoder: Mutex::new(Decoder::new()),
            agreed: Mutex::new(agreed),
            unheard: Mutex::new(Vec::new()),
            suspended: Mutex::new(false),
            resumed: Condvar::new(),
        })
    }

    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    pub(super) fn lines(&self) -> Lines {
        lock(&self.agreed).lines
    }

    /// Says what this end would like to agree on.
    pub(super) fn greet(&self, wake: &Wake) -> io::Result<()> {
        let greeting = lock(&self.agreed).options.greet();
        self.write(&greeting, wake)
    }

    /// What the client did; `None`: it ended the connection.
    pub(super) fn read(&self, wake: &Wake) -> io::Result<Option<Vec<Act>>> {
        let mut buffer = [0; AT_ONCE];
        let length = match (&self.stream).read(&mut buffer) {
            Ok(0) => return Ok(None),
            Ok(length) => length,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                return Ok(Some(Vec::new()));
            }
            Err(error) => return Err(error),
        };
        let mut left = buffer.get(..length).unwrap_or(&buffer);
        let (mut acts, mut answers) = (Vec::new(), Vec::new());
        while !left.is_empty() {
            let binary = lock(&self.agreed).options.theirs(BINARY);
            let (data, beside) = lock(&self.decoder).next(&mut left, binary);
            if !data.is_empty() {
                acts.push(Act::Said(Bytes::from(data)));
            }
            if let Some(beside) = beside {
                let (answer, act) = self.handle(beside);
                answers.extend(answer);
                acts.extend(act);
            }
        }
        self.write(&answers, wake)?;
        Ok(Some(acts))
    }

    fn handle(&self, beside: Received) -> (Vec<u8>, Option<Act>) {
        let mut agreed = lock(&self.agreed);
        match beside {
            Received::Negotiation(verb, option) => {
                let had = agreed.has_com_port();
                let mut answer = agreed.options.answer(verb, option);
                if !had && agreed.has_com_port() {
                    answer.extend(agreed.com_port.modem_state(0));
                }
                (answer, None)
            }
            Received::Subnegotiation(COM_PORT, said) => {
                let (answer, wish) = agreed.com_port.command(&said);
                let act = match wish {
                    Some(Wish::Lines(lines)) => {
                        agreed.lines = lines;
                        Some(Act::Drives(lines))
                    }
                    Some(Wish::Suspend) => self.suspend(true),
                    Some(Wish::Resume) => self.suspend(false),
                    None => None,
                };
                (answer, act)
            }
            Received::Subnegotiation(..) => (Vec::new(), None),
        }
    }

    fn suspend(&self, suspended: bool) -> Option<Act> {
        *lock(&self.suspended) = suspended;
        self.resumed.notify_all();
        None
    }

    /// Wakes who waits for the client to resume.
    pub(super) fn stop(&self) {
        // With the lock: who is about to wait has seen the bell, or hears this.
        drop(lock(&self.suspended));
        self.resumed.notify_all();
    }

    /// Hands it what the stick said, as soon as it wants it.
    pub(super) fn hear(&self, bytes: &[u8], wake: &Wake) -> io::Result<()> {
        let mut suspended = lock(&self.suspended);
        while *suspended && !wake.is_rung() {
            suspended = self.resumed.wait(suspended).unwrap_or_else(PoisonError::into_inner);
        }
        drop(suspended);
        let binary = lock(&self.agreed).options.ours(BINARY);
        self.write(&escape(bytes, binary), wake)
    }

    /// Tells it that the stick came or left. Nothing waits at this moment, so it is written with the next thing where the
    /// client does not read.
    pub(super) fn carrier(&self, is_present: bool) {
        let mut agreed = lock(&self.agreed);
        let told = agreed.com_port.carrier(is_present);
        if agreed.has_com_port() {
            drop(agreed);
            let mut unheard = lock(&self.unheard);
            unheard.extend(told);
            if let Err(error) = self.write_now(&mut unheard) {
                tracing::debug!(%error, "a client was not told of the carrier");
            }
        }
    }

    /// Writes, and waits while the client does not read. What is left at a stop is written first the next time.
    fn write(&self, bytes: &[u8], wake: &Wake) -> io::Result<()> {
        let mut unheard = lock(&self.unheard);
        unheard.extend_from_slice(bytes);
        loop {
            self.write_now(&mut unheard)?;
            if unheard.is_empty() || wake.is_rung() {
                return Ok(());
            }
            wake.wait([(&self.stream, PollFlags::OUT)], None)?;
        }
    }

    fn write_now(&self, unheard: &mut Vec<u8>) -> io::Result<()> {
        while !unheard.is_empty() {
            match (&self.stream).write(unheard) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(length) => drop(unheard.drain(..length)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

impl Agreed {
    fn has_com_port(&self) -> bool {
        self.options.theirs(COM_PORT) || self.options.ours(COM_PORT)
    }
}
