//! One connected client.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::{SockRef, TcpKeepalive};

use super::lock;
use crate::bridge::program::{AT_ONCE, Act, READS_WITHIN};
use crate::bridge::telnet::com_port::{ComPort, Seen, Wish};
use crate::bridge::telnet::{BINARY, COM_PORT, Decoder, Options, Received, escape};
use crate::bridge::wake::Wake;
use crate::serial::Lines;

/// How long a client may say nothing before it is asked whether it is still there, and how often then.
const SILENT_FOR: Duration = Duration::from_secs(60);
const ASKED_EVERY: Duration = Duration::from_secs(10);
const ASKED_TIMES: u32 = 6;

/// The most that is on its way to a client. One that leaves more answers unread is not read until it reads.
const MOST_UNREAD: usize = 256 << 10;

/// That a client says nothing more, though what it said before was not read yet.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) const LEAVES: PollFlags = PollFlags::RDHUP;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) const LEAVES: PollFlags = PollFlags::empty();

/// A client: one thread reads, another one writes.
pub(super) struct Client {
    stream: TcpStream,
    decoder: Mutex<Decoder>,
    agreed: Mutex<Agreed>,
    /// What is on its way to the client, in whole commands and data. Nobody holds it while he waits.
    on_its_way: Mutex<Vec<u8>>,
    flow: Mutex<Flow>,
    changed: Condvar,
}

/// Whether the client hears what the stick says.
#[derive(Debug, Default)]
struct Flow {
    /// It wants to hear nothing for now.
    suspended: bool,
    /// It is gone.
    ended: bool,
    /// What came while it did not want to hear, up to a stop.
    held: Vec<u8>,
}

/// What both threads need to know.
struct Agreed {
    options: Options,
    com_port: ComPort,
    lines: Lines,
    /// What it is to be told of the stick's lines once it wants to hear again: the newest alone.
    untold: Vec<u8>,
}

impl Client {
    pub(super) fn new(stream: TcpStream, seen: Seen) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        // No TCP_USER_TIMEOUT: on Linux it also ends the connection of a client that lives and merely does not read.
        let alive = TcpKeepalive::new().with_time(SILENT_FOR).with_interval(ASKED_EVERY).with_retries(ASKED_TIMES);
        SockRef::from(&stream).set_tcp_keepalive(&alive)?;
        let (options, com_port) = (Options::default(), ComPort::new(seen));
        let agreed = Agreed { options, com_port, lines: Lines::UP, untold: Vec::new() };
        Ok(Self {
            stream,
            decoder: Mutex::new(Decoder::new()),
            agreed: Mutex::new(agreed),
            on_its_way: Mutex::new(Vec::new()),
            flow: Mutex::new(Flow::default()),
            changed: Condvar::new(),
        })
    }

    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }

    pub(super) fn lines(&self) -> Lines {
        lock(&self.agreed).lines
    }

    /// What is to be watched for at the stream.
    pub(super) fn watched(&self) -> PollFlags {
        match lock(&self.on_its_way).len() {
            0 => PollFlags::IN | LEAVES,
            1..MOST_UNREAD => PollFlags::IN | PollFlags::OUT | LEAVES,
            _ => PollFlags::OUT | LEAVES,
        }
    }

    /// Whether something can be read at once that is waited for.
    pub(super) fn has_more(&self, watched: PollFlags) -> bool {
        let mut stream = [PollFd::new(&self.stream, watched.difference(PollFlags::OUT))];
        matches!(poll(&mut stream, Some(&Timespec::default())), Ok(1..))
    }

    /// Says what this end would like to agree on.
    pub(super) fn greet(&self) -> io::Result<()> {
        let greeting = lock(&self.agreed).options.greet();
        let mut on_its_way = lock(&self.on_its_way);
        on_its_way.extend(greeting);
        self.write_now(&mut on_its_way)
    }

    /// What the client did; `None`: it ended the connection. Answers go out as far as that goes without waiting.
    pub(super) fn read(&self) -> io::Result<Option<Vec<Act>>> {
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
        let mut acts = Vec::new();
        while !left.is_empty() {
            let binary = lock(&self.agreed).options.theirs(BINARY);
            let (data, beside) = lock(&self.decoder).next(&mut left, binary);
            if !data.is_empty() {
                acts.push(Act::Said(Bytes::from(data)));
            }
            acts.extend(beside.and_then(|beside| self.handle(beside)));
        }
        self.catch_up();
        Ok(Some(acts))
    }

    /// Does what it asks for beside the data. The answers are put on their way, in the order of what was agreed on and seen.
    fn handle(&self, beside: Received) -> Option<Act> {
        let mut agreed = lock(&self.agreed);
        let (answer, act) = match beside {
            Received::Negotiation(verb, option) => {
                let had = agreed.has_com_port();
                let mut answer = agreed.options.answer(verb, option);
                if !had && agreed.has_com_port() {
                    answer.extend(agreed.com_port.modem_state(0));
                }
                (answer, None)
            }
            Received::Subnegotiation(COM_PORT, said) => {
                let (mut answer, wish) = agreed.com_port.command(&said);
                let act = match wish {
                    Some(Wish::Lines(lines)) => {
                        agreed.lines = lines;
                        Some(Act::Drives(lines))
                    }
                    Some(Wish::Suspend) => {
                        self.suspend(true);
                        None
                    }
                    Some(Wish::Resume) => {
                        answer.append(&mut agreed.untold);
                        self.suspend(false);
                        None
                    }
                    None => None,
                };
                (answer, act)
            }
            Received::Subnegotiation(..) => (Vec::new(), None),
        };
        lock(&self.on_its_way).extend(answer);
        act
    }

    fn suspend(&self, suspended: bool) {
        lock(&self.flow).suspended = suspended;
        self.changed.notify_all();
    }

    /// Wakes who waits for the client to resume.
    pub(super) fn stop(&self) {
        // With the lock: who is about to wait has seen the bell, or hears this.
        drop(lock(&self.flow));
        self.changed.notify_all();
    }

    /// It is gone: nothing is sent to it any more, and nobody waits for it.
    pub(super) fn end(&self) {
        lock(&self.flow).ended = true;
        self.changed.notify_all();
        // Whoever waits until it reads is woken by this.
        if let Err(error) = self.stream.shutdown(Shutdown::Both) {
            tracing::debug!(%error, "the connection was closed already");
        }
    }

    /// Hands it what the stick said, as soon as it wants it, and waits for a while until the system took it. What it does
    /// not want by then, or before a stop, is kept, and comes first the next time. Whether it took it all.
    pub(super) fn hear(&self, bytes: &[u8], wake: &Wake) -> io::Result<bool> {
        let begun = Instant::now();
        let left = || READS_WITHIN.saturating_sub(begun.elapsed());
        let mut flow = lock(&self.flow);
        flow.held.extend_from_slice(bytes);
        while flow.suspended && !flow.ended && !wake.is_rung() && !left().is_zero() {
            flow = self.changed.wait_timeout(flow, left()).unwrap_or_else(PoisonError::into_inner).0;
        }
        if flow.suspended || flow.ended {
            return Ok(flow.ended);
        }
        let heard = std::mem::take(&mut flow.held);
        drop(flow);
        let binary = lock(&self.agreed).options.ours(BINARY);
        self.send(&escape(&heard, binary));
        while !lock(&self.on_its_way).is_empty() && !lock(&self.flow).ended && !wake.is_rung() {
            if left().is_zero() {
                return Ok(false);
            }
            wake.wait([(&self.stream, PollFlags::OUT)], Some(left()))?;
            self.catch_up();
        }
        Ok(true)
    }

    /// Tells it what is seen of the stick from now on. Nobody waits for that, so it is written with the next thing where the
    /// client does not read. One that wants to hear nothing for now is told when it does: RFC 2217 has commands wait as
    /// data do.
    pub(super) fn see(&self, now: Seen) {
        let mut agreed = lock(&self.agreed);
        let told = agreed.com_port.see(now);
        if told.is_empty() || !agreed.has_com_port() {
            return;
        }
        if lock(&self.flow).suspended {
            agreed.untold = told;
            return;
        }
        self.send(&told);
    }

    /// Writes what it did not read yet, as far as that goes without waiting.
    pub(super) fn catch_up(&self) {
        self.send(&[]);
    }

    /// Writes this behind what it did not read yet, as far as that goes without waiting.
    fn send(&self, bytes: &[u8]) {
        let mut on_its_way = lock(&self.on_its_way);
        on_its_way.extend_from_slice(bytes);
        if let Err(error) = self.write_now(&mut on_its_way) {
            tracing::debug!(%error, "a client takes nothing any more");
            on_its_way.clear();
            drop(on_its_way);
            // Whoever reads takes what it said before, and then learns of its end.
            self.end();
        }
    }

    fn write_now(&self, on_its_way: &mut Vec<u8>) -> io::Result<()> {
        while !on_its_way.is_empty() {
            match (&self.stream).write(on_its_way) {
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(length) => drop(on_its_way.drain(..length)),
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

#[cfg(test)]
impl Client {
    /// How much is held back from a suspended client.
    pub(super) fn held(&self) -> usize {
        lock(&self.flow).held.len()
    }

    /// How much the system did not take yet.
    pub(super) fn unread(&self) -> usize {
        lock(&self.on_its_way).len()
    }
}
